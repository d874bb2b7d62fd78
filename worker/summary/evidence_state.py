"""What evidence waits for now: a timestamp, a browser, the ledger, a second person (promise 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from worker.clock import LONDON
from worker.evidence.marking import TELL_JOB
from worker.evidence.standing import usable
from worker.ledger import state as ledger_state
from worker.settings import Settings
from worker.store import tables as t
from worker.summary.checks import Checks, read_checks
from worker.summary.signing import SigningState, read_signing

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of something wait, and since when the oldest does; None where none does."""

    count: int
    since: datetime | None

    def over(self, limit: timedelta, now: datetime) -> bool:
        """Whether the oldest has waited for longer than a limit."""
        return self.since is not None and now - self.since > limit


@dataclass(frozen=True, slots=True)
class EvidenceState:
    """What evidence waits for, and who vouches for it.

    Attributes:
        authority: whether a timestamp authority is set.
        unstamped: sealed snapshots without a timestamp, since they were sealed. Evidence that is locked away
            or destroyed gets none and does not count.
        rendered, supplements: captures of live pages, and files that were handed in, not sealed yet.
        unentered: audit rows that are not in the ledger.
        ledger_problems, ledger_notices: what the ledger says of itself.
        disposals: proposals to destroy evidence that no person has decided on.
        exports: hand-overs that were asked for and wait for a second person.
        glass: hand-overs that one person made alone and no other has reviewed.
        glass_late: how many of them should have been reviewed by now.
        leads: suspicions of child sexual abuse imagery that the named lead has not been told of.
    """

    signing: SigningState
    authority: bool
    unstamped: Waiting
    rendered: Waiting
    supplements: Waiting
    unentered: Waiting
    ledger_problems: tuple[str, ...]
    ledger_notices: tuple[str, ...]
    disposals: Waiting
    exports: Waiting
    glass: Waiting
    glass_late: int
    leads: Waiting
    checks: Checks


def read_evidence_state(session: Session, settings: Settings, now: datetime) -> EvidenceState:
    """Look at everything that evidence waits for."""
    lag = ledger_state.lag(session)
    broken = _unreviewed(session)
    pending = t.Snapshot.state == "pending"
    untold = (t.Job.kind == TELL_JOB, or_(t.Job.state == "waiting", t.Job.state == "stuck"))
    return EvidenceState(
        signing=read_signing(settings.keys_dir),
        authority=settings.evidence.tsa_url is not None,
        unstamped=_unstamped(session),
        rendered=_waiting(session, t.Snapshot.asked_at, pending, t.Snapshot.kind == "rendered"),
        supplements=_waiting(session, t.Snapshot.asked_at, pending, t.Snapshot.kind == "supplement"),
        unentered=Waiting(lag.waiting, lag.since),
        ledger_problems=tuple(ledger_state.problems(session, settings.ledger, now)),
        ledger_notices=tuple(ledger_state.notices(settings.ledger)),
        disposals=_waiting(session, t.Disposal.proposed_at, t.Disposal.state == "proposed"),
        exports=_waiting(session, t.Export.asked_at, t.Export.state == "asked"),
        glass=Waiting(len(broken), min(broken, default=None)),
        glass_late=sum(now > review_due(at) for at in broken),
        leads=_waiting(session, t.Job.created_at, *untold),
        checks=read_checks(session),
    )


def review_due(broken_at: datetime) -> datetime:
    """By when a second person should have reviewed what one did alone: within one working day.

    The same time on the next day from Monday to Friday, as clocks show it in London; what was done at a
    weekend counts from Monday's first moment. Bank holidays are not known here, so around them it is due
    early.
    """
    local = broken_at.astimezone(LONDON)
    if local.weekday() >= _SATURDAY:
        local = _next_weekday(local).replace(hour=0, minute=0, second=0, microsecond=0)
    return _next_weekday(local).astimezone(broken_at.tzinfo)


def _next_weekday(moment: datetime) -> datetime:
    following: Iterator[datetime] = (moment + timedelta(days=days) for days in range(1, 4))
    return next(day for day in following if day.weekday() < _SATURDAY)


def _waiting(
    session: Session, since: InstrumentedAttribute[datetime], *conditions: ColumnElement[bool]
) -> Waiting:
    count, oldest = session.execute(select(func.count(), func.min(since)).where(*conditions)).one()
    return Waiting(count, oldest)


def _unstamped(session: Session) -> Waiting:
    count, oldest = session.execute(
        select(func.count(), func.min(t.Snapshot.sealed_at))
        .select_from(t.Snapshot)
        .outerjoin(t.Timestamp, t.Timestamp.snapshot_id == t.Snapshot.id)
        .where(
            t.Snapshot.state == "sealed",
            t.Snapshot.destroyed_at.is_(None),
            t.Timestamp.snapshot_id.is_(None),
            usable(),
        )
    ).one()
    return Waiting(count, oldest)


def _unreviewed(session: Session) -> list[datetime]:
    """When the glass was broken for what nobody has reviewed."""
    found = select(t.Export.decided_at).where(
        t.Export.break_glass_reason.is_not(None), t.Export.reviewed_by.is_(None)
    )
    return [at for at in session.scalars(found) if at is not None]
