"""What was decided and done on a case so far, and the evidence that was captured."""

from __future__ import annotations

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from worker.review.queue import categories_of
from worker.review.view import ActionView, DecisionView, MarkView, NoteView, SnapshotView
from worker.store import tables as t


def latest_decision(session: Session, case_id: int) -> t.Decision | None:
    """The decision that counts: the newest of the case."""
    return session.scalar(
        select(t.Decision).where(t.Decision.case_id == case_id).order_by(t.Decision.id.desc()).limit(1)
    )


def overturned_since(session: Session, case_id: int, decision_id: int) -> bool:
    """Whether a later decision on a case did not uphold it, whatever others decided after that.

    What hangs on a decision ends with it: whoever upholds the case anew did not ask for it.
    """
    after = select(t.Decision.id).where(
        t.Decision.case_id == case_id, t.Decision.id > decision_id, t.Decision.verdict != "upheld"
    )
    return session.scalar(after.limit(1)) is not None


def later_case(session: Session, case: t.Case) -> int | None:
    """The case that is about what the comment came to say after this one was decided, if there is one."""
    return session.scalar(
        select(t.Case.id)
        .where(t.Case.comment_id == case.comment_id, t.Case.id > case.id)
        .order_by(t.Case.id.desc())
        .limit(1)
    )


def upheld_categories(session: Session, decision_id: int) -> frozenset[str]:
    """The categories that a decision upheld."""
    chosen = select(t.DecisionCategory.category).where(t.DecisionCategory.decision_id == decision_id)
    return frozenset(session.scalars(chosen))


def categories_on(session: Session, case: t.Case) -> frozenset[str]:
    """The categories that rules found in a case's words, and those that the decision that counts upheld."""
    found = categories_of(session, [case.revision_id]).get(case.revision_id, ())
    latest = latest_decision(session, case.id)
    return frozenset(found) | (upheld_categories(session, latest.id) if latest is not None else frozenset())


def decisions_of(session: Session, case_id: int) -> tuple[DecisionView, ...]:
    """Every decision on a case, oldest first."""
    rows = session.execute(
        select(t.Decision, t.Person.name)
        .join(t.Person, t.Person.id == t.Decision.person_id)
        .where(t.Decision.case_id == case_id)
        .order_by(t.Decision.id)
    )
    decided = rows.all()
    categories: dict[int, list[str]] = {}
    for decision_id, category in session.execute(
        select(t.DecisionCategory.decision_id, t.DecisionCategory.category)
        .where(t.DecisionCategory.decision_id.in_([decision.id for decision, _ in decided]))
        .order_by(t.DecisionCategory.category)
    ):
        categories.setdefault(decision_id, []).append(category)
    about, answers = _characteristics(session, case_id), _answers(session, case_id)
    return tuple(
        DecisionView(
            id=row.id,
            revision_id=row.revision_id,
            person=name,
            verdict=row.verdict,
            severity=row.severity,
            categories=tuple(categories.get(row.id, ())),
            reason=row.reason,
            why_not=row.why_not,
            characteristics=tuple(about.get(row.id, ())),
            target=row.target,
            breaks_house_rules=row.breaks_house_rules,
            may_be_offence=row.may_be_offence,
            effect=row.effect,
            advice_from=row.advice_from,
            advice_who=row.advice_who,
            criticism_yet_upheld=row.criticism_yet_upheld,
            law_version=row.law_version,
            answers=answers.get(row.id, {}),
            supersedes_id=row.supersedes_id,
            decided_at=row.decided_at,
        )
        for row, name in decided
    )


def notes_of(session: Session, case_id: int) -> tuple[NoteView, ...]:
    """Every note on a case, oldest first."""
    rows = session.execute(
        select(t.CaseNote, t.Person.name)
        .join(t.Person, t.Person.id == t.CaseNote.written_by)
        .where(t.CaseNote.case_id == case_id)
        .order_by(t.CaseNote.id)
    )
    return tuple(NoteView(row.id, name, row.written_at, row.text) for row, name in rows)


