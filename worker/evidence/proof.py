"""Is this snapshot, as it lies on the disk at this moment, evidence for this very request?"""

from __future__ import annotations

from sqlalchemy import select

from connectors.contract import ActionRequest
from worker.errors import EvidenceFault
from worker.evidence import subject
from worker.evidence.bag import Hashes
from worker.evidence.standing import RECORD_ONLY, suspicion
from worker.evidence.survey import Surveyor
from worker.ledger.stage import LedgerBook
from worker.store import tables as t
from worker.store.session import Store


def prove(store: Store, surveyor: Surveyor, snapshot_id: int, request: ActionRequest) -> Hashes:
    """Verify a sealed core snapshot in full, against its row and against a request.

    Returns:
        The hashes of the bag that was verified.

    Raises:
        EvidenceFault: it is no evidence for this; says in words why, and what to do.
    """
    with store.read() as session:
        if session.get(t.Snapshot, snapshot_id) is None:
            raise _fault(f"There is no snapshot {snapshot_id}.", None)
        about = subject.load(session, snapshot_id)
        stamp = session.get(t.Timestamp, snapshot_id)
        suspected = suspicion(session, about.comment.id) is not None
    row = about.snapshot
    wrong = _not_this(about, request)
    if wrong is None and suspected and row.source != RECORD_ONLY:
        wrong = "child sexual abuse imagery is suspected, so that copies are locked and only a record counts"
    if wrong is not None:
        raise _fault(f"Snapshot {snapshot_id} cannot be used for this: {wrong}.", row.case_id)
    problems = surveyor.problems_of(row, stamp)
    if problems:
        raise _fault(
            f"The evidence of case {row.case_id} (bag {row.bag}) does not verify: {'; '.join(problems)}.",
            row.case_id,
        )
    return Hashes(row.manifest_sha256 or "", row.tagmanifest_sha256 or "")


def enter_in_ledger(store: Store, ledger: LedgerBook, snapshot_id: int) -> None:
    """See that the sealing of a snapshot has its place in the ledger, now if it had none.

    Raises:
        EvidenceFault: it was never entered in the audit, or the ledger would not take it.
    """
    ledger.append_now()
    with store.read() as session:
        sealing = session.scalars(
            select(t.Audit.id).where(
                t.Audit.object_type == "snapshot",
                t.Audit.object_id == snapshot_id,
                t.Audit.verb == "sealed",
            )
        ).all()
        if sealing and all(ledger.entered(session, audit_id) for audit_id in sealing):
            return
        case_id = session.get_one(t.Snapshot, snapshot_id).case_id
    raise _fault(f"The sealing of snapshot {snapshot_id} has no place in the ledger.", case_id)


def _not_this(about: subject.Subject, request: ActionRequest) -> str | None:
    """Why a snapshot is no evidence for a request, in words; None where it is."""
    row = about.snapshot
    author = None if about.author is None else about.author.external_id
    asked = (request.comment_id, request.revision_id, request.external_id)
    if row.kind != "core" or row.state != "sealed":
        return "it is not a sealed core snapshot"
    if row.destroyed_at is not None:
        return "its evidence was destroyed when its time was up"
    if asked != (row.comment_id, row.revision_id, about.comment.external_id):
        return "it is evidence of another comment, or of another wording of it"
    account = (request.account.platform.value, request.account.external_id)
    if account != (about.account.platform, about.account.external_id):
        return "the comment was taken from another account"
    if request.author_external_id not in {None, author}:
        return "the comment was written by somebody else"
    return None


def _fault(happened: str, case_id: int | None) -> EvidenceFault:
    number = "" if case_id is None else f" {case_id}"
    return EvidenceFault(
        happened,
        safe="Nothing was sent to the platform.",
        do=f"Run `upstander evidence verify{number or ' --all'}` and tell the evidence officer; "
        "a copy of the bag from a backup mends what is damaged.",
    )
