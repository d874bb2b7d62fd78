"""A file that was handed in and is suspected by now: locked whenever the mark came, and never removed."""

from __future__ import annotations

import io
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.evidence.marked import KilledError, Office, dying_at, suspect
from tests.unit.evidence.test_supplements import inbox, picture, ready, run_job
from tests.unit.evidence.world import World, actor, done
from worker.errors import Conflict
from worker.evidence.locking import LOCKED


def handed_in(world: World) -> tuple[Office, str]:
    """A file that waits to be sealed; the name of its folder."""
    office = ready(world)
    office.supplements().add(world.case_id, "a.png", io.BytesIO(picture()), actor(world.store))
    (token,) = inbox(world)
    return office, token


def is_locked(world: World, token: str) -> bool:
    """Whether both files of it are locked away, closed to everybody."""
    locked = world.bags / LOCKED / "handed-in" / token
    if inbox(world) or not locked.is_dir():
        return False
    modes = {stat.S_IMODE(path.lstat().st_mode) for path in (locked, *locked.iterdir())}
    return modes == {0} and len(list(locked.iterdir())) == 2


def test_it_is_locked_before_the_job_can_be_done(any_world: World) -> None:
    """A process that dies as soon as the record is sealed and the job done leaves nothing open behind."""
    office, token = handed_in(any_world)
    suspect(office)
    (job,) = office.jobs("supplement")
    with pytest.raises(KilledError):
        office.supplements(steps=dying_at("seal.committed")).seal(
            int(str(job["snapshot_id"])), token, str(job["sha256"]), done
        )
    assert is_locked(any_world, token)


def test_one_on_another_disk_is_locked_there(world: World, other_disk: Path) -> None:
    """No rename crosses disks: it is closed beside the inbox's other files, and no tidying removes it."""
    office = ready(world)
    supplements = replace(office.supplements(), inbox=other_disk)
    supplements.add(world.case_id, "a.png", io.BytesIO(picture()), actor(world.store))
    ((token, job),) = [(str(each["token"]), each) for each in office.jobs("supplement")]
    suspect(office)
    supplements.seal(int(str(job["snapshot_id"])), token, str(job["sha256"]), done)
    locked = other_disk / LOCKED / token
    modes = {stat.S_IMODE(path.lstat().st_mode) for path in (locked, *locked.iterdir())}
    assert modes == {0}
    world.clock.move(timedelta(days=400))
    with pytest.raises(Conflict):
        supplements.add(world.case_id, "b.png", io.BytesIO(picture()), actor(world.store))
    assert [path.name for path in other_disk.iterdir()] == [LOCKED]
    assert locked.is_dir()


def test_it_is_locked_where_the_mark_came_during_the_sealing(any_world: World) -> None:
    """The file itself is not removed as one that was sealed is: it is locked like every other copy."""
    office, token = handed_in(any_world)
    (job,) = office.jobs("supplement")

    def marked_meanwhile(name: str) -> None:
        if name == "seal.committed":
            suspect(office)

    office.supplements(steps=marked_meanwhile).seal(
        int(str(job["snapshot_id"])), token, str(job["sha256"]), done
    )
    assert is_locked(any_world, token)


def test_nothing_is_left_of_one_that_was_sealed(world: World) -> None:
    """Without a suspicion the inbox is empty once the bag holds the file."""
    office, token = handed_in(world)
    run_job(office)
    assert inbox(world) == []
    assert not is_locked(world, token)
