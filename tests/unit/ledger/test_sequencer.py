"""The sequencer: every audit row gets one place, in order, whoever asks and whatever is in the way."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from tests.unit.ledger.desk import Desk
from worker.ledger import audit, sequencer
from worker.ledger.audit import Actor
from worker.ledger.errors import LedgerFault
from worker.ledger.nodes import StoredSubtrees
from worker.ledger.tree import EMPTY_ROOT, root_of
from worker.store.ledger import LedgerEntry, LedgerHead, LedgerNode


def places(desk: Desk) -> list[tuple[int, int | None]]:
    """Audit rows with their positions, by number."""
    statement = select(LedgerEntry.audit_id, LedgerEntry.position).order_by(LedgerEntry.audit_id)
    with desk.store.read() as session:
        return [(audit_id, position) for audit_id, position in session.execute(statement)]


def test_every_audit_row_waits_and_then_has_its_place(desk: Desk) -> None:
    """In the order of their numbers, from 0, without gaps, over several batches; the root fits the leaves."""
    noted = desk.note(700)
    assert desk.book.lag().waiting == 700
    assert sequencer.append(desk.store, desk.clock, batch=97) == 700
    assert places(desk) == list(zip(noted, range(700), strict=True))
    with desk.store.read() as session:
        head = session.scalars(select(LedgerHead)).one()
        assert (head.size, head.root) == (700, root_of(StoredSubtrees(session), 700).hex())
        assert session.scalar(select(func.count()).select_from(LedgerNode)) == 2
    assert desk.book.verify().ok


def test_appending_again_changes_nothing(desk: Desk) -> None:
    """Any process may call it at any time."""
    assert desk.book.append_now() == 0
    assert desk.book.verify().findings == ()
    desk.note(3)
    assert desk.book.append_now() == 3
    before = places(desk)
    assert desk.book.append_now() == 0
    assert places(desk) == before


def test_roots_of_earlier_sizes_stay_what_they_were(desk: Desk) -> None:
    """Appending one by one or many at once gives the same tree; each earlier root can still be had."""
    roots = [EMPTY_ROOT]
    for count in (1, 1, 5, 255, 1, 300):
        desk.note(count)
        desk.book.append_now()
        with desk.store.read() as session:
            head = session.scalars(select(LedgerHead)).one()
            roots.append(bytes.fromhex(head.root))
    with desk.store.read() as session:
        stored = StoredSubtrees(session)
        assert [root_of(stored, size) for size in (0, 1, 2, 7, 262, 263, 563)] == roots


def test_a_row_is_entered_once_it_has_its_place(desk: Desk) -> None:
    """What a receipt asks before it is issued."""
    (first,) = desk.note()
    with desk.store.read() as session:
        assert not desk.book.entered(session, first)
    desk.book.append_now()
    with desk.store.read() as session:
        assert desk.book.entered(session, first)
        assert not desk.book.entered(session, first + 1)


def test_a_transaction_that_is_rolled_back_leaves_no_entry(desk: Desk) -> None:
    """An entry stands for an audit row that was committed."""
    with desk.store.write() as session:
        audit.record(session, Actor(None, "test"), "viewed", "case", 1, now=desk.clock.now())
        session.flush()
        session.rollback()
    assert desk.book.lag().waiting == 0
    assert desk.book.append_now() == 0


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_smaller_number_that_commits_late_gets_a_later_place(desk: Desk) -> None:
    """Numbers are not in the order of commits on PostgreSQL; nothing is skipped."""
    statement = (
        "INSERT INTO audit (at, source, verb, object_type, detail)"
        " VALUES (now(), 'x', 'x', 'x', '{}') RETURNING id"
    )
    with desk.store.engine.connect() as slow, slow.begin():
        late = slow.execute(text(statement)).scalar_one()
        (early,) = desk.note()
        assert early > late
        assert desk.book.append_now() == 1
    assert desk.book.append_now() == 1
    assert places(desk) == [(late, 1), (early, 0)]
    assert desk.book.verify().ok


def test_many_at_once_append_each_row_once(desk: Desk) -> None:
    """Threads that write and append at the same time: no row twice, none left, no gap, nobody fails."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(6):
                desk.note(7)
                sequencer.append(desk.store, desk.clock, batch=5)
        except BaseException as failure:  # noqa: BLE001 -- handed to the test below
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    desk.book.append_now()
    assert sorted(position for _, position in places(desk) if position is not None) == list(range(168))
    assert desk.book.verify().ok


def garble(desk: Desk, audit_id: int) -> None:
    """Write an audit row that no program of ours writes, past the guards."""
    driver = desk.store.engine.raw_connection()
    try:
        cursor = driver.cursor()
        cursor.execute("DROP TRIGGER audit_no_change")
        cursor.execute("UPDATE audit SET verb = CAST(x'ff' AS TEXT) WHERE id = ?", (audit_id,))
    finally:
        driver.close()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_garbled_row_holds_up_no_other(desk: Desk) -> None:
    """It waits, which status shows; the rest of the ledger goes on."""
    first, second, third = desk.note(3)
    garble(desk, second)
    assert sequencer.append(desk.store, desk.clock, batch=1) == 2
    assert places(desk) == [(first, 0), (second, None), (third, 1)]
    assert desk.book.lag().waiting == 1
    assert desk.book.append_now() == 0


ZEROS = "0" * 64
FILLED = f"UPDATE ledger SET nonce = '{ZEROS}', leaf = '{ZEROS}', position ="


@pytest.mark.parametrize(
    "changes",
    [
        ["UPDATE ledger_head SET size = size + 1"],
        ["UPDATE ledger_head SET size = size + 4"],
        [f"{FILLED} 7 WHERE position IS NULL"],
        [f"{FILLED} 3 WHERE position IS NULL"],
        # All fits together but for the root.
        [f"{FILLED} 3 WHERE position IS NULL", f"UPDATE ledger_head SET size = 4, peaks = '[\"{ZEROS}\"]'"],
    ],
)
def test_nothing_is_built_on_a_head_that_does_not_fit(desk: Desk, changes: list[str]) -> None:
    """Even what the guards let the application do is noticed before anything rests on it."""
    desk.note(3)
    desk.book.append_now()
    desk.note()
    with desk.store.write() as session:
        for change in changes:
            session.execute(text(change))
    desk.note()
    with pytest.raises(LedgerFault, match="does not fit"):
        desk.book.append_now()
    with pytest.raises(LedgerFault, match="does not fit"):
        desk.book.checkpoint()
    tick = desk.book.tick()
    assert (tick.appended, tick.checkpoint) == (0, None)
    assert len(tick.failures) == 2
    assert not desk.book.verify().ok


def test_the_steps_are_told(desk: Desk) -> None:
    """Fault tests stop a process exactly between filling and committing, and after."""
    told: list[str] = []
    desk.note(3)
    sequencer.append(desk.store, desk.clock, told.append, batch=2)
    assert told == ["ledger.filled", "ledger.appended"] * 2


def test_how_much_waits_and_since_when_can_be_seen(desk: Desk) -> None:
    """The lag counts what is not in the ledger, from the oldest row."""
    since = desk.clock.now()
    desk.note(2)
    desk.clock.move(timedelta(seconds=30))
    desk.note()
    lag = desk.book.lag()
    assert (lag.waiting, lag.since) == (3, since)
    desk.book.append_now()
    assert (desk.book.lag().waiting, desk.book.lag().since) == (0, None)
