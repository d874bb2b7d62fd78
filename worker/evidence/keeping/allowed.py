"""Who holds, releases and ends the keeping of which case.

Of cases that are not restricted evidence officers do. Most restricted cases are hidden from them: those are
kept and ended by the people who see them, and two people stand behind every destruction. The first sees the
case; the second does too, or is an evidence officer who agrees by its number and sees nothing of it: some
are seen by one person in the whole Trust. Everything about one comment goes together, so it takes somebody
who sees every case of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.orm import Session

from worker.errors import NotAllowed
from worker.evidence.standing import check_may_view, restrictions, right_in
from worker.ledger.audit import Actor
from worker.review.access import conflicted
from worker.review.rights import Right, check
from worker.store.session import Store


class Rights(NamedTuple):
    """The right that something takes: with what is not restricted, and with what is."""

    usual: Right
    restricted: Right


TO_VIEW = Rights(Right.VIEW_EVIDENCE, Right.VIEW_RESTRICTED_EVIDENCE)
TO_HOLD = Rights(Right.HOLD, Right.HOLD_RESTRICTED)
TO_DISPOSE = Rights(Right.DISPOSE, Right.DISPOSE_RESTRICTED)


def right_over(store: Store, case_id: int, rights: Rights) -> Right:
    """The right that something takes with one case as it is now; asked again behind its lock."""
    with store.read() as session:
        return right_in(session, (case_id,), *rights)


def check_allowed(session: Session, actor: Actor, case_ids: Collection[int], rights: Rights) -> None:
    """Refuse those without the right over these cases, or who may not look at the evidence of each.

    Raises:
        NotAllowed: they are not active, hold no such right, or a case is kept from them.
    """
    check(session, actor, right_in(session, case_ids, *rights))
    for case_id in case_ids:
        check_may_view(session, actor, case_id)


def is_allowed(session: Session, actor: Actor, case_ids: Collection[int], rights: Rights) -> bool:
    """Whether somebody has the right over these cases and may look at the evidence of each."""
    try:
        check_allowed(session, actor, case_ids, rights)
    except NotAllowed:
        return False
    return True


def may_second(session: Session, actor: Actor, case_ids: Collection[int]) -> bool:
    """Whether somebody may be the second person, by number alone: never one who is concerned in it."""
    try:
        check(session, actor, TO_DISPOSE.usual)
    except NotAllowed:
        return False
    return not any(actor.person_id in conflicted(session, case_id) for case_id in case_ids)


def takes_two(session: Session, case_ids: Collection[int]) -> bool:
    """Whether two people have to agree that these cases are destroyed: few see them, so none goes unseen."""
    return any(restrictions(session, case_id) for case_id in case_ids)
