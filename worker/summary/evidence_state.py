"""What evidence waits for now: a timestamp, a browser, the ledger, a second person (promise 9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from worker.evidence.following import unstamped
from worker.evidence.keeping import steady
from worker.evidence.marking import TELL_JOB
from worker.evidence.offsite import wanted
from worker.ledger import state as ledger_state
from worker.settings import Settings
from worker.store import tables as t
from worker.summary.checks import Checks, read_checks
from worker.summary.signing import SigningState, read_signing
from worker.working_days import WorkingDays


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
        copied_to: where sealed core evidence is copied, or None where no bucket is set.
        locks_copies: whether the settings insist on Object Lock there.
        uncopied: sealed core snapshots without their copy, since they were sealed.
        copies_left: destroyed snapshots of which a copy is still there, under its lock.
        copies_elsewhere: copies at places that the settings do not name any more.
        rendered, supplements: captures of live pages, and files that were handed in, not sealed yet.
        unentered: audit rows that are not in the ledger.
        ledger_problems, ledger_notices: what the ledger says of itself.
        retention_from: until when nothing is erased and proposed because the clock made a leap, or None.
        disposals: proposals to destroy evidence that no person has decided on.
        exports: hand-overs that were asked for and wait for a second person.
        glass: hand-overs that one person made alone and no other has reviewed.
        glass_late: how many of them should have been reviewed by now.
        leads: suspicions of child sexual abuse imagery that the named lead has not been told of.
    """

    signing: SigningState
    authority: bool
    unstamped: Waiting
    copied_to: str | None
    locks_copies: bool
    uncopied: Waiting
    copies_left: Waiting
    copies_elsewhere: int
    rendered: Waiting
    supplements: Waiting
    unentered: Waiting
    ledger_problems: tuple[str, ...]
    ledger_notices: tuple[str, ...]
    retention_from: datetime | None
    disposals: Waiting
    exports: Waiting
    glass: Waiting
    glass_late: int
    leads: Waiting
    checks: Checks


def read_evidence_state(
    session: Session, settings: Settings, days: WorkingDays, now: datetime
) -> EvidenceState:
    """Look at everything that evidence waits for.

    Args:
        days: which days are worked: a review is due within one of them.
    """
    lag = ledger_state.lag(session)
    broken = _unreviewed(session)
    pending = t.Snapshot.state == "pending"
    offsite = settings.evidence.offsite
    place = None if offsite.bucket is None else wanted.place_of(offsite)
    untold = (t.Job.kind == TELL_JOB, or_(t.Job.state == "waiting", t.Job.state == "stuck"))
    return EvidenceState(
        signing=read_signing(settings.keys_dir),
        authority=settings.evidence.tsa_url is not None,
        unstamped=_waiting(session, t.Snapshot.sealed_at, unstamped()),
        copied_to=place,
        locks_copies=not offsite.allow_without_object_lock,
        uncopied=Waiting(0, None) if place is None else Waiting(*wanted.uncopied(session, place)),
        copies_left=Waiting(*wanted.left(session)),
        copies_elsewhere=wanted.elsewhere(session, place),
        rendered=_waiting(session, t.Snapshot.asked_at, pending, t.Snapshot.kind == "rendered"),
        supplements=_waiting(session, t.Snapshot.asked_at, pending, t.Snapshot.kind == "supplement"),
        unentered=Waiting(lag.waiting, lag.since),
        ledger_problems=tuple(ledger_state.problems(session, settings.ledger, now)),
        ledger_notices=tuple(ledger_state.notices(settings.ledger)),
        retention_from=steady.waits_until(session, now),
        disposals=_waiting(session, t.Disposal.proposed_at, t.Disposal.state == "proposed"),
        exports=_waiting(session, t.Export.asked_at, t.Export.state == "asked"),
        glass=Waiting(len(broken), min(broken, default=None)),
        glass_late=sum(now > days.one_after(at) for at in broken),
        leads=_waiting(session, t.Job.created_at, *untold),
        checks=read_checks(session),
    )


def _waiting(
    session: Session,
    since: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    *conditions: ColumnElement[bool],
) -> Waiting:
    count, oldest = session.execute(select(func.count(), func.min(since)).where(*conditions)).one()
    return Waiting(count, oldest)


def _unreviewed(session: Session) -> list[datetime]:
    """When the glass was broken for what nobody has reviewed."""
    found = select(t.Export.decided_at).where(
        t.Export.break_glass_reason.is_not(None), t.Export.reviewed_by.is_(None)
    )
    return [at for at in session.scalars(found) if at is not None]
