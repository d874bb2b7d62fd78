"""Who may see which case: restricted cases are for named roles, and a conflict of interest closes a case.

A right says what somebody may do; this says to which cases. Both are asked, and this one in every place that
shows a case or changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session, aliased, object_session

from worker.errors import NotAllowed, NotFound
from worker.ledger.audit import Actor
from worker.review.locked import locked
from worker.review.temporary import temporary_roles
from worker.store import tables as t

#: Those who work the queue see every case that is not restricted.
WORK_THE_QUEUE = frozenset(
    {"reviewer", "senior_reviewer", "on_call_manager", "communications_lead", "evidence_officer"}
)
_GRAVE_PICTURES = frozenset({"senior_reviewer", "on_call_manager", "evidence_officer", "safeguarding_lead"})
#: The roles that see a restricted case, by why it is restricted, the gravest reason first. A case may be
#: restricted for several reasons: then each of them must let a person see it.
SEES: Mapping[str, frozenset[str]] = {
    "imagery": _GRAVE_PICTURES,
    "staff_on_staff": frozenset({"hr", "freedom_to_speak_up_guardian"}),
    "protected": frozenset({"freedom_to_speak_up_guardian", "safeguarding_lead", "senior_reviewer"}),
    "manager": frozenset({"hr", "freedom_to_speak_up_guardian", "senior_reviewer"}),
    "intimate_image": _GRAVE_PICTURES,
    "safeguarding": frozenset({"safeguarding_lead", "senior_reviewer", "on_call_manager"}),
}
_SENIORS = ("senior_reviewer", "on_call_manager")
#: Restrictions under which whoever noted them goes on working: they have seen it, and it must come down now.
FINDER_GOES_ON = ("imagery", "intimate_image")


def visible(person: t.Person) -> ColumnElement[bool]:
    """The SQL that holds of the cases that a person may see."""
    if not person.active:
        return false()
    roles = roles_of(person)
    theirs = [kind for kind, holders in SEES.items() if holders & roles]
    works = bool(roles & WORK_THE_QUEUE)
    found = and_(
        t.Restriction.kind.in_(FINDER_GOES_ON if works else ()),
        t.Restriction.noted_by.is_not_distinct_from(person.id),
    )
    here = standing_restrictions().where(t.Restriction.case_id == t.Case.id).correlate(t.Case)
    against = here.where(~or_(t.Restriction.kind.in_(theirs), found))
    # Of the gravest the case itself says so: most cases have none, and nothing more is asked of those.
    by_finding = here.where(t.Restriction.kind == t.Case.restriction, found)
    by_gravest = or_(t.Case.restriction.in_(theirs), by_finding.exists())
    for_them = or_(
        t.Case.restriction.is_(None) if works else false(),
        and_(t.Case.restriction.is_not(None), by_gravest, ~against.exists()),
    )
    concerned = standing_conflicts().where(t.Conflict.person_id == person.id)
    return and_(for_them, t.Case.id.not_in(concerned))


def visible_to(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The SQL that holds of the cases that whoever acts may see; of none, where nobody is named."""
    person = session.get(t.Person, actor.person_id) if actor.person_id is not None else None
    return false() if person is None else visible(person)


