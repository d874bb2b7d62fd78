"""Cases that nobody may decide, and tables that guide decisions and cannot be used, or are old.

No case is named here, because whoever reads the status may not see every case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker.clock import LONDON
from worker.errors import SettingsError
from worker.review.access import SEES, standing_conflicts, visible
from worker.review.guidance import load_guidance
from worker.review.rights import HOLDERS, Right
from worker.settings import Settings
from worker.store import tables as t
from worker.summary import words


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
    """Cases that wait and that no active person who decides may see."""
    closed = or_(t.Case.restriction.is_not(None), t.Case.id.in_(standing_conflicts()))
    waiting = select(t.Case.id, t.Case.restriction).where(t.Case.closed_at.is_(None), closed)
    left: dict[int, str | None] = {row.id: row.restriction for row in session.execute(waiting)}
    if not left:
        return
    deciding = select(t.PersonRole.person_id).where(t.PersonRole.role.in_(HOLDERS[Right.DECIDE]))
    people = session.scalars(select(t.Person).where(t.Person.active, t.Person.id.in_(deciding)))
    for person in people.all():
        for case_id in session.scalars(select(t.Case.id).where(t.Case.id.in_(list(left)), visible(person))):
            left.pop(case_id, None)
    if left:
        kinds = [SEES[kind] for kind in set(left.values()) if kind is not None]
        roles = set().union(*kinds) & HOLDERS[Right.DECIDE] or HOLDERS[Right.DECIDE]
        waits = "waits" if len(left) == 1 else "wait"
        yield (
            f"{words.counted(len(left), 'restricted case')} {waits}, and nobody who may see it decides: give"
            f" somebody else one of the roles {', '.join(sorted(roles))} with `upstander people change`."
        )
