"""How everything is now: what is not being watched, what waits, what is stuck, who must act (promise 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock, for_people
from worker.errors import SettingsError
from worker.settings import Settings
from worker.store import tables as t
from worker.store.session import Store
from worker.summary import counts, words
from worker.summary.about_cases import without_numbers
from worker.summary.bank_holidays import calendar_notices, calendar_problems, read_calendar
from worker.summary.calls import call_notices, call_problems
from worker.summary.evidence_state import EvidenceState, read_evidence_state
from worker.summary.evidence_words import STUCK, evidence_notices, evidence_problems
from worker.summary.feeds import FeedState, GapState, feed_problem, read_feeds, read_open_gaps
from worker.summary.figures import plain
from worker.summary.hides import undone
from worker.summary.machine import machine_problems
from worker.summary.mailer import make_mailer
from worker.summary.modes import mode_notices, mode_problems
from worker.summary.platform_reports import report_problems
from worker.summary.rights_state import rights_problems
from worker.summary.stage import unready, unsent
from worker.summary.waiting import waiting_for_people, waiting_notices
from worker.summary.weeks import next_due

#: A process says that it lives every quarter of a minute; after so long it is called silent.
_SILENT = timedelta(seconds=60)
#: A job or a snapshot that waits longer than this is not merely busy.
_TOO_LONG = timedelta(minutes=10)
#: Two machines' clocks may differ by so much.
_AHEAD = timedelta(minutes=1)
#: Work that is due and not begun for so long: something stands in its way.
_OVERDUE = timedelta(minutes=2)
#: A process silent for longer than this was ended on purpose and is no longer listed.
_FORGET = timedelta(days=1)
_OFFICE = "scheduler"


@dataclass(frozen=True, slots=True)
class StuckJob:
    """A job out of attempts, with what went wrong the last time."""

    id: int
    kind: str
    error: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process that was seen within a day."""

    name: str
    kind: str
    seen_at: datetime
    alive: bool


