"""Filters, alone and together, and the pages of what is found."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, update

from tests.judging import said
from tests.unit.review.scene import PLATFORM, Scene
from tests.unit.review.search.asking import found, search
from worker.review.counting import Count
from worker.review.search.wanted import SearchRefused
from worker.store import tables as t


def _author(scene: Scene, comment_id: int, handle: str | None, name: str | None = None) -> None:
    """Have a comment written by an author of its own."""
    with scene.store.write() as session:
        values = {"handle": handle, "name": name, "external_id": f"a-{comment_id}", "platform": PLATFORM}
        author = session.scalar(
            insert(t.Author).values(**values, first_seen_at=scene.clock.now()).returning(t.Author.id)
        )
        session.execute(update(t.Comment).where(t.Comment.id == comment_id).values(author_id=author))


def _finding(scene: Scene, revision_id: int, rule: str, category: str) -> None:
    with scene.store.write() as session:
        session.add(
            t.Finding(
                revision_id=revision_id, rule_id=rule, rule_version=1, category=category, severity="serious",
                span_start=0, span_end=1, matched="x", reason="x", characteristics=[],
            )
        )  # fmt: skip


def test_an_author_is_found_by_handle_or_by_how_it_begins(scene: Scene) -> None:
    """Capitals and an @ do not count; where there is no handle the name counts; no sign is a pattern."""
    one, two, three, four = (scene.comment(str(number), "words") for number in range(4))
    _author(scene, one[0], "BadActor_1")
    _author(scene, two[0], "badactor_12")
    _author(scene, three[0], None, "Ödön Badger")
    _author(scene, four[0], "bad%")
    for typed, expected in (
        ("badactor_1", [one]),
        ("@BADACTOR_1", [one]),
        ("@badactor_1*", [two, one]),
        ("bad*", [four, two, one]),
        ("bad%", [four]),
        ("ad*", []),
        ("BadActor1", []),
        ("Ödön badger", [three]),
        ("Öd*", [three]),
        ("a-1", []),
        ("bad\x00%", [four]),
        ("\ud800bad%", [four]),
    ):
        assert found(scene, handle=typed) == [revision for _, revision in expected], typed


def test_a_category_is_found_whether_a_rule_or_a_person_named_it(scene: Scene) -> None:
    """What a decision upheld counts until another takes its place; what a rule found counts always."""
    by_rule, decided = scene.comment("1", "words")[1], scene.case("2")
    _finding(scene, by_rule, "insult.plain", "insult")
    _finding(scene, decided[2], "threat.knife", "threat")
    first = scene.upheld(decided[0], decided[2])
    assert found(scene, category="insult") == [decided[2], by_rule]
    (row, _) = search(scene, category="insult").rows
    assert row.categories == ("insult", "threat")
    scene.not_upheld(decided[0], decided[2], supersedes=first)
    assert found(scene, category="insult") == [by_rule]
    assert found(scene, category="threat") == found(scene, rule_id="threat.knife") == [decided[2]]
    assert found(scene, rule_id="threat\x00.knife\ud800") == [decided[2]]
    assert found(scene, rule_id="threat") == []


def test_cases_are_found_by_how_they_stand(scene: Scene) -> None:
    """State, severity and whether a decision stands; without a case a comment has a severity alone."""
    waits, decided = scene.case("1", severity="routine"), scene.case("2")
    advice, bare = scene.case("3", severity="concerning"), scene.comment("4", "words")
    scene.upheld(decided[0], decided[2])
    scene.review.decide(
        scene.reviewer, advice[0], advice[2], "needs_advice", reason="Odd.", particulars=said("needs_advice")
    )
    assert found(scene, state="open") == [waits[2]]
    assert found(scene, state="needs_advice") == [advice[2]]
    assert found(scene, decided=True) == found(scene, state="decided") == [decided[2]]
    assert found(scene, decided=False) == [advice[2], waits[2]]
    assert found(scene, decided=False, state="decided") == []
    assert found(scene, severity="serious") == [bare[1], decided[2]]
    assert found(scene, severity="routine") == [waits[2]]


def test_days_are_those_of_london(scene: Scene) -> None:
    """A wording belongs to the day on which it was first seen there, both ends included, in summer too."""
    numbers = []
    for place, moment in enumerate(
        ("2026-06-30T22:59", "2026-06-30T23:00", "2026-07-01T22:59", "2026-07-01T23:00")
    ):
        scene.clock.move(datetime.fromisoformat(moment).replace(tzinfo=UTC) - scene.clock.now())
        numbers.append(scene.comment(str(place), "words")[1])
    july = date(2026, 7, 1)
    assert found(scene, since=july, until=july) == [numbers[2], numbers[1]]
    assert found(scene, since=july) == numbers[:0:-1]
    assert found(scene, until=date(2026, 6, 30)) == [numbers[0]]
    assert found(scene, since=date.min, until=date.max) == numbers[::-1]


def test_everything_that_is_given_must_hold(scene: Scene) -> None:
    """Words and filters narrow each other; account and platform as well."""
    one, two = scene.case("1", "a clown car"), scene.comment("2", "a clown nose")
    assert found(scene, "clown", platform=PLATFORM, account_id=scene.account_id) == [two[1], one[2]]
    assert found(scene, "clown car", state="open", handle="someone") == [one[2]]
    assert found(scene, "clown", platform="x") == []
    assert found(scene, "clown", account_id=scene.account_id + 1) == []
    assert found(scene, "clown", account_id=2**80) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"words": " "},
        {"handle": "@"},
        {"handle": "*"},
        {"category": "rude"},
        {"platform": "myspace"},
        {"state": "opne"},
        {"severity": "bad"},
        {"since": date(2026, 11, 2), "until": date(2026, 11, 1)},
    ],
)
def test_what_there_is_not_is_refused_in_words(scene: Scene, wrong: dict[str, object]) -> None:
    """A slip of the hand is told, not answered with an empty list that means nothing."""
    with pytest.raises(SearchRefused, match="Nothing was searched"):
        search(scene, **wrong)  # type: ignore[arg-type]  # a filter of any name


def test_pages_go_on_where_the_last_one_ended(scene: Scene) -> None:
    """Newest first, each wording once, also where something new came in between; the number is of all."""
    numbers = [scene.comment(str(place), "the same words")[1] for place in range(5)]
    first = search(scene, "same", limit=2)
    newer = scene.comment("newer", "the same words")[1]
    second = search(scene, "same", limit=2, before=first.next_before)
    third = search(scene, "same", limit=2, before=second.next_before)
    seen = [row.revision_id for page in (first, second, third) for row in page.rows]
    assert seen == numbers[::-1]
    assert (first.total, second.total, third.next_before) == (Count(5), Count(6), None)
    assert found(scene, "same", limit=10)[0] == newer
    assert found(scene, "same", before=2**80)[0] == newer
    assert found(scene, "same", before=-1) == []


def test_a_wording_is_shown_with_the_case_about_it(scene: Scene) -> None:
    """Else with the newest of its comment; which wording that one is about is told."""
    case_id, comment_id, first = scene.case("1", "first words")
    scene.upheld(case_id, first)
    second = scene.edit(comment_id, "second words")
    newest, oldest = search(scene, "words").rows
    assert [(row.case_id, row.case_revision_id, row.state) for row in (newest, oldest)] == [
        (case_id, first, "decided")
    ] * 2
    assert (newest.revision_id, oldest.revision_id) == (second, first)
    assert (newest.author, newest.account, newest.platform) == ("someone", "Northmoor", PLATFORM)
    assert newest.posted_at is not None
    bare = scene.comment("2", "third words")
    (row,) = search(scene, "third").rows
    assert (row.case_id, row.case_revision_id, row.state, row.comment_id) == (None, None, None, bare[0])
