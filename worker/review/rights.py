"""Who may do what: one table, asked by the stages, never by the command line or the pages alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import NotAllowed, UpstanderError
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.store import tables as t
from worker.store.session import Store


class Right(StrEnum):
    """One thing that a person may be allowed to do."""

    VIEW_QUEUE = "view_queue"
    CLAIM = "claim"
    DECIDE = "decide"
    REQUEST_HIDE = "request_hide"
    REQUEST_UNHIDE = "request_unhide"
    VIEW_EVIDENCE = "view_evidence"
    VERIFY_EVIDENCE = "verify_evidence"
    MARK_MEDIA = "mark_media"
    ADD_SUPPLEMENT = "add_supplement"
    ASK_EXPORT = "ask_export"
    APPROVE_EXPORT = "approve_export"
    HOLD = "hold"
    DISPOSE = "dispose"
    READ_SUMMARY = "read_summary"
    SEND_SUMMARY = "send_summary"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_ACCOUNTS = "manage_accounts"
    RETRY_JOBS = "retry_jobs"
    VERIFY_LEDGER = "verify_ledger"
    BACK_UP = "back_up"
    FETCH_EVIDENCE = "fetch_evidence"


_DECIDERS = frozenset({"reviewer", "senior_reviewer", "on_call_manager"})
_KEEPERS = frozenset({"evidence_officer", "senior_reviewer", "on_call_manager"})
_ADMINISTRATOR = frozenset({"administrator"})

#: The roles that hold each right. What is not here nobody may do.
HOLDERS: Mapping[Right, frozenset[str]] = {
    Right.VIEW_QUEUE: _DECIDERS | {"communications_lead", "evidence_officer"},
    Right.CLAIM: _DECIDERS,
    Right.DECIDE: _DECIDERS,
    Right.REQUEST_HIDE: _DECIDERS,
    Right.REQUEST_UNHIDE: _DECIDERS,
    Right.VIEW_EVIDENCE: _KEEPERS | {"reviewer"},
    Right.VERIFY_EVIDENCE: _KEEPERS | _ADMINISTRATOR,
    Right.MARK_MEDIA: _DECIDERS | {"evidence_officer"},
    Right.ADD_SUPPLEMENT: _DECIDERS | {"evidence_officer"},
    Right.ASK_EXPORT: _KEEPERS,
    Right.APPROVE_EXPORT: _KEEPERS,
    Right.HOLD: frozenset({"evidence_officer"}),
    Right.DISPOSE: frozenset({"evidence_officer"}),
    Right.READ_SUMMARY: _DECIDERS | {"communications_lead", "evidence_officer", "administrator"},
    Right.SEND_SUMMARY: frozenset({"communications_lead", "administrator"}),
    Right.MANAGE_PEOPLE: _ADMINISTRATOR,
    Right.MANAGE_ACCOUNTS: _ADMINISTRATOR,
    Right.VERIFY_LEDGER: _KEEPERS | _ADMINISTRATOR,
    Right.BACK_UP: _ADMINISTRATOR | {"evidence_officer"},
    Right.FETCH_EVIDENCE: frozenset({"evidence_officer"}),
    Right.RETRY_JOBS: _ADMINISTRATOR | {"senior_reviewer", "on_call_manager"},
}


#: How a refusal says it, where the right's name does not.
_SAID = {
    Right.ASK_EXPORT: "ask for, make or look at a hand-over of evidence",
    Right.APPROVE_EXPORT: "decide on a hand-over of evidence",
    Right.HOLD: "place or release a legal hold",
    Right.DISPOSE: "decide on what comes to the end of its time",
    Right.VERIFY_LEDGER: "verify the ledger, or prove anything from it",
    Right.RETRY_JOBS: "have jobs tried again",
    Right.BACK_UP: "make a backup, which holds everything",
    Right.FETCH_EVIDENCE: "bring evidence back from its copy elsewhere",
}


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Everything that somebody with these roles may do."""
    held = frozenset(roles)
    return frozenset(right for right, holders in HOLDERS.items() if holders & held)


def check(session: Session, actor: Actor, right: Right) -> t.Person:
    """Refuse unless the actor is an active person who holds the right at this moment.

    Returns:
        The person.

    Raises:
        NotAllowed: nobody is named, they are not active, or no role of theirs holds the right.
    """
    person = session.get(t.Person, actor.person_id) if actor.person_id is not None else None
    if person is None:
        raise NotAllowed(
            f"Nobody was named who may {words_of(right)}.",
            safe="Nothing was done.",
            do="Say who you are (on the command line with --as); `upstander people list` shows everybody.",
        )
    if not person.active:
        raise NotAllowed(f"{person.name} is no longer active in Upstander.", safe="Nothing was done.")
    if right not in rights_of(role.role for role in person.roles):
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
            check(session, actor, right)
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
            check(session, actor, right)
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
    return _SAID.get(right, right.value.replace("_", " "))
