"""An export of a case that somebody may not see is neither shown to them nor theirs to clear away."""

from __future__ import annotations

import pytest

from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene
from worker.errors import NotAllowed
from worker.store import tables as t


def test_whom_a_case_is_about_sees_no_export_of_it_and_removes_none(any_scene: Scene) -> None:
    """To whom the evidence went, and for what, is not for them; the file stays for the others."""
    number = any_scene.approved(any_scene.for_the_platform())
    made = any_scene.stage.make(any_scene.people[ASKER], number)
    concerned = any_scene.people[SECOND]
    with any_scene.store.write() as session:
        session.add(
            t.Conflict(
                case_id=any_scene.cases[0],
                person_id=concerned.person_id,
                reason="It is about them.",
                noted_by=any_scene.people[ASKER].person_id,
                noted_at=any_scene.world.clock.now(),
            )
        )
    assert any_scene.stage.list(concerned) == ()
    for attempt in (any_scene.stage.show, any_scene.stage.remove_file):
        with pytest.raises(NotAllowed, match="is restricted"):
            attempt(concerned, number)
    assert made.path.is_file()
    assert [each.id for each in any_scene.stage.list(any_scene.people[ASKER])] == [number]
