"""Cases are opened by intake, in the transaction that stores the page they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rules.schema import Severity
from worker import outbox
from worker.store import tables as t
from worker.store.numbers import add_rows, take_numbers


@dataclass(frozen=True, slots=True)
class Opening:
    """A revision that the rules queued: somebody must look at it.

    Attributes:
        severity: one of the severity ids.
        priority: 0-100.
    """

    comment_id: int
    revision_id: int
    severity: str
    priority: int


def open_cases(
    session: Session, openings: Sequence[Opening], *, now: datetime, due_minutes: Mapping[Any, int]
) -> dict[int, int]:
    """Open a case for each queued revision, or move the comment's undecided case to it.

    A moved case keeps the higher severity and priority of the two. Each new revision gets a core snapshot
    to be captured, the more severe first. Repeating a call changes nothing.

    Args:
        due_minutes: minutes from now until a case is due, by severity id.

    Returns:
        The case of each comment, by the comment's id.
    """
    newest = {opening.comment_id: opening for opening in openings}
    existing = _undecided(session, newest)
    moved = _move(session, existing, newest, now=now, due_minutes=due_minutes)
    fresh = [opening for comment_id, opening in newest.items() if comment_id not in existing]
    opened = _insert(session, fresh, now=now, due_minutes=due_minutes)
    ask_for_snapshots(session, [*moved, *opened], now=now)
    cases = {comment_id: case.id for comment_id, case in existing.items()}
    return cases | {opening.comment_id: case_id for case_id, opening in opened}


def open_again(
    session: Session, judged_case: int, *, now: datetime, due_minutes: Mapping[Any, int]
) -> int | None:
    """Open a case for a comment whose words changed after a decision that could not be carried out.

    Args:
        judged_case: the case that was decided on the older words; the new one is as urgent.
        due_minutes: minutes from now until a case is due, by severity id.

    Returns:
        The undecided case of the newest words, or None where those were judged already.
    """
    judged = session.get_one(t.Case, judged_case)
    newest = session.get_one(t.Comment, judged.comment_id).revision_id
    if newest is None or newest == judged.revision_id:
        return None
    opening = Opening(judged.comment_id, newest, judged.severity, judged.priority)
    return open_cases(session, [opening], now=now, due_minutes=due_minutes)[judged.comment_id]


def follow_edit(session: Session, edits: Mapping[int, int], *, now: datetime) -> dict[int, int]:
    """Move undecided cases to a newer revision that the rules did not queue: the case stays, and follows.

    Args:
        edits: the newest revision of each edited comment, by the comment's id.

    Returns:
        The cases that followed, by the comment's id; comments without an undecided case are left out.
    """
    existing = _undecided(session, edits)
    openings = {
        comment_id: Opening(comment_id, edits[comment_id], case.severity, case.priority)
        for comment_id, case in existing.items()
    }
    moved = _move(session, existing, openings, now=now, due_minutes={})
    ask_for_snapshots(session, moved, now=now)
    return {comment_id: case.id for comment_id, case in existing.items()}


def _undecided(session: Session, comment_ids: Iterable[int]) -> dict[int, t.Case]:
    wanted = sorted(comment_ids)
    if not wanted:
        return {}
    # Held until the page is stored: a decision on the older revision must wait and then be refused.
    cases = session.scalars(
        select(t.Case)
        .where(t.Case.comment_id.in_(wanted), t.Case.state != "decided")
        .order_by(t.Case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {case.comment_id: case for case in cases}


def _move(
    session: Session,
    existing: Mapping[int, t.Case],
    openings: Mapping[int, Opening],
    *,
    now: datetime,
    due_minutes: Mapping[Any, int],
) -> list[tuple[int, Opening]]:
    changes: list[dict[str, Any]] = []
    moved: list[tuple[int, Opening]] = []
    for comment_id, case in existing.items():
        opening = openings[comment_id]
        severity, due_at = case.severity, case.due_at
        if Severity(opening.severity) > severity:
            severity = opening.severity
            due_at = min(due_at, now + timedelta(minutes=due_minutes[severity]))
        if opening.revision_id != case.revision_id:
            moved.append((case.id, opening))
        changes.append(
            {
                "id": case.id,
                "revision_id": opening.revision_id,
                "severity": severity,
                "severity_rank": rank(severity),
                "priority": max(case.priority, opening.priority),
                "due_at": due_at,
            }
        )
    if changes:
        session.execute(update(t.Case), changes)
    return moved


def _insert(
    session: Session, openings: Sequence[Opening], *, now: datetime, due_minutes: Mapping[Any, int]
) -> list[tuple[int, Opening]]:
    if not openings:
        return []
    numbers = take_numbers(session, t.Case, len(openings))
    rows = [
        {
            "id": number,
            "comment_id": opening.comment_id,
            "revision_id": opening.revision_id,
            "state": "open",
            "severity": opening.severity,
            "severity_rank": rank(opening.severity),
            "priority": opening.priority,
            "opened_at": now,
            "due_at": now + timedelta(minutes=due_minutes[opening.severity]),
        }
        for number, opening in zip(numbers, openings, strict=True)
    ]
    add_rows(session, t.Case, rows)
    return list(zip(numbers, openings, strict=True))


def ask_for_snapshots(session: Session, cases: Sequence[tuple[int, Opening]], *, now: datetime) -> None:
    """Ask for core evidence of the revisions that these cases stand at, the more severe first.

    Immediate danger has a kind of job of its own, so that no surge of other captures stands before it.

    Args:
        cases: a case's id, and what it was opened for.
    """
    if not cases:
        return
    severe_first = sorted(cases, key=lambda case: (rank(case[1].severity), -case[1].priority))
    numbers = take_numbers(session, t.Snapshot, len(severe_first))
    rows = [
        {
            "id": number,
            "case_id": case_id,
            "comment_id": opening.comment_id,
            "revision_id": opening.revision_id,
            "kind": "core",
            "state": "pending",
            "asked_at": now,
        }
        for number, (case_id, opening) in zip(numbers, severe_first, strict=True)
    ]
    add_rows(session, t.Snapshot, rows)
    for kind, urgent in (("capture_urgent", True), ("capture", False)):
        payloads = [
            {"snapshot_id": number}
            for number, (_, opening) in zip(numbers, severe_first, strict=True)
            if (opening.severity == Severity.IMMEDIATE_DANGER) is urgent
        ]
        outbox.enqueue_many(session, kind, payloads, now=now)


def rank(severity: str) -> int:
    """A severity's place in the queue: 0 is immediate danger, 3 is routine."""
    return Severity.IMMEDIATE_DANGER.rank - Severity(severity).rank