def kept_from(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The SQL that holds of the cases that a restriction or a conflict keeps from whoever acts.

    Whether or not they work the queue: for numbers, and for who did what. What a case says is for those alone
    whom `visible_to` lets see it. These are few, and asked for so that a database looks at few.
    """
    person = session.get(t.Person, actor.person_id) if actor.person_id is not None else None
    if person is None or not person.active:
        return true()
    concerned = standing_conflicts().where(t.Conflict.person_id == person.id)
    return or_(and_(t.Case.restriction.is_not(None), ~visible(person)), t.Case.id.in_(concerned))


def check_access(session: Session, actor: Actor, case_id: int) -> t.Case:
    """The case, unless whoever acts may not see it. What is refused inside `permitted` is audited there.

    Raises:
        NotFound: there is no such case.
        NotAllowed: it is restricted, or they have a conflict of interest; which of both is not said.
    """
    case = session.get(t.Case, case_id)
    if case is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the open ones.")
    seen = session.scalar(select(t.Case.id).where(t.Case.id == case_id, visible_to(session, actor)))
    if seen is None:
        raise refusal(case_id)
    return case


def held_case(session: Session, actor: Actor, case_id: int) -> t.Case:
    """As `check_access`, of a case that is kept from changing until the transaction ends.

    For whatever writes: who asks before the lock goes on with an answer that is no longer true.
    """
    locked(session, case_id)
    return check_access(session, actor, case_id)


def may_see(session: Session, person_id: int, case_id: int) -> bool:
    """Whether a person may see, and so be told about, a case."""
    person = session.get_one(t.Person, person_id)
    return session.scalar(select(t.Case.id).where(t.Case.id == case_id, visible(person))) is not None


def conflicted(session: Session, case_id: int) -> frozenset[int]:
    """The people who have a conflict of interest in a case: not to be told, not to decide or approve."""
    found = standing_conflicts().with_only_columns(t.Conflict.person_id)
    return frozenset(session.scalars(found.where(t.Conflict.case_id == case_id)))


def standing_conflicts() -> Select[int]:
    """The cases of all conflicts of interest that nobody took back."""
    back = aliased(t.Conflict)
    taken_back = select(back.id).where(back.withdraws_id == t.Conflict.id)
    return select(t.Conflict.case_id).where(t.Conflict.withdraws_id.is_(None), ~taken_back.exists())


def standing_restrictions() -> Select[int]:
    """The cases of all restrictions that nobody lifted."""
    lifting = aliased(t.Restriction)
    # An old row that names nothing lifted all that stood before it: migration 0017.
    names = or_(
        lifting.lifts_id == t.Restriction.id,
        and_(lifting.lifts_id.is_(None), lifting.id > t.Restriction.id),
    )
    lifted = select(lifting.id).where(lifting.case_id == t.Restriction.case_id, lifting.kind.is_(None), names)
    unlifted = ~lifted.correlate(t.Restriction).exists()
    return select(t.Restriction.case_id).where(t.Restriction.kind.is_not(None), unlifted)


def kinds_on(session: Session, case_id: int) -> tuple[str, ...]:
    """Why a case is restricted, the gravest reason first; empty where it is not."""
    found = standing_restrictions().with_only_columns(t.Restriction.kind)
    stand = set(session.scalars(found.where(t.Restriction.case_id == case_id)))
    stand.add(session.scalar(select(t.Case.restriction).where(t.Case.id == case_id)))
    return tuple(kind for kind in SEES if kind in stand)


def seen_under(kinds: Iterable[str]) -> frozenset[str]:
    """The roles each of which alone sees a case that is restricted for all of these reasons."""
    holders = [SEES[kind] for kind in kinds]
    return frozenset.intersection(*holders) if holders else WORK_THE_QUEUE


def role_that_sees(session: Session, case_id: int, *wanted: str) -> str:
    """The role that a task about a case is given to: the first of these that sees it under every restriction.

    Of those that do, the first that somebody holds who is there and not concerned; where there is none,
    another that sees it and is so held, seniors first. Where nobody can see it the first stays that could,
    or the first of all: the status tells of tasks that nobody is told of.
    """
    kinds = kinds_on(session, case_id)
    seeing = seen_under(kinds) if kinds else frozenset(wanted)
    fit = [role for role in (*wanted, *_SENIORS, *sorted(seeing)) if role in seeing]
    held = _held(session, case_id, seeing)
    return next((role for role in fit if role in held), (*fit, *wanted)[0])


def _held(session: Session, case_id: int, roles: Iterable[str]) -> frozenset[str]:
    """Those of some roles that an active person holds who has no conflict of interest in a case."""
    concerned = standing_conflicts().with_only_columns(t.Conflict.person_id)
    holders = (
        select(t.PersonRole.role)
        .join(t.Person, t.Person.id == t.PersonRole.person_id)
        .where(
            t.PersonRole.role.in_(roles),
            t.Person.active,
            t.Person.id.not_in(concerned.where(t.Conflict.case_id == case_id)),
        )
    )
    return frozenset(session.scalars(holders))


def roles_of(person: t.Person) -> frozenset[str]:
    """The roles that a person has, those for the time of a major incident too. Rights are asked apart."""
    held = frozenset(role.role for role in person.roles)
    session = object_session(person)
    return held if session is None else held | temporary_roles(session, person.id, None)


def refusal(case_id: int) -> NotAllowed:
    """What somebody is told who may not see a case: not why, for that could name them or a colleague."""
    return NotAllowed(
        f"Case {case_id} is restricted.",
        safe="Nothing of it was shown or changed.",
        do="If it needs you, ask a senior reviewer or the safeguarding lead. Go on with another case.",
    )


def graver(one: str | None, other: str | None) -> str | None:
    """The graver of two restrictions."""
    return next((kind for kind in SEES if kind in (one, other)), None)
