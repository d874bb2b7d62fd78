"""Cases that nobody may decide, and tables that guide decisions and cannot be used, or are old.

No case is named here, because whoever reads the status may not see every case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from worker.clock import LONDON
from worker.errors import SettingsError
from worker.review.access import SEES, kinds_on, seen_under, standing_conflicts, visible
from worker.review.guidance import load_guidance
from worker.review.rights import HOLDERS, Right
from worker.settings import Settings
from worker.store import tables as t
from worker.summary import words

_ROUTED = "routed"


def case_file_problems(session: Session, settings: Settings, now: datetime) -> Iterator[str]:
    """One or two sentences for each thing that a person has to see to."""
    yield from _for_nobody(session)
    try:
        law = load_guidance(settings.reference_dir).law
    except SettingsError as error:
        yield f"{error} Until then nobody can decide on a case."
        return
    if law.check_again < now.astimezone(LONDON).date():
        yield (
            f"The law map (version {law.version}) was to be looked at again by {law.check_again:%-d %B %Y}:"
            " have law.yaml in reference_dir checked, and set the next date there."
        )


def _for_nobody(session: Session) -> Iterator[str]:
    """Cases that wait and that no active person who decides may see, and routed ones that nobody may see."""
    for roles, which, lack in (
        (HOLDERS[Right.DECIDE], t.Case.closed_at.is_(None), "nobody who may see it decides"),
        (frozenset(t.ROLES), t.Case.state == _ROUTED, "nobody may see it"),
    ):
        left = _unseen(session, roles, which)
        if left:
            waits = "waits" if len(left) == 1 else "wait"
            yield (
                f"{words.counted(len(left), 'restricted case')} {waits}, and {lack}: give"
                f" {_whom(session, left, roles)} with `upstander people change`."
            )


def _unseen(session: Session, roles: frozenset[str], which: ColumnElement[bool]) -> frozenset[int]:
    """Those of some cases that no active person with one of these roles may see."""
    closed = or_(t.Case.restriction.is_not(None), t.Case.id.in_(standing_conflicts()))
    left = set(session.scalars(select(t.Case.id).where(which, closed)))
    holders = select(t.PersonRole.person_id).where(t.PersonRole.role.in_(roles))
    people = select(t.Person).where(t.Person.active, t.Person.id.in_(holders))
    for person in session.scalars(people).all() if left else ():
        seen = select(t.Case.id).where(which, t.Case.id.in_(list(left)), visible(person))
        left.difference_update(session.scalars(seen))
    return frozenset(left)


def _whom(session: Session, cases: Iterable[int], roles: frozenset[str]) -> str:
    """To whom roles have to be given so that somebody sees these cases."""
    reasons = {kinds_on(session, case_id) for case_id in cases}
    alone = frozenset[str]().union(*(seen_under(kinds) & roles for kinds in reasons))
    said = [f"somebody else one of the roles {', '.join(sorted(alone))}"] if alone else []
    for kinds in sorted(kinds for kinds in reasons if not seen_under(kinds) & roles):
        # No role sees it for every reason: whoever is to see it needs one for each.
        each = sorted({", ".join(sorted(SEES[kind])) for kind in kinds})
        said.append(f"one person who is not concerned a role of each of these ({'; '.join(each)})")
    return ", and ".join(said)
