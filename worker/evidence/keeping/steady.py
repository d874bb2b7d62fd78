"""A clock that is far ahead must not erase: retention waits where time made a leap since it last looked."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.evidence.keeping.disposals import ITSELF
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.store import tables as t

#: When retention last looked at the clock, and from when on it may go on after a leap.
_LOOKED, _FROM = "retention_looked", "retention_from"
#: It looks every hour: a longer step, either way, means that the machine was off or that its clock was set.
_LEAP = timedelta(days=1)

log = get("retention")


def goes_on(session: Session, now: datetime) -> bool:
    """Look at the clock: whether time went on normally, or somebody said since that the clock is right."""
    # Before its first look: since there is something to erase. What others wrote last says nothing of time
    # that passed, because any job may have run after a leap before this one.
    last = _moment(session, _LOOKED) or session.scalar(select(func.min(t.Comment.first_seen_at)))
    _write(session, _LOOKED, now)
    if last is not None and abs(now - last) > _LEAP:
        _write(session, _FROM, now + _LEAP)
        facts = {"looked_last": last.isoformat(), "waits_until": (now + _LEAP).isoformat()}
        audit.record(session, ITSELF, "retention_waits", "retention", None, now=now, detail=facts)
        log.warning("retention_waits", **facts)
    return waits_until(session, now) is None


def waits_until(session: Session, now: datetime) -> datetime | None:
    """Until when retention waits because time made a leap; None where it does not."""
    until = _moment(session, _FROM)
    return until if until is not None and until > now else None


def confirm(session: Session, actor: Actor, now: datetime) -> None:
    """Somebody looked at the clock and says that it is right: retention waits no longer.

    Raises:
        Conflict: it does not wait.
    """
    if waits_until(session, now) is None:
        raise Conflict("Retention is not waiting for anybody.", safe="Nothing was changed.")
    _write(session, _LOOKED, now)
    _write(session, _FROM, now)
    audit.record(session, actor, "retention_goes_on", "retention", None, now=now)


def _moment(session: Session, name: str) -> datetime | None:
    row = session.get(t.Schedule, name)
    return None if row is None else row.last_due_at


def _write(session: Session, name: str, moment: datetime) -> None:
    session.merge(t.Schedule(name=name, last_due_at=moment))
