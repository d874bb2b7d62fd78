"""What one hand-in writes, inside its one transaction: a comment of no platform, its words, its case."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from rules.evaluate import RuleSet
from rules.schema import Category, Finding, RevisionText, Severity, Verdict
from worker.intake.hand_in import Given
from worker.intake.screening import wording_hash
from worker.review.clocks import Clocks
from worker.review.machine import NOT_YET, must_lead
from worker.review.opening import Opening, ask_for_snapshots, open_cases, rank
from worker.store import tables as t
from worker.store.platform import HANDED_IN
from worker.store.searching import index_words

#: The one account of hand-ins. It has no feed, no secret and no connector.
_ACCOUNT = {"platform": HANDED_IN, "external_id": "staff", "handle": "Handed in by staff", "credential": "-"}
_LEAST_PRIORITY = 20
_LOOK = Finding(
    rule_id="intake.handed_in",
    rule_version=1,
    category=Category.OTHER,
    severity=Severity.ROUTINE,
    start=0,
    end=0,
    matched="",
    reason="A member of staff handed this in: a person looks at it, whatever the rules make of its words.",
)
_NOT_JUDGED = Verdict(findings=(), severity=None, priority=0, queue=False, categories=())


@dataclass(frozen=True, slots=True)
class Received:
    """A hand-in as it is about to be written.

    Attributes:
        reference: what it is called for good, beside its number.
        raw: as received (see `hand_in.as_received`).
        danger: the rules read immediate danger in its words, also where nothing of it is judged here.
    """

    given: Given
    reference: str
    raw: bytes
    verdict: Verdict
    pack_version: str
    danger: bool


def new_reference() -> str:
    """A name for one hand-in that no other has."""
    return f"hand-in-{secrets.token_hex(8)}"


def verdict_on(given: Given, rules: RuleSet) -> Verdict:
    """What the rules make of a hand-in. It is always for a person to look at, unless it is HR's."""
    if given.staff_on_staff:
        return _NOT_JUDGED
    found = rules.evaluate(RevisionText(given.words)) if given.words else _NOT_JUDGED
    return Verdict(
        findings=found.findings or (_LOOK,),
        severity=found.severity or Severity.ROUTINE,
        priority=max(found.priority, _LEAST_PRIORITY),
        queue=True,
        categories=found.categories or (Category.OTHER,),
    )


def means_danger(given: Given, rules: RuleSet) -> bool:
    """Whether its words may mean immediate danger. Asked of everything: who waits for HR waits too long."""
    if not given.words:
        return False
    return rules.evaluate(RevisionText(given.words)).severity is Severity.IMMEDIATE_DANGER


def write_case(session: Session, received: Received, *, clocks: Clocks, now: datetime) -> int:
    """Write a hand-in's comment, revision, findings and case.

    Returns:
        The case's number.
    """
    comment_id, revision_id = _write_words(session, received, now)
    if received.given.staff_on_staff:
        return _routed(session, comment_id, revision_id, clocks=clocks, now=now)
    severity = (received.verdict.severity or Severity.ROUTINE).value
    opening = Opening(comment_id, revision_id, severity, received.verdict.priority)
    return open_cases(session, [opening], now=now, clocks=clocks)[comment_id]


def _routed(session: Session, comment_id: int, revision_id: int, *, clocks: Clocks, now: datetime) -> int:
    """A case that is evidence and nothing else: it never waits in the queue and nobody decides on it."""
    must_lead("case", NOT_YET, "routed")
    severity = Severity.ROUTINE.value
    case = t.Case(
        comment_id=comment_id,
        revision_id=revision_id,
        state="routed",
        severity=severity,
        severity_rank=rank(severity),
        priority=0,
        opened_at=now,
        due_at=clocks.due(severity, now),
        closed_at=now,
    )
    session.add(case)
    session.flush()
    ask_for_snapshots(session, [(case.id, Opening(comment_id, revision_id, severity, 0))], now=now)
    return case.id


def _write_words(session: Session, received: Received, now: datetime) -> tuple[int, int]:
    verdict, text = received.verdict, received.given.words
    digest = wording_hash(text)
    comment = t.Comment(
        account_id=_account(session, now),
        platform=HANDED_IN,
        external_id=received.reference,
        kind=HANDED_IN,
        first_seen_at=now,
        revision_hash=digest,
    )
    session.add(comment)
    session.flush()
    revision = t.Revision(
        comment_id=comment.id,
        number=1,
        text=text,
        revision_hash=digest,
        media=[],
        flaws=[],
        raw=received.raw,
        page_sha256=hashlib.sha256(received.raw).hexdigest(),
        seen_at=now,
        severity=None if verdict.severity is None else verdict.severity.value,
        priority=verdict.priority,
        queued=verdict.queue,
        pack_version=received.pack_version,
    )
    session.add(revision)
    session.flush()
    comment.revision_id = revision.id
    index_words(session, [(revision.id, text)])
    session.add_all(t.Finding(revision_id=revision.id, **_columns(found)) for found in verdict.findings)
    session.flush()
    return comment.id, revision.id


def _columns(found: Finding) -> dict[str, Any]:
    return {
        "rule_id": found.rule_id,
        "rule_version": found.rule_version,
        "category": found.category.value,
        "severity": found.severity.value,
        "span_start": found.start,
        "span_end": found.end,
        "matched": found.matched,
        "reason": found.reason,
        "characteristics": [each.value for each in found.characteristics],
    }


def _account(session: Session, now: datetime) -> int:
    """The row that hand-ins hang on, made on first use; of two first uses at once, one makes it."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = {**_ACCOUNT, "paused": False, "created_at": now}
    session.execute(dialect.insert(t.Account).values(fresh).on_conflict_do_nothing())
    return session.scalars(select(t.Account.id).where(t.Account.platform == HANDED_IN)).one()
