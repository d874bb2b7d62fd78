"""Who may have a hand in an export: those who may look at the evidence of every case in it.

Whom a case is about, and whoever it is kept from, neither approves nor reviews its hand-over; whom it is
about does not stop it either, unless they asked for it themselves. Asked with the comments of its cases held,
so that nobody becomes concerned between the answer and the deed.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from worker.errors import Conflict, NotAllowed, NotFound
from worker.evidence.handover.request import Request
from worker.evidence.locking import hold_comments
from worker.evidence.standing import INTIMATE, check_may_view, may_view, standing
from worker.ledger.audit import Actor
from worker.review.access import conflicted, refusal
from worker.store import tables as t


def find(session: Session, export_id: int) -> t.Export:
    """The row of an export, nobody else's to change until this transaction is over.

    Raises:
        NotFound: there is none.
    """
    row = session.get(t.Export, export_id, with_for_update=True)
    if row is None:
        raise NotFound(f"There is no export {export_id}.", do="`upstander evidence export list` shows them.")
    return row


def seen(session: Session, actor: Actor, export_id: int) -> t.Export:
    """The row of an export, unless the actor may not look at the evidence of each of its cases; all held.

    Raises:
        NotFound: there is none.
        NotAllowed: a case of it is restricted, or they are concerned in it.
    """
    row = find(session, export_id)
    cases = Request.of(row).cases
    hold_comments(session, cases)
    for case_id in cases:
        check_may_view(session, actor, case_id)
    return row


def refusable(session: Session, actor: Actor, export_id: int) -> t.Export:
    """The row of an export for somebody who takes it back, which shows nothing of its cases; all held.

    Who asked for it always may. Others may where it concerns none of them, whoever its cases are kept for by
    now: else nobody could clear away what is never made, and what waits in it could never be destroyed.

    Raises:
        NotFound: there is none.
        NotAllowed: they did not ask for it, and are concerned in a case of it.
    """
    row = find(session, export_id)
    cases = Request.of(row).cases
    hold_comments(session, cases)
    for case_id in () if actor.person_id == row.asked_by else cases:
        if actor.person_id in conflicted(session, case_id):
            raise refusal(case_id)
    return row


def must_see(session: Session, row: t.Export, person_id: int, did: str) -> None:
    """Refuse what somebody had a hand in who may not look at it: it may be about them. Its cases are held."""
    if not may_view(session, Actor(person_id, "export"), *Request.of(row).cases):
        raise NotAllowed(
            f"Who {did} export {row.id} may not look at all of its evidence any more.",
            safe="Nothing was handed over.",
            do="Refuse it with `upstander evidence export refuse`; have somebody else ask for it anew.",
        )


def may_be_handed(session: Session, actor: Actor, case_id: int, request: Request) -> None:
    """Refuse a case that this request may not hold.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the case is restricted, and the actor may not look at it.
        Conflict: it holds an intimate image, and nobody said that it is meant.
    """
    case = session.get(t.Case, case_id)
    if case is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the cases.")
    check_may_view(session, actor, case_id)
    if standing(session, case.comment_id) == INTIMATE and not request.intimate:
        raise Conflict(
            f"Case {case_id} holds an intimate image.",
            safe="Nothing was handed over.",
            do="Say that it is meant (--intimate-images), or leave the case out.",
        )
