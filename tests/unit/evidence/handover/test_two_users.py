"""Whoever goes ahead alone is one person, whatever user of the computer they are at the time."""

from __future__ import annotations

import pytest

from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene
from tests.unit.evidence.handover.test_approval import ask
from worker.errors import NotAllowed


@pytest.mark.parametrize("as_user", ["blarch", "night"])
def test_a_review_is_by_neither_user_of_whoever_went_alone(scene: Scene, as_user: str) -> None:
    """Not as the user who asked, nor as the user who went ahead: both were one person."""
    number = ask(scene)
    scene.stage.break_glass(scene.people[ASKER], number, "They stand at the door", os_user="night")
    with pytest.raises(NotAllowed, match=f"same user of this computer, {as_user}"):
        scene.stage.review(scene.people[SECOND], number, os_user=as_user)
    scene.stage.review(scene.people[SECOND], number, os_user="ashby")
