"""Decisions: what a person decided on the words that they saw (promises 2 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from rules.schema import Category, Severity
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.claims import claim, release
from worker.review.errors import AlreadyDecided, DecisionIncomplete
from worker.review.history import latest_decision
from worker.review.opening import Opening, ask_for_snapshots
from worker.review.requests import KINDS, must_be_newest, request_action
from worker.store import tables as t
from worker.store.casework import DECISIONS

_REASON_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided, before it is written.

    Attributes:
        verdict: upheld, not_upheld or needs_advice.
        categories: at least one where upheld.
        severity: needed where upheld.
        actions: what to ask the platform for: hide, unhide.
        supersedes: the decision that this one corrects, where the case is decided already.
    """

    verdict: str
    categories: Sequence[str]
    severity: str | None
    reason: str
    actions: Sequence[str]
    supersedes: int | None

    def check(self) -> None:
        """Refuse a decision that is not whole.

        Raises:
            DecisionIncomplete: with what is missing or not allowed.
        """
        _among("verdict", [self.verdict], DECISIONS)
        _among("category", self.categories, tuple(Category))
        _among("severity", [self.severity] if self.severity else [], tuple(Severity))
        if not self.reason.strip() or len(self.reason) > _REASON_LONGEST:
            raise _incomplete(f"A decision needs a reason, of at most {_REASON_LONGEST} characters.")
        if self.verdict == "upheld" and not self.categories:
            raise _incomplete("An upheld decision needs at least one category.")
        if self.verdict == "upheld" and self.severity is None:
            raise _incomplete("An upheld decision needs a severity.")
        if self.verdict == "not_upheld" and self.categories:
            raise _incomplete("A decision that does not uphold names no category.")
        self._check_actions()

    def _check_actions(self) -> None:
        for kind in self.actions:
            if kind not in KINDS:
                raise _incomplete(
                    f"Upstander cannot {kind.replace('_', ' ')} from a decision yet; it can hide and unhide.",
                )
        if len(self.actions) > 1:
            raise _incomplete("A decision asks either to hide or to unhide, once.")
        if "hide" in self.actions and self.verdict != "upheld":
            raise _incomplete("Only an upheld comment is hidden.")


def decide(
    session: Session,
    actor: Actor,
    case_id: int,
    revision_id: int,
    ruling: Ruling,
    *,
    now: datetime,
    minutes: int,
) -> int:
    """Write a decision with what follows from it: the case's state, requested actions, audit.

    Args:
        actor: a person; the caller has checked their rights in this transaction.
        revision_id: the revision that the person saw.
        minutes: how long a claim lasts; a free case is claimed on the way.

    Returns:
        The decision's id.

    Raises:
        DecisionIncomplete: see `Ruling.check`.
        NotFound: there is no such case, or the revision is not of its comment.
        RevisionChanged: the comment has a newer revision.
        AlreadyDecided: the case is decided and the ruling does not supersede that decision.
        ClaimHeld: somebody else is working on it.
    """
    ruling.check()
    person_id = _person(actor)
    comment, case = locked(session, case_id)
    must_be_newest(session, comment, revision_id)
    claim(session, case.id, person_id, now=now, minutes=minutes)
    latest = latest_decision(session, case.id)
    if case.state == "decided" and (latest is None or ruling.supersedes != latest.id):
        raise AlreadyDecided(case.id, latest.id if latest else None)
    _reopen(session, case, comment, revision_id, now)
    decision_id = _write(session, case, person_id, ruling, latest, now)
    case.state = "needs_advice" if ruling.verdict == "needs_advice" else "decided"
    case.closed_at = None if ruling.verdict == "needs_advice" else now
    release(session, case.id, person_id)
    detail: dict[str, Any] = {
        "decision_id": decision_id,
        "revision_id": revision_id,
        "verdict": ruling.verdict,
        "supersedes_id": latest.id if latest else None,
    }
    audit.record(session, actor, "decided", "case", case.id, now=now, detail=detail)
    session.flush()
    for kind in ruling.actions:
        decision = session.get_one(t.Decision, decision_id)
        request_action(session, actor, case, decision, kind, now=now, reason=ruling.reason)
    return decision_id


def locked(session: Session, case_id: int) -> tuple[t.Comment, t.Case]:
    """A case and its comment, kept from changing until the transaction ends.

    Raises:
        NotFound: there is no such case.
    """
    comment_id = session.scalar(select(t.Case.comment_id).where(t.Case.id == case_id))
    if comment_id is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the open ones.")
    fresh = {"populate_existing": True}
    # The comment first, as intake does: two that wait for each other would both fail.
    comment = session.scalars(
        select(t.Comment).where(t.Comment.id == comment_id).with_for_update().execution_options(**fresh)
    ).one()
    case = session.scalars(
        select(t.Case).where(t.Case.id == case_id).with_for_update().execution_options(**fresh)
    ).one()
    return comment, case


def _reopen(session: Session, case: t.Case, comment: t.Comment, revision_id: int, now: datetime) -> None:
    """Let a decided case follow to the words that are decided on now, with evidence of them."""
    if case.revision_id == revision_id:
        return
    later = session.scalar(
        select(t.Case.id).where(t.Case.comment_id == comment.id, t.Case.id > case.id).limit(1)
    )
    if later is not None:
        raise Conflict(
            f"The comment was edited, and case {later} is about what it says now.",
            safe="Nothing was decided.",
            do=f"Decide on case {later}.",
        )
    case.revision_id = revision_id
    opening = Opening(comment.id, revision_id, case.severity, case.priority)
    ask_for_snapshots(session, [(case.id, opening)], now=now)


def _write(
    session: Session, case: t.Case, person_id: int, ruling: Ruling, latest: t.Decision | None, now: datetime
) -> int:
    decision = t.Decision(
        case_id=case.id,
        revision_id=case.revision_id,
        person_id=person_id,
        verdict=ruling.verdict,
        severity=ruling.severity,
        reason=ruling.reason.strip(),
        supersedes_id=latest.id if latest else None,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    if ruling.categories:
        rows = [{"decision_id": decision.id, "category": name} for name in sorted(set(ruling.categories))]
        session.execute(insert(t.DecisionCategory), rows)
    return decision.id


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise DecisionIncomplete("Only a person decides.", safe="Nothing was decided.")
    return actor.person_id


def _among(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise _incomplete(f"There is no {what} {name}. Known: {', '.join(known)}.")


def _incomplete(happened: str) -> DecisionIncomplete:
    return DecisionIncomplete(happened, safe="Nothing was decided.")
