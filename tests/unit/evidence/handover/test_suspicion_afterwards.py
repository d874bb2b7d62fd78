"""What was handed over before a suspicion: our own file of it is locked with everything else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene, bag_comment
from tests.unit.evidence.world import actor, done
from worker.errors import Conflict
from worker.evidence.locking import LOCKED
from worker.evidence.marking import Marking
from worker.settings_evidence import Safeguarding
from worker.store import tables as t


def marking_of(scene: Scene) -> Marking:
    """The marking stage over a scene's bags and exports."""
    stage = scene.stage
    return Marking(
        stage.store,
        stage.clock,
        stage.bags,
        Safeguarding(),
        stage.out,
        lambda _notice: None,
        lambda *_: None,
        stage.steps,
    )


def test_our_own_file_of_a_hand_over_is_locked_and_not_removed(scene: Scene) -> None:
    """The person is told which export left the house; our file of it is neither read nor removed by us."""
    file = scene.made()
    content = file.read_bytes()
    (case_id,) = scene.request().cases
    marked = marking_of(scene).mark(case_id, "suspected_csam", actor(scene.store))
    assert marked.exports == (1,)
    assert not file.exists()
    locked = scene.stage.bags.root / LOCKED / "exports" / file.name
    assert stat.S_IMODE(locked.lstat().st_mode) == 0
    with pytest.raises(Conflict, match="no file"):
        scene.stage.remove_file(scene.people[ASKER], 1)
    locked.chmod(0o600)
    assert locked.read_bytes() == content


def test_our_own_file_on_another_disk_is_locked_there(scene: Scene, other_disk: Path) -> None:
    """No rename crosses disks: the file is locked beside itself, still neither readable nor removed by us."""
    scene.stage = scene.with_(out=other_disk)
    file = scene.made()
    content = file.read_bytes()
    (case_id,) = scene.request().cases
    marking = marking_of(scene)
    marking.mark(case_id, "suspected_csam", actor(scene.store))
    marking.lock(bag_comment(scene), done)
    locked = other_disk / LOCKED / file.name
    assert not file.exists()
    assert [stat.S_IMODE(path.lstat().st_mode) for path in (locked, locked.parent)] == [0, 0o700]
    assert not any((scene.stage.bags.root / LOCKED / "exports").iterdir())
    assert scene.stage.show(scene.people[ASKER], 1).file is None
    with pytest.raises(Conflict, match="no file"):
        scene.stage.remove_file(scene.people[ASKER], 1)
    locked.chmod(0o600)
    assert locked.read_bytes() == content


def test_a_file_that_is_not_locked_yet_is_not_removed_either(any_scene: Scene) -> None:
    """A disk that refuses for a while leaves the file open; it must not be destroyed by us meanwhile."""
    file = any_scene.made()
    any_scene.mark(bag_comment(any_scene), "suspected_csam")
    with pytest.raises(Conflict, match="locked"):
        any_scene.stage.remove_file(any_scene.people[ASKER], 1)
    assert file.is_file()


def test_a_hand_over_of_other_comments_stays_where_it_is(scene: Scene) -> None:
    """Only what holds a copy of the marked comment is locked; the person is told of no other export."""
    file = scene.made()
    marked = marking_of(scene).mark(scene.world.case_id, "suspected_csam", actor(scene.store))
    assert marked.exports == ()
    assert file.is_file()
    assert not (scene.stage.bags.root / LOCKED / "exports").exists()


def test_an_export_whose_file_was_removed_is_told_all_the_same(scene: Scene) -> None:
    """Our copy is gone, but whoever got it still has it: the person hears which export that was."""
    scene.made()
    scene.stage.remove_file(scene.people[SECOND], 1)
    (case_id,) = scene.request().cases
    assert marking_of(scene).mark(case_id, "suspected_csam", actor(scene.store)).exports == (1,)
    assert not (scene.stage.bags.root / LOCKED / "exports").exists()


def test_no_mark_comes_between_the_last_look_and_the_file(any_scene: Scene) -> None:
    """From the last look until the file is counted a mark waits: one always sees the other."""
    comment_id, waits = bag_comment(any_scene), []

    def tries_to_mark(name: str) -> None:
        if name == "export.placed":
            with any_scene.store.engine.connect() as other, pytest.raises(OperationalError) as refused:
                _write_beside(other, comment_id)
            waits.append(str(refused.value))

    any_scene.stage = any_scene.with_(steps=tries_to_mark)
    assert any_scene.made().is_file()
    assert len(waits) == 1
    assert "lock" in waits[0]


def _write_beside(connection: Connection, comment_id: int) -> None:
    """Take what a marking takes first, without waiting for it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        held = select(t.Comment.id).where(t.Comment.id == comment_id)
        connection.execute(held.with_for_update(key_share=True, nowait=True)).one()
