"""Does the audit say that a person approved it? The row of an export or of a disposal alone is no approval.

Whoever can write rows can write "approved". An approval counts only with the audit row that was written in
the same transaction, by the person whom the row names, and which is still what entered the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.evidence.recorded import Record, records_of
from worker.store import tables as t

EXPORT_ASKED, EXPORT_APPROVED, GLASS_BROKEN = "export_asked", "export_approved", "export_glass_broken"
DISPOSAL_AGREED, DISPOSAL_APPROVED = "disposal_agreed", "disposal_approved"

_AT_ONCE = 500


def exports_not_agreed(session: Session, rows: Sequence[t.Export]) -> dict[int, str]:
    """Which of some decided exports nobody approved as far as the audit knows: numbers, and why in words."""
    said = _said(session, "export", [row.id for row in rows], (EXPORT_ASKED, EXPORT_APPROVED, GLASS_BROKEN))
    found: dict[int, str] = {}
    for row in rows:
        verb = EXPORT_APPROVED if row.break_glass_reason is None else GLASS_BROKEN
        records = said[row.id]
        if not _by(records, EXPORT_ASKED, row.asked_by):
            found[row.id] = "nothing in the audit says that who its row names asked for it"
        elif not _by(records, verb, row.decided_by):
            found[row.id] = "nothing in the audit says that who its row names approved it"
    return found


def disposals_not_agreed(session: Session, rows: Sequence[t.Disposal]) -> dict[int, str]:
    """The same of disposals that are approved or done. An approval that was taken back counts no more."""
    said = _said(session, "case", sorted({row.case_id for row in rows}), (DISPOSAL_AGREED, DISPOSAL_APPROVED))
    found: dict[int, str] = {}
    for row in rows:
        records = [each for each in said[row.case_id] if each.facts.get("disposal_id") == row.id]
        if not any(each.at == row.decided_at for each in _by(records, DISPOSAL_APPROVED, row.decided_by)):
            found[row.id] = "nothing in the audit says that who its row names approved it"
        elif row.first_by is not None and not any(
            each.at == row.first_at for each in _by(records, DISPOSAL_AGREED, row.first_by)
        ):
            found[row.id] = "nothing in the audit says that who its row names first agreed to it"
    return found


def users_who_agreed(session: Session, rows: Sequence[t.Disposal]) -> frozenset[str]:
    """The users of the computer as whom the first words that stand in these disposals were given."""
    said = _said(session, "case", sorted({row.case_id for row in rows}), (DISPOSAL_AGREED,))
    standing = (
        each.facts.get("os_user")
        for row in rows
        for each in _by(said[row.case_id], DISPOSAL_AGREED, row.first_by)
        if each.facts.get("disposal_id") == row.id and each.at == row.first_at
    )
    return frozenset(user for user in standing if user)


def not_agreed(session: Session) -> Iterator[tuple[str, int | None, str]]:
    """Everything that was carried out or may be, and that nobody approved: what it is, its case, and why."""
    exports = select(t.Export).where(t.Export.state.in_(("approved", "made"))).order_by(t.Export.id)
    for page in session.scalars(exports).partitions(_AT_ONCE):
        for number, why in exports_not_agreed(session, page).items():
            yield f"export {number}", None, why
    disposals = select(t.Disposal).where(t.Disposal.state.in_(("approved", "done"))).order_by(t.Disposal.id)
    for rows in session.scalars(disposals).partitions(_AT_ONCE):
        case_of = {row.id: row.case_id for row in rows}
        for number, why in disposals_not_agreed(session, rows).items():
            yield f"disposal {number}", case_of[number], why


def _said(
    session: Session, about: str, numbers: Sequence[int], verbs: Sequence[str]
) -> Mapping[int, list[Record]]:
    session.flush()  # what this transaction itself recorded counts too
    return records_of(session, numbers, about=about, verbs=verbs)


def _by(records: Sequence[Record], verb: str, person_id: int | None) -> list[Record]:
    """Those that say a thing of somebody, as it entered the ledger or waits to."""
    return [
        each for each in records if each.verb == verb and each.person_id == person_id and not each.altered
    ]
