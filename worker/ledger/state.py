"""How the ledger is now: its head, what waits, and what a person must look at (promise 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.ledger.checkpoints import Signed, newest
from worker.ledger.publishing import missed_since, places
from worker.settings_evidence import Ledger
from worker.store.tables import Audit, LedgerEntry, LedgerHead, Publication

#: Publishing that is due may take so long before it is a problem.
_PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Lag:
    """Audit rows that are not in the ledger yet.

    Attributes:
        since: when the oldest of them was written, or None.
    """

    waiting: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The ledger as it is now.

    Attributes:
        root: in hex; None before anything was appended, like `appended_at`.
        checkpoint: the newest.
        published: for each place the size of the last checkpoint it was handed, and when.
    """

    size: int
    root: str | None
    appended_at: datetime | None
    lag: Lag
    checkpoint: Signed | None
    published: Mapping[str, tuple[int, datetime]]


def lag(session: Session) -> Lag:
    """How many audit rows wait for their place, and since when."""
    statement = (
        select(func.count(), func.min(Audit.at))
        .select_from(LedgerEntry)
        .join(Audit, Audit.id == LedgerEntry.audit_id)
        .where(LedgerEntry.position.is_(None))
    )
    count, since = session.execute(statement).one()
    return Lag(count, since)


def show(session: Session) -> Shown:
    """The ledger as it is now."""
    head = session.scalars(select(LedgerHead)).one_or_none()
    last = session.execute(
        select(Publication.place, func.max(Publication.size), func.max(Publication.published_at))
        .group_by(Publication.place)
        .order_by(Publication.place)
    )
    return Shown(
        size=head.size if head else 0,
        root=head.root if head else None,
        appended_at=head.appended_at if head else None,
        lag=lag(session),
        checkpoint=newest(session),
        published={place: (size, at) for place, size, at in last},
    )


def problems(session: Session, settings: Ledger, now: datetime) -> Iterator[str]:
    """What status should say of the ledger, a sentence or two each; nothing where all is well."""
    late = timedelta(seconds=settings.late_after_seconds)
    waits = lag(session)
    if waits.since is not None and now - waits.since > late:
        yield (
            f"The ledger lacks {waits.waiting} of the newest audit rows, the oldest since"
            f" {for_people(waits.since)}: nothing would show if they were changed. Look at the worker's log."
        )
    since = _unsigned_since(session)
    if since is not None and now - since > late + timedelta(seconds=2 * settings.checkpoint_seconds):
        yield (
            f"The ledger has had no signed checkpoint since {for_people(since)}."
            " See whether `upstander keys show` finds a key, then look at the worker's log."
        )
    for place in places(settings):
        missed = missed_since(session, place)
        if missed is not None and now - missed > timedelta(minutes=settings.publish_minutes) + _PATIENCE:
            yield (
                f"The checkpoint of {for_people(missed)} was not published to {place}."
                " See that it can be reached; it is tried again."
            )


def notices(settings: Ledger) -> Iterator[str]:
    """What is as somebody chose it, and should not be forgotten."""
    if not places(settings):
        yield (
            "Checkpoints of the ledger are published nowhere (ledger.publish_dir, ledger.publish_to): nobody"
            " outside could tell if its newest entries were cut off."
        )


def _unsigned_since(session: Session) -> datetime | None:
    """When the first audit row was written that is in the ledger and under no checkpoint."""
    last = newest(session)
    since: datetime | None = session.scalar(
        select(Audit.at)
        .join(LedgerEntry, LedgerEntry.audit_id == Audit.id)
        .where(LedgerEntry.position == (last.size if last else 0))
    )
    return since
