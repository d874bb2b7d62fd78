"""The log of what was handed over with a referral: which export's file went to whom, and how."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.duties import POLICE
from worker.review.referral_words import Handed, words
from worker.store import tables as t


def log_hand_over(session: Session, actor: Actor, row: t.Referral, handed: Handed, *, now: datetime) -> int:
    """Add an entry to the log of a referral.

    Returns:
        The entry's number.

    Raises:
        NotFound: there is no such export.
        Conflict: the referral was taken back or shows no files; the export was not made, is not of this case,
            or was made for somebody else.
    """
    export = session.get(t.Export, handed.export_id)
    if export is None:
        raise NotFound(f"There is no export {handed.export_id}.", safe="Nothing was written.")
    of_case = session.get(t.ExportCase, (export.id, row.case_id))
    why = _cannot(row, export, of_case=of_case is not None)
    if why:
        raise Conflict(why, safe="Nothing was written.")
    entry = t.HandOver(
        referral_id=row.id,
        export_id=export.id,
        handed_to=words("name or number of who took it", handed.to),
        how=words("way that it was handed over", handed.how),
        logged_by=actor.person_id,
        logged_at=now,
    )
    session.add(entry)
    session.flush()
    detail = {"case_id": row.case_id, "export_id": export.id, "entry": entry.id}
    audit.record(session, actor, "handed_over", "referral", row.id, now=now, detail=detail)
    return entry.id


def _cannot(row: t.Referral, export: t.Export, *, of_case: bool) -> str:
    if row.state == "withdrawn" or not row.sees_files:
        return f"Referral {row.id} was taken back, or lets nobody see files."
    if export.state != "made":
        return f"Export {export.id} is {export.state}: its file was not made."
    if not of_case:
        return f"Export {export.id} holds nothing of case {row.case_id}."
    if row.kind in POLICE and export.purpose != "police":
        return f"Export {export.id} was made for {export.purpose.replace('_', ' ')}, not for the police."
    return ""
