"""What needs a second person stands in one list until that person has spoken."""

from __future__ import annotations

import pytest

from tests.unit.evidence.handover.scene import ASKER, REVIEWER, SECOND, Scene
from worker.errors import NotAllowed
from worker.review.restricting import tighten
from worker.store import tables as t


def _waiting(scene: Scene) -> list[int]:
    return [each.id for each in scene.stage.waiting(scene.people[SECOND])]


def test_what_nobody_decided_on_and_what_nobody_reviewed_waits(any_scene: Scene) -> None:
    """Approved by two it waits no more; done by one it waits until another looked; each look is recorded."""
    stage, asker, second = any_scene.stage, any_scene.people[ASKER], any_scene.people[SECOND]
    agreed = any_scene.approved()
    open_still = stage.ask(asker, any_scene.request(), os_user="blarch")
    alone = stage.ask(asker, any_scene.request(), os_user="blarch")
    stage.break_glass(asker, alone, "They stand at the door.", os_user="blarch")
    assert _waiting(any_scene) == [open_still, alone]
    assert agreed not in _waiting(any_scene)
    stage.review(second, alone, os_user="selder")
    stage.refuse(second, open_still, "Not needed.", os_user="selder")
    assert _waiting(any_scene) == []
    assert len(any_scene.world.audits("exports_listed")) == 3


def test_an_export_of_a_restricted_case_waits_for_nobody_who_may_not_see_it(scene: Scene) -> None:
    """It is not in the list; whoever may decide on no exports sees no list at all."""
    scene.stage.ask(scene.people[ASKER], scene.request(), os_user="blarch")
    assert len(_waiting(scene)) == 1
    with scene.store.write() as session:
        case, now = session.get_one(t.Case, scene.cases[0]), scene.world.clock.now()
        tighten(session, scene.people[ASKER], case, "staff_on_staff", "About a colleague.", now=now)
    assert _waiting(scene) == []
    with pytest.raises(NotAllowed):
        scene.stage.waiting(scene.people[REVIEWER])
