"""The queue with the cases of one group as one row, at the place of the first of them.

Only as much of the queue is gone through as a page needs. Each pass reads on past the cases that have a row
already and past the groups that these have begun, and takes twice as many cases as the one before.

What is serious is folded only with what says or shows the same: a cry for help never hides in a burst.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from worker.review.counting import Count, bounded, told
from worker.review.order import WAITING
from worker.store import tables as t

#: The kinds of groups, the closest first: a case that is in several stands for the closest.
CLOSEST = ("text", "picture", "author", "thread")
#: A case is of these groups for good; of the others only while it says what it came in with.
LASTING = ("author", "thread")
#: The ranks of severity from which on a case may stand behind another of its author or burst.
_NOT_GRAVE = 2
#: No pass reads more cases than this at once.
_STRIDE = 1_000


@dataclass(frozen=True, slots=True)
class GroupOf:
    """The group that a row of the queue stands for.

    Attributes:
        kind: what its cases share: text, picture, author, or thread (a burst under one post).
        size: how many of its cases wait that whoever looks may see, whatever is filtered.
    """

    id: int
    kind: str
    size: Count


@dataclass(frozen=True, slots=True)
class Head:
    """The case at which a row of the queue stands, and the group that the row stands for, if there is one."""

    case_id: int
    group: tuple[int, str] | None


def heads(
    session: Session, ordered: Select[int, int, int], *, seen: ColumnElement[bool], most: int
) -> list[Head]:
    """The first rows of the queue, cases of one group together. A group with one case that waits is none.

    Args:
        ordered: the SQL for case, revision and rank of severity of what is listed, in the queue's order.
        seen: the SQL that holds of the cases that whoever looks may see; no other makes a group.
        most: how many rows at most.
    """
    found: list[Head] = []
    begun: dict[int, str] = {}
    known: dict[int, bool] = {}
    stride = most
    while len(found) < most:
        unread = ordered.where(t.Case.id.not_in([each.case_id for each in found]), ~_in_any(begun))
        read = session.execute(unread.limit(stride)).all()
        cases, rank_of = [(row[0], row[1]) for row in read], {row[0]: row[2] for row in read}
        memberships = _memberships(session, cases)
        asked = {group_id for groups in memberships.values() for group_id, _ in groups} - known.keys()
        several = _several(session, asked, seen)
        known |= {group_id: group_id in several for group_id in asked}
        for case_id, _ in cases:
            groups = [each for each in memberships.get(case_id, ()) if _folds(each[1], rank_of[case_id])]
            if begun.keys() & {group_id for group_id, _ in groups}:
                continue
            group = next((each for each in groups if known[each[0]]), None)
            found.append(Head(case_id, group))
            if group is not None:
                begun[group[0]] = group[1]
        if len(cases) < stride:
            break
        stride = min(2 * stride, _STRIDE)
    return found[:most]


def sizes(session: Session, group_ids: Collection[int], seen: ColumnElement[bool]) -> dict[int, Count]:
    """How many cases of each group wait that whoever looks may see."""
    if not group_ids:
        return {}
    waiting = bounded(_members(seen).correlate(t.Group))
    rows = session.execute(select(t.Group.id, waiting).where(t.Group.id.in_(group_ids)))
    return {group_id: told(number) for group_id, number in rows}


def _folds(kind: str, rank: int) -> bool:
    """Whether a case of this rank may stand behind another of such a group."""
    return kind not in LASTING or rank >= _NOT_GRAVE


def _members(seen: ColumnElement[bool]) -> Select[int]:
    """The waiting cases of the group of the query around it."""
    return (
        select(t.GroupMember.case_id)
        .join(t.Case, t.Case.id == t.GroupMember.case_id)
        .where(
            t.GroupMember.group_id == t.Group.id,
            or_(t.Group.kind.in_(LASTING), t.GroupMember.revision_id == t.Case.revision_id),
            WAITING,
            seen,
        )
    )


def _several(session: Session, group_ids: Collection[int], seen: ColumnElement[bool]) -> frozenset[int]:
    """Those of some groups in which at least two cases wait that whoever looks may see."""
    if not group_ids:
        return frozenset()
    second = _members(seen).order_by(t.GroupMember.case_id).offset(1).limit(1).correlate(t.Group)
    found = select(t.Group.id).where(t.Group.id.in_(group_ids), second.scalar_subquery().is_not(None))
    return frozenset(session.scalars(found))


def _memberships(
    session: Session, cases: Iterable[tuple[int, int]]
) -> Mapping[int, Sequence[tuple[int, str]]]:
    """The groups that each case belongs to with these words, number and kind, the closest first."""
    words = dict(cases)
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for case_id, revision_id, group_id, kind in session.execute(
        select(t.GroupMember.case_id, t.GroupMember.revision_id, t.Group.id, t.Group.kind)
        .join(t.Group, t.Group.id == t.GroupMember.group_id)
        .where(t.GroupMember.case_id.in_(words))
    ):
        if kind in LASTING or revision_id == words[case_id]:
            found[case_id].append((group_id, kind))
    for groups in found.values():
        groups.sort(key=lambda each: (CLOSEST.index(each[1]), each[0]))
    return found


def _in_any(groups: Mapping[int, str]) -> ColumnElement[bool]:
    """The SQL that holds of the cases of some groups, given by number and kind."""
    lasting = [group_id for group_id, kind in groups.items() if kind in LASTING]
    worded = [group_id for group_id, kind in groups.items() if kind not in LASTING]
    with_words = and_(t.GroupMember.group_id.in_(worded), t.GroupMember.revision_id == t.Case.revision_id)
    member: Select[Any] = select(t.GroupMember.case_id).where(
        t.GroupMember.case_id == t.Case.id,
        or_(and_(t.GroupMember.group_id.in_(lasting), t.Case.severity_rank >= _NOT_GRAVE), with_words),
    )
    return member.correlate(t.Case).exists()