def marks_of(session: Session, comment_id: int) -> tuple[MarkView, ...]:
    """What people said a comment's pictures are, oldest first."""
    rows = session.execute(
        select(t.Mark, t.Person.name)
        .join(t.Person, t.Person.id == t.Mark.marked_by)
        .where(t.Mark.comment_id == comment_id)
        .order_by(t.Mark.id)
    )
    return tuple(MarkView(row.mark, row.revision_id, name, row.marked_at) for row, name in rows)


def _characteristics(session: Session, case_id: int) -> dict[int, list[str]]:
    """The protected characteristics of a case's decisions, by the decision's id."""
    found: dict[int, list[str]] = {}
    for decision_id, each in session.execute(
        select(t.DecisionCharacteristic.decision_id, t.DecisionCharacteristic.characteristic)
        .join(t.Decision, t.Decision.id == t.DecisionCharacteristic.decision_id)
        .where(t.Decision.case_id == case_id)
        .order_by(t.DecisionCharacteristic.characteristic)
    ):
        found.setdefault(decision_id, []).append(each)
    return found


def _answers(session: Session, case_id: int) -> dict[int, dict[str, str]]:
    """What was answered with a case's decisions, by the decision's id."""
    found: dict[int, dict[str, str]] = {}
    for decision_id, question, answer in session.execute(
        select(t.DecisionAnswer.decision_id, t.DecisionAnswer.question, t.DecisionAnswer.answer)
        .join(t.Decision, t.Decision.id == t.DecisionAnswer.decision_id)
        .where(t.Decision.case_id == case_id)
        .order_by(t.DecisionAnswer.question)
    ):
        found.setdefault(decision_id, {})[question] = answer
    return found


def actions_of(session: Session, case_id: int) -> tuple[ActionView, ...]:
    """Every requested action of a case with what came of it, oldest first."""
    second = aliased(t.Person)
    agreed = and_(
        t.Approval.requested_action_id == t.RequestedAction.id,
        t.Approval.verdict.in_(("approved", "broke_glass")),
    )
    rows = session.execute(
        select(
            t.RequestedAction,
            t.Person.name,
            func.coalesce(t.Action.outcome, t.RequestedAction.detail).label("outcome"),
            func.coalesce(t.Action.calls, 0).label("calls"),
            t.Action.verified_at,
            case((t.Approval.verdict == "broke_glass", "nobody: alone"), else_=second.name).label("second"),
        )
        .join(t.Person, t.Person.id == t.RequestedAction.requested_by)
        .outerjoin(t.Approval, agreed)
        .outerjoin(second, second.id == t.Approval.person_id)
        .outerjoin(t.Action, t.Action.requested_action_id == t.RequestedAction.id)
        .where(t.RequestedAction.case_id == case_id)
        .order_by(t.RequestedAction.id)
    ).all()
    return tuple(
        ActionView(
            requested_action_id=asked.id,
            decision_id=asked.decision_id,
            kind=asked.kind,
            state=asked.state,
            requested_by=name,
            requested_at=asked.requested_at,
            outcome=outcome,
            calls=calls,
            finished_at=asked.finished_at,
            verified_at=verified_at,
            reason=asked.reason,
            second_person=second_name,
        )
        for asked, name, outcome, calls, verified_at, second_name in rows
    )


def snapshots_of(session: Session, case_id: int) -> tuple[SnapshotView, ...]:
    """Every snapshot of a case, oldest first."""
    rows = session.scalars(select(t.Snapshot).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id))
    return tuple(
        SnapshotView(
            id=row.id,
            revision_id=row.revision_id,
            kind=row.kind,
            state=row.state,
            asked_at=row.asked_at,
            sealed_at=row.sealed_at,
            bag=row.bag,
            destroyed_at=row.destroyed_at,
        )
        for row in rows
    )
