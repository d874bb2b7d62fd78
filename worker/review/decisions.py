"""Decisions: what a person decided on the words that they saw (promises 2 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import aftercare, duties, fingerprints, group_decisions, pages
from worker.review.claims import claim, release
from worker.review.consequences import Procedure, ask_advice, follow_answers, supersede
from worker.review.errors import AlreadyDecided, DecisionIncomplete, NeverJudged
from worker.review.guidance import Guidance
from worker.review.history import later_case, latest_decision
from worker.review.kinds import RESTORING
from worker.review.locked import locked
from worker.review.opening import Opening, ask_for_snapshots
from worker.review.overruling import call_off
from worker.review.questions import Answer, Occasion
from worker.review.queue import categories_of
from worker.review.report_tasks import follow_decision
from worker.review.requests import must_be_newest, request_action
from worker.review.ruling import Ruling
from worker.store import tables as t


def decide(
    session: Session,
    actor: Actor,
    case_id: int,
    revision_id: int,
    ruling: Ruling,
    *,
    now: datetime,
    procedure: Procedure,
) -> int:
    """Write a decision with what follows from it: the case's state, requested actions, audit.

    Args:
        actor: a person; the caller has checked their rights in this transaction.
        revision_id: the revision that the person saw.
        procedure: how decisions are taken; a free case is claimed on the way.

    Returns:
        The decision's id.

    Raises:
        DecisionIncomplete: see `Ruling.check`; or a question that the Trust asks is not answered.
        NotFound: there is no such case, or the revision is not of its comment.
        RevisionChanged: the comment has a newer revision, and this corrects no judgement of the older words.
        NeverJudged: it is about a colleague, and HR's.
        AlreadyDecided: the case is decided and the ruling does not supersede that decision.
        ClaimHeld: somebody else is working on it.
    """
    ruling.check()
    person_id = _person(actor)
    comment, case = locked(session, case_id)
    if case.state in ("routed", "closed"):
        raise NeverJudged(case.id)
    if not _corrects(session, case, revision_id, ruling):
        must_be_newest(session, comment, revision_id)
    claim(session, case.id, person_id, now=now, minutes=procedure.minutes)
    latest = latest_decision(session, case.id)
    if case.state == "decided" and (latest is None or ruling.supersedes != latest.id):
        raise AlreadyDecided(case.id, latest.id if latest else None)
    guidance = procedure.guidance()
    answered = _answered(session, case, revision_id, ruling, guidance, procedure.going_on(now))
    _reopen(session, case, revision_id, now)
    decision = _write(session, case, person_id, ruling, latest, now, guidance)
    case.state = "needs_advice" if ruling.verdict == "needs_advice" else "decided"
    case.closed_at = None if ruling.verdict == "needs_advice" else now
    release(session, case.id, person_id)
    pages.acknowledge(session, actor, case.id, now=now, by="deciding")
    detail: dict[str, Any] = {
        "decision_id": decision.id,
        "revision_id": revision_id,
        "verdict": ruling.verdict,
        "supersedes_id": latest.id if latest else None,
        "answers": dict(ruling.particulars.answers),
        "group_decision": ruling.together,
        "os_user": actor.os_user,
    }
    audit.record(session, actor, "decided", "case", case.id, now=now, detail=detail)
    session.flush()
    _follow(session, actor, case, decision, ruling, answered, now, procedure)
    for kind in ruling.actions:
        terms = ruling.terms if kind == "block" else None
        request_action(session, actor, case, decision, kind, now=now, reason=ruling.reason, terms=terms)
    return decision.id


def _follow(
    session: Session,
    actor: Actor,
    case: t.Case,
    decision: t.Decision,
    ruling: Ruling,
    answered: Sequence[Answer],
    now: datetime,
    procedure: Procedure,
) -> None:
    """What a decision changes for what was begun before it, and what it begins beside actions."""
    matter = duties.one_case(case.id)
    if ruling.together is not None:
        group = group_decisions.add(session, actor, ruling.together, decision.id)
        matter = duties.decided_together(group.id, group.group_id)
    anew = decision.supersedes_id is not None
    if anew:
        # Before the first decision nothing was asked of anybody.
        follow_decision(session, actor, case.id, ruling.verdict, now=now)
        call_off(session, case.id, ruling.verdict, now=now)
        denied = procedure.guidance().questions.denied(ruling.particulars.answers)
        supersede(session, actor, decision, matter, denied, now=now)
    fingerprints.follow(session, case.id, now=now, decision=decision)
    if ruling.verdict == "upheld" or anew:
        aftercare.ask(session, case.id, decision.id, now=now, together=ruling.together)
    follow_answers(session, actor, case, decision, answered, matter, now=now, clocks=procedure.clocks)
    # Last: who is asked for advice depends on who may see the case by now.
    ask_advice(session, actor, decision, matter, now=now, days=procedure.days)


def _corrects(session: Session, case: t.Case, revision_id: int, ruling: Ruling) -> bool:
    """Whether a decision only corrects another on the words that were judged, and takes nothing down.

    Where a later case is about what the comment says now, nothing else is left to correct it by.
    """
    return (
        case.state == "decided"
        and ruling.verdict != "needs_advice"
        and revision_id == case.revision_id
        and RESTORING.issuperset(ruling.actions)
        and later_case(session, case) is not None
    )


def _reopen(session: Session, case: t.Case, revision_id: int, now: datetime) -> None:
    """Let a decided case follow to the words that are decided on now, with evidence of them."""
    if case.revision_id == revision_id:
        return
    later = later_case(session, case)
    if later is not None:
        raise Conflict(
            f"The comment was edited, and case {later} is about what it says now.",
            safe="Nothing was decided.",
            do=f"Decide on case {later}. To correct what was decided here, decide on revision"
            f" {case.revision_id}, which was judged, and ask for nothing to be taken down.",
        )
    case.revision_id = revision_id
    opening = Opening(case.comment_id, revision_id, case.severity, case.priority)
    ask_for_snapshots(session, [(case.id, opening)], now=now)


def _answered(
    session: Session,
    case: t.Case,
    revision_id: int,
    ruling: Ruling,
    guidance: Guidance,
    going_on: frozenset[str],
) -> tuple[Answer, ...]:
    """What was answered, where nothing is missing."""
    found = categories_of(session, [revision_id]).get(revision_id, ())
    occasion = Occasion(
        verdict=ruling.verdict,
        categories=frozenset({*found, *ruling.categories}),
        severities=frozenset({case.severity, *([ruling.severity] if ruling.severity else [])}),
        actions=frozenset(ruling.actions),
        going_on=going_on,
    )
    said = ruling.particulars
    answered = guidance.questions.check(occasion, said.answers)
    said.check_criticism(ruling.verdict, answered.values())
    return tuple(answered.values())


def _write(
    session: Session,
    case: t.Case,
    person_id: int,
    ruling: Ruling,
    latest: t.Decision | None,
    now: datetime,
    guidance: Guidance,
) -> t.Decision:
    said = ruling.particulars
    decision = t.Decision(
        case_id=case.id,
        revision_id=case.revision_id,
        person_id=person_id,
        verdict=ruling.verdict,
        severity=ruling.severity,
        reason=ruling.reason.strip(),
        why_not=said.why_not,
        target=said.target,
        breaks_house_rules=said.breaks_house_rules,
        may_be_offence=said.may_be_offence,
        effect=said.effect,
        advice_from=said.advice_from,
        advice_who=said.advice_who,
        criticism_yet_upheld=said.criticism_yet_upheld,
        law_version=guidance.law.version if ruling.verdict == "upheld" else None,
        supersedes_id=latest.id if latest else None,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    if ruling.categories:
        rows = [{"decision_id": decision.id, "category": name} for name in sorted(set(ruling.categories))]
        session.execute(insert(t.DecisionCategory), rows)
    about = sorted(set(said.characteristics))
    session.add_all(t.DecisionCharacteristic(decision_id=decision.id, characteristic=each) for each in about)
    session.add_all(
        t.DecisionAnswer(decision_id=decision.id, question=question, answer=answer)
        for question, answer in said.answers.items()
    )
    return decision


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise DecisionIncomplete("Only a person decides.", safe="Nothing was decided.")
    return actor.person_id
