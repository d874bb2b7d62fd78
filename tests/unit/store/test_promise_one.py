"""Evidence before action, in the migrated schema of both databases, with rows present and raw SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.evidence.approved import approved
from tests.unit.evidence.requests import requested
from tests.unit.evidence.world import World, actor, add_case
from tests.unit.store.raw import INSERT, action, run
from worker.errors import StoreNotReady
from worker.store.session import make_engine
from worker.store.upgrade import check_ready


def test_an_action_with_its_sealed_snapshot_can_exist(world: World) -> None:
    """The plain case: so that the refusals below are refusals of what is wrong and of nothing else."""
    assert run(world, INSERT, **action(world)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"snapshot": None},
        {"comment": None},
        {"sealed": None},
        {"snapshot": 999},
        {"sealed": "pending"},
        {"sealed": "SEALED"},
        {"kind": "delete"},
        {"request": 999},
    ],
)
def test_an_action_without_sealed_evidence_cannot_exist(world: World, changes: dict[str, Any]) -> None:
    """No snapshot, no comment, no state, an unknown one, or a kind that was not asked for: all refused."""
    values = action(world, **changes)
    with pytest.raises(DBAPIError):
        run(world, INSERT, **values)


@pytest.mark.parametrize("sealed", ["pending", "sealed"])
def test_an_action_on_a_pending_snapshot_cannot_exist(world: World, sealed: str) -> None:
    """Evidence that waits to be sealed is none, whatever the action's row claims."""
    case_id, snapshot_id, comment_id, revision_id = add_case(world.store, "17002")
    request = requested(world, comment_id, case_id, revision_id)
    values = action(world, request=request, snapshot=snapshot_id, comment=comment_id, sealed=sealed)
    with pytest.raises(DBAPIError):
        run(world, INSERT, **values)


@pytest.mark.parametrize("whose", ["theirs", "ours"])
def test_evidence_of_another_comment_does_not_do(world: World, whose: str) -> None:
    """An action on one comment cannot rest on another's snapshot, however the row is filled in."""
    case_id, _, comment_id, revision_id = add_case(world.store, "17002")
    request = requested(world, comment_id, case_id, revision_id)
    comment = comment_id if whose == "theirs" else world.comment_id
    with pytest.raises(DBAPIError):
        run(world, INSERT, **action(world, request=request, comment=comment))


def test_one_requested_action_is_carried_out_by_one_action(world: World) -> None:
    """A second action for the same request cannot exist."""
    values = action(world)
    run(world, INSERT, **values)
    with pytest.raises(DBAPIError):
        run(world, INSERT, **values)


@pytest.mark.parametrize(
    "change",
    [
        "snapshot_state = 'pending'",
        "snapshot_id = 999",
        "comment_id = 999",
        "snapshot_state = NULL",
        "snapshot_id = NULL",
    ],
)
def test_an_action_cannot_be_moved_off_its_evidence(world: World, change: str) -> None:
    """What an action rests on cannot be taken away from it afterwards."""
    run(world, INSERT, **action(world))
    with pytest.raises(DBAPIError):
        run(world, f"UPDATE actions SET {change}")


COLUMNS = {
    "id": "id + 100",
    "case_id": "case_id + 100",
    "comment_id": "comment_id + 100",
    "revision_id": "revision_id + 100",
    "kind": "'rendered'",
    "state": "'pending'",
    "core_id": "id",
    "asked_at": "'2020-01-01 00:00:00'",
    "sealed_at": "'2020-01-01 00:00:00'",
    "bag": "'elsewhere'",
    "source": "'invented'",
    "manifest_sha256": "'0'",
    "tagmanifest_sha256": "NULL",
}


def test_every_column_of_a_snapshot_is_tried(world: World) -> None:
    """A column that a later migration adds must be added to the attempts below."""
    tried = {*COLUMNS, "destroyed_at", "destroyed_by", "destroyed_reason"}
    with world.store.read() as session:
        there = set(session.execute(text("SELECT * FROM snapshots")).keys())
    assert there == tried


@pytest.mark.parametrize("column", COLUMNS)
def test_a_sealed_snapshot_is_frozen(world: World, column: str) -> None:
    """No column of a sealed row can be changed, not even together with a destruction."""
    with pytest.raises(DBAPIError):
        run(world, f"UPDATE snapshots SET {column} = {COLUMNS[column]}")
    person = actor(world.store).person_id
    with pytest.raises(DBAPIError):
        run(
            world,
            f"UPDATE snapshots SET {column} = {COLUMNS[column]}, destroyed_at = '2046-01-01 00:00:00',"
            f" destroyed_by = {person}, destroyed_reason = 'its time was up'",
        )


