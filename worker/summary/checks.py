"""The last times that somebody verified evidence and ledger, and what they found, as the audit has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.store import tables as t
from worker.summary import words
from worker.summary.about_cases import kept_from_some

#: Everything should be verified once a week; a day is given.
_TOO_OLD = timedelta(days=8)
_SURVEYED = (t.Audit.object_type == "case", t.Audit.verb == "evidence_surveyed")
_LEDGER_VERIFIED = (t.Audit.object_type == "ledger", t.Audit.verb == "verified")


@dataclass(frozen=True, slots=True)
class Checks:
    """What was verified last.

    Attributes:
        evidence_at: when all evidence was last verified; None for never.
        evidence_problems: how many snapshots or folders had problems then.
        bad_cases: cases that were verified by themselves since, and last had problems; without those that
            somebody is kept from.
        bad_restricted: how many those are.
        ledger_at: when the whole ledger was last verified; None for never.
        ledger_whole: whether nothing was wrong with it then; None for never.
        anything_sealed: whether there is any evidence that could be verified.
    """

    evidence_at: datetime | None
    evidence_problems: int
    bad_cases: tuple[int, ...]
    bad_restricted: int
    ledger_at: datetime | None
    ledger_whole: bool | None
    anything_sealed: bool


def read_checks(session: Session) -> Checks:
    """Look up what was verified last."""
    whole = session.scalars(_last(*_SURVEYED, t.Audit.object_id.is_(None))).one_or_none()
    ledger = session.scalars(_last(*_LEDGER_VERIFIED, t.Audit.object_id.is_(None))).one_or_none()
    newest = (
        select(func.max(t.Audit.id))
        .where(*_SURVEYED, t.Audit.object_id.is_not(None), t.Audit.id > (whole.id if whole else 0))
        .group_by(t.Audit.object_id)
    )
    alone = session.scalars(select(t.Audit).where(t.Audit.id.in_(newest)).order_by(t.Audit.object_id)).all()
    sealed = session.scalar(select(t.Snapshot.id).where(t.Snapshot.sealed_at.is_not(None)).limit(1))
    bad = tuple(row.object_id for row in alone if row.object_id is not None and _problems(row))
    kept = kept_from_some(session, bad)
    return Checks(
        evidence_at=whole.at if whole else None,
        evidence_problems=_problems(whole) if whole else 0,
        bad_cases=tuple(case_id for case_id in bad if case_id not in kept),
        bad_restricted=len(kept),
        ledger_at=ledger.at if ledger else None,
        ledger_whole=ledger.detail.get("ok") is True if ledger else None,
        anything_sealed=sealed is not None,
    )


def check_problems(checks: Checks) -> Iterator[str]:
    """What the last verifications found that nobody has since seen mended."""
    if checks.evidence_at is not None and checks.evidence_problems:
        yield (
            f"The verification of all evidence on {for_people(checks.evidence_at)} found problems with"
            f" {words.counted(checks.evidence_problems, 'snapshot or folder', 'snapshots or folders')}."
            " Change nothing there; tell the evidence officer, who sees which with"
            " `upstander evidence verify --all`."
        )
    for case in checks.bad_cases:
        yield (
            f"The evidence of case {case} was not whole when it was last verified. Change nothing there; tell"
            f" the evidence officer, who sees why with `upstander evidence verify {case}`."
        )
    if checks.bad_restricted:
        yield (
            f"The evidence of {words.counted(checks.bad_restricted, 'restricted case')} was not whole when it"
            " was last verified. Change nothing there; tell the evidence officer, who sees which with"
            " `upstander evidence verify --all`."
        )
    if checks.ledger_at is not None and not checks.ledger_whole:
        yield (
            f"The ledger was not whole when it was verified on {for_people(checks.ledger_at)}. Tell the"
            " evidence officer, who sees why with `upstander ledger verify`."
        )


def check_notices(checks: Checks, now: datetime) -> Iterator[str]:
    """That it is time to verify again."""
    if checks.evidence_at is None:
        if checks.anything_sealed:
            yield "Evidence has never been verified as a whole: run `upstander evidence verify --all`."
    elif now - checks.evidence_at > _TOO_OLD:
        yield (
            f"All evidence was last verified on {for_people(checks.evidence_at)}: run"
            " `upstander evidence verify --all` every week."
        )


def _last(*conditions: ColumnElement[bool]) -> Select[t.Audit]:
    return select(t.Audit).where(*conditions).order_by(t.Audit.id.desc()).limit(1)


def _problems(row: t.Audit) -> int:
    found = row.detail.get("problems", 0)
    return found if isinstance(found, int) else 1
