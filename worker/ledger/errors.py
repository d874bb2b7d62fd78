"""What can be wrong with the ledger."""

from __future__ import annotations

from worker.errors import EvidenceFault


class LedgerFault(EvidenceFault):
    """The ledger does not fit together, so nothing is built on it."""


class PublishFault(EvidenceFault):
    """A checkpoint could not be handed to the outside."""
