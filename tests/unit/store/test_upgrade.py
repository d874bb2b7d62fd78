"""From an older database, rows in every table, to this version's: nothing lost, all guarded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.unit.store.older import ROWS, Old, everything, postgresql_at, sqlite_at
from worker.errors import StoreNotReady
from worker.review.access import kinds_on
from worker.store import upgrade as upgrading
from worker.store.searching import only_here
from worker.store.tables import Base
from worker.store.upgrade import check_ready, known

#: An older database: its kind, and the migration that it is at, one for each file of rows.
FIRST = ("sqlite 0001", "postgresql 0001")
LATER = tuple(
    f"{kind} {rows.stem}" for rows in ROWS if rows.stem != "0001" for kind in ("sqlite", "postgresql")
)


@pytest.fixture(params=FIRST)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """The first release's database, unless a test asks for another."""
    kind, migration = request.param.split()
    made = (
        sqlite_at(migration, tmp_path)
        if kind == "sqlite"
        else postgresql_at(migration, request.getfixturevalue("postgres_database"))
    )
    yield made
    made.owner.dispose()
    made.app.dispose()


@pytest.mark.parametrize("old", FIRST + LATER, indirect=True)
def test_every_table_of_an_older_database_has_rows(old: Old) -> None:
    """So that the tests below are about rows: no table of the old fixture is empty."""
    with old.owner.connect() as connection:
        assert not [name for name, rows in everything(connection).items() if not rows]


