"""Appeals and requests about oneself that need a person: late ones, and what one person decided alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.about_cases import OfCase, for_everybody

_FOUND_WITH = "upstander appeal list --as NAME"


def rights_problems(store: Store, now: datetime) -> list[str]:
    """What is late, in words with what to do: a problem, for the law and the Trust's word set these times."""
    with store.read() as session:
        appeals = (*_appeals(session, now), *_alone(session, now))
        return [*for_everybody(session, appeals), *_subjects(session, now)]


def _appeals(session: Session, now: datetime) -> Iterator[OfCase]:
    late = select(t.Appeal).where(t.Appeal.state == "waiting", t.Appeal.due_at < now)
    for row in session.scalars(late.order_by(t.Appeal.due_at)):
        yield OfCase(
            row.case_id,
            f"Appeal {row.id} about case {row.case_id} was to be decided by {for_people(row.due_at)}:"
            f" `upstander appeal show {row.id}`.",
            _FOUND_WITH,
        )


def _alone(session: Session, now: datetime) -> Iterator[OfCase]:
    late = (
        select(t.Appeal)
        .join(t.Task, (t.Task.about_type == "appeal") & (t.Task.about_id == t.Appeal.id))
        .where(
            t.Appeal.state == "decided_alone",
            t.Task.kind == "appeal_review",
            t.Task.due_at < now,
        )
    )
    for row in session.scalars(late.order_by(t.Appeal.id)):
        yield OfCase(
            row.case_id,
            f"Appeal {row.id} was decided by one person alone and nobody has reviewed it within one working"
            f" day: `upstander appeal review {row.id}`.",
            _FOUND_WITH,
        )


def _subjects(session: Session, now: datetime) -> Iterator[str]:
    late = select(t.SubjectRequest).where(t.SubjectRequest.state == "open", t.SubjectRequest.due_at < now)
    for row in session.scalars(late.order_by(t.SubjectRequest.due_at)):
        yield (
            f"Request {row.id} for {row.kind} was to be answered by {for_people(row.due_at)},"
            " which is the law's month: `upstander subject list`."
        )
