"""Reading the comment again, at the moment its evidence is captured, or saying why that was not possible.

A threat never waits for a platform: whatever goes wrong here, the slice that was polled is sealed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Connector, Reading
from connectors.errors import ConnectorError
from worker import log
from worker.clock import Clock
from worker.errors import UpstanderError
from worker.evidence.subject import Subject


@dataclass(frozen=True, slots=True)
class Source:
    """Where a snapshot's words come from.

    Attributes:
        reading: the comment read again, or None where only the polled slice is there.
        why_polled: why it could not be read again, in words; None where it was.
        started_at, ended_at: when the platform was asked and when that was over.
    """

    reading: Reading | None
    why_polled: str | None
    started_at: datetime
    ended_at: datetime

    @property
    def name(self) -> str:
        """As the row keeps it: reread or polled."""
        return "polled" if self.reading is None else "reread"


def read_again(subject: Subject, connector_for: Callable[[int], Connector], clock: Clock) -> Source:
    """Ask the platform for the comment and its thread. Changes nothing and never raises.

    Args:
        connector_for: gives the connector of an account, by its row's id.
    """
    started = clock.now()
    reading: Reading | None = None
    try:
        reading = connector_for(subject.account.id).read(subject.comment.external_id)
        why = _unsuitable(subject, reading)
    except ConnectorError as error:
        status = "" if error.status is None else f", HTTP {error.status}"
        why = f"the platform did not give it again ({error.kind}{status}): {error}"
    except UpstanderError as error:
        why = f"the platform could not be asked: {error}"
    except Exception as error:  # noqa: BLE001 - a fault of ours in reading must not leave a threat without evidence
        # Its message may hold anything, a comment's words or a token: only its kind is kept.
        log.get("evidence").error(
            "reading_failed", snapshot_id=subject.snapshot.id, error=type(error).__name__
        )
        why = f"the reply could not be read ({type(error).__name__})"
    return Source(None if why else reading, why, started, clock.now())


def _unsuitable(subject: Subject, reading: Reading) -> str | None:
    if not reading.exchanges:
        return "the platform's reply was not kept"
    if reading.comment.external_id != subject.comment.external_id:
        return "the platform answered with another comment"
    return None
