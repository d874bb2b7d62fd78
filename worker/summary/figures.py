"""The figures of a weekly summary: their shape, and putting them together from the counts.

Numbers and the Trust's own account handles only: nothing here can hold a comment's words, an author or the
name of a colleague.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from worker.store.platform import SEVERITIES
from worker.summary import counts
from worker.summary.coverage import Coverage, read_coverage
from worker.summary.evidence_counts import EvidenceFigures, read_evidence_figures
from worker.summary.hides import not_as_asked
from worker.summary.medians import medians
from worker.summary.platform_reports import report_figures
from worker.summary.weeks import Week


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """What was counted for one week. Maps from platform or severity hold zeros too; from category none.

    Attributes:
        received: comments first seen in the week.
        queued: cases opened in the week.
        decided: cases that a person decided on in the week. A case decided twice in the week counts once,
            with the later decision.
        overturned: decisions of the week that turned an earlier *upheld* into *not upheld* or the reverse.
        upheld_by_category: an upheld case may have several categories, so that these may add up to more.
        actions: how many requested actions had each result, by kind (see `counts.RESULTS`).
        platform_reports: how many were prepared, filed and answered (see `platform_reports.report_figures`).
        median_seconds: medians, by the names in `medians.MEDIANS`; None where there was nothing to measure.
        open_cases: cases not decided at the week's end, also those that wait for advice.
        overdue: those of them that should have been decided by then.
        sealed: core snapshots sealed in the week; `unsealed`: those still pending at its end.
        evidence: what else became of evidence.
    """

    week: str
    received: int
    received_by_platform: Mapping[str, int]
    queued: int
    queued_by_severity: Mapping[str, int]
    queued_by_platform: Mapping[str, int]
    decided: int
    upheld: int
    not_upheld: int
    needs_advice: int
    overturned: int
    upheld_by_category: Mapping[str, int]
    upheld_by_severity: Mapping[str, int]
    upheld_by_platform: Mapping[str, int]
    actions: Mapping[str, Mapping[str, int]]
    platform_reports: Mapping[str, int]
    median_seconds: Mapping[str, int | None]
    open_cases: int
    open_by_severity: Mapping[str, int]
    oldest_open_at: datetime | None
    overdue: int
    sealed: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    evidence: EvidenceFigures
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Figures:
    """One week's figures with the week before beside them.

    Attributes:
        made_at: when they were counted.
        complete: whether the week was over by then.
        watched_since: when the first account was added, or None where there is none.
        stuck_jobs: jobs out of attempts when the figures were made, by kind.
        undone: comments that were then not as they were asked to be (see `hides.not_as_asked`).
    """

    week: Week
    made_at: datetime
    complete: bool
    watched_since: datetime | None
    stuck_jobs: Mapping[str, int]
    undone: int
    this: WeekFigures
    before: WeekFigures

    def as_json(self) -> dict[str, Any]:
        """As plain values with stable keys; times in ISO 8601, UTC. The schema is `render`'s."""
        return {
            "week": self.week.name,
            "starts": self.week.starts.isoformat(),
            "ends": self.week.ends.isoformat(),
            "made_at": self.made_at.isoformat(),
            "complete": self.complete,
            "watched_since": plain(self.watched_since),
            "stuck_jobs": dict(self.stuck_jobs),
            "undone": self.undone,
            "this_week": plain(asdict(self.this)),
            "week_before": plain(asdict(self.before)),
        }


def read_figures(session: Session, week: Week, *, now: datetime, late_after: timedelta) -> Figures:
    """Count one week and the week before it.

    Args:
        now: a week not over yet is counted up to here.
        late_after: how long a feed may go without being read to its end.
    """
    return Figures(
        week=week,
        made_at=now,
        complete=week.ends <= now,
        watched_since=counts.watched_since(session),
        stuck_jobs=counts.stuck_jobs(session),
        undone=sum(1 for _ in not_as_asked(session, now)),
        this=_week(session, week, now, late_after),
        before=_week(session, week.previous, now, late_after),
    )


def _week(session: Session, week: Week, now: datetime, late_after: timedelta) -> WeekFigures:
    span = counts.Span(week.starts, min(week.ends, now))
    received = counts.received(session, span)
    queued = counts.queued(session, span)
    decided = counts.decided(session, span)
    upheld = {key: count for key, count in decided.items() if key.verdict == "upheld"}
    backlog = counts.backlog(session, span.end)
    evidence = counts.evidence(session, span)
    verdicts = counts.totals(decided, lambda key: key.verdict)
    return WeekFigures(
        week=week.name,
        received=sum(received.values()),
        received_by_platform=received,
        queued=sum(queued.values()),
        queued_by_severity=counts.totals(queued, lambda key: key.severity, SEVERITIES),
        queued_by_platform=counts.totals(queued, lambda key: key.platform, received),
        decided=sum(decided.values()),
        upheld=verdicts.get("upheld", 0),
        not_upheld=verdicts.get("not_upheld", 0),
        needs_advice=verdicts.get("needs_advice", 0),
        overturned=counts.overturned(session, span),
        upheld_by_category=counts.upheld_by_category(session, span),
        upheld_by_severity=counts.totals(upheld, lambda key: key.severity, SEVERITIES),
        upheld_by_platform=counts.totals(upheld, lambda key: key.platform, received),
        actions=counts.actions(session, span),
        platform_reports=report_figures(session, span),
        median_seconds=medians(session, span),
        open_cases=sum(backlog.by_severity.values()),
        open_by_severity=backlog.by_severity,
        oldest_open_at=backlog.oldest_at,
        overdue=backlog.overdue,
        sealed=evidence.sealed,
        unsealed=evidence.pending,
        oldest_unsealed_at=evidence.oldest_at,
        evidence=read_evidence_figures(session, span),
        coverage=read_coverage(session, span.start, span.end, late_after),
    )


def plain(value: Any) -> Any:
    """A value as JSON can hold it: moments in ISO 8601, all else as it is."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
