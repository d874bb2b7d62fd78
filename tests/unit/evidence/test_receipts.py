"""Receipts: each opens the gate once, soon, for exactly the request that its evidence was verified for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from connectors.contract import Account, ActionKind, Platform, Receipt
from connectors.errors import ReceiptRefused
from tests.clocks import StoppedClock
from tests.unit.evidence.approved import approved
from tests.unit.evidence.world import START, World, actor
from worker.errors import EvidenceFault
from worker.evidence.bag import Hashes
from worker.evidence.receipts import ReceiptBook
from worker.ledger.audit import Actor
from worker.store import tables as t

ELSEWHERE = Account(Platform.FACEBOOK, "9002", "Another page")


@pytest.fixture
def sealed(any_world: World) -> World:
    """A world whose snapshot is sealed."""
    any_world.capture()
    return any_world


@pytest.fixture
def person(sealed: World) -> Actor:
    """Somebody who asks for receipts."""
    return actor(sealed.store)


def test_a_receipt_opens_the_gate_once(sealed: World, person: Actor) -> None:
    """A verified snapshot gives a receipt, the connector acts on it, and a second use is refused."""
    receipt = sealed.evidence.receipt_for(sealed.snapshot_id, sealed.request(), person)
    sealed.platform.apply(sealed.request(), receipt)
    with pytest.raises(ReceiptRefused, match="used before"):
        sealed.platform.apply(sealed.request(), receipt)
    assert len(sealed.platform.changes) == 1
    assert sealed.audits("evidence_verified")[0]["action"] == "hide"
    assert "used before" in sealed.audits("receipt_refused")[0]["why"]


def test_a_forged_receipt_is_refused_and_audited(sealed: World) -> None:
    """A receipt that was made up opens nothing."""
    with pytest.raises(ReceiptRefused, match="not one that was issued here"):
        sealed.platform.apply(sealed.request(), Receipt("guess"))
    assert sealed.platform.changes == []
    assert sealed.audits("receipt_refused")[0]["action"] == "hide"


@pytest.mark.parametrize(
    "changes",
    [
        {"comment_id": 999},
        {"revision_id": 999},
        {"external_id": "17999"},
        {"kind": ActionKind.DELETE},
        {"account": ELSEWHERE},
        {"author_external_id": "somebody-else"},
    ],
)
def test_a_borrowed_receipt_is_refused_and_gone(
    sealed: World, person: Actor, changes: dict[str, Any]
) -> None:
    """A receipt for one comment, wording, kind, account or author opens nothing else, and is gone then."""
    receipt = sealed.evidence.receipt_for(sealed.snapshot_id, sealed.request(), person)
    with pytest.raises(ReceiptRefused, match="issued for something else"):
        sealed.platform.apply(sealed.request(**changes), receipt)
    with pytest.raises(ReceiptRefused):
        sealed.platform.apply(sealed.request(), receipt)
    assert sealed.platform.changes == []


def test_a_receipt_runs_out_after_a_minute(sealed: World, person: Actor) -> None:
    """Verified 61 seconds ago is not just now; nor is a receipt from a clock that was set back."""
    for step in (timedelta(seconds=61), timedelta(seconds=-1)):
        receipt = sealed.evidence.receipt_for(sealed.snapshot_id, sealed.request(), person)
        sealed.clock.move(step)
        with pytest.raises(ReceiptRefused, match="older than 60 seconds"):
            sealed.platform.apply(sealed.request(), receipt)


def book(ticks: Callable[[], float], refused: Callable[[object, str], None]) -> ReceiptBook:
    """A book whose clock stands still."""
    return ReceiptBook(StoppedClock(START), 60, refused=refused, ticks=ticks)


def test_a_clock_that_stands_still_gives_no_receipt_a_longer_life(world: World) -> None:
    """The machine's steady clock ends a receipt even where the handed clock does not move."""
    moments = iter([0.0, 60.5])
    receipts = book(lambda: next(moments), lambda request, why: None)
    receipt = receipts.issue(world.request(), Hashes("m", "t"))
    with pytest.raises(ReceiptRefused, match="older than 60 seconds"):
        receipts.admit(world.request(), receipt)


def test_only_one_of_many_at_once_gets_through(world: World) -> None:
    """Sixteen threads with one receipt: one is admitted, fifteen are refused."""
    refusals: list[str] = []
    receipts = book(lambda: 0.0, lambda request, why: refusals.append(why))
    receipt = receipts.issue(world.request(), Hashes("m", "t"))
    admitted: list[int] = []
    start = threading.Barrier(16)

    def try_it(number: int) -> None:
        start.wait()
        try:
            receipts.admit(world.request(), receipt)
        except ReceiptRefused:
            return
        admitted.append(number)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(admitted), len(refusals)) == (1, 15)