@dataclass(frozen=True, slots=True)
class SummaryState:
    """The weekly summary.

    Attributes:
        unready: why none can be sent, or nothing.
        last_refused: addresses that the mail server refused the last time.
        unsent: weeks whose summary is due and was not sent.
    """

    unready: str
    last_week: str | None
    last_sent_at: datetime | None
    last_refused: tuple[str, ...]
    next_due_at: datetime | None
    unsent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one installation.

    Attributes:
        ok: whether there is no problem; the command's exit code.
        problems: what is wrong and what to do, one sentence or two each.
        notices: what is as somebody chose it, but should not be forgotten.
        jobs_waiting: jobs not done, by kind; `oldest_due_at` is when the oldest of them should have run.
        snapshots_pending: core snapshots not sealed yet.
        evidence: what else evidence waits for, and who vouches for it.
    """

    made_at: datetime
    ok: bool
    problems: tuple[str, ...]
    notices: tuple[str, ...]
    feeds: tuple[FeedState, ...]
    open_gaps: tuple[GapState, ...]
    jobs_waiting: Mapping[str, int]
    oldest_due_at: datetime | None
    stuck_jobs: tuple[StuckJob, ...]
    snapshots_pending: int
    oldest_pending_at: datetime | None
    evidence: EvidenceState
    open_cases: Mapping[str, int]
    overdue_cases: int
    scheduler: str | None
    scheduler_alive: bool
    processes: tuple[ProcessState, ...]
    summary: SummaryState

    def as_json(self) -> dict[str, Any]:
        """As plain values; times in ISO 8601, UTC."""
        found: dict[str, Any] = plain(asdict(self))
        return found


def read_status(store: Store, clock: Clock, settings: Settings) -> Status:
    """Look at everything once, in both modes.

    Args:
        settings: all of them: how soon a feed is late, who gets the summary and when, the mode. The folder of
            keys that they name need not be there.
    """
    now = clock.now()
    problems: list[str] = []
    summary, calendar = _summary(store, settings, now, problems), read_calendar(settings)
    with store.read() as session:
        feeds = read_feeds(session, now, timedelta(seconds=settings.polling.late_after_seconds))
        backlog = counts.backlog(session, now)
        sealing = counts.evidence(session, counts.Span(now, now))
        evidence = read_evidence_state(session, settings, calendar.days, now)
        office = session.get(t.Election, _OFFICE)
        processes = _processes(session, now)
        stuck = _stuck(session)
        oldest_due_at = session.scalar(select(func.min(t.Job.due_at)).where(t.Job.state == "waiting"))
        waiting, gaps = outbox.waiting(session), read_open_gaps(session)
        not_done = tuple(undone(session, now))
        calls, calling = tuple(call_problems(session, now)), tuple(call_notices(session, settings, now))
        not_done += tuple(report_problems(session, settings.reports, calendar.days, now))
        lying_since = _lying_since(session, now)
    scheduled = office is not None and office.until > now
    problems += calls
    problems += _working(settings, processes, lying_since, now, scheduled=scheduled)
    problems += [problem for feed in feeds if (problem := feed_problem(feed))]
    if any(feed.caught_up_at and feed.caught_up_at > now + _AHEAD for feed in feeds):
        problems.append(
            "This machine's clock was ahead: some times that are shown lie in the future."
            " Nothing is lost; keep the clock synchronised."
        )
    problems += [*map(_stuck_words, stuck), *mode_problems(settings)]
    problems += not_done
    problems += [*_cases(backlog, sealing, now), *evidence_problems(evidence, settings, now)]
    problems += [*machine_problems(settings), *rights_problems(store, now)]
    problems += waiting_for_people(store, settings, now)
    problems += calendar_problems(calendar, now)
    return Status(
        made_at=now,
        ok=not problems,
        problems=tuple(problems),
        notices=(
            *mode_notices(store, settings, now),
            *_notices(feeds, summary),
            *evidence_notices(evidence, settings, now),
            *calendar_notices(calendar, now),
            *calling,
            *waiting_notices(store),
        ),
        feeds=feeds,
        open_gaps=gaps,
        jobs_waiting=waiting,
        oldest_due_at=oldest_due_at,
        stuck_jobs=stuck,
        snapshots_pending=sealing.pending,
        oldest_pending_at=sealing.oldest_at,
        evidence=evidence,
        open_cases=backlog.by_severity,
        overdue_cases=backlog.overdue,
        scheduler=office.holder if office else None,
        scheduler_alive=scheduled,
        processes=processes,
        summary=summary,
    )


def _summary(store: Store, settings: Settings, now: datetime, problems: list[str]) -> SummaryState:
    with store.read() as session:
        last = session.scalars(
            select(t.Summary)
            .where(t.Summary.sent_at.is_not(None))
            .order_by(t.Summary.sent_at.desc())
            .limit(1)
        ).one_or_none()
    cannot = unready(settings.summary, make_mailer(settings.mail))
    due: datetime | None = None
    missing: tuple[str, ...] = ()
    try:
        due = next_due(now, settings.summary.send_at)
        if not cannot:
            # Those due within the last minutes are just being sent.
            missing = tuple(week.name for week in unsent(store, settings.summary.send_at, now - _TOO_LONG))
    except SettingsError as error:
        problems.append(str(error))
    if missing:
        problems.append(f"The weekly summary of {words.listed(missing)} is due and was not sent.")
    refused = tuple(last.refused) if last else ()
    if refused:
        problems.append(
            f"The mail server refused the last weekly summary for {words.listed(refused)}."
            " Check summary.recipients."
        )
    return SummaryState(
        unready=cannot,
        last_week=last.week if last else None,
        last_sent_at=last.sent_at if last else None,
        last_refused=refused,
        next_due_at=due,
        unsent=missing,
    )


def _processes(session: Session, now: datetime) -> tuple[ProcessState, ...]:
    rows = session.scalars(
        select(t.Process).where(t.Process.seen_at > now - _FORGET).order_by(t.Process.kind, t.Process.name)
    )
    return tuple(
        ProcessState(row.name, row.kind, row.seen_at, alive=now - row.seen_at <= _SILENT) for row in rows
    )


def _lying_since(session: Session, now: datetime) -> datetime | None:
    """When the oldest job that nobody holds was due."""
    free = or_(t.Job.lease_until.is_(None), t.Job.lease_until <= now)
    since: datetime | None = session.scalar(
        select(func.min(t.Job.due_at)).where(t.Job.state == "waiting", free)
    )
    return since


def _stuck(session: Session) -> tuple[StuckJob, ...]:
    told = ((job, without_numbers(session, job.last_error or "")) for job in outbox.stuck(session))
    return tuple(StuckJob(job.id, job.kind, words.clean(said)[:500], job.finished_at) for job, said in told)


def _working(
    settings: Settings,
    processes: Iterable[ProcessState],
    lying_since: datetime | None,
    now: datetime,
    *,
    scheduled: bool,
) -> Iterable[str]:
    embedded = settings.mode == "embedded"
    alive = {process.kind for process in processes if process.alive}
    if not alive & {"up", "work"}:
        command = "upstander up" if embedded else "upstander work"
        yield f"No worker is running: nothing is read and nothing is carried out. Start `{command}`."
    elif lying_since is not None and now - lying_since > _OVERDUE:
        yield f"Work that was due on {for_people(lying_since)} has not been begun: look at the worker's log."
    if not scheduled:
        command = "upstander up" if embedded else "upstander schedule"
        yield f"Nothing is scheduling polls and summaries. Start `{command}`."


def _stuck_words(job: StuckJob) -> str:
    since = f" on {for_people(job.since)}" if job.since else ""
    error = f": {job.error.rstrip('.')}" if job.error else ""
    means = f" {STUCK[job.kind]}" if job.kind in STUCK else ""
    return f"Job {job.id} ({job.kind}) gave up{since}{error}.{means} Mend the cause, then retry it."


def _cases(backlog: counts.Backlog, evidence: counts.Evidence, now: datetime) -> Iterable[str]:
    if backlog.overdue:
        are = "is" if backlog.overdue == 1 else "are"
        yield f"{words.counted(backlog.overdue, 'case')} {are} overdue: a reviewer should decide."
    if evidence.oldest_at is not None and now - evidence.oldest_at > _TOO_LONG:
        yield (
            f"Evidence of {words.counted(evidence.pending, 'case')} is not sealed, the oldest since"
            f" {for_people(evidence.oldest_at)}: nothing can be hidden there until it is."
        )


def _notices(feeds: Iterable[FeedState], summary: SummaryState) -> Iterable[str]:
    if summary.unready:
        yield summary.unready
    for platform, handle in dict.fromkeys((feed.platform, feed.account) for feed in feeds if feed.paused):
        yield f"{words.account(platform, handle)} is paused: nothing is read there."
    if not feeds:
        yield "No account has been added yet, so nothing is watched."
