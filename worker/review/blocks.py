"""Blocks: who is blocked now, and that somebody looks at it again.

Blocking is the riskiest action of all: it takes a person's voice, and ombudsmen have found fault with blocks
that came without a warning or were never looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import held_case, role_that_sees, visible_to
from worker.review.locked import locked
from worker.review.rights import Right, permitted
from worker.review.tasks import NewTask, add_task, end_task
from worker.review.terms import MOST_DAYS, Terms, incomplete, newest_terms, write_terms
from worker.store import tables as t
from worker.store.session import Store

REVIEW_TASK = "block_review"
_ITSELF = Actor(None, "blocks")
#: How a request of these states has left the platform.
DONE = ("carried_out", "outside")
#: Whose task it is, the first of these roles that the asker holds.
_WORKING_ROLES = ("senior_reviewer", "on_call_manager", "reviewer")


@dataclass(frozen=True, slots=True)
class BlockView:
    """One author who is blocked now.

    Attributes:
        requested_action_id: the request to block.
        author: as the platform names them.
        since: when it was carried out.
        approved_by: the second person; None where the asker went ahead alone.
        review_at: when somebody looks at it again; `overdue`: that time is over.
    """

    requested_action_id: int
    case_id: int
    platform: str
    account: str
    author: str
    since: datetime
    asked_by: str
    approved_by: str | None
    reason: str | None
    warning: str | None
    warned_at: datetime | None
    no_warning_because: str | None
    review_at: datetime
    overdue: bool


@dataclass(frozen=True)
class Blocks:
    """Who is blocked, and looking at it again.

    Attributes:
        review_days: how long a block goes on without a review where nobody named a day.
    """

    store: Store
    clock: Clock
    review_days: int = MOST_DAYS

    def list(self, actor: Actor) -> Sequence[BlockView]:
        """Everybody who is blocked now on cases that the actor may see, the next review first. It is audited.

        Raises:
            NotAllowed: the actor may not see the queue.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.VIEW_QUEUE, "block") as session:
            found = tuple(_views(session, visible_to(session, actor), now))
            audit.record(
                session, actor, "blocks_viewed", "block", None, now=now, detail={"shown": len(found)}
            )
        return found

    def keep(self, actor: Actor, number: int, reason: str, until: datetime | None = None) -> datetime:
        """Have a block go on after somebody looked at it again.

        Args:
            number: of the request to block.
            until: the next review; None: as late as allowed.

        Returns:
            When it is looked at again.

        Raises:
            NotAllowed: the actor may not approve actions.
            NotFound: there is no such block.
            Conflict: nobody is blocked by it now.
            DecisionIncomplete: there is no reason, or the day is too far away.
        """
        now = self.clock.now()
        with permitted(
            self.store, self.clock, actor, Right.APPROVE_ACTION, "requested_action", number
        ) as session:
            asked = _block(session, number)
            held_case(session, actor, asked.case_id)
            if (
                session.scalar(
                    select(t.RequestedAction.id).where(t.RequestedAction.id == number, *standing())
                )
                is None
            ):
                raise Conflict(f"Nobody is blocked by action {number} now.", safe="Nothing was changed.")
            if not reason.strip():
                raise incomplete("That a block goes on needs a reason.")
            before = newest_terms(session, number)
            terms = Terms(before.warning, before.warned_at, before.no_warning_because, until)
            terms = terms.by(now, self.review_days)
            row = write_terms(session, actor, number, terms, now=now, reason=reason.strip())
            end_review_tasks(session, actor, number, "It goes on.", now=now)
            facts = {
                "case_id": asked.case_id,
                "review_at": row.review_at.isoformat(),
                "reason": reason.strip(),
            }
            audit.record(session, actor, "block_kept", "requested_action", number, now=now, detail=facts)
            return row.review_at

    def schedule(self) -> int:
        """Add a task for every block whose review is due and that has none yet; how many there are."""
        now = self.clock.now()
        with self.store.read() as session:
            due = [view for view in _views(session, t.Case.id.is_not(None), now) if view.overdue]
            untold = [view for view in due if not _told(session, view.requested_action_id)]
        for view in untold:
            with self.store.write() as session:
                _ask_to_look(session, view, now)
        return len(due)


def _told(session: Session, number: int) -> bool:
    key = f"{REVIEW_TASK}:{newest_terms(session, number).id}"
    return session.scalar(select(t.Task.id).where(t.Task.key == key)) is not None


def _ask_to_look(session: Session, view: BlockView, now: datetime) -> None:
    """Add the task, unless somebody looked at it or let the author in again a moment ago."""
    locked(session, view.case_id)
    number = view.requested_action_id
    asked = session.scalar(select(t.RequestedAction).where(t.RequestedAction.id == number, *standing()))
    terms = newest_terms(session, number)
    if asked is None or terms.review_at > now:
        return
    task = NewTask(
        kind=REVIEW_TASK,
        key=f"{REVIEW_TASK}:{terms.id}",
        title=(
            f"Look again at the block of an author on {view.platform}: end it with"
            f" `upstander act unblock {view.case_id}`, or have it go on with"
            f" `upstander act keep-block {asked.id}`."
        ),
        due_at=terms.review_at,
        case_id=view.case_id,
        about=("requested_action", asked.id),
        for_role=role_of(session, asked.requested_by, asked.case_id),
    )
    add_task(session, _ITSELF, task, now=now)


