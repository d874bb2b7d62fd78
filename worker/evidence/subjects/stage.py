"""The stage: what people ask about themselves is searched for, copied, logged and closed, and audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import NotAllowed
from worker.evidence.keeping import erasing
from worker.evidence.subjects.clock import due_after
from worker.evidence.subjects.copy import copy_of
from worker.evidence.subjects.files import files_of, hashes_of, write
from worker.evidence.subjects.found import Found, authors_of, found, plain_handle
from worker.evidence.subjects.register import (
    Closing,
    RequestLine,
    erasable,
    kept_because,
    must_be_so,
    not_whole,
    open_request,
    request_lines,
)
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import standing_conflicts
from worker.review.machine import NOT_YET, must_lead
from worker.review.rights import Right, check, permitted, require
from worker.review.tasks import NewTask, add_task, end_task
from worker.settings_evidence import Retention
from worker.store import tables as t
from worker.store.appeals import SUBJECT_KINDS
from worker.store.session import Store
from worker.working_days import WorkingDays

_OFFICER = "evidence_officer"
_ONE_MONTH, _EXTENDED = 1, 3


@dataclass(frozen=True, slots=True)
class Made:
    """A copy that was written.

    Attributes:
        folder: where its files lie.
        for_officer: what was left out of it and is not said in it; not to be handed over.
        replaced: how many names became letters; a person reads the copy before it is handed over.
    """

    folder: Path
    files: dict[str, str]
    comments: int
    withheld: tuple[tuple[str, str], ...]
    for_officer: tuple[tuple[str, str], ...]
    replaced: int


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did.

    Attributes:
        comments: how many had their words erased now.
        kept: why the others are kept, in words.
    """

    comments: int
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Subjects:
    """The stage. Each function raises NotAllowed where the actor lacks the right, and audits that.

    Attributes:
        days: the working days, so that nothing is due on one that is none.
    """

    store: Store
    clock: Clock
    retention: Retention
    trust_name: str
    days: Callable[[], WorkingDays]

    def search(self, actor: Actor, handle: str, platform: str | None = None) -> tuple[Found, ...]:
        """What is held of authors of a handle or id, in numbers. Only our own accounts are looked at."""
        with self._permitted(actor) as session:
            authors = _unconcerned(session, actor, authors_of(session, handle, platform))
            detail = {"platform": platform, "authors": [each.id for each in authors]}
            audit.record(
                session, actor, "subject_searched", "author", None, now=self.clock.now(), detail=detail
            )
            return tuple(found(session, each) for each in authors)

    def log(
        self, actor: Actor, kind: str, handle: str, received_at: datetime, platform: str | None = None
    ) -> tuple[int, datetime]:
        """Log what somebody asked; a task says by when to answer.

        Args:
            kind: access, erasure, objection or rectification.

        Returns:
            Its number, and when it is due.

        Raises:
            Conflict: there is no such kind, no handle, or it was not received yet.
        """
        now, wanted = self.clock.now(), plain_handle(handle)
        if kind not in SUBJECT_KINDS:
            raise not_whole(f"There is no kind {kind}. Known: {', '.join(SUBJECT_KINDS)}.")
        if not wanted or len(wanted) > 200 or received_at > now:
            raise not_whole("A request names a handle, and was received before now.")
        with self._permitted(actor) as session:
            must_lead("subject_request", NOT_YET, "open")
            row = t.SubjectRequest(
                kind=kind,
                platform=platform,
                handle=wanted,
                received_at=received_at,
                logged_by=check(session, actor, Right.ANSWER_SUBJECTS).id,
                logged_at=now,
                due_at=due_after(received_at, _ONE_MONTH, self.days()),
                state="open",
            )
            session.add(row)
            session.flush()
            task = NewTask(
                kind="subject_request",
                key=f"subject_request:{row.id}",
                title=f"Answer request {row.id} ({kind}): upstander subject list",
                due_at=row.due_at,
                about=("subject_request", row.id),
                for_role=_OFFICER,
            )
            add_task(session, actor, task, now=now)
            self._record(session, actor, "subject_request_logged", row)
            return row.id, row.due_at

    def list(self, actor: Actor, *, closed: bool = False) -> tuple[RequestLine, ...]:
        """The requests that wait, or all of them, the soonest due first."""
        require(self.store, self.clock, actor, Right.ANSWER_SUBJECTS, "subject_request")
        with self.store.read() as session:
            return request_lines(session, closed=closed, now=self.clock.now())

    def obstacles(self, actor: Actor, request_id: int) -> tuple[str, ...]:
        """Why some of what the person wrote cannot be erased now, in words.

        Raises:
            NotFound: there is no such request.
            Conflict: it is closed.
        """
        with self._permitted(actor, request_id) as session:
            authors = _authors(session, actor, open_request(session, request_id))
            return kept_because(session, actor, authors, self.retention, now=self.clock.now())

    def extend(self, actor: Actor, request_id: int, because: str) -> datetime:
        """Take up to two months more, which the person is told of within the first.

        Returns:
            When it is due now.

        Raises:
            NotFound: there is no such request.
            Conflict: it is closed, extended already or overdue, or there is no reason.
        """
        now = self.clock.now()
        if not because.strip():
            raise not_whole(
                "To take longer needs a reason that the person is told: it is complex, or one of many."
            )
        with self._permitted(actor, request_id) as session:
            row = open_request(session, request_id)
            if row.extended_at is not None or row.due_at < now:
                raise not_whole(f"Request {request_id} was extended already, or its month is over.")
            row.extended_at, row.extended_because = now, because.strip()
            row.due_at = due_after(row.received_at, _EXTENDED, self.days())
            task = _task(session, row)
            if task is not None:
                task.due_at = row.due_at
            self._record(session, actor, "subject_request_extended", row)
            return row.due_at

    def export(self, actor: Actor, request_id: int, into: Path) -> Made:
        """Write the copy for an open request for access into a new folder.

        Raises:
            NotFound: there is no such request.
            Conflict: it is not an open request for access, or the folder cannot be made.
            EvidenceFault: one of their names is the name of somebody else as well.
        """
        now = self.clock.now()
        with self._permitted(actor, request_id) as session:
            row = open_request(session, request_id)
            if row.kind != "access":
                raise not_whole(f"Request {request_id} asks for {row.kind}, not for access.")
            authors = _authors(session, actor, row)
            same = select(t.SubjectRequest).where(t.SubjectRequest.handle == row.handle)
            copy = copy_of(session, authors, session.scalars(same.order_by(t.SubjectRequest.id)).all())
            files = files_of(copy, trust=self.trust_name, request_id=row.id, made_at=now)
            hashes = hashes_of(files)
            detail = {"authors": [each.id for each in authors], "sha256": hashes}
            audit.record(
                session, actor, "subject_exported", "subject_request", row.id, now=now, detail=detail
            )
        folder = into / f"subject-access-{request_id}-{now:%Y%m%d-%H%M%S}"
        write(files, folder)
        count = len(copy.value["comments"])
        return Made(folder, hashes, count, copy.withheld, copy.for_officer, copy.replaced)

    def erase(self, actor: Actor, request_id: int) -> Erased:
        """Erase, for an open request for erasure, what the person wrote that never became a case.

        What became one is evidence and a record of decisions: it is kept for its time, and why is told.

        Raises:
            NotFound: there is no such request.
            Conflict: it is not an open request for erasure.
        """
        now = self.clock.now()
        with self._permitted(actor, request_id) as session:
            row = open_request(session, request_id)
            if row.kind != "erasure":
                raise not_whole(f"Request {request_id} asks for {row.kind}, not for erasure.")
            authors = _authors(session, actor, row)
            kept = kept_because(session, actor, authors, self.retention, now=now)
            chosen = erasable(session, authors)
            if chosen:
                erasing.erase(session, chosen, now=now)
            detail = {"why": "subject request", "request": row.id, "comments": sorted(chosen)}
            audit.record(session, actor, "erased", "comment", None, now=now, detail=detail)
            return Erased(len(chosen), kept)

    def close(self, actor: Actor, request_id: int, closing: Closing) -> None:
        """Close a request with its outcome, and why where something is refused.

        Raises:
            NotFound: there is no such request.
            Conflict: it is closed; the closing is not whole; or it says what is not so: an erasure met while
                words are kept, a legal hold that does not stand.
        """
        closing.check()
        now = self.clock.now()
        with self._permitted(actor, request_id) as session:
            row = open_request(session, request_id)
            must_lead("subject_request", row.state, "closed")
            must_be_so(session, row, _authors(session, actor, row), closing)
            person = check(session, actor, Right.ANSWER_SUBJECTS)
            row.state, row.outcome, row.refused_because = "closed", closing.outcome, closing.because
            row.words, row.closed_by, row.closed_at = closing.words.strip(), person.id, now
            task = _task(session, row)
            if task is not None:
                end_task(session, actor, task, f"Request {row.id} was answered: {row.outcome}.", now=now)
            self._record(session, actor, "subject_request_closed", row)

    def _permitted(self, actor: Actor, request_id: int | None = None) -> AbstractContextManager[Session]:
        return permitted(self.store, self.clock, actor, Right.ANSWER_SUBJECTS, "subject_request", request_id)

    def _record(self, session: Session, actor: Actor, verb: str, row: t.SubjectRequest) -> None:
        detail = {
            "kind": row.kind,
            "due_at": row.due_at.isoformat(),
            "outcome": row.outcome,
            "refused_because": row.refused_because,
        }
        audit.record(session, actor, verb, "subject_request", row.id, now=self.clock.now(), detail=detail)


def _authors(session: Session, actor: Actor, row: t.SubjectRequest) -> Sequence[t.Author]:
    return _unconcerned(session, actor, authors_of(session, row.handle, row.platform))


def _unconcerned(session: Session, actor: Actor, authors: Sequence[t.Author]) -> Sequence[t.Author]:
    """These authors, unless a case about what they wrote is closed to whoever acts. Which is not said."""
    closed = standing_conflicts().where(
        t.Conflict.person_id == actor.person_id,
        t.Conflict.case_id.in_(
            select(t.Case.id)
            .join(t.Comment, t.Comment.id == t.Case.comment_id)
            .where(t.Comment.author_id.in_([each.id for each in authors]))
        ),
    )
    if session.scalar(closed.limit(1)) is not None:
        raise NotAllowed(
            "Some of what is held is restricted.",
            safe="Nothing of it was shown, copied or changed.",
            do="Ask another evidence officer to answer what this person asks.",
        )
    return authors


def _task(session: Session, row: t.SubjectRequest) -> t.Task | None:
    return session.scalars(select(t.Task).where(t.Task.key == f"subject_request:{row.id}")).one_or_none()
