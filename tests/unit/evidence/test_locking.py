"""Copies that nobody may have: locked whatever crashes, and a record without a copy in their stead."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.unit.evidence.marked import LEAD, KilledError, Office, dying_at, record_row, suspect
from tests.unit.evidence.world import START, World, actor, add_case, done, make_world, reading
from worker.errors import EvidenceFault
from worker.evidence.instruction import instruction
from worker.evidence.locking import LOCKED, lock_what_came_late
from worker.evidence.standing import (
    standing,
    usable,
)
from worker.evidence.subject import identity_of
from worker.ledger.audit import Actor
from worker.settings_evidence import Safeguarding
from worker.store import tables as t
from worker.store.session import Store

#: Nothing of this may be in a record without a copy.
FORBIDDEN = (b"hurt you", b"rude_person", b"R. Person", b"secret.jpg", b"Our new ward", b"Steady on", b"odd")


def everything_in(folder: Path) -> Iterator[bytes]:
    """The bytes of every file below a folder."""
    yield from (path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def modes(folder: Path) -> set[int]:
    """The permissions of a folder and all below it."""
    return {stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_a_suspicion_locks_what_was_copied_and_changes_no_row(any_world: World) -> None:
    """The bag leaves its place, nobody has a permission on any of it, and its row is as it was before."""
    before = any_world.capture()
    bag, office = any_world.bag(), Office(any_world)
    said = office.marking().mark(any_world.case_id, "suspected_csam", actor(any_world.store))
    locked = any_world.bags / LOCKED / (before.bag or "")
    assert not bag.exists()
    assert modes(locked) == {0}
    assert stat.S_IMODE((any_world.bags / LOCKED).lstat().st_mode) == 0o700
    after = any_world.row(any_world.snapshot_id)
    assert (after.bag, after.manifest_sha256, after.destroyed_at) == (
        before.bag,
        before.manifest_sha256,
        None,
    )
    assert said.instruction == instruction(LEAD)
    assert any_world.audits("marked") == [
        {
            "case_id": any_world.case_id,
            "mark_id": said.mark_id,
            "mark": "suspected_csam",
            "revision_id": any_world.revision_id,
        }
    ]
    assert any_world.audits("bag_locked") == [{"case_id": any_world.case_id, "bag": before.bag}]
    assert office.jobs("lock") == [{"comment_id": any_world.comment_id}]
    assert office.jobs("tell_lead") == [{"mark_id": said.mark_id}]


def test_locked_evidence_gives_no_receipt_and_a_record_does(any_world: World) -> None:
    """The copy opens no gate any more; the record without a copy lets the comment be hidden."""
    any_world.capture()
    office, who = Office(any_world), actor(any_world.store)
    suspect(office)
    with pytest.raises(EvidenceFault):
        any_world.evidence.receipt_for(any_world.snapshot_id, any_world.request(), who)
    row = record_row(any_world)
    assert (row.state, row.source, row.kind) == ("sealed", "record_only", "core")
    receipt = any_world.evidence.receipt_for(row.id, any_world.request(), who)
    any_world.receipts.admit(any_world.request(), receipt)
    with any_world.store.read() as session:
        assert session.scalars(select(t.Snapshot.id).where(usable())).all() == [row.id]
    office.marking().lock(any_world.comment_id, done)
    assert (any_world.bags / (row.bag or "")).is_dir()


def test_a_record_holds_address_ids_and_times_and_nothing_else(world: World) -> None:
    """No words, no reply, no handle, no media: not in any file, and the platform is not even asked."""
    suspect(Office(world))
    row = record_row(world)
    folder = world.bags / (row.bag or "")
    assert sorted(path.name for path in (folder / "data").iterdir()) == ["custody.json", "report.html"]
    assert world.platform.reads == 0
    for content in everything_in(folder):
        assert not [word for word in FORBIDDEN if word in content]
    facts = json.loads((folder / "data/custody.json").read_bytes())
    assert facts["comment"]["permalink"] == "https://social.example.test/15000?comment=17001"
    assert (facts["comment"]["external_id"], facts["comment"]["author_id"]) == ("17001", "a-1")
    assert facts["snapshot"]["snapshot_id"] == row.id
    assert facts["marked"]["at"] == "2026-11-16T09:32:15+00:00"
    page = (folder / "data/report.html").read_text()
    assert "Do not open the address" in page
    assert all(line in page for line in instruction(Safeguarding()))


@pytest.mark.parametrize("step", ["mark.committed", "lock.moved", "lock.closed", "lock.all_closed"])
def test_a_process_that_dies_after_the_mark_ends_locked(any_world: World, step: str) -> None:
    """Wherever it dies, the mark stands and the job that is left locks every copy, and says so once."""
    place = any_world.capture().bag or ""
    office = Office(any_world)
    with pytest.raises(KilledError):
        office.marking(dying_at(step)).mark(any_world.case_id, "suspected_csam", actor(any_world.store))
    with any_world.store.read() as session:
        assert standing(session, any_world.comment_id) == "suspected_csam"
    (job,) = office.jobs("lock")
    for _ in range(2):
        office.marking().lock(int(str(job["comment_id"])), done)
    assert not (any_world.bags / place).exists()
    assert modes(any_world.bags / LOCKED / place) == {0}
    assert len(any_world.audits("bag_locked")) == 1


def test_a_copy_that_cannot_be_locked_now_is_left_to_the_job(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses the move does not undo the mark; the job fails until it succeeds."""
    place = world.capture().bag or ""
    office = Office(world)

    def refuse(*_: object) -> None:
        raise PermissionError("not yours")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        office.marking().mark(world.case_id, "suspected_csam", actor(world.store))
        with pytest.raises(PermissionError):
            office.marking().lock(world.comment_id, done)
    assert world.audits("bag_locked") == []
    office.marking().lock(world.comment_id, done)
    assert modes(world.bags / LOCKED / place) == {0}


