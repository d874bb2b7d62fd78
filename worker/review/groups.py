"""Groups as people see them: which there are, and what is in one. What somebody was shown is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.evidence_state import evidence_states
from worker.review.order import BY_RANK, ORDER
from worker.store import tables as t
from worker.store.numbers import add_rows

_TOKEN_LENGTH = 16
#: What the members of a group share, in words before what it is.
_SHARED = {
    "author": "all by",
    "text": "all much like the text of case",
    "picture": "all with the picture of case",
    "thread": "a burst under the post",
}
#: The same where the case that they are like is not for whoever looks.
_UNNAMED = {"text": "all with much the same text", "picture": "all with much the same picture"}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with at least two cases that wait, without their words.

    Attributes:
        about: what its cases share, in words.
        waiting: how many of its cases wait for a decision.
        severity: the highest of these.
        due_at: when the first of them is due.
    """

    group_id: int
    kind: str
    about: str
    waiting: int
    severity: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A case of a group, with the words that it stands at.

    Attributes:
        author: the handle, else the name, else the platform's id.
        evidence: sealed, pending, destroyed or missing.
        claimed_by: whose live claim.
    """

    case_id: int
    revision_id: int
    author: str | None
    severity: str
    state: str
    evidence: str
    claimed_by: str | None
    text: str | None
    platform: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """What somebody is shown of a group.

    Attributes:
        token: names exactly this list; deciding on it decides on nothing else.
        more: how many waiting members are not in the list.
    """

    group_id: int
    kind: str
    about: str
    token: str
    members: tuple[Member, ...]
    more: int


def group_rows(session: Session, *, seen: ColumnElement[bool], limit: int) -> tuple[GroupRow, ...]:
    """The groups in which at least two cases wait, that with the most severe first.

    Args:
        seen: the SQL that holds of the cases that whoever looks may see; no other counts.
    """
    worst, waiting = func.min(t.Case.severity_rank), func.count(t.Case.id)
    rows = session.execute(
        _waiting(seen)
        .with_only_columns(
            t.Group.id,
            t.Group.kind,
            t.Group.about,
            waiting.label("waiting"),
            worst.label("worst"),
            func.min(t.Case.due_at).label("due_at"),
        )
        .group_by(t.Group.id, t.Group.kind, t.Group.about)
        .having(waiting > 1)
        .order_by(worst, waiting.desc(), t.Group.id)
        .limit(limit)
    ).all()
    about = _in_words(session, [(row.kind, row.about) for row in rows], seen)
    return tuple(
        GroupRow(
            row.id,
            row.kind,
            about[row.kind, row.about],
            row.waiting,
            BY_RANK[row.worst],
            row.due_at,
        )
        for row in rows
    )


def show_group(
    session: Session, actor: Actor, group_id: int, *, seen: ColumnElement[bool], limit: int, now: datetime
) -> GroupView:
    """The waiting members of a group, in the queue's order. The look is audited for each, and kept.

    Raises:
        NotFound: there is no such group, or it holds no case that whoever looks may see.
    """
    group = session.get(t.Group, group_id)
    theirs = select(t.GroupMember.case_id).join(t.Case, t.Case.id == t.GroupMember.case_id)
    theirs = theirs.where(t.GroupMember.group_id == group_id, seen)
    if group is None or session.scalar(theirs.limit(1)) is None:
        raise NotFound(f"There is no group {group_id}.", do="`upstander queue groups` shows them.")
    members, total = _members(session, group_id, seen, limit, now)
    pairs = [(each.case_id, each.revision_id) for each in members]
    token = token_of(group_id, pairs)
    _keep(session, actor, group_id, token, pairs, now)
    about = _in_words(session, [(group.kind, group.about)], seen)[group.kind, group.about]
    return GroupView(group_id, group.kind, about, token, members, total - len(members))


def token_of(group_id: int, pairs: Sequence[tuple[int, int]]) -> str:
    """The name of a list of cases in their wordings."""
    listed = ",".join(f"{case_id}:{revision_id}" for case_id, revision_id in sorted(pairs))
    return hashlib.sha256(f"{group_id}/{listed}".encode()).hexdigest()[:_TOKEN_LENGTH]


def shown_pairs(
    session: Session, actor: Actor, group_id: int, token: str | None
) -> tuple[tuple[int, int], ...]:
    """What this person was shown of a group.

    Args:
        token: of one list that they were shown; None for all that they were ever shown.

    Raises:
        NotFound: they were never shown such a list.
    """
    showings = select(t.GroupShowing.pairs).where(
        t.GroupShowing.group_id == group_id, t.GroupShowing.person_id == actor.person_id
    )
    if token is not None:
        showings = showings.where(t.GroupShowing.token == token)
    lists = session.scalars(showings.order_by(t.GroupShowing.id)).all()
    if not lists:
        raise NotFound(
            f"You were not shown that list of group {group_id}.",
            safe="Nothing was decided.",
            do=f"Look at it first: `upstander queue group {group_id}`.",
        )
    return tuple(dict.fromkeys((case_id, revision_id) for pairs in lists for case_id, revision_id in pairs))


def _waiting(seen: ColumnElement[bool]) -> Select[Any]:
    """Groups joined with their members that wait. By its words a case belongs only while it says them."""
    lasting = t.Group.kind.in_(("author", "thread"))
    return (
        select(t.Case)
        .select_from(t.GroupMember)
        .join(t.Group, t.Group.id == t.GroupMember.group_id)
        .join(t.Case, t.Case.id == t.GroupMember.case_id)
        .where(
            t.Case.closed_at.is_(None), or_(lasting, t.GroupMember.revision_id == t.Case.revision_id), seen
        )
    )


def _members(
    session: Session, group_id: int, seen: ColumnElement[bool], limit: int, now: datetime
) -> tuple[tuple[Member, ...], int]:
    waiting = _waiting(seen).where(t.Group.id == group_id)
    total = session.scalar(waiting.with_only_columns(func.count())) or 0
    rows = session.execute(
        waiting.with_only_columns(
            t.Case.id,
            t.Case.comment_id,
            t.Case.revision_id,
            t.Case.severity,
            t.Case.state,
            func.coalesce(t.Author.handle, t.Author.name, t.Author.external_id).label("author"),
            t.Person.name.label("claimed_by"),
            t.Revision.text,
            t.Comment.platform,
        )
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .join(t.Revision, t.Revision.id == t.Case.revision_id)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .outerjoin(t.Claim, and_(t.Claim.case_id == t.Case.id, t.Claim.until > now))
        .outerjoin(t.Person, t.Person.id == t.Claim.person_id)
        .order_by(*ORDER)
        .limit(limit)
    ).all()
    evidence = evidence_states(session, [(row.comment_id, row.revision_id) for row in rows])
    members = tuple(
        Member(
            row.id,
            row.revision_id,
            row.author,
            row.severity,
            row.state,
            evidence.get((row.comment_id, row.revision_id), "missing"),
            row.claimed_by,
            row.text,
            row.platform,
        )
        for row in rows
    )
    return members, total


def _keep(
    session: Session,
    actor: Actor,
    group_id: int,
    token: str,
    pairs: Sequence[tuple[int, int]],
    now: datetime,
) -> None:
    showing = {
        "group_id": group_id,
        "person_id": actor.person_id,
        "token": token,
        "pairs": [list(pair) for pair in pairs],
        "shown_at": now,
    }
    add_rows(session, t.GroupShowing, [showing])
    shown = [case_id for case_id, _ in pairs]
    session.execute(
        update(t.Case).where(t.Case.id.in_(shown), t.Case.viewed_at.is_(None)).values(viewed_at=now)
    )
    audit.record(
        session, actor, "viewed", "group", group_id, now=now, detail={"token": token, "cases": shown}
    )
    for case_id, revision_id in pairs:
        detail = {"revision_id": revision_id, "group_id": group_id}
        audit.record(session, actor, "viewed", "case", case_id, now=now, detail=detail)


def _in_words(
    session: Session, groups: Sequence[tuple[str, int]], seen: ColumnElement[bool]
) -> dict[tuple[str, int], str]:
    """What the members of each group share. A case is named to those who may see it."""
    wanted: dict[str, list[int]] = {}
    for kind, about in groups:
        wanted.setdefault(kind, []).append(about)
    authors = select(t.Author.id, func.coalesce(t.Author.handle, t.Author.name, t.Author.external_id))
    posts = select(t.Post.id, func.coalesce(t.Post.permalink, t.Post.external_id))
    names: dict[tuple[str, int], object] = {}
    for kind, query, column in (("author", authors, t.Author.id), ("thread", posts, t.Post.id)):
        for number, name in session.execute(query.where(column.in_(wanted.get(kind, ())))):
            names[kind, number] = name
    for kind in ("text", "picture"):
        leads = (
            select(t.GroupMember.revision_id, t.GroupMember.case_id)
            .join(t.Case, t.Case.id == t.GroupMember.case_id)
            .where(t.GroupMember.revision_id.in_(wanted.get(kind, ())), seen)
        )
        for number, case_id in session.execute(leads):
            names[kind, number] = case_id
    return {
        (kind, about): _UNNAMED[kind]
        if kind in _UNNAMED and (kind, about) not in names
        else f"{_SHARED[kind]} {names.get((kind, about), about)}"
        for kind, about in groups
    }
