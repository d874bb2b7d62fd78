"""An approval that led to no file yet can be taken back: whoever gave it may have left."""

from __future__ import annotations

import pytest

from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene, person
from tests.unit.evidence.handover.test_approval import ask, change
from worker.errors import Conflict, NotAllowed
from worker.evidence.copies import aside_of, file_of


def test_an_approval_can_be_taken_back_until_it_is_made(any_scene: Scene) -> None:
    """Its approver is gone: another refuses it, or the asker withdraws it, and it keeps nothing any more."""
    third = person(any_scene.store, "Third Keeper", "on_call_manager")
    asker, exports = any_scene.people[ASKER], any_scene.folder / "exports"
    for who in (third, asker):
        change(any_scene, SECOND, role="senior_reviewer")
        number = any_scene.approved()
        change(any_scene, SECOND, active=False)
        exports.mkdir(exist_ok=True)
        (exports / f"{aside_of(number)}dead").touch()
        (exports / file_of(number)).touch()
        with pytest.raises(NotAllowed):
            any_scene.stage.make(asker, number)
        any_scene.stage.refuse(who, number, "Nobody may answer for it any more", os_user="other")
        assert any_scene.stage.show(third, number).state == "refused"
        assert list(exports.iterdir()) == []
        assert (
            any_scene.world.audits("export_refused")[-1]["approved_by"] == any_scene.people[SECOND].person_id
        )
        with pytest.raises(Conflict, match="is refused, not approved"):
            any_scene.stage.make(asker, number)


def test_who_went_ahead_alone_can_take_it_back(any_scene: Scene) -> None:
    """A broken glass that led to no file waits for no review; the reason stays in the audit."""
    number = ask(any_scene)
    any_scene.stage.break_glass(any_scene.people[ASKER], number, "Nobody answers", os_user="blarch")
    any_scene.stage.refuse(any_scene.people[ASKER], number, "Not needed", os_user="blarch")
    with pytest.raises(Conflict, match="does not wait for a review"):
        any_scene.stage.review(any_scene.people[SECOND], number, os_user="selder")
    assert any_scene.world.audits("export_refused")[-1]["alone_because"] == "Nobody answers"