def test_one_copy_that_resists_does_not_leave_the_others_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first bag cannot be moved: the second is locked all the same, and the job is tried again."""
    first = world.capture().bag or ""
    second = world.row(world.evidence.capture_now(world.case_id, actor(world.store))).bag or ""
    office, move = Office(world), Path.rename

    def resists(path: Path, target: Path) -> Path:
        if path == world.bags / first:
            raise PermissionError("not yours")
        return move(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", resists)
        suspect(office)
        with pytest.raises(PermissionError):
            office.marking().lock(world.comment_id, done)
        assert modes(world.bags / LOCKED / second) == {0}
        assert (world.bags / first).is_dir()
    office.marking().lock(world.comment_id, done)
    assert modes(world.bags / LOCKED / first) == {0}


def test_a_bag_that_was_being_sealed_while_the_mark_was_made_is_locked_too(any_world: World) -> None:
    """A capture that began before the mark seals its bag after it: the sealing itself asks for the lock."""
    office = Office(any_world)

    def mark_meanwhile(_external_id: str, *, thread: bool = True) -> Any:
        any_world.platform.__dict__.pop("read")
        suspect(office)
        return reading()

    any_world.platform.__dict__["read"] = mark_meanwhile
    evidence = any_world.evidence
    make = evidence._core(Actor(None, "capture"))
    office.sealing().run(any_world.snapshot_id, "core", make, done, Actor(None, "capture"))
    row = any_world.row(any_world.snapshot_id)
    assert (row.state, row.source) == ("sealed", "reread")
    assert len(office.jobs("lock")) == 2
    office.marking().lock(any_world.comment_id, done)
    assert modes(any_world.bags / LOCKED / (row.bag or "")) == {0}


def test_marking_and_sealing_of_one_comment_wait_for_each_other(any_world: World) -> None:
    """While a sealing enters its row no mark of that comment is made: one always sees the other."""
    office, who = Office(any_world), actor(any_world.store)
    marking = threading.Thread(
        target=lambda: office.marking().mark(any_world.case_id, "suspected_csam", who), daemon=True
    )
    with any_world.store.write() as session:
        row = session.get_one(t.Snapshot, any_world.snapshot_id)
        lock_what_came_late(session, row, "reread", START)
        marking.start()
        marking.join(2)  # ample for a mark that waits for nobody
        assert marking.is_alive()
    marking.join(30)
    assert not marking.is_alive()
    with any_world.store.read() as session:
        assert standing(session, any_world.comment_id) == "suspected_csam"


def test_what_dead_attempts_left_is_locked_and_other_cases_are_not(world: World) -> None:
    """Half-built and set-aside bags of the comment are copies too; another case's evidence stays open."""
    world.capture()
    _, other, _, _ = add_case(world.store, "17002")
    world.platform.answer = reading(external_id="17002")
    world.evidence.capture(other, done)
    for place in (f".building/{world.snapshot_id}-abc", f"orphans/{world.case_id}-{world.snapshot_id}-abc"):
        (world.bags / place / "data").mkdir(parents=True)
        (world.bags / place / "data/picture").write_bytes(b"x")
    (world.bags / f".building/{world.snapshot_id}9-abc").mkdir()
    suspect(Office(world))
    for place in (f".building/{world.snapshot_id}-abc", f"orphans/{world.case_id}-{world.snapshot_id}-abc"):
        assert not (world.bags / place).exists()
        assert modes(world.bags / LOCKED / place) == {0}
    assert (world.bags / f".building/{world.snapshot_id}9-abc").is_dir()
    assert (world.bags / (world.row(other).bag or "") / "data/report.html").is_file()


