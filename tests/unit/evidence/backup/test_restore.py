"""What comes back from a backup, and what is refused before anything is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from tests.unit.evidence.backup.conftest import (
    ON_SQLITE,
    PASSPHRASE,
    Restored,
    Vault,
    all_rows,
    at,
    disk_full,
    key_there,
    rows,
    run,
)
from tests.unit.evidence.world import add_case, done
from worker.evidence.backup.folder import (
    FACTS,
    LISTING,
    BackupFault,
    finish,
    hash_of,
    read_facts,
    read_listing,
)
from worker.keyring import CURRENT, Keyring
from worker.store.upgrade import check_ready

#: What a restore adds by itself: that it was one.
ADDED = {"audit": 1, "ledger": 1}


def test_everything_comes_back(vault: Vault) -> None:
    """Every row of every table, every byte of every bag and its time, and the key: as they were."""
    with vault.world.store.engine.connect() as connection:
        before = all_rows(connection)
    made = vault.back_up(passphrase=PASSPHRASE)
    facts = vault.restore(made.folder, PASSPHRASE)
    after = rows(vault.place)
    assert facts == made.facts
    assert facts.whole
    assert before["snapshots"]
    for table, expected in before.items():
        assert [row for row in after[table] if row in expected] == expected, table
        assert len(after[table]) - len(expected) == ADDED.get(table, 0), table
    old, new = vault.world.bags, vault.place.bags
    files = {path.relative_to(old): path for path in old.rglob("*") if path.is_file()}
    assert files
    assert {path.relative_to(new) for path in new.rglob("*") if path.is_file()} == set(files)
    for name, path in files.items():
        assert (new / name).read_bytes() == path.read_bytes()
        assert (new / name).stat().st_mtime_ns == path.stat().st_mtime_ns
        assert (new / name).stat().st_mode & 0o777 == 0o444
    assert Keyring(vault.place.keys).current() == Keyring(vault.keys).current()


def test_what_comes_back_verifies_and_goes_on(vault: Vault, restored: Restored) -> None:
    """Restored evidence verifies, new cases are sealed beside it, and the audit says that it was restored."""
    check_ready(restored.store.engine, must_not_own=vault.place.dialect == "postgresql")
    assert [(each.state, each.problems) for each in restored.survey()] == [("sealed", ())]
    _, snapshot_id, _, _ = add_case(restored.store, "17002")
    restored.evidence.capture(snapshot_id, done)
    assert [each.problems for each in restored.survey()] == [(), ()]
    told = [row for row in rows(vault.place)["audit"] if "restored" in row]
    assert len(told) == 1


def test_the_guards_are_on_again(restored: Restored) -> None:
    """Rows come in with the triggers off; nobody ever works with a database whose triggers are."""
    for statement in (
        "UPDATE audit SET verb = 'nothing'",
        "DELETE FROM audit",
        "UPDATE snapshots SET bag = 'elsewhere'",
        "DELETE FROM snapshots",
        "UPDATE revisions SET text = 'something else'",
        "UPDATE findings SET revision_id = 999",
    ):
        with pytest.raises(DBAPIError):
            run(restored.store, statement)


def test_rows_that_the_facts_do_not_count_are_refused(vault: Vault) -> None:
    """Where list and facts agree but the database holds another number of rows, nothing comes to be."""
    folder = vault.back_up().folder
    facts = read_facts(folder)
    tables = {name: replace(each, rows=each.rows + (name == "audit")) for name, each in facts.tables.items()}
    listed = {name: digest for name, digest in read_listing(folder).items() if name != FACTS}
    (folder / FACTS).unlink()
    (folder / LISTING).unlink()
    finish(folder, replace(facts, tables=tables), listed)
    with pytest.raises(BackupFault, match="damaged"):
        vault.restore(folder)
    assert not rows(vault.place)


@ON_SQLITE
def test_a_key_that_was_put_back_beforehand_stays(vault: Vault) -> None:
    """A key kept apart may lie there already; a backup without one adds the certificates it needs."""
    folder = vault.back_up().folder
    assert not list(folder.glob("keys/*.sealed"))
    key_there(vault)
    ours = Keyring(vault.place.keys).current()
    vault.restore(folder)
    assert Keyring(vault.place.keys).current() == ours
    assert set(Keyring(vault.place.keys).certificates()) > {ours.fingerprint}


@ON_SQLITE
def test_a_restore_that_was_cut_off_is_begun_again(vault: Vault) -> None:
    """What a killed restore left half copied does not stop the next one."""
    made = vault.back_up()
    left = vault.place.bags.with_name(".restoring-bags") / "2026"
    left.mkdir(parents=True)
    left.chmod(0o555)
    vault.restore(made.folder)
    assert not left.parent.exists()


@pytest.mark.parametrize("step", ["restore.bags", "restore.keys"])
def test_a_restore_that_fails_leaves_the_place_empty(vault: Vault, step: str) -> None:
    """A full disk in its middle takes back what was put there, and the next attempt succeeds."""
    folder = vault.back_up(passphrase=PASSPHRASE).folder
    with pytest.raises(BackupFault, match="No space left"):
        vault.restore(folder, PASSPHRASE, at(step, disk_full))
    assert not vault.place.bags.exists()
    assert not (vault.place.keys / CURRENT).exists()
    assert not rows(vault.place)
    vault.restore(folder, PASSPHRASE)
    assert rows(vault.place)["snapshots"]


@ON_SQLITE
def test_the_audit_holds_the_hash_of_the_list(vault: Vault) -> None:
    """The ledger can tell later whether a backup was altered: it holds what its list of files hashed to."""
    made = vault.back_up()
    (facts,) = vault.world.audits("backed_up")
    assert facts["listing_sha256"] == made.listing_sha256 == hash_of(made.folder / LISTING)
