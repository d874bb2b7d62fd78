"""The files that come with a hand-in: taken like every supplement, but in the hand-in's own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.evidence.supplement_files import Receipt
from worker.evidence.supplements import Supplements
from worker.intake.hand_in import HeldFile
from worker.ledger.audit import Actor
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class HandInFiles:
    """What the hand-in stage is handed to keep files with."""

    supplements: Supplements

    def hold(self, name: str, file: BinaryIO, actor: Actor) -> HeldFile:
        """Check a file and write it aside, flushed.

        Raises:
            NotAccepted: it is of no kind that is taken, or too large.
            EvidenceFault: the disk would not take it.
        """
        token, receipt = self.supplements.receive(name, file, actor)
        return HeldFile(token, receipt.name, receipt.kind.media_type, receipt.size, receipt.sha256, receipt)

    def enter(self, session: Session, case_id: int, held: HeldFile, actor: Actor) -> int:
        """Accept a file, in the transaction that opens the case of the hand-in.

        Returns:
            The id of the snapshot that is being sealed.
        """
        core = session.scalars(
            select(t.Snapshot).where(t.Snapshot.case_id == case_id, t.Snapshot.kind == "core")
        ).one()
        assert isinstance(held.receipt, Receipt)  # noqa: S101 -- only `hold` makes these
        return self.supplements.enter(session, core, held.token, held.receipt, actor)

    def drop(self, held: HeldFile) -> None:
        """Remove a file that was not accepted."""
        self.supplements.drop(held.token)
