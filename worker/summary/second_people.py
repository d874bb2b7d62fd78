"""What waits for a second person or for a person's hands, and the switches that hold actions up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.review.kinds import words_of
from worker.review.switches import DRY_RUN, EVERYTHING, STOP, turned_on
from worker.store import tables as t
from worker.summary import words
from worker.summary.about_cases import OfCase

#: A deletion or a block that nobody looks at for longer than this is held up.
_PATIENCE = timedelta(hours=1)
#: The command that shows requests to those who may see the case.
FOUND_WITH = "upstander act list --as NAME"


def action_problems(session: Session, now: datetime) -> Iterator[str | OfCase]:
    """One or two sentences for each thing about actions that a person has to see to."""
    waiting = _number(session, t.RequestedAction.state == "requested")
    for each in turned_on(session):
        if each.switch == STOP:
            what = "All actions" if each.setting == EVERYTHING else "Actions that take something away"
            where, who = words.clean(each.account or "all accounts"), words.clean(each.person)
            yield (
                f"{what} on {where} are stopped since {for_people(each.since)}, by {who}."
                f" Requests that wait in all: {waiting}. `upstander act go` lets them go on."
            )
    late = select(t.RequestedAction).where(
        t.RequestedAction.state == "awaiting_approval", t.RequestedAction.requested_at < now - _PATIENCE
    )
    for row in session.scalars(late.order_by(t.RequestedAction.id)):
        yield OfCase(
            row.case_id,
            f"Case {row.case_id}: the request to {words_of(row.kind)} waits for a second person since"
            f" {for_people(row.requested_at)}: `upstander act approve {row.id}`, or refuse it.",
            FOUND_WITH,
        )
    by_hand = select(t.RequestedAction).where(t.RequestedAction.state == "by_hand")
    for row in session.scalars(by_hand.order_by(t.RequestedAction.id)):
        yield OfCase(
            row.case_id,
            f"Case {row.case_id}: somebody has to {words_of(row.kind)} by hand, in the platform's own app."
            f" The steps are in `upstander queue show {row.case_id}`; then `upstander act done {row.id}`.",
            FOUND_WITH,
        )


def action_notices(session: Session) -> Iterator[str]:
    """What somebody chose, but should not be forgotten: dry runs, and what one person decided alone."""
    for each in turned_on(session):
        if each.switch == DRY_RUN:
            yield (
                f"Dry run on {words.clean(each.account or 'all accounts')} since {for_people(each.since)}, by"
                f" {words.clean(each.person)}: nothing is sent to a platform, so nothing is really hidden."
            )
    broken = select(t.Approval.requested_action_id).where(t.Approval.verdict == "broke_glass")
    reviewed = select(t.Approval.requested_action_id).where(t.Approval.verdict == "reviewed")
    alone = _number(
        session,
        t.RequestedAction.id.in_(broken),
        t.RequestedAction.id.not_in(reviewed),
        t.RequestedAction.state != "withdrawn",
    )
    if alone:
        are = "was" if alone == 1 else "were"
        yield (
            f"{words.counted(alone, 'action')} {are} decided by one person alone, and no other looked at it"
            " yet: `upstander act review`."
        )


def _number(session: Session, *conditions: object) -> int:
    found = select(func.count()).select_from(t.RequestedAction).where(*conditions)  # type: ignore[arg-type]  # SQL conditions
    return session.scalar(found) or 0