def test_a_sealed_snapshot_cannot_be_removed(world: World) -> None:
    """The row of sealed evidence stays, with and without an action that rests on it."""
    with pytest.raises(DBAPIError):
        run(world, "DELETE FROM snapshots")
    run(world, INSERT, **action(world))
    with pytest.raises(DBAPIError):
        run(world, "DELETE FROM snapshots")


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT {over} INTO snapshots (id, case_id, comment_id, revision_id, kind, state, asked_at)"
            " SELECT id, case_id, comment_id, revision_id, kind, 'pending', asked_at FROM snapshots"
            " WHERE state = 'sealed'"
        ),
        (
            "UPDATE {over} snapshots SET id = (SELECT id FROM snapshots WHERE state = 'sealed')"
            " WHERE state = 'pending'"
        ),
        (
            "INSERT {over} INTO audit (id, at, source, verb, object_type, detail)"
            " SELECT id, at, 'x', 'nothing', 'x', '{{}}' FROM audit"
        ),
    ],
)
def test_a_guarded_row_is_not_written_over(world: World, statement: str) -> None:
    """A row under a guarded row's number is refused, with SQLite's OR REPLACE too, which asks no trigger."""
    add_case(world.store, "17002")
    if world.store.dialect == "sqlite":
        # Another program's connection, without the settings that ours have.
        path = str(world.store.engine.url.database)
        with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError):
            other.execute(statement.format(over="OR REPLACE"))
    else:
        with pytest.raises(DBAPIError):
            run(world, statement.format(over=""))
    assert world.row(world.snapshot_id).state == "sealed"


def test_a_row_cannot_be_sealed_without_its_facts(world: World) -> None:
    """Sealed means bag, source, time and hashes are all there."""
    add_case(world.store, "17002")
    with pytest.raises(DBAPIError):
        run(world, "UPDATE snapshots SET state = 'sealed' WHERE state = 'pending'")


def test_destruction_is_written_once_and_whole(world: World) -> None:
    """Retention may set its three columns, all together, once; nothing can be changed or undone after."""
    person = actor(world.store).person_id
    for some in (
        "destroyed_at = '2046-01-01 00:00:00'",
        f"destroyed_by = {person}",
        "destroyed_reason = 'x'",
    ):
        with pytest.raises(DBAPIError):
            run(world, f"UPDATE snapshots SET {some}")
    whole = f"destroyed_at = '2046-01-01 00:00:00', destroyed_by = {person}, destroyed_reason = 'time was up'"
    approved(world.store, world.case_id, person)
    assert run(world, f"UPDATE snapshots SET {whole}") == 1
    for after in (whole, "destroyed_at = NULL, destroyed_by = NULL, destroyed_reason = NULL"):
        with pytest.raises(DBAPIError):
            run(world, f"UPDATE snapshots SET {after}")


@pytest.mark.parametrize("statement", ["UPDATE audit SET verb = 'nothing'", "DELETE FROM audit"])
def test_what_was_done_stays_written(world: World, statement: str) -> None:
    """Audit rows are neither changed nor removed."""
    assert world.audits("sealed")
    with pytest.raises(DBAPIError):
        run(world, statement)


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER snapshots_sealed_frozen ON snapshots",
        "DROP TRIGGER snapshots_sealed_kept ON snapshots",
        "ALTER TABLE snapshots DISABLE TRIGGER snapshots_sealed_frozen",
        "ALTER TABLE snapshots DISABLE TRIGGER ALL",
        "ALTER TABLE actions DROP CONSTRAINT fk_actions_sealed_snapshot",
        "ALTER TABLE actions DROP CONSTRAINT ck_actions_snapshot_is_sealed",
        (
            "CREATE OR REPLACE FUNCTION snapshots_sealed_frozen() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NEW; END $$"
        ),
        "SET session_replication_role = replica",
        "TRUNCATE snapshots CASCADE",
        "DROP TABLE actions",
        "ALTER TABLE snapshots OWNER TO CURRENT_USER",
    ],
)
def test_the_applications_role_cannot_switch_the_guards_off(world: World, statement: str) -> None:
    """On PostgreSQL the role that the worker signs in as does not own the tables or their triggers."""
    with pytest.raises(DBAPIError) as caught:
        run(world, statement)
    assert any(words in str(caught.value) for words in ("must be owner", "permission denied"))


def test_served_mode_refuses_a_role_that_owns_the_tables(request: pytest.FixtureRequest) -> None:
    """A worker signed in as the owner could switch the guards off, so it does not start."""
    database = request.getfixturevalue("migrated_postgres_database")
    for url, refused in ((database.owner_url, True), (database.app_url, False)):
        engine = make_engine(url)
        try:
            if refused:
                with pytest.raises(StoreNotReady, match="must not own"):
                    check_ready(engine, must_not_own=True)
            else:
                check_ready(engine, must_not_own=True)
        finally:
            engine.dispose()
