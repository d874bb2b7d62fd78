"""Receipts: proof, for one minute and one request, that its evidence is sealed and was verified just now.

Kept in this process's memory only, so a receipt cannot be made up, copied from a database, or outlive
the process. They stop mistakes and other parts of the program, not somebody who already runs code as us.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import ActionRequest, Receipt
from connectors.errors import ReceiptRefused
from worker import log
from worker.clock import Clock
from worker.evidence.bag import Hashes
from worker.ledger import audit
from worker.store.session import Store

#: Told of each refusal: the request, and why, in words.
Refused = Callable[[object, str], None]


@dataclass(frozen=True, slots=True)
class _Issued:
    request: ActionRequest
    hashes: Hashes
    at: datetime
    ticks: float


class ReceiptBook:
    """The receipts that were issued and not used yet; the connectors' gate.

    A receipt runs out by whichever clock says so first: the one that was handed in, or the machine's
    steady one, so that setting a clock back gives no receipt a longer life.

    Args:
        clock: the worker's clock.
        seconds: how long a receipt is good.
        refused: told of each refusal, to audit it.
        ticks: the steady clock, in seconds.
    """

    def __init__(
        self, clock: Clock, seconds: float, *, refused: Refused, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._refused = refused
        self._ticks = ticks
        self._issued: dict[str, _Issued] = {}
        self._lock = threading.Lock()

    def issue(self, request: ActionRequest, hashes: Hashes) -> Receipt:
        """Make a receipt for exactly this request. Only the evidence stage calls this, after verifying.

        Args:
            hashes: of the bag that was verified.
        """
        token = secrets.token_urlsafe(32)
        entry = _Issued(request, hashes, self._clock.now(), self._ticks())
        with self._lock:
            self._issued = {key: old for key, old in self._issued.items() if self._fresh(old)}
            self._issued[token] = entry
        return Receipt(token)

    def admit(self, request: ActionRequest, receipt: Receipt) -> None:
        """Use up the receipt for this request. Whatever goes wrong on the way, the answer is no.

        Raises:
            ReceiptRefused: unknown, used, expired, or issued for something else.
        """
        try:
            why = self._refusal(request, receipt)
        except Exception as error:  # noqa: BLE001 - a guard fails closed, whatever it was handed
            why = f"the receipt could not be checked ({type(error).__name__})"
        if why is None:
            return
        try:
            self._refused(request, why)
        except Exception as error:  # noqa: BLE001 - a refusal that cannot be audited is still a refusal
            log.get("evidence").error("refusal_not_audited", error=type(error).__name__)
        raise ReceiptRefused(f"Nothing was sent to the platform: {why}.")

    def _refusal(self, request: ActionRequest, receipt: Receipt) -> str | None:
        """Why not, in words, or None. A receipt that was shown is gone, whatever the answer."""
        with self._lock:
            issued = self._issued.pop(receipt.token, None)
        if issued is None:
            return "the receipt is not one that was issued here, or it was used before"
        if not self._fresh(issued):
            return f"the receipt is older than {self._seconds:g} seconds"
        if type(request) is not ActionRequest or issued.request != request:
            return "the receipt was issued for something else"
        log.get("evidence").info(
            "receipt_used",
            comment_id=request.comment_id,
            action=request.kind.value,
            manifest_sha256=issued.hashes.manifest,
        )
        return None

    def _fresh(self, issued: _Issued) -> bool:
        by_clock = self._clock.now() - issued.at
        by_ticks = self._ticks() - issued.ticks
        return timedelta() <= by_clock <= timedelta(seconds=self._seconds) and by_ticks <= self._seconds


def audit_refusals(store: Store, clock: Clock) -> Refused:
    """What a ReceiptBook is handed so that each refusal leaves a trace, in a transaction of its own."""

    def refused(request: object, why: str) -> None:
        known = request if isinstance(request, ActionRequest) else None
        detail = {"action": known.kind.value if known else None, "why": why}
        with store.write() as session:
            audit.record(
                session,
                audit.Actor(None, "gate"),
                "receipt_refused",
                "comment",
                known.comment_id if known else None,
                now=clock.now(),
                detail=detail,
            )

    return refused
