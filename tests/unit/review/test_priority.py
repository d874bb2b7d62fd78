"""How soon a person should look, and why, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.schema import Category
from tests.unit.review.scene import CLOCKS, Scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.review.flags import Flags
from worker.review.opening import Opening
from worker.review.particulars import Particulars
from worker.review.priority import FLAGGED, Facts, explained, parts_of, total
from worker.review.queue import QueueFilter
from worker.review.surges import Surges
from worker.store import tables as t
from worker.store.paging import FLAGS


def kept(scene: Scene, case_id: int) -> tuple[int, dict[str, int]]:
    """A case's priority, and its parts: points by words, but for the base."""
    with scene.store.read() as session:
        case = session.get_one(t.Case, case_id)
        parts = case.priority_parts or []
        return case.priority, {part["words"]: part["points"] for part in parts[1:]}


def flags(scene: Scene) -> Flags:
    """The stage."""
    return Flags(scene.store, scene.clock, CLOCKS)


def finding(scene: Scene, revision_id: int, category: str) -> None:
    """A rule found something in a revision."""
    with scene.store.write() as session:
        session.add(
            t.Finding(
                revision_id=revision_id,
                rule_id="made.up",
                rule_version=1,
                category=category,
                severity="serious",
                span_start=0,
                span_end=1,
                matched="w",
                reason="Made up.",
                characteristics=[],
            )
        )


@given(
    facts=st.builds(
        Facts,
        base=st.integers(0, 100),
        severity=st.just("serious"),
        categories=st.lists(st.sampled_from(list(Category)), unique=True).map(tuple),
        comments=st.integers(0, 100),
        burst=st.integers(0, 500),
        pile_on=st.integers(2, 20),
        within_minutes=st.just(30),
        upheld=st.integers(0, 50),
        flags=st.frozensets(st.sampled_from(FLAGS)),
    )
)
def test_every_point_is_explained(facts: Facts) -> None:
    """The parts add up to the priority, which stays between 0 and 100; none lacks its words."""
    parts = parts_of(facts)
    assert total(parts) == min(100, sum(part.points for part in parts)) <= 100
    assert all(part.words for part in parts)
    said = explained(total(parts), [part.as_json() for part in parts])
    assert all(f"{part.words} (+{part.points})" in said for part in parts)


def test_every_flag_that_can_be_put_changes_the_priority() -> None:
    """A flag without points would be put and mean nothing."""
    assert set(FLAGGED) == set(FLAGS)
    assert all(points > 0 for points, _ in FLAGGED.values())


def test_a_case_opens_with_its_reasons_in_words(scene: Scene) -> None:
    """What rules found, whom it harms and what became of the author before: each with its points."""
    first, _, revision_id = scene.case("1")
    scene.upheld(first, revision_id)
    comment_id, second = scene.comment("2", "words")
    finding(scene, second, "doxxing")
    opened = scene.open(Opening(comment_id, second, "serious", 50))[comment_id]
    priority, parts = kept(scene, opened)
    assert priority == 50 + 10 + 5
    assert parts == {"somebody's personal details may be in it": 10, "the author was upheld once before": 5}
    view = scene.review.show(scene.second, opened)
    assert explained(view.priority, view.priority_parts) == (
        "Priority 65: doxxing; serious (+50); somebody's personal details may be in it (+10);"
        " the author was upheld once before (+5)"
    )


def test_a_decision_that_was_overturned_counts_against_nobody(scene: Scene) -> None:
    """Only the decision that counts makes an author one who was upheld."""
    first, _, revision_id = scene.case("1")
    upheld = scene.upheld(first, revision_id)
    scene.review.decide(
        scene.reviewer,
        first,
        revision_id,
        "not_upheld",
        reason="It was criticism.",
        supersedes=upheld,
        particulars=Particulars(why_not="criticism"),
    )
    opened, *_ = scene.case("2")
    assert kept(scene, opened) == (50, {})


