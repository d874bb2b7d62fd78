"""Beside a case stand those like it and what was decided on its author before, as far as one may see them."""

from __future__ import annotations

from datetime import timedelta

from tests.quiet import statements
from tests.unit.review.crowd import alone, in_group, kept, several
from tests.unit.review.scene import Scene
from worker.ledger.audit import Actor
from worker.store import tables as t

_INSULT = "Nurse Kelly Hargreaves on ward 7 is a lazy thieving cow who should be sacked"


def _similar(scene: Scene, case_id: int, who: Actor | None = None) -> list[tuple[int, str]]:
    view = scene.review.show(who or scene.reviewer, case_id)
    return [(each.case_id, each.shares) for each in view.similar]


def _revision(scene: Scene, case_id: int) -> int:
    with scene.store.read() as session:
        return session.get_one(t.Case, case_id).revision_id


def test_cases_like_it_are_told_the_closest_first(scene: Scene) -> None:
    """One text before one picture, one author, one burst; each once, with what was decided on it."""
    here, text, picture, author, burst, other = several(scene, 6)
    in_group(scene, "thread", (here, burst, text), about=1)
    in_group(scene, "author", (here, author), about=2)
    in_group(scene, "picture", (here, picture), about=3)
    in_group(scene, "text", (here, text), about=4)
    in_group(scene, "text", (burst, other), about=5)
    scene.not_upheld(text, _revision(scene, text))
    view = scene.review.show(scene.reviewer, here)
    assert [(each.case_id, each.shares) for each in view.similar] == [
        (text, "text"),
        (picture, "picture"),
        (author, "author"),
        (burst, "thread"),
    ]
    assert [(each.state, each.verdict) for each in view.similar[:2]] == [
        ("decided", "not_upheld"),
        ("open", None),
    ]
    assert {each.opened_at for each in view.similar} == {scene.clock.now()}


def test_the_verdict_told_is_the_one_that_counts(scene: Scene) -> None:
    """A decision that was corrected is told as it was corrected, beside a like case and of the author."""
    here = alone(scene, "1", author=scene.author_id)
    before = alone(scene, "2", author=scene.author_id)
    in_group(scene, "text", (here, before))
    first = scene.not_upheld(before, _revision(scene, before))
    scene.clock.move(timedelta(hours=1))
    scene.upheld(before, _revision(scene, before), supersedes=first)
    view = scene.review.show(scene.reviewer, here)
    assert [each.verdict for each in view.similar if each.case_id == before] == ["upheld"]
    (told,) = view.author_before
    assert (told.case_id, told.verdict, told.categories) == (before, "upheld", ("insult",))
    assert told.decided_at == scene.clock.now()


def test_of_many_the_newest_are_told(scene: Scene) -> None:
    """Five are taken in at a glance; the whole group is a page of its own."""
    here, *others = several(scene, 9)
    in_group(scene, "text", (here, *others))
    assert _similar(scene, here) == [(each, "text") for each in reversed(others[-5:])]


def test_the_same_words_are_told_however_long_ago(scene: Scene) -> None:
    """Groups remember a fortnight; a case of the very same words, in other clothes, is found after months."""
    first = alone(scene, "1", _INSULT)
    scene.clock.move(timedelta(days=90))
    again = alone(scene, "2", f"{_INSULT.upper()}!!")
    assert scene.count(t.Group) == 0
    assert _similar(scene, again) == [(first, "text")]


def test_what_says_something_else_by_now_is_not_like_it(scene: Scene) -> None:
    """By its words a case is like another only while it says them."""
    here, other = several(scene, 2)
    in_group(scene, "text", (here, other))
    with scene.store.read() as session:
        comment_id = session.get_one(t.Case, other).comment_id
    newest = scene.edit(comment_id, "quite other words than before")
    with scene.store.write() as session:
        session.get_one(t.Case, other).revision_id = newest
    assert _similar(scene, here) == []
    assert _similar(scene, other) == []


def test_restricted_cases_are_named_beside_no_case(scene: Scene) -> None:
    """Neither as a like case, nor by the same words, nor as a decision on the author."""
    first = alone(scene, "1", _INSULT, author=scene.author_id)
    scene.upheld(first, _revision(scene, first))
    scene.clock.move(timedelta(days=90))
    here = alone(scene, "2", _INSULT, author=scene.author_id)
    other = alone(scene, "3")
    in_group(scene, "picture", (here, other))
    assert _similar(scene, here) == [(first, "text"), (other, "picture")]
    kept(scene, first, other)
    view = scene.review.show(scene.reviewer, here)
    assert (view.similar, view.author_before) == ((), ())
    senior = scene.review.show(scene.people["senior_reviewer"], here)
    assert [each.case_id for each in senior.similar] == [first, other]
    assert [each.case_id for each in senior.author_before] == [first]


def test_the_last_decisions_on_an_author_are_told(scene: Scene) -> None:
    """The last five, the newest first; not what waits, and nothing where nobody knows who wrote it."""
    decided: list[int] = []
    for number in range(7):
        case_id = alone(scene, str(number), author=scene.author_id)
        scene.clock.move(timedelta(minutes=1))
        if number % 2:
            scene.upheld(case_id, _revision(scene, case_id))
        else:
            scene.not_upheld(case_id, _revision(scene, case_id))
        decided.insert(0, case_id)
    waiting, here = (alone(scene, name, author=scene.author_id) for name in ("20", "21"))
    told = scene.review.show(scene.reviewer, here).author_before
    assert [each.case_id for each in told] == decided[:5]
    assert [(each.verdict, each.categories) for each in told[:2]] == [
        ("not_upheld", ()),
        ("upheld", ("insult",)),
    ]
    assert waiting not in [each.case_id for each in told]
    nobody = alone(scene, "22")
    assert scene.review.show(scene.reviewer, nobody).author_before == ()


def test_many_neighbours_cost_as_many_statements_as_two(scene: Scene) -> None:
    """A case in the midst of a pile-on opens as quickly as any other."""
    cases = [alone(scene, str(number), author=scene.author_id) for number in range(20)]
    in_group(scene, "picture", cases[:3])
    for case_id in cases[1:3]:
        scene.upheld(case_id, _revision(scene, case_id))
    scene.review.show(scene.reviewer, cases[0])
    with statements(scene.store) as few:
        scene.review.show(scene.reviewer, cases[0])
    for kind in ("text", "thread"):
        in_group(scene, kind, cases, about=9)
    for case_id in cases[3:12]:
        scene.upheld(case_id, _revision(scene, case_id))
    with statements(scene.store) as many:
        assert len(scene.review.show(scene.reviewer, cases[0]).similar) == 5
    assert len(many) == len(few)
