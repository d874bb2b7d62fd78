"""What stands in the way of destroying what is kept about one comment. Asked again at every step.

Everything about one comment goes together: its cases share their snapshots (an action of one case may rest
on the snapshot of another), and what it said before is part of what it says now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from worker.clock import for_people
from worker.evidence.keeping.periods import ENDED, Period, gone_by, kept_as, period_of
from worker.review.history import latest_decision
from worker.settings_evidence import Retention
from worker.store import tables as t

#: States of a requested action of which more may come.
_UNFINISHED = ("awaiting_approval", "requested", "by_hand")


@dataclass(frozen=True, slots=True)
class Fate:
    """How long the cases of one comment are kept, and what keeps them beyond that.

    Attributes:
        cases: all cases of the comment, the oldest first.
        periods: of each case that has ended, by its id.
        gone_by: by when it must be gone before its period is over (deleted on X), or None.
        obstacles: what stands in the way of destroying them now, in words; nothing where their time is up.
    """

    comment_id: int
    cases: Sequence[t.Case]
    periods: dict[int, Period]
    gone_by: datetime | None
    obstacles: tuple[str, ...]

    def period(self, case_id: int) -> Period:
        """What a disposal of this case says: it goes when the last of the comment's cases may go."""
        if self.gone_by is not None:
            return Period("deleted_on_x", self.gone_by)
        longest = max(period.due_at for period in self.periods.values())
        return Period(self.periods[case_id].retention_class, longest)


def fate_of(session: Session, comment: t.Comment, retention: Retention, now: datetime) -> Fate:
    """Look at everything that could keep what is stored about a comment."""
    cases = session.scalars(select(t.Case).where(t.Case.comment_id == comment.id).order_by(t.Case.id)).all()
    periods: dict[int, Period] = {}
    undecided: list[str] = []
    for case in cases:
        period = _period(session, case, retention)
        if period is not None:
            periods[case.id] = period
        elif case.state == "routed":
            undecided.append(f"the matter of case {case.id} is not closed yet")
        else:
            undecided.append(f"nobody has decided on case {case.id} yet")
    sooner = gone_by(comment, retention)
    upheld = any(period.retention_class != "not_upheld" for period in periods.values())
    if upheld or all(period.due_at <= now for period in periods.values()):
        sooner = None  # an upheld case outlives its author's deletion; what is due is due anyway
    obstacles = [
        *undecided,
        *(_not_due(periods, now) if sooner is None else ()),
        *_held(session, comment),
        *_unfinished(session, comment),
        *_exports(session, [case.id for case in cases]),
        *_suspected(session, comment),
    ]
    return Fate(comment.id, cases, periods, sooner, tuple(obstacles))


def context_of(comment: t.Comment) -> ColumnElement[bool]:
    """The comments that this one answers, or that answer it."""
    near = t.Comment.parent_external_id == comment.external_id
    if comment.parent_external_id is not None:
        near = or_(near, t.Comment.external_id == comment.parent_external_id)
    return (t.Comment.platform == comment.platform) & near & (t.Comment.id != comment.id)


def hold_with_context(session: Session, case_id: int) -> None:
    """Hold the comment of a case and its context until this transaction ends.

    Whoever holds or decides a case has its comment: so they wait for a destruction of what stands around it,
    and a destruction for them. In one order, so that no two wait for each other.
    """
    own = session.scalar(
        select(t.Comment).join(t.Case, t.Case.comment_id == t.Comment.id).where(t.Case.id == case_id)
    )
    if own is None:
        return
    around = select(t.Comment.id).where(context_of(own)).order_by(t.Comment.id)
    session.execute(around.where(t.Comment.id < own.id).with_for_update(key_share=True)).all()
    session.execute(select(t.Comment.id).where(t.Comment.id == own.id).with_for_update()).all()
    session.execute(around.where(t.Comment.id > own.id).with_for_update(key_share=True)).all()


def _period(session: Session, case: t.Case, retention: Retention) -> Period | None:
    """How long a case is kept from its end on; None while it has not ended."""
    if case.state == "closed":
        closing = session.get_one(t.HandInClosing, case.id)
        return kept_as(closing.retention_class, closing.closed_at, retention)
    decision = latest_decision(session, case.id) if case.state == "decided" else None
    return None if decision is None else period_of(decision, retention)


def _not_due(periods: dict[int, Period], now: datetime) -> list[str]:
    return [
        f"case {case_id} is kept until {for_people(period.due_at)}"
        for case_id, period in periods.items()
        if period.due_at > now
    ]


def _held(session: Session, comment: t.Comment) -> list[str]:
    """Legal holds on its cases; and cases, held or undecided, whose context it is."""
    own = session.scalars(
        select(t.Case.id)
        .join(t.Hold, t.Hold.case_id == t.Case.id)
        .where(t.Case.comment_id == comment.id, t.Hold.released_at.is_(None))
        .order_by(t.Case.id)
    )
    other = aliased(t.Hold)
    context = session.scalars(
        select(t.Case.id)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .outerjoin(other, (other.case_id == t.Case.id) & other.released_at.is_(None))
        .where(context_of(comment), or_(t.Case.state.not_in(ENDED), other.id.is_not(None)))
        .order_by(t.Case.id)
    )
    return [
        *(f"case {case_id} is under a legal hold" for case_id in own),
        *(f"it is context of case {case_id}, which is held or not decided" for case_id in context),
    ]


def _unfinished(session: Session, comment: t.Comment) -> list[str]:
    requests = session.scalars(
        select(t.RequestedAction.id)
        .where(t.RequestedAction.comment_id == comment.id, t.RequestedAction.state.in_(_UNFINISHED))
        .order_by(t.RequestedAction.id)
    )
    actions = session.scalars(
        select(t.Action.id)
        .where(t.Action.comment_id == comment.id, t.Action.state == "started")
        .order_by(t.Action.id)
    )
    pending = session.scalars(
        select(t.Snapshot.id)
        .where(t.Snapshot.comment_id == comment.id, t.Snapshot.state == "pending")
        .order_by(t.Snapshot.id)
    )
    return [
        *(f"requested action {each} is not finished" for each in requests),
        *(f"action {each} is not finished" for each in actions),
        *(f"snapshot {each} waits to be sealed" for each in pending),
    ]


def _exports(session: Session, case_ids: Sequence[int]) -> list[str]:
    waiting = session.scalars(
        select(t.Export.id)
        .join(t.ExportCase, t.ExportCase.export_id == t.Export.id)
        .where(t.ExportCase.case_id.in_(case_ids), t.Export.state.in_(("asked", "approved")))
        .distinct()
        .order_by(t.Export.id)
    )
    return [f"export {each} was asked for and is not made yet" for each in waiting]


def _suspected(session: Session, comment: t.Comment) -> list[str]:
    marked = select(t.Mark.id).where(t.Mark.comment_id == comment.id, t.Mark.mark == "suspected_csam")
    if session.scalar(marked.limit(1)) is None:
        return []
    return ["it is marked as suspected child sexual abuse imagery, which Upstander never destroys"]