def end_review_tasks(session: Session, actor: Actor, number: int, outcome: str, *, now: datetime) -> None:
    """End the tasks to look at a block again."""
    tasks = select(t.Task).where(
        t.Task.kind == REVIEW_TASK,
        t.Task.about_type == "requested_action",
        t.Task.about_id == number,
        t.Task.done_at.is_(None),
    )
    for task in session.scalars(tasks):
        end_task(session, actor, task, outcome, now=now)


def end_reviews_of_author(session: Session, actor: Actor, unblock_id: int, *, now: datetime) -> None:
    """An author was unblocked: nobody needs to look at their blocks again."""
    ended, block = aliased(t.Comment), aliased(t.Comment)
    blocks = (
        select(t.RequestedAction.id)
        .join(block, block.id == t.RequestedAction.comment_id)
        .join(ended, and_(ended.account_id == block.account_id, ended.author_id == block.author_id))
        .where(
            t.RequestedAction.kind == "block",
            ended.id
            == select(t.RequestedAction.comment_id)
            .where(t.RequestedAction.id == unblock_id)
            .scalar_subquery(),
        )
    )
    for number in session.scalars(blocks).all():
        end_review_tasks(session, actor, number, "The author was unblocked.", now=now)


def role_of(session: Session, person_id: int, case_id: int) -> str:
    """The role in which a person works cases, for tasks that are theirs or their colleagues'.

    Where that role may not see this case, another that may.
    """
    held = set(session.scalars(select(t.PersonRole.role).where(t.PersonRole.person_id == person_id)))
    theirs = [role for role in _WORKING_ROLES if role in held]
    return role_that_sees(session, case_id, *theirs[:1], "senior_reviewer")


def standing() -> tuple[ColumnElement[bool], ...]:
    """The SQL that holds of the requests because of which an author is blocked now."""
    mine, later, about = aliased(t.Comment), aliased(t.RequestedAction), aliased(t.Comment)
    after = (
        select(later.id)
        .join(about, about.id == later.comment_id)
        .join(mine, and_(mine.account_id == about.account_id, mine.author_id == about.author_id))
        .where(
            mine.id == t.RequestedAction.comment_id,
            later.id > t.RequestedAction.id,
            later.kind.in_(("block", "unblock")),
            later.state.in_(DONE),
        )
    )
    ended = after.correlate(t.RequestedAction).exists()
    return (t.RequestedAction.kind == "block", t.RequestedAction.state.in_(DONE), ~ended)


def _views(session: Session, seen: ColumnElement[bool], now: datetime) -> Sequence[BlockView]:
    asker, second = aliased(t.Person), aliased(t.Person)
    newest = (
        select(func.max(t.BlockTerms.id))
        .where(t.BlockTerms.requested_action_id == t.RequestedAction.id)
        .correlate(t.RequestedAction)
        .scalar_subquery()
    )
    approval = and_(t.Approval.requested_action_id == t.RequestedAction.id, t.Approval.verdict == "approved")
    rows = session.execute(
        select(t.RequestedAction, t.BlockTerms, t.Account, t.Author, asker.name, second.name)
        .join(t.Case, t.Case.id == t.RequestedAction.case_id)
        .join(t.Comment, t.Comment.id == t.RequestedAction.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .join(t.BlockTerms, t.BlockTerms.id == newest)
        .join(asker, asker.id == t.RequestedAction.requested_by)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .outerjoin(t.Approval, approval)
        .outerjoin(second, second.id == t.Approval.person_id)
        .where(seen, *standing())
        .order_by(t.BlockTerms.review_at, t.RequestedAction.id)
    )
    return tuple(_view(*row, now) for row in rows)


def _view(
    asked: t.RequestedAction,
    terms: t.BlockTerms,
    account: t.Account,
    author: t.Author | None,
    asker: str,
    second: str | None,
    now: datetime,
) -> BlockView:
    name = "not given" if author is None else author.handle or author.name or author.external_id
    return BlockView(
        requested_action_id=asked.id,
        case_id=asked.case_id,
        platform=account.platform,
        account=account.handle,
        author=name,
        since=asked.finished_at or asked.requested_at,
        asked_by=asker,
        approved_by=second,
        reason=asked.reason,
        warning=terms.warning,
        warned_at=terms.warned_at,
        no_warning_because=terms.no_warning_because,
        review_at=terms.review_at,
        overdue=terms.review_at <= now,
    )


def _block(session: Session, number: int) -> t.RequestedAction:
    asked = session.get(t.RequestedAction, number)
    if asked is None or asked.kind != "block":
        raise NotFound(f"Action {number} is no block.", do="`upstander act blocks` lists them.")
    return asked
