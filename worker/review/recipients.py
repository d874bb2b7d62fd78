"""Who reads a referral: the person or role that it was made to, and whoever may refer and see the case."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import may_see, roles_of, standing_conflicts, visible
from worker.review.guide import Guide
from worker.review.rights import Right, rights_of
from worker.store import tables as t


def handed_to(person: t.Person, guide: Guide) -> ColumnElement[bool]:
    """The SQL that holds of the referrals that were made to a person, and still stand or came to an end.

    A referral that was taken back is nobody's; a conflict of interest closes it.
    """
    theirs = standing_conflicts().where(t.Conflict.person_id == person.id)
    by_role = and_(
        t.Referral.recipient_person.is_(None), t.Referral.kind.in_(guide.kinds_of(roles_of(person)))
    )
    return and_(
        or_(t.Referral.recipient_person == person.id, by_role),
        t.Referral.state != "withdrawn",
        t.Referral.case_id.not_in(theirs),
    )


def readable(person: t.Person, guide: Guide) -> ColumnElement[bool]:
    """The SQL that holds of the referrals that a person may read."""
    if Right.REFER not in rights_of(roles_of(person)):
        return handed_to(person, guide)
    seen = select(t.Case.id).where(visible(person))
    return or_(t.Referral.case_id.in_(seen), handed_to(person, guide))


def is_recipient(session: Session, person: t.Person, referral: t.Referral, guide: Guide) -> bool:
    """Whether a referral was made to this person, by name or by role."""
    made_to = select(t.Referral.id).where(t.Referral.id == referral.id, handed_to(person, guide))
    return session.scalar(made_to) is not None


def check_reads(session: Session, actor: Actor, referral: t.Referral, guide: Guide) -> bool:
    """Refuse whoever neither received a referral nor may refer that case.

    Returns:
        Whether they are its recipient.

    Raises:
        NotAllowed: what it is about is not said.
    """
    person = session.get_one(t.Person, actor.person_id)
    if is_recipient(session, person, referral, guide):
        return True
    if Right.REFER in rights_of(roles_of(person)) and may_see(session, person.id, referral.case_id):
        return False
    raise NotAllowed(
        f"Referral {referral.id} was not made to you.",
        safe="Nothing of it was shown or changed.",
        do="`upstander refer list` shows those that were.",
    )
