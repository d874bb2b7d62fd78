"""Do those stand behind a request who have to, at this moment? One person, or two where it needs two.

What takes something away is done only while whoever asked for it may still ask for it; what gives back never
waits for that. The row of an approval alone is no second person: whoever can write rows can write "approved".
An approval counts only with the audit row that was written in the same transaction by the person whom it
names, and which is still what entered the ledger; and only as long as both hold the rights that it took.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.action.errand import Errand
from worker.errors import NotAllowed
from worker.evidence.recorded import Record, records_of
from worker.ledger.audit import Actor
from worker.review.access import conflicted
from worker.review.approving import APPROVED, GLASS_BROKEN
from worker.review.kinds import NEEDS_SECOND
from worker.review.requests import ASKED, KINDS, asker_fell
from worker.review.rights import Right, check
from worker.store import tables as t

#: The audit's verb for what a row says, and the right that saying it takes.
_SAID = {
    "approved": (APPROVED, Right.APPROVE_ACTION),
    "broke_glass": (GLASS_BROKEN, Right.BREAK_GLASS),
}


def not_agreed(session: Session, errand: Errand, now: datetime) -> str | None:
    """Why those who have to stand behind this do not, in words; None where they do, or nobody has to."""
    if not errand.takes_down:
        return None
    if errand.kind.value not in NEEDS_SECOND:
        return asker_fell(session, errand.requested_by, errand.case_id, errand.kind.value, now)
    voice = session.scalar(
        select(t.Approval)
        .where(t.Approval.requested_action_id == errand.id, t.Approval.verdict.in_(_SAID))
        .order_by(t.Approval.id)
        .limit(1)
    )
    if voice is None:
        return "no second person approved it"
    verb, right = _SAID[voice.verdict]
    if (voice.verdict == "approved") == (voice.person_id == errand.requested_by):
        return "who approved it is not a second person"
    return _not_recorded(session, errand, verb, voice.person_id) or _not_allowed(
        session, errand, right, voice.person_id
    )


def _not_recorded(session: Session, errand: Errand, verb: str, second: int) -> str | None:
    """What the audit does not say, although the rows do."""
    session.flush()
    verbs = (ASKED, APPROVED, GLASS_BROKEN)
    said = records_of(session, [errand.id], about="requested_action", verbs=verbs)[errand.id]
    if not _by(said, ASKED, errand.requested_by):
        return "nothing in the audit says that who its row names asked for it"
    if not _by(said, verb, second):
        return "nothing in the audit says that who its row names approved it"
    return None


def _not_allowed(session: Session, errand: Errand, right: Right, second: int) -> str | None:
    """Which of the two may not do this any more."""
    if {errand.requested_by, second} & conflicted(session, errand.case_id):
        return "who asked for it or who approved it has a conflict of interest in the case"
    if not _may(session, errand.requested_by, KINDS[errand.kind.value]):
        return "who asked for it may not ask for that any more"
    if not _may(session, second, right):
        return "who approved it may not do that any more"
    return None


def _by(said: Sequence[Record], verb: str, person_id: int) -> bool:
    """Whether the audit says this of somebody, as it entered the ledger or waits to."""
    return any(each.verb == verb and each.person_id == person_id and not each.altered for each in said)


def _may(session: Session, person_id: int, right: Right) -> bool:
    try:
        check(session, Actor(person_id, "act"), right)
    except NotAllowed:
        return False
    return True
