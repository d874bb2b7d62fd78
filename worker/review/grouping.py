"""Putting cases that belong together into groups, in the transaction that opens them.

A page of comments costs a fixed number of queries, however many cases it opens, however large their groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worker.review.alike import Lead, Newcomer, same_picture, same_text
from worker.review.clocks import Clocks
from worker.store import tables as t
from worker.store.numbers import add_rows

#: A case with the wording that it stands at.
_Member = tuple[int, int]
#: Kind, what it is about, and what tells two of those apart.
_Key = tuple[str, int, int]


@dataclass(slots=True)
class _Plan:
    """Who joins which group, and who else belongs to a group if it begins with them."""

    joins: dict[_Key, list[_Member]] = field(default_factory=lambda: defaultdict(list))
    leads: dict[_Key, _Member] = field(default_factory=dict)

    def follow(self, kind: str, led: Mapping[int, Lead], cases: Sequence[Newcomer]) -> None:
        """Put cases into the groups of the leads that they are like."""
        for each in cases:
            if each.case_id in led:
                lead = led[each.case_id]
                key = (kind, lead.revision_id, 0)
                self.joins[key].append((each.case_id, each.revision_id))
                self.leads[key] = (lead.case_id, lead.revision_id)


def group_cases(
    session: Session, opened: Iterable[int], moved: Iterable[int], *, now: datetime, clocks: Clocks
) -> None:
    """Put these cases into the groups that they belong to; a group begins with its second member.

    Args:
        opened: cases that opened now: compared by author, burst, text and pictures.
        moved: cases that moved to a newer wording: compared by text and pictures.
        clocks: say how many cases in how short a time are a burst.
    """
    fresh = set(opened)
    newcomers = _newcomers(session, fresh | set(moved))
    if not newcomers:
        return
    new, plan = [each for each in newcomers if each.case_id in fresh], _Plan()
    by_author, by_post = _sorted_by(new, "author_id"), _sorted_by(new, "post_id")
    there = _there(session, by_author, by_post, since=now - clocks.pile_on_window)
    _by_author(session, by_author, there, plan)
    _by_burst(session, by_post, there, plan, now, clocks)
    plan.follow("text", same_text(session, newcomers, now=now), newcomers)
    plan.follow("picture", same_picture(session, newcomers, now=now), newcomers)
    _carry_out(session, plan, now)


def join_lead(session: Session, kind: str, case: Newcomer, lead: Lead, *, now: datetime) -> None:
    """Put one case into the group of the lead that it is like, unless it is there."""
    there = select(t.GroupMember.case_id).join(t.Group, t.Group.id == t.GroupMember.group_id)
    here = there.where(
        t.Group.kind == kind,
        t.Group.about == lead.revision_id,
        t.GroupMember.case_id == case.case_id,
        t.GroupMember.revision_id == case.revision_id,
    )
    if session.scalar(here) is not None:
        return
    plan = _Plan()
    plan.follow(kind, {case.case_id: lead}, [case])
    _carry_out(session, plan, now)


def _newcomers(session: Session, case_ids: Iterable[int]) -> list[Newcomer]:
    wanted = sorted(case_ids)
    if not wanted:
        return []
    rows = session.execute(
        select(
            t.Case.id,
            t.Case.revision_id,
            t.Comment.author_id,
            t.Comment.post_id,
            t.Comment.platform,
            t.Revision.text,
            t.Revision.media,
        )
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .join(t.Revision, t.Revision.id == t.Case.revision_id)
        .where(t.Case.id.in_(wanted))
        .order_by(t.Case.id)
    )
    return [Newcomer(*row) for row in rows]


def _by_author(
    session: Session, by_author: Mapping[int, list[_Member]], there: Mapping[_Key, int], plan: _Plan
) -> None:
    known = {about for kind, about, _ in there if kind == "author"}
    for author in by_author.keys() & known:
        plan.joins["author", author, 0] = by_author[author]
    for author, cases in _waiting(session, t.Comment.author_id, by_author.keys() - known).items():
        if len(cases) > 1:
            plan.joins["author", author, 0] = cases


def _by_burst(
    session: Session,
    by_post: Mapping[int, list[_Member]],
    there: Mapping[_Key, int],
    plan: _Plan,
    now: datetime,
    clocks: Clocks,
) -> None:
    going_on = {about: serial for kind, about, serial in there if kind == "thread"}
    for post in by_post.keys() & going_on.keys():
        plan.joins["thread", post, going_on[post]] = by_post[post]
    since = now - clocks.pile_on_window
    quiet = by_post.keys() - going_on.keys()
    for post, cases in _waiting(session, t.Comment.post_id, quiet, t.Case.opened_at > since).items():
        if len(cases) >= clocks.pile_on_cases:
            plan.joins["thread", post, min(cases)[0]] = cases


def _sorted_by(new: Sequence[Newcomer], name: str) -> dict[int, list[_Member]]:
    found: dict[int, list[_Member]] = defaultdict(list)
    for each in new:
        if (value := getattr(each, name)) is not None:
            found[value].append((each.case_id, each.revision_id))
    return found


def _waiting(
    session: Session, column: Any, values: Iterable[int], *conditions: Any
) -> dict[int, list[_Member]]:
    """The undecided cases of each author, or under each post, those of this transaction among them."""
    found: dict[int, list[_Member]] = defaultdict(list)
    if wanted := sorted(values):
        rows = session.execute(
            select(column, t.Case.id, t.Case.revision_id)
            .join(t.Comment, t.Comment.id == t.Case.comment_id)
            .where(column.in_(wanted), t.Case.closed_at.is_(None), *conditions)
        )
        for value, case_id, revision_id in rows:
            found[value].append((case_id, revision_id))
    return found


def _there(
    session: Session, authors: Iterable[int], posts: Iterable[int], *, since: datetime
) -> dict[_Key, int]:
    """The groups of these authors, and the bursts under these posts that go on."""
    by_author = and_(t.Group.kind == "author", t.Group.about.in_(sorted(authors)))
    going_on = and_(t.Group.kind == "thread", t.Group.about.in_(sorted(posts)), t.Group.grown_at > since)
    return _numbers(session, or_(by_author, going_on))


def _numbers(session: Session, condition: ColumnElement[bool]) -> dict[_Key, int]:
    rows = session.execute(select(t.Group.kind, t.Group.about, t.Group.serial, t.Group.id).where(condition))
    return {(kind, about, serial): number for kind, about, serial, number in rows}


def _carry_out(session: Session, plan: _Plan, now: datetime) -> None:
    if not plan.joins:
        return
    ids, begun = _groups(session, sorted(plan.joins), now)
    rows = [
        {"group_id": ids[key], "case_id": case_id, "revision_id": revision_id, "added_at": now}
        for key, cases in sorted(plan.joins.items())
        for case_id, revision_id in [*([plan.leads[key]] if key in begun & plan.leads.keys() else []), *cases]
    ]
    add_rows(session, t.GroupMember, rows)
    # One by one in the order of their numbers: two pages that add to the same groups wait in turn.
    session.execute(update(t.Group), [{"id": number, "grown_at": now} for number in sorted(ids.values())])


def _groups(session: Session, keys: Sequence[_Key], now: datetime) -> tuple[dict[_Key, int], set[_Key]]:
    """The groups of these keys, begun where they are not there, and the keys of those that were begun."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    rows = [
        {"kind": kind, "about": about, "serial": serial, "opened_at": now, "grown_at": now}
        for kind, about, serial in keys
    ]
    columns = (t.Group.kind, t.Group.about, t.Group.serial)
    begun = session.execute(
        dialect.insert(t.Group)
        .values(rows)
        .on_conflict_do_nothing(index_elements=columns)
        .returning(*columns)
    )
    new = {(kind, about, serial) for kind, about, serial in begun}
    abouts = {kind: [about for each, about, _ in keys if each == kind] for kind, _, _ in keys}
    each_kind = (and_(t.Group.kind == kind, t.Group.about.in_(found)) for kind, found in abouts.items())
    there = _numbers(session, or_(*each_kind))
    return {key: there[key] for key in keys}, new