def test_a_record_that_is_not_entered_yet_is_no_copy(sqlite: Store, tmp_path: Path) -> None:
    """Where a process died between a record's place and its row, locking leaves it to the next attempt."""
    fatal = ["seal.renamed"]

    def step(name: str) -> None:
        if name in fatal:
            raise KilledError

    world = make_world(sqlite, tmp_path / "bags", steps=step)
    office = Office(world)
    suspect(office)
    with pytest.raises(KilledError):
        world.capture()
    fatal.clear()
    place = identity_of(world.row(world.snapshot_id)).place
    office.marking().lock(world.comment_id, done)
    assert (world.bags / place).is_dir()
    assert world.capture().source == "record_only"


def test_a_bag_from_a_clock_that_ran_ahead_is_locked_too(sqlite: Store, tmp_path: Path) -> None:
    """Its row says that it was asked for after the mark; what the bag itself says it holds counts."""
    world = make_world(sqlite, tmp_path / "bags", steps=dying_at("seal.renamed"))
    with world.store.write() as session:
        session.get_one(t.Snapshot, world.snapshot_id).asked_at = world.clock.now() + timedelta(hours=1)
    with pytest.raises(KilledError):
        world.capture()
    place = identity_of(world.row(world.snapshot_id)).place
    assert (world.bags / place).is_dir()
    suspect(Office(world))
    assert not (world.bags / place).exists()
    assert modes(world.bags / LOCKED / place) == {0}


def test_a_record_in_the_making_is_left_to_whoever_makes_it(world: World) -> None:
    """What was asked for after the mark holds no copy: locking does not take it away half built."""
    office = Office(world)
    suspect(office)
    with world.store.read() as session:
        newest = session.scalars(select(t.Snapshot.id).order_by(t.Snapshot.id.desc()).limit(1)).one()
    half = world.bags / ".building" / f"{newest}-abc"
    (half / "data").mkdir(parents=True)
    office.marking().lock(world.comment_id, done)
    assert half.is_dir()


def test_a_survey_hears_of_locked_bags_what_is_true(world: World) -> None:
    """Locked is not missing; open, gone, given back, and locked without a mark are each told by name."""
    world.capture()
    office = Office(world)
    row, vault = world.row(world.snapshot_id), office.vault()
    identity = identity_of(row)

    def told(*, suspected: bool) -> tuple[str, ...] | None:
        return vault.problems(row, identity, suspected=suspected)

    assert told(suspected=False) is None
    assert "must be locked" in (told(suspected=True) or ("",))[0]
    suspect(office)
    assert told(suspected=True) == ()
    assert "nobody marked" in (told(suspected=False) or ("",))[0]
    locked = world.bags / LOCKED / identity.place
    locked.chmod(0o755)
    assert "gave permissions back" in (told(suspected=True) or ("",))[0]
    locked.rename(world.bags / "stolen")
    assert "missing" in (told(suspected=True) or ("",))[0]