def test_a_pile_on_lifts_also_the_cases_that_came_before_it_was_one(scene: Scene) -> None:
    """The first comments of a burst rise with it; a case of another day does not."""
    early, *_ = scene.case("early")
    scene.clock.move(timedelta(hours=3))
    cases = [scene.case(str(number))[0] for number in range(5)]
    surges = Surges(scene.store, scene.clock, CLOCKS)
    words = "part of a pile-on: 5 cases under one post within 30 minutes"
    assert [kept(scene, case)[1] for case in cases] == [{}, {}, {}, {}, {words: 10}]
    assert surges.schedule() == 4
    assert [kept(scene, case) for case in cases] == [(60, {words: 10})] * 5
    assert kept(scene, early) == (50, {})
    assert surges.schedule() == 0, "nothing new, nothing written"
    assert len(scene.audited("pile_on_reckoned")) == 1


def test_many_comments_under_a_post_are_reach(scene: Scene) -> None:
    """What many read is looked at sooner."""
    for number in range(20):
        scene.comment(f"c{number}", "words")
    opened, *_ = scene.case("1")
    assert kept(scene, opened) == (52, {"much read: 20 comments or more under the same post": 2})


def test_flags_move_a_case_up_and_are_on_record(scene: Scene) -> None:
    """A reviewer's flag counts until it is taken off; both stay on record, with what they changed."""
    case_id, *_ = scene.case("1")
    assert flags(scene).put(scene.reviewer, case_id, "named_staff") == 60
    assert flags(scene).put(scene.second, case_id, "named_staff") == 60
    assert flags(scene).put(scene.second, case_id, "minor") == 75
    assert scene.review.show(scene.second, case_id).flags == ("minor", "named_staff")
    assert flags(scene).take_off(scene.second, case_id, "named_staff") == 65
    assert scene.count(t.CaseFlag) == 3
    assert [row.detail["after"]["priority"] for row in scene.audited("flagged")] == [60, 75]
    (row,) = scene.audited("unflagged")
    assert (row.detail["flag"], row.detail["before"]["priority"]) == ("named_staff", 75)


def test_flags_are_for_those_who_work_the_queue_and_for_cases_that_wait(scene: Scene) -> None:
    """Nobody else moves a case, and a flag that nobody knows is refused."""
    case_id, _, revision_id = scene.case("1")
    with pytest.raises(NotAllowed):
        flags(scene).put(scene.people["communications_lead"], case_id, "minor")
    with pytest.raises(NotFound, match="named_staff"):
        flags(scene).put(scene.reviewer, case_id, "urgent")
    scene.upheld(case_id, revision_id)
    with pytest.raises(Conflict, match="closed"):
        flags(scene).put(scene.reviewer, case_id, "minor")
    assert scene.count(t.CaseFlag) == 0


def test_an_edit_keeps_what_reviewers_said(scene: Scene) -> None:
    """The new words are reckoned anew, the flags stay, and the base is the higher of the two."""
    case_id, comment_id, _ = scene.case("1", priority=40)
    flags(scene).put(scene.reviewer, case_id, "patient")
    scene.open(Opening(comment_id, scene.edit(comment_id, "worse"), "serious", 55))
    assert kept(scene, case_id)[0] == 65
    scene.open(Opening(comment_id, scene.edit(comment_id, "milder"), "serious", 10))
    assert kept(scene, case_id)[0] == 65


def test_the_queue_and_the_next_case_run_by_severity_then_priority_then_due_time(scene: Scene) -> None:
    """The list and what is handed out agree: the flagged one before the older one, never before a graver."""
    older, *_ = scene.case("1")
    scene.clock.move(timedelta(minutes=1))
    flagged, *_ = scene.case("2")
    grave, *_ = scene.case("3", severity="immediate_danger", priority=10)
    flags(scene).put(scene.reviewer, flagged, "minor")
    listed = [row.case_id for row in scene.review.queue(scene.reviewer, QueueFilter()).rows]
    assert listed == [grave, flagged, older]
    taken = [scene.review.claim_next(scene.reviewer) for _ in listed]
    assert [held.case_id for held in taken if held is not None] == listed
