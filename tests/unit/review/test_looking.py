"""A list of the queue while the database takes no entries: its words cannot be recorded as read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

from tests.unit.review.scene import Scene
from worker.review.counting import Count
from worker.review.queue import QueuePage


def _from_now_on(engine: Engine, statement: str) -> None:
    """Every connection begins with this."""

    def begin(connection: Any, _record: Any) -> None:
        connection.cursor().execute(statement)
        connection.commit()

    engine.dispose()
    event.listen(engine, "connect", begin)


def _whole_and_closed(page: QueuePage, cases: list[int]) -> bool:
    (banner,) = page.banners
    assert "The list is whole; the words stay closed." in banner
    assert page.matching == page.counts.total == Count(len(cases))
    return [row.case_id for row in page.rows] == cases and {row.begins for row in page.rows} == {None}


def test_a_database_that_takes_no_entries_hides_no_list(scene: Scene) -> None:
    """Read only, as a full disk leaves it: every case is there, no word of it, and a banner says why."""
    danger, *_ = scene.case("1", severity="immediate_danger")
    serious, *_ = scene.case("2", severity="serious")
    assert all(row.begins for row in scene.review.queue(scene.reviewer).rows)
    known = len(scene.audited("viewed"))
    engine = scene.store.engine
    sqlite = scene.store.dialect == "sqlite"
    _from_now_on(engine, "PRAGMA query_only=ON" if sqlite else "SET default_transaction_read_only=on")
    assert _whole_and_closed(scene.review.queue(scene.reviewer), [danger, serious])
    assert len(scene.audited("viewed")) == known, "nothing was read, so nothing is recorded"


def test_a_long_writer_hides_no_list(scene: Scene) -> None:
    """Somebody else holds what the entry needs for longer than it waits: the cases are shown all the same."""
    case_id, *_ = scene.case("1", severity="immediate_danger")
    sqlite = scene.store.dialect == "sqlite"
    holds = "BEGIN IMMEDIATE" if sqlite else "SELECT * FROM people FOR UPDATE"
    with scene.store.engine.connect() as connection:
        writer: Any = connection.connection.driver_connection
        writer.cursor().execute(holds)
        connection.detach()
        _from_now_on(scene.store.engine, "PRAGMA busy_timeout=10" if sqlite else "SET lock_timeout='10ms'")
        assert _whole_and_closed(scene.review.queue(scene.reviewer), [case_id])
        writer.rollback()
    (row,) = scene.review.queue(scene.reviewer).rows
    assert row.begins, "once it can be recorded the words are there again"
