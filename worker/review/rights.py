"""Who may do what: one table, asked by the stages, never by the command line or the pages alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session, joinedload

from worker.clock import Clock
from worker.errors import NotAllowed, UpstanderError
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.right_words import SAID
from worker.review.temporary import temporary_roles
from worker.store import tables as t
from worker.store.session import Store


class Right(StrEnum):
    """One thing that a person may be allowed to do."""

    VIEW_QUEUE = "view_queue"
    CLAIM = "claim"
    DECIDE = "decide"
    REQUEST_HIDE = "request_hide"
    REQUEST_UNHIDE = "request_unhide"
    REQUEST_DELETE = "request_delete"
    REQUEST_BLOCK = "request_block"
    REQUEST_UNBLOCK = "request_unblock"
    REQUEST_MUTE = "request_mute"
    APPROVE_ACTION = "approve_action"
    BREAK_GLASS = "break_glass"
    MANAGE_SWITCHES = "manage_switches"
    REQUEST_REPORT = "request_report"
    FILE_REPORT = "file_report"
    POST_REPLY = "post_reply"
    VIEW_EVIDENCE = "view_evidence"
    VIEW_RESTRICTED_EVIDENCE = "view_restricted_evidence"
    VERIFY_EVIDENCE = "verify_evidence"
    MARK_MEDIA = "mark_media"
    ADD_SUPPLEMENT = "add_supplement"
    ASK_EXPORT = "ask_export"
    APPROVE_EXPORT = "approve_export"
    HOLD = "hold"
    DISPOSE = "dispose"
    HOLD_RESTRICTED = "hold_restricted"
    DISPOSE_RESTRICTED = "dispose_restricted"
    READ_SUMMARY = "read_summary"
    SEND_SUMMARY = "send_summary"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_ACCOUNTS = "manage_accounts"
    RETRY_JOBS = "retry_jobs"
    VERIFY_LEDGER = "verify_ledger"
    BACK_UP = "back_up"
    FETCH_EVIDENCE = "fetch_evidence"
    LOG_APPEAL = "log_appeal"
    DECIDE_APPEAL = "decide_appeal"
    ANSWER_SUBJECTS = "answer_subjects"
    RESTRICT_CASE = "restrict_case"
    REASSIGN = "reassign"
    LIFT_RESTRICTION = "lift_restriction"
    WRITE_NOTES = "write_notes"
    HAND_IN = "hand_in"
    REVEAL_NAME = "reveal_name"
    CLOSE_HAND_IN = "close_hand_in"
    RUN_INCIDENT = "run_incident"
    REFER = "refer"
    READ_REFERRED = "read_referred"
    WORK_TASKS = "work_tasks"
    RECORD_IN_DATIX = "record_in_datix"
    FLAG_CASE = "flag_case"
    VIEW_ON_CALL = "view_on_call"
    MANAGE_ON_CALL = "manage_on_call"
    ACKNOWLEDGE_PAGE = "acknowledge_page"
    READ_AUDIT = "read_audit"
    READ_RULES = "read_rules"


_DECIDERS = frozenset({"reviewer", "senior_reviewer", "on_call_manager"})
_KEEPERS = frozenset({"evidence_officer", "senior_reviewer", "on_call_manager"})
_ADMINISTRATOR = frozenset({"administrator"})
_CONFIDANTS = frozenset({"safeguarding_lead", "freedom_to_speak_up_guardian", "hr"})

#: The roles that hold each right. What is not here nobody may do.
HOLDERS: Mapping[Right, frozenset[str]] = {
    # Those after the first two see the restricted cases that are theirs, and no other: review.access.
    Right.VIEW_QUEUE: _DECIDERS | {"communications_lead", "evidence_officer"} | _CONFIDANTS,
    Right.REASSIGN: frozenset({"senior_reviewer", "on_call_manager"}),
    Right.RESTRICT_CASE: _DECIDERS | {"evidence_officer"} | _CONFIDANTS,
    Right.LIFT_RESTRICTION: _CONFIDANTS | {"senior_reviewer", "on_call_manager"},
    Right.WRITE_NOTES: _DECIDERS | {"evidence_officer"} | _CONFIDANTS,
    Right.REFER: _DECIDERS | {"evidence_officer"} | _CONFIDANTS,
    # Of referrals everybody reads only those that were made to them; of tasks they work only theirs.
    Right.READ_REFERRED: frozenset(t.ROLES),
    Right.WORK_TASKS: frozenset(t.ROLES),
    Right.RECORD_IN_DATIX: _DECIDERS | {"evidence_officer"},
    Right.CLAIM: _DECIDERS,
    Right.DECIDE: _DECIDERS,
    Right.REQUEST_HIDE: _DECIDERS,
    Right.REQUEST_UNHIDE: _DECIDERS,
    Right.REQUEST_DELETE: _DECIDERS,
    Right.REQUEST_BLOCK: _DECIDERS,
    Right.REQUEST_UNBLOCK: _DECIDERS,
    Right.REQUEST_MUTE: _DECIDERS,
    Right.APPROVE_ACTION: frozenset({"senior_reviewer", "on_call_manager"}),
    Right.BREAK_GLASS: _DECIDERS,
    Right.MANAGE_SWITCHES: _ADMINISTRATOR | {"senior_reviewer", "on_call_manager"},
    Right.REQUEST_REPORT: _DECIDERS,
    Right.FILE_REPORT: _DECIDERS,
    Right.POST_REPLY: _DECIDERS | {"communications_lead"},
    Right.VIEW_EVIDENCE: _KEEPERS | {"reviewer"},
    # Whom a case is kept for sees its evidence too, and no other: review.access says which.
    Right.VIEW_RESTRICTED_EVIDENCE: _KEEPERS | {"reviewer"} | _CONFIDANTS,
    Right.VERIFY_EVIDENCE: _KEEPERS | _ADMINISTRATOR,
    Right.MARK_MEDIA: _DECIDERS | {"evidence_officer"} | _CONFIDANTS,
    Right.ADD_SUPPLEMENT: _DECIDERS | {"evidence_officer"},
    Right.ASK_EXPORT: _KEEPERS,
    Right.APPROVE_EXPORT: _KEEPERS,
    # Any member of staff.
    Right.HAND_IN: frozenset(t.ROLES),
    Right.REVEAL_NAME: frozenset({"freedom_to_speak_up_guardian"}),
    Right.CLOSE_HAND_IN: frozenset({"hr", "freedom_to_speak_up_guardian"}),
    Right.RUN_INCIDENT: frozenset({"communications_lead", "senior_reviewer", "on_call_manager"}),
    Right.FLAG_CASE: _DECIDERS,
    Right.VIEW_ON_CALL: _DECIDERS | _ADMINISTRATOR | {"communications_lead"},
    Right.MANAGE_ON_CALL: _ADMINISTRATOR | {"on_call_manager"},
    # On call are those who decide; a case that only others see calls those.
    Right.ACKNOWLEDGE_PAGE: _DECIDERS | _CONFIDANTS,
    Right.HOLD: frozenset({"evidence_officer"}),
    Right.DISPOSE: frozenset({"evidence_officer"}),
    # Of restricted cases those keep and end who see them: most are hidden from evidence officers.
    Right.HOLD_RESTRICTED: _KEEPERS | _CONFIDANTS,
    Right.DISPOSE_RESTRICTED: _KEEPERS | _CONFIDANTS,
    Right.READ_SUMMARY: _DECIDERS | {"communications_lead", "evidence_officer", "administrator"},
    Right.SEND_SUMMARY: frozenset({"communications_lead", "administrator"}),
    Right.MANAGE_PEOPLE: _ADMINISTRATOR,
    Right.MANAGE_ACCOUNTS: _ADMINISTRATOR,
    Right.VERIFY_LEDGER: _KEEPERS | _ADMINISTRATOR,
    Right.BACK_UP: _ADMINISTRATOR | {"evidence_officer"},
    Right.FETCH_EVIDENCE: frozenset({"evidence_officer"}),
    Right.LOG_APPEAL: _DECIDERS | {"communications_lead", "evidence_officer"},
    Right.DECIDE_APPEAL: frozenset({"senior_reviewer", "on_call_manager"}),
    Right.ANSWER_SUBJECTS: frozenset({"evidence_officer"}),
    Right.RETRY_JOBS: _ADMINISTRATOR | {"senior_reviewer", "on_call_manager"},
    # Of cases that are kept from them they read nothing there either: review.audit_reading.
    Right.READ_AUDIT: _ADMINISTRATOR | {"evidence_officer", "senior_reviewer"},
    Right.READ_RULES: _DECIDERS | _ADMINISTRATOR | {"communications_lead", "evidence_officer"},
}


#: Under this name a transaction keeps the person whose right it began with.
_ACTING = "acting"


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Everything that somebody with these roles may do."""
    held = frozenset(roles)
    return frozenset(right for right, holders in HOLDERS.items() if holders & held)


