"""Pile-ons: many cases under one post within a short time, those that go on and those that were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from worker.review.access import standing_conflicts
from worker.review.clocks import Clocks
from worker.review.reckoning import pile_ons
from worker.store import tables as t
from worker.summary import words

#: The newest so many are told of.
MOST = 50


@dataclass(frozen=True, slots=True)
class PileOn:
    """One burst of cases under one post.

    Attributes:
        group_id: the group that holds its cases.
        account: the Trust's own handle.
        cases: how many of its cases nobody is kept from.
        began, grew: when it was noticed, and when its last case came.
        goes_on: whether so many cases came within the last while that it is one now.
    """

    group_id: int
    post_id: int
    platform: str
    account: str
    cases: int
    began: datetime
    grew: datetime
    goes_on: bool


def read_pile_ons(session: Session, clocks: Clocks, since: datetime, now: datetime) -> tuple[PileOn, ...]:
    """The pile-ons that grew since a moment, the newest first, at most `MOST`.

    A post is named here: cases that somebody is kept from do not count, and no pile-on shows by them alone.
    """
    open_to_all = _open_to_all()
    going_on = pile_ons(session, clocks=clocks, now=now, among=open_to_all)
    members = func.count(t.GroupMember.case_id.distinct())
    rows = session.execute(
        select(t.Group, t.Account.platform, t.Account.handle, members.label("cases"))
        .join(t.Post, t.Post.id == t.Group.about)
        .join(t.Account, t.Account.id == t.Post.account_id)
        .join(t.GroupMember, t.GroupMember.group_id == t.Group.id)
        .join(t.Case, t.Case.id == t.GroupMember.case_id)
        .where(t.Group.kind == "thread", t.Group.grown_at >= since, open_to_all)
        .group_by(t.Group.id, t.Account.platform, t.Account.handle)
        .having(members >= clocks.pile_on_cases)
        .order_by(t.Group.grown_at.desc(), t.Group.id.desc())
        .limit(MOST)
    )
    window = clocks.pile_on_window
    return tuple(
        PileOn(
            group_id=group.id,
            post_id=group.about,
            platform=platform,
            account=words.clean(handle),
            cases=cases,
            began=group.opened_at,
            grew=group.grown_at,
            goes_on=group.about in going_on and group.grown_at > now - window,
        )
        for group, platform, handle, cases in rows
    )


def _open_to_all() -> ColumnElement[bool]:
    """The SQL that holds of the cases that neither a restriction nor a conflict keeps from anybody."""
    return and_(t.Case.restriction.is_(None), t.Case.id.not_in(standing_conflicts()))
