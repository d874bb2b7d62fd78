"""Two who make an export at the same moment: one file, which counts, and the second is told."""

from __future__ import annotations

import hashlib

import pytest

from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene
from worker.errors import Conflict
from worker.evidence.copies import aside_of, file_of
from worker.evidence.handover.workplace import aside


def test_two_that_make_one_export_make_one_file(scene: Scene) -> None:
    """Whoever comes while it is made is told so, and takes nothing away of the file that then counts."""
    number = scene.approved(scene.for_the_platform())
    refused: list[str] = []

    def step(name: str) -> None:
        if name == "export.packed":
            try:
                scene.stage.make(scene.people[SECOND], number)
            except Conflict as refusal:
                refused.append(refusal.happened)

    made = scene.with_(steps=step).make(scene.people[ASKER], number)
    assert ["is being made at this moment" in each for each in refused] == [True]
    view = scene.stage.show(scene.people[ASKER], number)
    assert (view.file, view.file_sha256) == (made.path, hashlib.sha256(made.path.read_bytes()).hexdigest())
    assert list((scene.folder / "exports").iterdir()) == [made.path]


def test_a_making_that_failed_keeps_nobody_from_the_next(scene: Scene) -> None:
    """The hold on the folder ends with the attempt, whatever became of it."""
    number = scene.approved(scene.for_the_platform())

    def step(name: str) -> None:
        if name == "export.checked":
            raise Conflict("Stopped.")

    with pytest.raises(Conflict, match="Stopped"):
        scene.with_(steps=step).make(scene.people[ASKER], number)
    assert scene.stage.make(scene.people[ASKER], number).path.is_file()


def test_what_is_cleared_away_is_only_what_was_in_the_making(scene: Scene) -> None:
    """What dead attempts left is removed; a file in its place never is, nor what is another export's."""
    out = scene.folder / "exports"
    out.mkdir()
    (out / f"{aside_of(1)}dead").mkdir()
    (out / f"{aside_of(1)}file").touch()
    stays = {out / file_of(1), out / f"{aside_of(11)}file"}
    for path in stays:
        path.touch()
    assert aside(out, 1) not in stays
    assert set(out.iterdir()) == stays