@pytest.mark.parametrize("receipt", [None, "text", object(), Receipt(cast("str", ["unhashable"]))])
def test_the_gate_fails_closed_on_whatever_it_is_handed(world: World, receipt: Any) -> None:
    """Something that is no receipt, or a trace that cannot be written, is a refusal and never an opening."""

    def broken(request: object, why: str) -> None:
        raise OSError("the database is away")

    receipts = book(lambda: 0.0, broken)
    with pytest.raises(ReceiptRefused):
        receipts.admit(world.request(), receipt)
    with pytest.raises(ReceiptRefused):
        receipts.admit(cast("Any", None), receipts.issue(world.request(), Hashes("m", "t")))


def test_a_receipt_does_not_show_its_token(world: World) -> None:
    """A receipt in a log or an error names nothing that opens the gate."""
    receipt = book(lambda: 0.0, lambda request, why: None).issue(world.request(), Hashes("m", "t"))
    assert receipt.token not in repr(receipt)


def test_tampered_evidence_gives_no_receipt(sealed: World, person: Actor) -> None:
    """One changed byte, and the action is refused in words that name the case, the file and what to do."""
    file = sealed.bag() / "data/polled-item.json"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"hurt", b"hug!"))
    with pytest.raises(EvidenceFault) as caught:
        sealed.evidence.receipt_for(sealed.snapshot_id, sealed.request(), person)
    words = str(caught.value)
    assert f"The evidence of case {sealed.case_id}" in words
    assert "'data/polled-item.json' was altered" in words
    assert "Nothing was sent to the platform." in words
    assert f"upstander evidence verify {sealed.case_id}" in words
    assert "polled-item.json" in sealed.audits("receipt_refused")[0]["why"]


def test_tampered_evidence_does_not_stop_a_restoring_action(sealed: World, person: Actor) -> None:
    """Where the old bag is damaged, a fresh snapshot is sealed and its receipt opens the gate for unhide."""
    (sealed.bag() / "data").chmod(0o755)
    (sealed.bag() / "data/report.html").unlink()
    request = sealed.request(kind=ActionKind.UNHIDE)
    with pytest.raises(EvidenceFault):
        sealed.evidence.receipt_for(sealed.snapshot_id, request, person)
    fresh = sealed.evidence.capture_now(sealed.case_id, person)
    sealed.platform.apply(request, sealed.evidence.receipt_for(fresh, request, person))
    assert [change.kind for change in sealed.platform.changes] == [ActionKind.UNHIDE]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"comment_id": 999}, "another comment"),
        ({"revision_id": 999}, "another wording"),
        ({"external_id": "17999"}, "another comment"),
        ({"account": ELSEWHERE}, "another account"),
        ({"author_external_id": "somebody-else"}, "written by somebody else"),
    ],
)
def test_evidence_of_one_thing_gives_no_receipt_for_another(
    sealed: World, person: Actor, changes: dict[str, Any], words: str
) -> None:
    """A snapshot proves its own comment, wording, account and author, and nothing else."""
    with pytest.raises(EvidenceFault, match=words):
        sealed.evidence.receipt_for(sealed.snapshot_id, sealed.request(**changes), person)


def test_evidence_that_is_not_sealed_missing_or_destroyed_gives_no_receipt(any_world: World) -> None:
    """Pending, unknown and destroyed snapshots prove nothing."""
    person = actor(any_world.store)
    with pytest.raises(EvidenceFault, match="not a sealed core snapshot"):
        any_world.evidence.receipt_for(any_world.snapshot_id, any_world.request(), person)
    with pytest.raises(EvidenceFault, match="There is no snapshot 404"):
        any_world.evidence.receipt_for(404, any_world.request(), person)
    any_world.capture()
    approved(any_world.store, any_world.case_id, person.person_id)
    with any_world.store.write() as session:
        row = session.get_one(t.Snapshot, any_world.snapshot_id)
        row.destroyed_at, row.destroyed_by, row.destroyed_reason = START, person.person_id, "its time was up"
    with pytest.raises(EvidenceFault, match="destroyed when its time was up"):
        any_world.evidence.receipt_for(any_world.snapshot_id, any_world.request(), person)
