"""Calls about immediate danger as people follow them: who was called, who took it, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from worker.clock import Clock
from worker.ledger.audit import Actor
from worker.review.access import visible_to
from worker.review.rights import Right, require
from worker.store import tables as t
from worker.store.session import Store

#: A call that was taken is shown for so long, and no more calls than this at a time.
_LATELY, _MOST = timedelta(days=2), 50
#: Of one call so many of the newest tries are told; it may have gone on for days.
_TRIES = 8


@dataclass(frozen=True, slots=True)
class CallTry:
    """One try to reach somebody.

    Attributes:
        channel: email or webhook.
        person: who was to be reached; None where it was nobody in particular.
        fault: why it was not sent; None where it was.
    """

    turn: int
    channel: str
    person: str | None
    at: datetime
    fault: str | None


@dataclass(frozen=True, slots=True)
class CallView:
    """One call about a case, which is called about again and again until somebody takes it.

    Attributes:
        taken_by, taken_at: who took it, and when; None while it still calls.
        lasted: from its beginning until it was taken, or until now.
        tries: the newest tries, the newest first.
    """

    case_id: int
    platform: str
    account: str
    severity: str
    began_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    lasted: timedelta
    tries: tuple[CallTry, ...]


@dataclass(frozen=True)
class Escalations:
    """The stage that tells of calls about danger."""

    store: Store
    clock: Clock

    def calls(self, actor: Actor) -> tuple[CallView, ...]:
        """The calls that nobody took yet, then those taken lately, about cases that the actor may see.

        Raises:
            NotAllowed: the actor may not see the queue.
        """
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, "page")
        now = self.clock.now()
        calling = t.Page.state == "calling"
        with self.store.read() as session:
            taker = aliased(t.Person)
            rows = session.execute(
                select(t.Page, t.Case.severity, t.Comment.platform, t.Account.handle, taker.name)
                .join(t.Case, t.Case.id == t.Page.case_id)
                .join(t.Comment, t.Comment.id == t.Case.comment_id)
                .join(t.Account, t.Account.id == t.Comment.account_id)
                .outerjoin(taker, taker.id == t.Page.acknowledged_by)
                .where(visible_to(session, actor), or_(calling, t.Page.acknowledged_at > now - _LATELY))
                .order_by(~calling, t.Page.began_at, t.Page.id)
                .limit(_MOST)
            ).all()
            tries = _tries(session, [page.id for page, *_ in rows])
        return tuple(
            CallView(
                case_id=page.case_id,
                platform=platform,
                account=account,
                severity=severity,
                began_at=page.began_at,
                taken_by=name,
                taken_at=page.acknowledged_at,
                lasted=(page.acknowledged_at or now) - page.began_at,
                tries=tries.get(page.id, ()),
            )
            for page, severity, platform, account, name in rows
        )


def _tries(session: Session, page_ids: Sequence[int]) -> Mapping[int, tuple[CallTry, ...]]:
    rows = session.execute(
        select(t.PageSending, t.Person.name)
        .outerjoin(t.Person, t.Person.id == t.PageSending.person_id)
        .where(t.PageSending.page_id.in_(page_ids))
        .order_by(t.PageSending.id.desc())
        .limit(_MOST * _TRIES)
    )
    found: dict[int, tuple[CallTry, ...]] = {}
    for row, name in rows:
        told = found.get(row.page_id, ())
        if len(told) < _TRIES:
            found[row.page_id] = (*told, CallTry(row.turn, row.channel, name, row.at, row.fault))
    return found
