"""Constraints of a table that has rows and guards are changed where they stand, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from worker.store.constraints import add_foreign_key, change_check
from worker.store.guards import kept
from worker.store.session import make_engine

#: A table with a CHECK that has brackets and quoted words in it, others that point to it, and a guard.
_WARDS = (
    "CREATE TABLE wards (id INTEGER NOT NULL, name VARCHAR(20) NOT NULL, kind VARCHAR(20) NOT NULL,"
    " CONSTRAINT ck_wards_kind CHECK (kind IN ('day (9-5)', 'night')),"
    " CONSTRAINT ck_wards_name CHECK (length(name) > 0), CONSTRAINT pk_wards PRIMARY KEY (id))"
)
_BEDS = (
    "CREATE TABLE beds (id INTEGER NOT NULL, ward_id INTEGER, nurse_id INTEGER,"
    " CONSTRAINT pk_beds PRIMARY KEY (id),"
    " CONSTRAINT fk_beds_ward FOREIGN KEY(ward_id) REFERENCES wards (id))"
)
_ROWS = ("INSERT INTO wards VALUES (1, 'North', 'night')", "INSERT INTO beds VALUES (1, 1, NULL)")
_WIDER = "kind IN ('day (9-5)', 'night', 'dawn')"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with these tables and rows, signed in as their owner."""
    url = (
        f"sqlite:///{tmp_path / 'wards.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_database").owner_url
    )
    made = make_engine(url)
    with _writing(made) as connection:
        for statement in (_WARDS, _BEDS, *_ROWS, *kept(made.dialect.name, "wards")):
            connection.execute(text(statement))
    yield made
    made.dispose()


def _writing(engine: Engine) -> AbstractContextManager[Connection]:
    return engine.execution_options(upstander_writes=True).begin()


def _refused(engine: Engine, statement: str) -> bool:
    try:
        with _writing(engine) as connection:
            connection.execute(text(statement))
    except DBAPIError:
        return True
    return False


def _rows(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text("SELECT * FROM wards ORDER BY id"))]


def test_a_check_is_widened_where_it_stands(engine: Engine) -> None:
    """New words are taken, others still refused; rows, guards, keys and other checks are as they were."""
    with _writing(engine) as connection:
        before = _rows(connection)
        change_check(connection, "wards", "ck_wards_kind", _WIDER)
        assert _rows(connection) == before
    assert not _refused(engine, "INSERT INTO wards VALUES (2, 'East', 'dawn')")
    assert _refused(engine, "INSERT INTO wards VALUES (3, 'West', 'dusk')")
    assert _refused(engine, "INSERT INTO wards VALUES (3, '', 'night')")
    assert _refused(engine, "DELETE FROM wards WHERE id = 2"), "the guard is gone"
    assert _refused(engine, "INSERT INTO beds VALUES (2, 99, NULL)"), "the key is gone"


def test_a_check_that_a_row_breaks_is_not_put_on(engine: Engine) -> None:
    """A migration stops rather than leaving rows that its own table would refuse; so does a wrong name."""
    with pytest.raises(ValueError, match="1 rows of wards"), _writing(engine) as connection:
        change_check(connection, "wards", "ck_wards_kind", "kind IN ('day (9-5)')")
    with pytest.raises((LookupError, DBAPIError)), _writing(engine) as connection:
        change_check(connection, "wards", "ck_wards_colour", "1 = 1")
    assert _refused(engine, "INSERT INTO wards VALUES (3, 'West', 'dusk')")
    assert not _refused(engine, "INSERT INTO wards VALUES (3, 'West', 'night')")


def test_a_foreign_key_is_added_to_a_table_with_rows(engine: Engine) -> None:
    """What points to nothing is refused from then on, and what is pointed to stays."""
    with _writing(engine) as connection:
        connection.execute(text("CREATE TABLE nurses (id INTEGER NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO nurses VALUES (7)"))
        add_foreign_key(connection, "beds", "fk_beds_nurse", ["nurse_id"], "nurses", ["id"])
    assert not _refused(engine, "INSERT INTO beds VALUES (2, 1, 7)")
    assert _refused(engine, "INSERT INTO beds VALUES (3, 1, 8)")
    assert _refused(engine, "DELETE FROM nurses WHERE id = 7")
    assert _refused(engine, "INSERT INTO beds VALUES (3, 99, 7)"), "the older key is gone"
