"""The register of what people asked about themselves: logged, extended, closed with an outcome and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import Conflict, NotFound
from worker.evidence.keeping import erasing
from worker.evidence.keeping.obstacles import fate_of
from worker.evidence.standing import may_view
from worker.ledger.audit import Actor
from worker.settings_evidence import Retention
from worker.store import tables as t
from worker.store.appeals import REFUSALS, SUBJECT_OUTCOMES

_LONGEST = 10_000
#: For the officer, who may not see the case; not to be passed on.
_NOT_SAID = "something is kept for named roles only: ask the named safeguarding lead, and say nothing of it"
#: Outcomes under which something was refused, so that the closed list of reasons applies.
_REFUSED = ("refused", "partly")


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request in the register."""

    id: int
    kind: str
    platform: str | None
    handle: str
    state: str
    received_at: datetime
    due_at: datetime
    overdue: bool
    extended: bool
    outcome: str | None
    refused_because: str | None


@dataclass(frozen=True, slots=True)
class Closing:
    """How a request ends.

    Attributes:
        outcome: met, partly, refused, nothing_held or withdrawn.
        because: one of the closed list of reasons, where something is refused.
        words: what the person is told, in so many words.
    """

    outcome: str
    because: str | None
    words: str

    def check(self) -> None:
        """Refuse what is not whole.

        Raises:
            Conflict: with what is missing or too much.
        """
        if self.outcome not in SUBJECT_OUTCOMES:
            raise not_whole(f"There is no outcome {self.outcome}. Known: {', '.join(SUBJECT_OUTCOMES)}.")
        if self.because is not None and self.because not in REFUSALS:
            raise not_whole(f"There is no reason {self.because}. Known: {', '.join(REFUSALS)}.")
        if (self.outcome in _REFUSED) != (self.because is not None):
            raise not_whole(
                "What is refused, wholly or partly, needs one reason of the list: --refused-because."
                if self.because is None
                else f"Nothing is refused where the outcome is {self.outcome}: give no reason for refusal."
            )
        if not self.words.strip() or len(self.words) > _LONGEST:
            raise not_whole(f"Say what the person is told, in at most {_LONGEST} characters.")


def request_lines(session: Session, *, closed: bool, now: datetime) -> tuple[RequestLine, ...]:
    """The requests that are open, or all of them, the soonest due first."""
    query = select(t.SubjectRequest).order_by(t.SubjectRequest.due_at, t.SubjectRequest.id)
    rows = session.scalars(query if closed else query.where(t.SubjectRequest.state == "open"))
    return tuple(
        RequestLine(
            id=row.id,
            kind=row.kind,
            platform=row.platform,
            handle=row.handle,
            state=row.state,
            received_at=row.received_at,
            due_at=row.due_at,
            overdue=row.state == "open" and row.due_at < now,
            extended=row.extended_at is not None,
            outcome=row.outcome,
            refused_because=row.refused_because,
        )
        for row in rows
    )


def open_request(session: Session, request_id: int) -> t.SubjectRequest:
    """An open request, kept from being changed by others until the transaction ends.

    Raises:
        NotFound: there is none of this number.
        Conflict: it is closed.
    """
    row = session.scalars(
        select(t.SubjectRequest)
        .where(t.SubjectRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no request {request_id}.", do="`upstander subject list` shows the open ones."
        )
    if row.state != "open":
        raise not_whole(f"Request {request_id} is closed.")
    return row


def kept_because(
    session: Session, actor: Actor, authors: Sequence[t.Author], retention: Retention, *, now: datetime
) -> tuple[str, ...]:
    """Why some of what these authors wrote cannot be erased now, in words that the actor may read."""
    comments = session.scalars(
        select(t.Comment)
        .join(t.Case, t.Case.comment_id == t.Comment.id)
        .where(t.Comment.author_id.in_([each.id for each in authors]))
        .distinct()
        .order_by(t.Comment.id)
    )
    words: list[str] = []
    for each in comments.all():
        fate = fate_of(session, each, retention, now)
        seen = may_view(session, actor, *(case.id for case in fate.cases))
        words += fate.obstacles if seen else (_NOT_SAID,)
    return tuple(dict.fromkeys(words))


def held_cases(session: Session, authors: Sequence[t.Author]) -> Sequence[int]:
    """The cases about these authors' comments that are under a legal hold."""
    return session.scalars(
        select(t.Hold.case_id)
        .join(t.Case, t.Case.id == t.Hold.case_id)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .where(t.Comment.author_id.in_([each.id for each in authors]), t.Hold.released_at.is_(None))
        .order_by(t.Hold.case_id)
    ).all()


def words_kept(session: Session, authors: Sequence[t.Author]) -> int:
    """How many comments of these authors still have words."""
    kept = (
        select(t.Comment.id)
        .join(t.Revision, t.Revision.comment_id == t.Comment.id)
        .where(t.Comment.author_id.in_([each.id for each in authors]), t.Revision.erased_at.is_(None))
        .distinct()
    )
    return len(session.scalars(kept).all())


def erasable(session: Session, authors: Sequence[t.Author]) -> Sequence[int]:
    """What they wrote that still has words, never became a case and is nobody's context."""
    return erasing.free_of_cases(
        session,
        select(t.Comment.id)
        .join(t.Revision, t.Revision.comment_id == t.Comment.id)
        .where(
            t.Comment.author_id.in_([each.id for each in authors]),
            t.Revision.erased_at.is_(None),
            ~select(t.Case.id).where(t.Case.comment_id == t.Comment.id).exists(),
            *erasing.not_needed(),
        )
        .distinct()
        .order_by(t.Comment.id),
    )


def must_be_so(
    session: Session, row: t.SubjectRequest, authors: Sequence[t.Author], closing: Closing
) -> None:
    """Hold what is said of a closing to what is stored.

    Raises:
        Conflict: it is not so.
    """
    held = held_cases(session, authors)
    if closing.because == "legal_hold" and not held:
        raise not_whole("No case about this person is under a legal hold.")
    if row.kind == "erasure" and closing.outcome == "met" and (left := words_kept(session, authors)):
        # No number: it could be that of a case whose hold is not for everybody who answers.
        why = "a case is under a legal hold" if held else "they are kept"
        raise not_whole(f"{left} of their comments still have their words, for {why}: nothing was met.")
    if closing.outcome == "nothing_held" and words_kept(session, authors):
        raise not_whole("Something that they wrote is held: `upstander subject search` counts it.")


def not_whole(happened: str) -> Conflict:
    """The refusal of what is not whole."""
    return Conflict(happened, safe="Nothing was changed.")
