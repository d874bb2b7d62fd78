"""Who may decide an appeal: those with the right who see the case and never decided on it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import conflicted, may_see
from worker.review.appeal import Answer, not_whole
from worker.review.os_users import acted_as, is_same
from worker.review.rights import HOLDERS, Right
from worker.store import tables as t


def holders(session: Session, case_id: int) -> Sequence[t.Person]:
    """The active people who may decide appeals, see the case and have no conflict of interest in it."""
    roles = select(t.PersonRole.person_id).where(t.PersonRole.role.in_(HOLDERS[Right.DECIDE_APPEAL]))
    people = session.scalars(
        select(t.Person).where(t.Person.active, t.Person.id.in_(roles)).order_by(t.Person.id)
    )
    barred = conflicted(session, case_id)
    return [each for each in people if each.id not in barred and may_see(session, each.id, case_id)]


def deciders(session: Session, case_id: int) -> frozenset[int]:
    """Everybody who ever decided on the case."""
    return frozenset(session.scalars(select(t.Decision.person_id).where(t.Decision.case_id == case_id)))


def took_part_as(session: Session, case_id: int, actor: Actor, *, one_os_user_will_do: bool) -> str | None:
    """How whoever acts had a part in a decision on the case, in words; None where they had none.

    By themselves, or on a command line as the same user of the computer as somebody who had.
    """
    if actor.person_id in deciders(session, case_id):
        return f"{session.get_one(t.Person, actor.person_id).name} decided case {case_id}"
    users = acted_as(session, "case", case_id, "decided")
    if is_same(actor.os_user, users, one_will_do=one_os_user_will_do):
        return f"Case {case_id} was decided by the same user of this computer, {actor.os_user}"
    return None


def must_have_no_part(
    session: Session, row: t.Appeal, actor: Actor, answer: Answer, *, one_os_user_will_do: bool
) -> None:
    """Refuse whoever had a part in what is challenged, unless they say why they go ahead alone.

    That is no answer for who decided the case while somebody else can decide. Whoever only sits there as the
    same user of the computer may: the others may sit there as that user, too, and then nobody could decide.

    Raises:
        NotAllowed: says who can, or what to do.
        Conflict: they had no part, and gave a reason for going ahead alone.
    """
    part = took_part_as(session, row.case_id, actor, one_os_user_will_do=one_os_user_will_do)
    if part is None:
        if answer.alone_because is not None:
            raise not_whole("You had no part in the decision: no reason is needed to decide alone.")
        return
    themselves = actor.person_id in deciders(session, row.case_id)
    others = who_else(session, row) if themselves else ()
    if answer.alone_because is None or others:
        do = "Nobody else can: break the glass with --break-glass and a reason."
        if others:
            do = f"These can: {', '.join(each.name for each in others)}."
        if not themselves:
            do = (
                "Sign in to the computer as yourself. Where nobody can, go ahead alone with --break-glass and"
                " a reason: another person reviews it."
            )
        raise NotAllowed(f"{part}, so somebody else decides the appeal.", safe="Nothing was decided.", do=do)


def who_else(session: Session, row: t.Appeal) -> Sequence[t.Person]:
    """The people who can decide the appeal without having decided the case."""
    took_part = deciders(session, row.case_id)
    return [each for each in holders(session, row.case_id) if each.id not in took_part]


def role_of(people: Sequence[t.Person]) -> str:
    """The role to give a task to, so that one of these people finds it."""
    held = {role.role for each in people for role in each.roles}
    return next((role for role in ("senior_reviewer", "on_call_manager") if role in held), "on_call_manager")
