"""Making a backup: while everything runs, of everything but what nobody may copy, and never half a one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from psycopg import Cursor
from sqlalchemy import text

from tests.unit.evidence.backup.conftest import ON_SQLITE, Vault, at, run, stage
from tests.unit.evidence.world import add_case, done
from worker import outbox
from worker.evidence.backup import postgres
from worker.evidence.backup.folder import BackupFault, check
from worker.evidence.supplements import SUPPLEMENT_JOB
from worker.evidence.survey import nobody
from worker.keyring import CURRENT
from worker.store import tables as t
from worker.store.session import Store


def mark(vault: Vault) -> None:
    """Somebody suspects child sexual abuse imagery under the world's comment."""
    run(
        vault.world.store,
        "INSERT INTO marks (comment_id, revision_id, mark, marked_by, marked_at)"
        f" SELECT {vault.world.comment_id}, {vault.world.revision_id}, 'suspected_csam', min(id),"
        " '2026-11-16 10:00:00' FROM people",
    )


def destroy(vault: Vault) -> None:
    """Retention destroys the world's evidence, as somebody approved."""
    world = vault.world
    for statement in (
        (
            "INSERT INTO disposals (case_id, retention_class, due_at, state, proposed_at, decided_by,"
            f" decided_at, reason) SELECT {world.case_id}, 'upheld', '2026-11-16 09:00:00', 'approved',"
            " '2026-11-16 09:00:00', min(id), '2026-11-16 09:00:00', 'its time is up' FROM people"
        ),
        (
            "UPDATE snapshots SET destroyed_at = '2026-11-16 10:00:00', destroyed_reason = 'its time is up',"
            " destroyed_by = (SELECT min(id) FROM people)"
        ),
    ):
        run(world.store, statement)
    lose(vault)