def check(session: Session, actor: Actor, right: Right, *, now: datetime | None = None) -> t.Person:
    """Refuse unless the actor is an active person who holds the right at this moment.

    Args:
        now: the moment. Without it, roles that somebody has only for a time do not count.

    Returns:
        The person.

    Raises:
        NotAllowed: nobody is named, they are not active, or no role of theirs holds the right.
    """
    whole = joinedload(t.Person.roles)
    person = None if actor.person_id is None else session.get(t.Person, actor.person_id, options=[whole])
    if person is None:
        raise NotAllowed(
            f"Nobody was named who may {words_of(right)}.",
            safe="Nothing was done.",
            do="Say who you are (on the command line with --as); `upstander people list` shows everybody.",
        )
    if not person.active:
        raise NotAllowed(f"{person.name} is no longer active in Upstander.", safe="Nothing was done.")
    for_a_time = frozenset() if now is None else temporary_roles(session, person.id, now)
    if right not in rights_of(for_a_time.union(role.role for role in person.roles)):
        roles = ", ".join(sorted(HOLDERS[right]))
        raise NotAllowed(
            f"{person.name} may not {words_of(right)}.",
            safe="Nothing was done.",
            do=f"An administrator can give one of the roles that may: {roles}.",
        )
    return person


def require(
    store: Store,
    clock: Clock,
    actor: Actor,
    right: Right,
    object_type: str,
    object_id: int | None = None,
) -> None:
    """Refuse unless the actor holds the right; the refusal is audited. Not to be called inside a write.

    Args:
        object_type, object_id: what they wanted to do it to, for the audit.

    Raises:
        NotAllowed: see `check`.
    """
    try:
        with store.read() as session:
            check(session, actor, right, now=clock.now())
    except NotAllowed as refusal:
        _audit_refusal(store, clock, actor, right, refusal, object_type, object_id)
        raise


