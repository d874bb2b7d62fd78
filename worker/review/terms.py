"""The terms of a block: the warning that came before it or why none did, and when it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.errors import NotFound
from worker.ledger.audit import Actor
from worker.review.errors import DecisionIncomplete
from worker.store import tables as t

#: No block goes on for longer without somebody looking at it again.
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a block, before they are written.

    Attributes:
        warning: what the author was told before, and `warned_at` when; or else
        no_warning_because: why nobody warned them.
        review_at: when somebody looks at it again; None: as late as the settings allow.
    """

    warning: str | None = None
    warned_at: datetime | None = None
    no_warning_because: str | None = None
    review_at: datetime | None = None

    def by(self, now: datetime, days: int) -> Terms:
        """These terms, with the day of the review after so many days where nobody named one."""
        return replace(self, review_at=self.review_at or now + timedelta(days=days))

    def check(self, now: datetime) -> None:
        """Refuse terms that are not whole.

        Raises:
            DecisionIncomplete: with what is missing.
        """
        warned, because = bool((self.warning or "").strip()), bool((self.no_warning_because or "").strip())
        if warned == because:
            raise incomplete("A block needs the warning that was given before, or why none was: one of both.")
        if warned and (self.warned_at is None or self.warned_at > now):
            raise incomplete("Say when the author was warned, in the past.")
        _check_review(self.review_at, now)


def write_terms(
    session: Session,
    actor: Actor,
    requested_action_id: int,
    terms: Terms,
    *,
    now: datetime,
    reason: str | None = None,
) -> t.BlockTerms:
    """Write the terms of a block.

    Raises:
        DecisionIncomplete: they are not whole.
    """
    terms.check(now)
    row = t.BlockTerms(
        requested_action_id=requested_action_id,
        warned_at=terms.warned_at,
        warning=(terms.warning or "").strip() or None,
        no_warning_because=(terms.no_warning_because or "").strip() or None,
        review_at=terms.review_at or now + timedelta(days=MOST_DAYS),
        set_by=actor.person_id,
        set_at=now,
        reason=reason,
    )
    session.add(row)
    session.flush()
    return row


def newest_terms(session: Session, requested_action_id: int) -> t.BlockTerms:
    """The terms that count: the newest.

    Raises:
        NotFound: this block has none.
    """
    found = session.scalar(
        select(t.BlockTerms)
        .where(t.BlockTerms.requested_action_id == requested_action_id)
        .order_by(t.BlockTerms.id.desc())
        .limit(1)
    )
    if found is None:
        raise NotFound(f"Action {requested_action_id} is no block.", do="`upstander act blocks` lists them.")
    return found


def _check_review(review_at: datetime | None, now: datetime) -> None:
    latest = now + timedelta(days=MOST_DAYS)
    if review_at is not None and not now < review_at <= latest:
        raise incomplete(
            f"A block is looked at again later than now, and by {for_people(latest)} at the latest."
        )


def incomplete(happened: str) -> DecisionIncomplete:
    """A block that lacks something."""
    return DecisionIncomplete(happened, safe="Nothing was asked for.")