def lose(vault: Vault) -> None:
    """The world's bag is gone from the evidence store."""
    bag = next(vault.world.bags.glob("[0-9]*/*/*"))
    for folder in (bag, *(path for path in bag.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    shutil.rmtree(bag)


def test_evidence_sealed_meanwhile_is_taken_over(vault: Vault) -> None:
    """A bag sealed after the database was looked at is in the backup, and becomes its row's when restored."""
    world = vault.world
    _, snapshot_id, _, _ = add_case(world.store, "17002")
    made = vault.back_up(at("backup.dumped", lambda: world.evidence.capture(snapshot_id, done)))
    assert world.row(snapshot_id).state == "sealed"
    assert made.facts.whole
    vault.restore(made.folder)
    shutil.copy(vault.keys / CURRENT, vault.place.keys)
    store = Store(vault.place.database)
    evidence = stage(vault, store)
    with store.read() as session:
        assert session.get_one(t.Snapshot, snapshot_id).state == "pending"
    reads = world.platform.reads
    evidence.capture(snapshot_id, done)
    assert world.platform.reads == reads
    found = evidence.surveyor.survey(case_id=None, pending_minutes=15, progress=nobody)
    assert [(each.state, each.problems) for each in found] == [("sealed", ()), ("sealed", ())]
    with store.read() as session:
        assert (
            session.get_one(t.Snapshot, snapshot_id).manifest_sha256 == world.row(snapshot_id).manifest_sha256
        )
    store.close()


def test_a_change_meanwhile_is_in_it_whole_or_not_at_all(vault: Vault) -> None:
    """What is written while tables and bags are copied does not end in half of the tables."""
    vault.back_up(at("backup.dumped", lambda: add_case(vault.world.store, "17002")))
    with vault.world.store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM cases")) == 2
    made = vault.back_up(at("backup.dumped", lambda: add_case(vault.world.store, "17003")))
    assert {made.facts.tables[name].rows for name in ("cases", "comments", "revisions", "snapshots")} == {2}


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_tables_are_all_of_one_moment(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case opened between the copying of two tables is in none of them."""
    real, late = postgres._write, []

    def write(cursor: Cursor[Any], name: str, columns: tuple[str, ...], into: Path) -> int:
        if name == "comments":
            late.append(add_case(vault.world.store, "17002"))
        return real(cursor, name, columns, into)

    monkeypatch.setattr(postgres, "_write", write)
    facts = vault.back_up().facts
    assert late
    assert {facts.tables[name].rows for name in ("cases", "comments", "revisions", "snapshots")} == {1}


@pytest.mark.parametrize("when", ["before", "backup.dumped", "backup.copied", "backup.synced"])
def test_what_nobody_may_copy_is_not_in_it(vault: Vault, when: str) -> None:
    """Suspected imagery stops all copying, backups too, whenever before the end somebody suspects it."""
    if when == "before":
        mark(vault)
        made = vault.back_up()
    else:
        made = vault.back_up(at(when, lambda: mark(vault)))
    assert not list(made.folder.glob("evidence/*/*/*"))
    assert made.facts.withheld == (vault.world.row(vault.world.snapshot_id).bag,)
    assert made.facts.bags == 0
    assert check(made.folder) == made.facts


TOKEN = "a" * 32


def hand_in(vault: Vault) -> None:
    """A screenshot was handed in, and waits to be sealed."""
    (vault.inbox / TOKEN).mkdir(parents=True)
    (vault.inbox / TOKEN / "original").write_bytes(b"a picture")
    core = vault.world.snapshot_id
    run(
        vault.world.store,
        "INSERT INTO snapshots (case_id, comment_id, revision_id, kind, state, core_id, asked_at)"
        f" SELECT case_id, comment_id, revision_id, 'supplement', 'pending', id, asked_at FROM snapshots"
        f" WHERE id = {core}",
    )
    with vault.world.store.write() as session:
        job = {"snapshot_id": core + 1, "token": TOKEN, "sha256": "0" * 64}
        outbox.enqueue(session, SUPPLEMENT_JOB, job, now=vault.world.clock.now())


def test_what_was_handed_in_and_waits_comes_back(vault: Vault) -> None:
    """A file that was handed in may be the only one there is: it is in the backup before it is sealed."""
    hand_in(vault)
    (vault.inbox / ("b" * 32)).mkdir()  # which no row knows: it was never accepted
    made = vault.back_up()
    vault.restore(made.folder)
    assert [path.name for path in vault.place.inbox.iterdir()] == [TOKEN]
    assert (vault.place.inbox / TOKEN / "original").read_bytes() == b"a picture"


@ON_SQLITE
def test_what_was_handed_in_is_withheld_too(vault: Vault) -> None:
    """A file handed in for a comment that nobody may copy is not in a backup either."""
    hand_in(vault)
    made = vault.back_up(at("backup.copied", lambda: mark(vault)))
    assert not [path for path in made.folder.rglob("*") if path.name == TOKEN]
    assert check(made.folder) == made.facts


def test_a_bag_that_is_not_there_is_told(vault: Vault) -> None:
    """Missing evidence is named, and the rest is backed up all the same; destroyed evidence is no fault."""
    place = vault.world.row(vault.world.snapshot_id).bag
    gone = vault.back_up(at("backup.dumped", lambda: destroy(vault))).facts
    assert (gone.destroyed, gone.missing, gone.bags, gone.whole) == ((place,), (), 0, True)


@ON_SQLITE
def test_lost_evidence_makes_a_backup_that_is_not_whole(vault: Vault) -> None:
    """A sealed bag that lies nowhere is missing, and the backup says that it is not whole."""
    lose(vault)
    facts = vault.back_up().facts
    assert facts.missing == (vault.world.row(vault.world.snapshot_id).bag,)
    assert not facts.whole


@ON_SQLITE
def test_what_was_planted_is_not_followed(vault: Vault) -> None:
    """A link in a bag, or a name that would forge a line of the list, is left out and told."""
    bag = vault.world.bag()
    bag.chmod(0o755)
    (bag / "link").symlink_to("/etc/hostname")
    (bag / "two\nlines").write_text("x")
    made = vault.back_up()
    assert len(made.facts.left_out) == 2
    assert not made.facts.whole
    assert check(made.folder) == made.facts


@ON_SQLITE
def test_the_next_backup_links_what_is_the_same(vault: Vault) -> None:
    """Bags never change: the next backup holds them without a second copy, and lives without the first."""
    first, second = vault.back_up(), vault.back_up()
    name = next(first.folder.glob("evidence/*/*/*/data/report.html")).relative_to(first.folder)
    assert (first.folder / name).samefile(second.folder / name)
    shutil.rmtree(first.folder)
    assert check(second.folder) == second.facts


@ON_SQLITE
def test_what_rotted_in_an_older_backup_is_not_carried_on(vault: Vault) -> None:
    """A file of the older backup that is no longer what it was is copied afresh."""
    first = vault.back_up()
    rotten = next(first.folder.glob("evidence/*/*/*/data/report.html"))
    time = rotten.stat().st_mtime_ns
    rotten.write_bytes(b"x" + rotten.read_bytes()[1:])
    os.utime(rotten, ns=(time, time))
    second = vault.back_up()
    assert check(second.folder) == second.facts
    with pytest.raises(BackupFault, match="altered"):
        check(first.folder)
