"""The evidence checklist of a case: what ticks itself, what a person ticks, what is never asked for."""

from __future__ import annotations

import pytest

from tests.judging import said
from tests.unit.review.scene import Scene
from tests.unit.review.whole import decide, file_of, strict
from worker.errors import NotFound
from worker.store import tables as t


def test_the_checklist_ticks_itself_where_it_can_and_a_person_ticks_the_rest(scene: Scene) -> None:
    """What nobody can tick by hand is not ticked by hand; a tick can be taken back, and both rows stay."""
    case_id = decide(
        scene, "upheld", said("upheld", answers={"criticism_of_care": "no", "at_risk_now": "no"}), "threat"
    )
    file = file_of(scene)
    with pytest.raises(NotFound, match="no item core_sealed"):
        file.tick(scene.reviewer, case_id, "core_sealed")
    file.tick(scene.reviewer, case_id, "earlier", note="Two in May.")
    file.tick(scene.reviewer, case_id, "fear")
    file.tick(scene.reviewer, case_id, "fear", done=False)
    done = {each.id: each.done for each in strict(scene).show(scene.reviewer, case_id).checklist}
    assert (done["earlier"], done["fear"]) == (True, False)
    assert (done["core_sealed"], done["posted_time"], done["author_id"]) == (False, True, True)
    assert (done["effect"], "demand" in done) == (False, False)
    assert scene.count(t.CaseCheck) == 3


def test_the_checklist_asks_for_no_picture_of_suspected_imagery(scene: Scene) -> None:
    """Nobody is led to look at it again, or to copy it, by an item that stays open."""
    case_id, *_ = scene.case("1")

    def items() -> set[str]:
        return {each.id for each in strict(scene).show(scene.people["senior_reviewer"], case_id).checklist}

    assert "rendered" in items()
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = "imagery"
    assert "rendered" not in items()
    assert "core_sealed" in items()


@pytest.mark.parametrize("how", ["a reference", "a reason"])
def test_the_checklist_knows_whether_the_police_were_told(scene: Scene, how: str) -> None:
    """A reference of theirs does it, or a note why not; a referral that was only made does not."""
    no = {"criticism_of_care": "no", "at_risk_now": "no"}
    case_id = decide(scene, "upheld", said("upheld", answers=no), "threat")
    made = {"case_id": case_id, "kind": "police_101", "reason": "A threat."}

    def told() -> bool:
        listed = strict(scene).show(scene.reviewer, case_id).checklist
        return {each.id: each.done for each in listed}["police_told"]

    with scene.store.write() as session:
        referral = t.Referral(
            **made,
            revision_id=session.get_one(t.Case, case_id).revision_id,
            recipient="Police",
            **dict.fromkeys(("sees_words", "sees_author", "sees_evidence", "sees_files"), False),
            state="made",
            made_by=scene.reviewer.person_id,
            made_at=scene.clock.now(),
            due_at=scene.clock.now(),
        )
        session.add(referral)
    assert not told()
    with scene.store.write() as session:
        if how == "a reference":
            session.get_one(t.Referral, referral.id).reference = "42/1234/26"
        else:
            beside = {"considered_by": scene.reviewer.person_id, "considered_at": scene.clock.now()}
            session.add(t.NotReferred(**made, **beside))
    assert told()