@pytest.mark.parametrize("old", FIRST + LATER, indirect=True)
def test_an_upgrade_loses_nothing(old: Old) -> None:
    """Every older row is there afterwards, with every value it had; twice changes nothing."""
    with old.owner.connect() as connection:
        before = everything(connection)
    assert old.upgrade() == ScriptDirectory.from_config(upgrading.migrations()).get_current_head()
    with old.owner.connect() as connection:
        assert everything(connection, like=before) == before
        opts = {"compare_type": True, "include_name": lambda name, *_: not only_here(name)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []
        whole = everything(connection)
    old.upgrade()
    with old.owner.connect() as connection:
        assert everything(connection) == whole


def test_an_upgraded_database_is_ready(old: Old) -> None:
    """The worker starts on it, with the rights that its own role was given, and on nothing older."""
    with pytest.raises(StoreNotReady, match="0001"):
        check_ready(old.app)
    old.upgrade()
    check_ready(old.app, must_not_own=True)
    assert old.ask("SELECT count(*) FROM ledger") == [4]


ACTION = (
    "INSERT INTO actions (requested_action_id, snapshot_id, comment_id, snapshot_state, kind, state, calls,"
    " started_at) SELECT 2, {snapshot}, {comment}, '{state}', 'hide', 'started', 0, requested_at"
    " FROM requested_actions WHERE id = 2"
)


MARK = (
    "INSERT INTO marks (comment_id, revision_id, mark, marked_by, marked_at)"
    " SELECT {comment}, {revision}, 'safe_to_copy', 1, seen_at FROM revisions WHERE id = 1"
)


#: What may not be done to rows of the first release, nor beside them.
REFUSED = (
    ACTION.format(snapshot=2, comment=2, state="sealed"),
    ACTION.format(snapshot=2, comment=1, state="sealed"),
    ACTION.format(snapshot=1, comment=1, state="pending"),
    ACTION.format(snapshot=99, comment=1, state="sealed"),
    "UPDATE actions SET snapshot_id = 2",
    "DELETE FROM actions",
    "DELETE FROM requested_actions",
    "UPDATE snapshots SET bag = 'elsewhere' WHERE id = 1",
    "UPDATE snapshots SET core_id = 3 WHERE id = 1",
    "UPDATE snapshots SET destroyed_reason = 'another' WHERE id = 3",
    "DELETE FROM snapshots WHERE id = 1",
    "UPDATE snapshots SET id = 9 WHERE id = 1",
    (
        "INSERT INTO snapshots (case_id, comment_id, revision_id, kind, state, asked_at, core_id)"
        " SELECT case_id, comment_id, revision_id, kind, state, asked_at, 1 FROM snapshots WHERE id = 2"
    ),
    "UPDATE audit SET verb = 'nothing'",
    "DELETE FROM audit",
    "UPDATE decisions SET reason = 'another'",
    "DELETE FROM decision_categories",
    "UPDATE revisions SET text = 'something else' WHERE id = 1",
    "UPDATE findings SET category = 'insult'",
    "DELETE FROM findings",
    "DELETE FROM ledger",
)


def test_old_rows_are_guarded_after_an_upgrade(old: Old) -> None:
    """Evidence before action, sealed means sealed, what was done stays written: for rows made before, too."""
    old.upgrade()
    assert not [statement for statement in REFUSED if not old.refuses(statement)]


#: What may not be done to rows that a release at migration 0004 wrote, nor beside them.
REFUSED_LATER = (
    "UPDATE marks SET mark = 'safe_to_copy' WHERE id = 3",
    "UPDATE marks SET revision_id = 3 WHERE id = 1",
    "DELETE FROM marks",
    MARK.format(comment=2, revision="NULL"),
    MARK.format(comment=2, revision=1),
    MARK.format(comment=2, revision=99),
    "UPDATE revisions SET erased_at = seen_at, text = NULL, raw = substr(raw, 1, 0) WHERE id = 4",
    "UPDATE snapshots SET destroyed_at = asked_at, destroyed_by = 1, destroyed_reason = 'x' WHERE id = 1",
    "UPDATE findings SET matched = ''",
    "UPDATE exports SET recipient = 'somebody'",
    "UPDATE holds SET reason = 'another'",
)


@pytest.mark.parametrize("old", LATER, indirect=True)
def test_newer_rows_are_guarded_after_an_upgrade(old: Old) -> None:
    """Marks stay as given and each new one names its wording; what looks at marks still does."""
    old.upgrade()
    assert not [statement for statement in REFUSED + REFUSED_LATER if not old.refuses(statement)]
    assert old.ask("SELECT count(*) FROM marks WHERE revision_id IS NULL") == [3]
    assert old.run(MARK.format(comment=2, revision=3)) == 1


#: The restrictions of the release at migration 0016, and what may not be done to them nor beside them.
LAST = ("sqlite 0016", "postgresql 0016")
REFUSED_OF_RESTRICTIONS = (
    "UPDATE restrictions SET kind = 'manager' WHERE kind IS NULL",
    "UPDATE restrictions SET lifts_id = 4 WHERE kind IS NULL",
    "DELETE FROM restrictions",
    "UPDATE cases SET restriction = NULL WHERE id = 2",
    (
        "INSERT INTO restrictions (case_id, reason, noted_at)"
        " SELECT case_id, 'All of them', noted_at FROM restrictions WHERE id = 4"
    ),
    (
        "INSERT INTO restrictions (case_id, kind, lifts_id, reason, noted_at)"
        " SELECT case_id, 'manager', id, 'Both', noted_at FROM restrictions WHERE id = 4"
    ),
)
LIFT = (
    "INSERT INTO restrictions (case_id, lifts_id, reason, noted_at)"
    " SELECT case_id, id, 'Over', noted_at FROM restrictions WHERE case_id = 2 AND kind = '{kind}'"
)


@pytest.mark.parametrize("old", LAST, indirect=True)
def test_a_restriction_that_a_graver_one_replaced_stands_again(old: Old) -> None:
    """What was lifted stays lifted, every other reason holds, and each is lifted by itself from then on."""
    old.upgrade()
    with Session(old.app) as session:
        kinds = {number: kinds_on(session, number) for number in (1, 2, 3)}
    assert kinds == {1: ("intimate_image",), 2: ("protected", "safeguarding"), 3: ("staff_on_staff",)}
    assert not [statement for statement in REFUSED_OF_RESTRICTIONS if not old.refuses(statement)]
    assert old.run(LIFT.format(kind="safeguarding")) == 1
    assert old.refuses(LIFT.format(kind="safeguarding")), "only once"
    assert old.refuses("UPDATE cases SET restriction = NULL WHERE id = 2"), "the other one stands"
    assert old.run(LIFT.format(kind="protected")) == 1
    assert old.run("UPDATE cases SET restriction = NULL WHERE id = 2") == 1


def test_work_goes_on_after_an_upgrade(old: Old) -> None:
    """What may happen still can: an old request is carried out, waiting evidence sealed, more captured."""
    old.upgrade()
    assert old.run(ACTION.format(snapshot=1, comment=1, state="sealed")) == 1
    sealed = (
        "UPDATE snapshots SET state = 'sealed', sealed_at = asked_at, bag = '2026/11/2-2', source = 'polled',"
        " manifest_sha256 = 'e', tagmanifest_sha256 = 'f' WHERE id = 2"
    )
    assert old.run(sealed) == 1
    rendered = (
        "INSERT INTO snapshots (case_id, comment_id, revision_id, kind, state, asked_at, core_id)"
        " SELECT case_id, comment_id, revision_id, 'rendered', 'pending', asked_at, 1 FROM snapshots"
        " WHERE id = 1"
    )
    assert old.run(rendered) == 1
    assert old.ask("SELECT max(id) FROM snapshots") == [4]


def test_the_ledger_takes_what_was_audited_before(old: Old) -> None:
    """Every old audit row waits for its place in the ledger, in order, and so does every new one."""
    old.upgrade()
    assert old.ask("SELECT audit_id FROM ledger WHERE position IS NULL ORDER BY audit_id") == [1, 2, 3, 4]
    old.run(
        "INSERT INTO audit (at, source, verb, object_type, detail)"
        " SELECT at, 'test', 'nothing', 'case', detail FROM audit WHERE id = 1"
    )
    assert old.ask("SELECT audit_id FROM ledger ORDER BY audit_id") == [1, 2, 3, 4, 5]


def test_an_upgrade_that_fails_changes_nothing(old: Old) -> None:
    """A row that this version cannot hold stops the upgrade in its middle: the database is as it was."""
    old.run(
        "INSERT INTO snapshots (case_id, comment_id, revision_id, kind, state, asked_at)"
        " SELECT case_id, comment_id, revision_id, 'rendered', 'pending', asked_at FROM snapshots"
        " WHERE id = 1",
        owner=True,
    )
    with old.owner.connect() as connection:
        before = everything(connection)
    with pytest.raises(DBAPIError):
        old.upgrade()
    with old.owner.connect() as connection:
        assert everything(connection) == before
        assert MigrationContext.configure(connection).get_current_revision() == "0001"
    with pytest.raises(DBAPIError):
        old.run("UPDATE snapshots SET bag = 'elsewhere' WHERE id = 1", owner=True)


@pytest.mark.parametrize("old", ["sqlite 0001"], indirect=True)
def test_rows_that_point_nowhere_stop_an_upgrade(old: Old) -> None:
    """SQLite looks at references at the end of an upgrade: one that dangles rolls all of it back."""
    with old.owner.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("UPDATE cases SET comment_id = 99 WHERE id = 2")
        driver.execute("PRAGMA foreign_keys=ON")
        before = everything(connection)
    with pytest.raises(StoreNotReady, match="point to rows that are not there"):
        old.upgrade()
    with old.owner.connect() as connection:
        assert everything(connection) == before
        assert MigrationContext.configure(connection).get_current_revision() == "0001"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_migrations_of_other_versions_are_not_known() -> None:
    """A backup from a newer version is recognised by its migration."""
    assert known("0001")
    assert not known("9999")
    assert not known("head")
