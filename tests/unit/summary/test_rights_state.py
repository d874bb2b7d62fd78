"""What is late for somebody who challenged a decision or asked about themselves is told by the status."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.judging import said
from tests.unit.evidence.subjects.test_subjects import subjects_of
from tests.unit.review.scene import make_scene
from tests.unit.review.test_appeals import DISMISSED, appeals_of, logged
from worker.review.people import change_person
from worker.store.session import Store
from worker.summary.rights_state import rights_problems


def test_what_is_late_is_told_and_what_is_not_is_not(store: Store) -> None:
    """Nothing is said in time; an appeal, a month and a lonely decision that nobody looked at are."""
    scene = make_scene(store)
    senior, manager = scene.people["senior_reviewer"], scene.people["on_call_manager"]
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    logged(scene, case_id)
    subjects_of(scene).log(scene.people["evidence_officer"], "access", "someone", scene.clock.now())
    assert rights_problems(store, scene.clock.now()) == []
    scene.clock.move(timedelta(days=15))
    assert [each.partition(" was to be")[0] for each in rights_problems(store, scene.clock.now())] == [
        "Appeal 1 about case 1"
    ]
    appeals_of(scene).decide(senior, 1, DISMISSED)
    scene.clock.move(timedelta(days=20))
    (late,) = rights_problems(store, scene.clock.now())
    assert "Request 1 for access was to be answered by 9 December 2026 at 5:00pm" in late
    # The senior reviewer decides a second case and its appeal, while nobody else is there.
    second, _, revision_id = scene.case("2")
    scene.review.decide(
        senior,
        second,
        revision_id,
        "not_upheld",
        reason="Criticism.",
        particulars=said("not_upheld"),
    )
    assert manager.person_id is not None
    change_person(store, scene.clock, scene.admin, manager.person_id, active=False)
    alone = replace(DISMISSED, alone_because="Nobody else is here.")
    appeals_of(scene).decide(senior, logged(scene, second), alone)
    assert len(rights_problems(store, scene.clock.now())) == 1
    scene.clock.move(timedelta(days=5))
    assert any("by one person alone" in each for each in rights_problems(store, scene.clock.now()))