@contextmanager
def permitted(
    store: Store,
    clock: Clock,
    actor: Actor,
    right: Right,
    object_type: str,
    object_id: int | None = None,
) -> Iterator[Session]:
    """A write transaction that begins with the check of a right.

    Whatever is refused inside rolls back and leaves an audit row, in a transaction of its own.

    Raises:
        NotAllowed: see `check`.
    """
    try:
        with store.write() as session:
            # Kept for as long as the transaction: whoever asks for the person again there reads nothing anew.
            session.info[_ACTING] = check(session, actor, right, now=clock.now())
            yield session
    except UpstanderError as refusal:
        _audit_refusal(store, clock, actor, right, refusal, object_type, object_id)
        raise


def _audit_refusal(
    store: Store,
    clock: Clock,
    actor: Actor,
    right: Right,
    refusal: UpstanderError,
    object_type: str,
    object_id: int | None,
) -> None:
    # The error's name only: its words may quote the comment.
    detail = {"right": right.value, "why": type(refusal).__name__}
    with store.write() as session:
        known = actor.person_id is not None and session.get(t.Person, actor.person_id) is not None
        who = actor if known else Actor(None, actor.source)
        audit.record(session, who, "refused", object_type, object_id, now=clock.now(), detail=detail)


def words_of(right: Right) -> str:
    """What a right lets somebody do, in words that follow "may"."""
    return SAID.get(right.value, right.value.replace("_", " "))
