"""Cases are opened by intake, in the transaction that stores the page they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rules.schema import Severity
from worker import outbox
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.clocks import Clocks
from worker.review.grouping import group_cases
from worker.review.inheriting import inherit_access, inherit_from_first
from worker.review.pages import call_for
from worker.review.reckoning import reckon
from worker.store import tables as t
from worker.store.numbers import add_rows, take_numbers


@dataclass(frozen=True, slots=True)
class Opening:
    """A revision that the rules queued: somebody must look at it.

    Attributes:
        severity: one of the severity ids.
        priority: 0-100.
        repost_of: the case whose taken-down content this brings back.
    """

    comment_id: int
    revision_id: int
    severity: str
    priority: int
    repost_of: int | None = None


def open_cases(
    session: Session, openings: Sequence[Opening], *, now: datetime, clocks: Clocks
) -> dict[int, int]:
    """Open a case for each queued revision, or move the comment's undecided case to it.

    A moved case keeps the higher severity and priority of the two. Each new revision gets a core snapshot
    to be captured, the more severe first. Immediate danger calls whoever is on call, in this transaction.
    Repeating a call changes nothing.

    Args:
        clocks: when a case is due, and what a pile-on is.

    Returns:
        The case of each comment, by the comment's id.
    """
    newest = {opening.comment_id: opening for opening in openings}
    existing = _undecided(session, newest)
    danger = [case.id for comment_id, case in existing.items() if _endangers(case, newest[comment_id])]
    reposts = _now_bring_back(existing, newest)
    moved = _move(session, existing, newest, now=now, clocks=clocks)
    fresh = [opening for comment_id, opening in newest.items() if comment_id not in existing]
    opened = _insert(session, fresh, now=now, clocks=clocks)
    inherit_access(session, {opening.comment_id: case_id for case_id, opening in opened}, now=now)
    reposts |= {case_id: each.repost_of for case_id, each in opened if each.repost_of is not None}
    inherit_from_first(session, reposts, now=now)
    group_cases(session, [each for each, _ in opened], [each for each, _ in moved], now=now, clocks=clocks)
    ask_for_snapshots(session, [*moved, *opened], now=now)
    _record(session, "case_opened", opened, now)
    _record(session, "case_moved", moved, now)
    cases = {comment_id: case.id for comment_id, case in existing.items()}
    danger += [case_id for case_id, opening in opened if opening.severity == Severity.IMMEDIATE_DANGER]
    call_for(session, danger, now=now)
    reckon(session, [*cases.values(), *(case_id for case_id, _ in opened)], clocks=clocks)
    return cases | {opening.comment_id: case_id for case_id, opening in opened}


def open_again(session: Session, judged_case: int, *, now: datetime, clocks: Clocks) -> int | None:
    """Open a case for a comment whose words changed after a decision that could not be carried out.

    Args:
        judged_case: the case that was decided on the older words; the new one is as urgent.
        clocks: when a case is due.

    Returns:
        The undecided case of the newest words, or None where those were judged already.
    """
    judged = session.get_one(t.Case, judged_case)
    newest = session.get_one(t.Comment, judged.comment_id).revision_id
    if newest is None or newest == judged.revision_id:
        return None
    opening = Opening(judged.comment_id, newest, judged.severity, _base(judged))
    return open_cases(session, [opening], now=now, clocks=clocks)[judged.comment_id]


def follow_edit(
    session: Session, edits: Mapping[int, int], *, now: datetime, clocks: Clocks
) -> dict[int, int]:
    """Move undecided cases to a newer revision that the rules did not queue: the case stays, and follows.

    Args:
        edits: the newest revision of each edited comment, by the comment's id.

    Returns:
        The cases that followed, by the comment's id; comments without an undecided case are left out.
    """
    existing = _undecided(session, edits)
    openings = {
        comment_id: Opening(comment_id, edits[comment_id], case.severity, _base(case))
        for comment_id, case in existing.items()
    }
    moved = _move(session, existing, openings, now=now, clocks=clocks)
    group_cases(session, (), [each for each, _ in moved], now=now, clocks=clocks)
    ask_for_snapshots(session, moved, now=now)
    _record(session, "case_moved", moved, now)
    reckon(session, [case_id for case_id, _ in moved], clocks=clocks)
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


def _now_bring_back(existing: Mapping[int, t.Case], openings: Mapping[int, Opening]) -> dict[int, int]:
    """What undecided cases bring back that did not at the wording that they stand at."""
    return {
        case.id: first
        for comment_id, case in existing.items()
        if (first := openings[comment_id].repost_of) is not None
        and (case.repost_of is None or case.revision_id != openings[comment_id].revision_id)
    }


def _endangers(case: t.Case, opening: Opening) -> bool:
    """Whether a case becomes immediate danger by this, or is so again by other words."""
    if opening.severity != Severity.IMMEDIATE_DANGER:
        return False
    return case.severity != opening.severity or case.revision_id != opening.revision_id


def _base(case: t.Case) -> int:
    """What a case was opened with, before anything was added to it."""
    return case.priority if case.base_priority is None else case.base_priority


def _move(
    session: Session,
    existing: Mapping[int, t.Case],
    openings: Mapping[int, Opening],
    *,
    now: datetime,
    clocks: Clocks,
) -> list[tuple[int, Opening]]:
    changes: list[dict[str, Any]] = []
    moved: list[tuple[int, Opening]] = []
    for comment_id, case in existing.items():
        opening = openings[comment_id]
        severity, due_at = case.severity, case.due_at
        if Severity(opening.severity) > severity:
            severity = opening.severity
            due_at = min(due_at, clocks.due(severity, now))
        snoozed_until = case.snoozed_until
        if opening.revision_id != case.revision_id:
            moved.append((case.id, opening))
        if opening.revision_id != case.revision_id or severity != case.severity:
            snoozed_until = None
            _note_waking(session, case, now)
        changes.append(
            {
                "id": case.id,
                "revision_id": opening.revision_id,
                "severity": severity,
                "severity_rank": rank(severity),
                "base_priority": max(_base(case), opening.priority),
                "due_at": due_at,
                "snoozed_until": snoozed_until,
                "repost_of": case.repost_of or opening.repost_of,
            }
        )
    if changes:
        session.execute(update(t.Case), changes)
    return moved


def _record(session: Session, verb: str, cases: Iterable[tuple[int, Opening]], now: datetime) -> None:
    """Put on record that cases opened, or that they stand at newer words."""
    details = {
        case_id: {"revision_id": opening.revision_id, "severity": opening.severity}
        for case_id, opening in cases
    }
    audit.record_many(session, Actor(None, "intake"), verb, "case", details, now=now)


def _note_waking(session: Session, case: t.Case, now: datetime) -> None:
    """A newer wording or a higher severity ends that a case is put aside."""
    if case.snoozed_until is not None:
        detail = {"until": case.snoozed_until.isoformat()}
        audit.record(session, Actor(None, "intake"), "woken", "case", case.id, now=now, detail=detail)


def _insert(
    session: Session, openings: Sequence[Opening], *, now: datetime, clocks: Clocks
) -> list[tuple[int, Opening]]:
    if not openings:
        return []
    numbers = take_numbers(session, t.Case, len(openings))
    due = {severity: clocks.due(severity, now) for severity in {each.severity for each in openings}}
    rows = [
        {
            "id": number,
            "comment_id": opening.comment_id,
            "revision_id": opening.revision_id,
            "state": "open",
            "severity": opening.severity,
            "severity_rank": rank(opening.severity),
            "priority": opening.priority,
            "base_priority": opening.priority,
            "opened_at": now,
            "due_at": due[opening.severity],
            "repost_of": opening.repost_of,
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
