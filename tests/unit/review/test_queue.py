"""The queue's order and filters, claims, and what a case shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.review.scene import Scene
from worker.errors import NotFound
from worker.review.counting import Count
from worker.review.errors import ClaimHeld
from worker.review.queue import QueueFilter
from worker.store import tables as t


def _finding(scene: Scene, revision_id: int, category: str) -> None:
    with scene.store.write() as session:
        session.add(
            t.Finding(
                revision_id=revision_id,
                rule_id="insult.made-up",
                rule_version=1,
                category=category,
                severity="serious",
                span_start=0,
                span_end=7,
                matched="made-up",
                reason="An insult.",
                characteristics=[],
            )
        )


def test_the_queue_runs_by_severity_then_due_time_then_age(scene: Scene) -> None:
    """What is worst comes first; of two alike the one due sooner."""
    late, *_ = scene.case("1", severity="routine")
    scene.clock.move(timedelta(minutes=1))
    serious, *_ = scene.case("2", severity="serious")
    scene.clock.move(timedelta(minutes=1))
    danger, *_ = scene.case("3", severity="immediate_danger")
    younger, *_ = scene.case("4", severity="serious")
    page = scene.review.queue(scene.reviewer)
    assert [row.case_id for row in page.rows] == [danger, serious, younger, late]
    assert {name: str(each) for name, each in page.counts.by_severity.items()} == {
        "immediate_danger": "1",
        "serious": "2",
        "routine": "1",
    }
    assert [row.case_id for row in scene.review.queue(scene.reviewer, limit=2, offset=1).rows] == [
        serious,
        younger,
    ]


def test_rows_say_what_a_reviewer_chooses_by(scene: Scene) -> None:
    """Platform, account, categories, age, overdue, claim, evidence, and of the words how they begin."""
    words = "one\n two   three " + "x" * 60
    case_id, _, revision_id = scene.case("1", words, severity="immediate_danger")
    for category in ("threat", "insult", "threat"):
        _finding(scene, revision_id, category)
    scene.clock.move(timedelta(minutes=16))
    scene.review.claim(scene.second, case_id)
    page = scene.review.queue(scene.reviewer)
    (row,) = page.rows
    assert (row.platform, row.account, row.author) == ("facebook", "Northmoor", "someone")
    assert (row.categories, row.evidence) == (("insult", "threat"), "pending")
    assert row.begins == "one two three " + "x" * 26 + "…"
    assert (row.age, row.overdue, row.claimed_by) == (timedelta(minutes=16), True, "Sam Okafor")
    assert [page.counts.total, page.counts.overdue, page.counts.claimed] == [Count(1)] * 3


def test_filters_show_a_part_and_count_the_whole(scene: Scene) -> None:
    """A filtered page still says how much waits in all."""
    first, _, revision_id = scene.case("1")
    second, *_ = scene.case("2", severity="routine")
    _finding(scene, revision_id, "hate")
    scene.review.claim(scene.reviewer, second)

    def shown(**wanted: object) -> list[int]:
        page = scene.review.queue(scene.reviewer, QueueFilter(**wanted))  # type: ignore[arg-type]  # each by its name
        assert page.matching == Count(len(page.rows))
        assert page.counts.total == Count(2)
        return [row.case_id for row in page.rows]

    assert shown(category="hate") == [first]
    assert shown(severity="routine") == [second]
    assert shown(platform="x") == []
    assert shown(account_id=scene.account_id) == [first, second]
    assert shown(unclaimed=True) == [first]
    assert shown(claimed_by=scene.reviewer.person_id) == [second]
    assert shown(state="needs_advice") == []
    assert shown(overdue=True) == []


def test_a_claim_keeps_others_away_until_it_runs_out(scene: Scene) -> None:
    """One case, one reviewer at a time: the lease is five minutes, renewed while they work."""
    case_id, *_ = scene.case("1")
    held = scene.review.claim(scene.reviewer, case_id)
    assert held.until == scene.clock.now() + timedelta(minutes=5)
    with pytest.raises(ClaimHeld) as refusal:
        scene.review.claim(scene.second, case_id)
    assert (refusal.value.holder, refusal.value.until) == ("The reviewer", held.until)
    scene.clock.move(timedelta(minutes=4))
    assert scene.review.renew(scene.reviewer, case_id).until == scene.clock.now() + timedelta(minutes=5)
    scene.clock.move(timedelta(minutes=5))
    with pytest.raises(ClaimHeld):
        scene.review.renew(scene.reviewer, case_id)
    scene.review.claim(scene.second, case_id)
    with pytest.raises(ClaimHeld):
        scene.review.claim(scene.reviewer, case_id)


def test_a_released_case_is_free_and_only_its_holder_releases_it(scene: Scene) -> None:
    """A case is given back without a reason; nobody gives back another's."""
    case_id, *_ = scene.case("1")
    scene.review.claim(scene.reviewer, case_id)
    scene.review.release(scene.second, case_id)
    with pytest.raises(ClaimHeld):
        scene.review.claim(scene.second, case_id)
    scene.review.release(scene.reviewer, case_id)
    assert scene.review.claim(scene.second, case_id).case_id == case_id
    with pytest.raises(NotFound):
        scene.review.claim(scene.reviewer, 4711)


def test_the_next_case_is_the_worst_that_nobody_has(scene: Scene) -> None:
    """Asking for the next case hands out the queue from its head, each case once."""
    routine, *_ = scene.case("1", severity="routine")
    serious, *_ = scene.case("2")
    order = [scene.review.claim_next(who) for who in (scene.reviewer, scene.second, scene.reviewer)]
    assert [held.case_id if held else None for held in order] == [serious, routine, None]


def test_a_case_shows_everything_and_the_look_is_audited(scene: Scene) -> None:
    """A reviewer sees words, edits, findings, thread and history; the look is on record (promise 7)."""
    parent, _ = scene.comment("10", "the parent")
    answer, _ = scene.comment("12", "an answer")
    case_id, comment_id, _ = scene.case("11", "first words")
    with scene.store.write() as session:
        session.get_one(t.Comment, comment_id).parent_external_id = "10"
        session.get_one(t.Comment, answer).parent_external_id = "11"
    newest = scene.edit(comment_id, "second words")
    from worker.review.opening import Opening

    scene.open(Opening(comment_id, newest, "serious", 50))
    _finding(scene, newest, "insult")
    scene.upheld(case_id, newest, actions=("hide",))
    view = scene.review.show(scene.second, case_id)
    assert view.text == "second words"
    assert [each.text for each in view.revisions] == ["first words", "second words"]
    assert [(each.comment_id, each.relation) for each in view.thread] == [
        (parent, "parent"),
        (answer, "answer"),
    ]
    assert [each.category for each in view.findings] == ["insult"]
    assert view.author is not None
    assert (view.author.comments, view.author.cases, view.author.incidents) == (3, 1, 1)
    assert [(each.verdict, each.categories) for each in view.decisions] == [("upheld", ("insult",))]
    assert [(each.kind, each.state, each.calls) for each in view.actions] == [("hide", "requested", 0)]
    assert (view.evidence, len(view.snapshots)) == ("pending", 2)
    (row,) = scene.audited("viewed")
    assert (row.person_id, row.object_id) == (scene.second.person_id, case_id)
    first_look = scene.clock.now()
    scene.clock.move(timedelta(minutes=3))
    assert scene.review.show(scene.reviewer, case_id).viewed_at == first_look
    with pytest.raises(NotFound):
        scene.review.show(scene.reviewer, 4711)
