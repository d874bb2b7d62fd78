"""What is held of an author, in numbers: on our own accounts, by platform id and handle, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, distinct, func, or_, select
from sqlalchemy.orm import Session, aliased

from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class Found:
    """One author of that handle.

    Attributes:
        comments: what they wrote on our accounts, as comments; `wordings` counts edits too.
        erased: wordings whose words are not kept any more.
        cases: by state. `restricted` of them are for named roles only, `held` are under a legal hold.
        decisions: about their comments, corrected ones too.
        actions: what was carried out against or for them, by kind.
        blocked: whether a block that we asked for stands.
        appeals: against decisions about their comments.
    """

    author_id: int
    platform: str
    external_id: str
    handle: str | None
    name: str | None
    first_seen_at: datetime
    comments: int
    wordings: int
    erased: int
    cases: Mapping[str, int]
    restricted: int
    held: int
    decisions: int
    actions: Mapping[str, int]
    blocked: bool
    appeals: int


def plain_handle(handle: str) -> str:
    """A handle without the sign that some write before it."""
    return handle.strip().removeprefix("@").strip()


def authors_of(session: Session, handle: str, platform: str | None) -> Sequence[t.Author]:
    """The authors whom the platforms gave us under a handle or id; no other place is asked.

    Args:
        platform: only there; None for everywhere.
    """
    wanted = plain_handle(handle)
    query = select(t.Author).where(
        or_(func.lower(t.Author.handle) == wanted.lower(), t.Author.external_id == wanted)
    )
    if platform is not None:
        query = query.where(t.Author.platform == platform)
    return session.scalars(query.order_by(t.Author.platform, t.Author.id)).all()


def found(session: Session, author: t.Author) -> Found:
    """Count what is held of one author."""
    theirs = select(t.Comment.id).where(t.Comment.author_id == author.id)
    cases = select(t.Case.id).where(t.Case.comment_id.in_(theirs))
    wordings = select(func.count()).where(t.Revision.comment_id.in_(theirs))
    held = select(func.count(distinct(t.Hold.case_id))).where(
        t.Hold.case_id.in_(cases), t.Hold.released_at.is_(None)
    )
    actions = (
        select(t.RequestedAction.kind, func.count())
        .where(t.RequestedAction.comment_id.in_(theirs), t.RequestedAction.state == "carried_out")
        .group_by(t.RequestedAction.kind)
        .order_by(t.RequestedAction.kind)
    )
    states = select(t.Case.state, func.count()).where(t.Case.comment_id.in_(theirs)).group_by(t.Case.state)
    return Found(
        author_id=author.id,
        platform=author.platform,
        external_id=author.external_id,
        handle=author.handle,
        name=author.name,
        first_seen_at=author.first_seen_at,
        comments=_number(session, select(func.count()).where(t.Comment.author_id == author.id)),
        wordings=_number(session, wordings),
        erased=_number(session, wordings.where(t.Revision.erased_at.is_not(None))),
        cases=_counted(session, states),
        restricted=_number(
            session, select(func.count()).where(t.Case.id.in_(cases), t.Case.restriction.is_not(None))
        ),
        held=_number(session, held),
        decisions=_number(session, select(func.count()).where(t.Decision.case_id.in_(cases))),
        actions=_counted(session, actions),
        blocked=_blocked(session, theirs),
        appeals=_number(session, select(func.count()).where(t.Appeal.case_id.in_(cases))),
    )


def _blocked(session: Session, theirs: Select[int]) -> bool:
    block, later = t.RequestedAction, aliased(t.RequestedAction)
    lifted = select(later.id).where(
        later.comment_id.in_(theirs),
        later.kind == "unblock",
        later.state == "carried_out",
        later.id > block.id,
    )
    standing = select(block.id).where(
        block.comment_id.in_(theirs), block.kind == "block", block.state == "carried_out", ~lifted.exists()
    )
    return session.scalar(standing.limit(1)) is not None


def _number(session: Session, query: Select[Any]) -> int:
    return int(session.scalar(query) or 0)


def _counted(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {name: int(count) for name, count in session.execute(query)}
