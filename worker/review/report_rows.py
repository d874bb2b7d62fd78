"""The reports to the platforms as a list shows them: no words of a comment, no author."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from worker.ledger.audit import Actor
from worker.review.access import visible_to
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report.

    Attributes:
        reason: what to choose in the platform's own form; None where nothing is known to fit.
        filed_at, reference: as last corrected.
        gone_at: when the comment was first found to be gone.
        ended_reason: why it was withdrawn or closed.
    """

    report_id: int
    case_id: int
    requested_action_id: int
    platform: str
    account: str
    state: str
    category: str
    reason: str | None
    prepared_at: datetime
    filed_at: datetime | None
    filed_by: str | None
    reference: str | None
    outcome: str | None
    outcome_at: datetime | None
    gone_at: datetime | None
    ended_reason: str | None


def report_rows(
    session: Session, actor: Actor, state: str | None, case_id: int | None = None
) -> tuple[ReportRow, ...]:
    """The reports on cases that somebody may see, the newest first.

    Args:
        state: only those in this state.
        case_id: only those of this case.
    """
    filer = aliased(t.Person)
    chosen = (
        select(t.PlatformReport, t.Case.id, t.Comment, t.Account.handle, filer.name)
        .join(t.RequestedAction, t.RequestedAction.id == t.PlatformReport.requested_action_id)
        .join(t.Case, t.Case.id == t.RequestedAction.case_id)
        .join(t.Comment, t.Comment.id == t.PlatformReport.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .outerjoin(filer, filer.id == t.PlatformReport.filed_by)
        .where(visible_to(session, actor))
        .order_by(t.PlatformReport.id.desc())
    )
    if state is not None:
        chosen = chosen.where(t.PlatformReport.state == state)
    if case_id is not None:
        chosen = chosen.where(t.Case.id == case_id)
    return tuple(
        _row(session, report, case_id, comment, account, name)
        for report, case_id, comment, account, name in session.execute(chosen)
    )


def corrected(session: Session, report: t.PlatformReport) -> tuple[datetime | None, str | None]:
    """When a report was filed and under which reference, as last corrected."""
    at, reference = report.filed_at, report.reference
    rows = session.scalars(
        select(t.ReportCorrection)
        .where(t.ReportCorrection.report_id == report.id)
        .order_by(t.ReportCorrection.id)
    )
    for row in rows:
        at, reference = row.filed_at or at, row.reference or reference
    return at, reference


def _row(
    session: Session,
    report: t.PlatformReport,
    case_id: int,
    comment: t.Comment,
    account: str,
    filed_by: str | None,
) -> ReportRow:
    at, reference = corrected(session, report)
    return ReportRow(
        report_id=report.id,
        case_id=case_id,
        requested_action_id=report.requested_action_id,
        platform=comment.platform,
        account=account,
        state=report.state,
        category=report.category,
        reason=report.reason,
        prepared_at=report.prepared_at,
        filed_at=at,
        filed_by=filed_by,
        reference=reference,
        outcome=report.outcome,
        outcome_at=report.outcome_at,
        gone_at=comment.gone_at,
        ended_reason=report.ended_reason,
    )
