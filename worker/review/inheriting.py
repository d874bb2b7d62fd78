"""A case about a comment that has one already, or about what comes back, is no way around who sees that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import Session

from worker.ledger.audit import Actor
from worker.review.access import standing_conflicts, standing_restrictions
from worker.review.restricting import add_conflict, tighten
from worker.store import tables as t

_INTAKE = Actor(None, "intake")
_REASON = "An earlier case about the same comment (case {case}) is restricted."
_BACK = "It brings back what case {case} is about, which is restricted."


def inherit_access(session: Session, opened: Mapping[int, int], *, now: datetime) -> None:
    """Restrict new cases for all reasons that earlier ones of their comments are; close them as those are.

    Two statements where there is nothing to inherit, however many cases opened.

    Args:
        opened: the new case of each comment, by the comment's id.
    """
    if not opened:
        return
    new = list(opened.values())
    earlier = (t.Case.comment_id.in_(list(opened)), t.Case.id.not_in(new))
    restricted = _restrictions().join(t.Case, t.Case.id == t.Restriction.case_id).where(*earlier)
    for before in session.scalars(restricted).all():
        case = session.get_one(t.Case, opened[session.get_one(t.Case, before.case_id).comment_id])
        reason = _REASON.format(case=before.case_id)
        tighten(session, _INTAKE, case, str(before.kind), reason, now=now)
    concerned = standing_conflicts().with_only_columns(t.Conflict, t.Case.comment_id)
    rows = session.execute(concerned.join(t.Case, t.Case.id == t.Conflict.case_id).where(*earlier)).all()
    for row, comment_id in rows:
        noter = Actor(row.noted_by, _INTAKE.source)
        add_conflict(session, noter, opened[comment_id], row.person_id, row.reason, now=now)


def inherit_from_first(session: Session, reposts: Mapping[int, int], *, now: datetime) -> None:
    """Restrict cases for all reasons that those are whose content they bring back; close them as those are.

    What brings back suspected child abuse imagery is suspected at once, before anybody has looked.

    Args:
        reposts: the case whose content each case brings back, by the case's id.
    """
    if not reposts:
        return
    firsts = set(reposts.values())
    restrictions = session.scalars(_restrictions().where(t.Restriction.case_id.in_(firsts))).all()
    concerned = standing_conflicts().with_only_columns(t.Conflict).where(t.Conflict.case_id.in_(firsts))
    conflicts = session.scalars(concerned).all()
    for case_id, first in sorted(reposts.items()):
        for before in restrictions:
            if before.case_id == first:
                case = session.get_one(t.Case, case_id)
                tighten(session, _INTAKE, case, str(before.kind), _BACK.format(case=first), now=now)
        for row in conflicts:
            if row.case_id == first:
                noter = Actor(row.noted_by, _INTAKE.source)
                add_conflict(session, noter, case_id, row.person_id, row.reason, now=now)


def _restrictions() -> Select[t.Restriction]:
    """All restrictions that stand, as they were noted."""
    return standing_restrictions().with_only_columns(t.Restriction).order_by(t.Restriction.id)
