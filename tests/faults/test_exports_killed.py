"""A process that is killed anywhere in the making of an export: one file that counts, or clearly none."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.warm import PROGRAMS, PROJECT
from tests.stores import postgres_store, sqlite_store
from tests.unit.evidence.handover.scene import ASKER, Scene, make_scene
from tests.unit.evidence.marked import Office
from tests.unit.evidence.world import actor
from worker.errors import Conflict
from worker.evidence.locking import LOCKED

pytestmark = pytest.mark.faults

STEPS = ("export.packed", "export.unpacked", "export.checked", "export.placed", "export.counted")


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A sealed case and the people who hand it over, on either database."""
    store = (
        sqlite_store(tmp_path)
        if request.param == "sqlite"
        else postgres_store(request.getfixturevalue("migrated_postgres_database"))
    )
    yield make_scene(store, tmp_path)
    store.close()


def killed_at(scene: Scene, number: int, step: str) -> None:
    """Make the export in a process of its own that dies at a step."""
    url = scene.store.engine.url.render_as_string(hide_password=False)
    person = str(scene.people[ASKER].person_id)
    command = ["-m", "tests.faults.exports", url, str(scene.folder), person, str(number), step]
    died = PROGRAMS.run(command, environ={**os.environ, "PYTHONPATH": str(PROJECT)}, patience=90)
    assert died.returncode == -signal.SIGKILL, died.stderr


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_export_is_made_once_or_clearly_not(scene: Scene, step: str) -> None:
    """Until it is counted no file is shown and it can be made again; the one that counts is what is there."""
    number = scene.approved(scene.for_the_platform())
    who = scene.people[ASKER]
    killed_at(scene, number, step)
    view = scene.stage.show(who, number)
    assert (view.state, view.file is not None) == (
        ("made", True) if step == "export.counted" else ("approved", False)
    )
    if view.state == "approved":
        assert scene.world.audits("export_made") == []
        scene.stage.make(who, number)
        view = scene.stage.show(who, number)
    (file,) = (scene.folder / "exports").iterdir()
    assert (view.state, view.file) == ("made", file)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == view.file_sha256
    assert len(scene.world.audits("export_made")) == 1
    with pytest.raises(Conflict, match="is made, not approved"):
        scene.stage.make(who, number)


@pytest.mark.parametrize("step", ["export.unpacked", "export.placed"])
def test_what_a_killed_export_left_is_locked_with_the_rest(scene: Scene, step: str) -> None:
    """Suspected imagery: files and folders with copies that no row counts are locked too, none is left."""
    killed_at(scene, scene.approved(scene.for_the_platform()), step)
    assert list((scene.folder / "exports").iterdir()) != []
    Office(scene.world).marking().mark(scene.cases[0], "suspected_csam", actor(scene.store))
    assert list((scene.folder / "exports").iterdir()) == []
    locked = list((scene.world.bags / LOCKED / "exports").iterdir())
    assert locked != []
    assert all(path.stat().st_mode & 0o777 == 0 for path in locked)
