"""What the answers of a group decision lead to is asked for once; flags and restrictions are each case's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.judging import said
from tests.unit.review.desk import Desk, done
from tests.unit.review.pile_on import Flood
from tests.unit.review.whole import strict
from worker.review import group_decisions
from worker.review.duties import Wanted, ask, one_case
from worker.review.particulars import Particulars
from worker.store import tables as t

_NO = {"criticism_of_care": "no", "at_risk_now": "no", "safeguarding": "no", "patient_identifiable": "no"}


class Answered(Flood):
    """A group on which the questions of a decision are answered. What is said can be changed in between."""

    verdict = "upheld"
    answers: dict[str, str] = _NO

    def ruled(
        self, case_id: int, *categories: str, together: int | None = None, supersedes: int | None = None
    ) -> int:
        """The reviewer decides on one case, as is said now; whoever sees it decides on a restricted one."""
        upheld: dict[str, Any] = {"categories": categories or ("threat", "doxxing"), "severity": "serious"}
        with self.scene.store.read() as session:
            restricted = session.get_one(t.Case, case_id).restriction is not None
        return strict(self.scene).decide(
            self.scene.people["senior_reviewer"] if restricted else self.scene.reviewer,
            case_id,
            self.revisions[case_id],
            self.verdict,
            reason="A pile-on on a named nurse.",
            particulars=self._said(),
            together=together,
            supersedes=supersedes,
            **(upheld if self.verdict == "upheld" else {}),
        )

    def _said(self) -> Particulars:
        return said(self.verdict, answers=self.answers)

    def all_waiting(self, *kinds: str) -> list[tuple[str, int | None, str | None]]:
        """The tasks of these kinds that wait: kind, case, role."""
        with self.scene.store.read() as session:
            rows = session.execute(
                select(t.Task.kind, t.Task.case_id, t.Task.for_role)
                .where(t.Task.done_at.is_(None), t.Task.kind.in_(kinds))
                .order_by(t.Task.id)
            )
            return [(row.kind, row.case_id, row.for_role) for row in rows]


@pytest.fixture
def group(desk: Desk) -> Answered:
    """Three cases of one author that wait."""
    return Answered(desk)


def test_an_answer_for_a_group_is_one_task_and_flags_and_restrictions_are_each_cases(group: Answered) -> None:
    """At once, not when a job has run: three cases, one emergency, one task of each who has to see to it."""
    group.verdict, group.answers = "needs_advice", _NO | {"at_risk_now": "yes", "patient_identifiable": "yes"}
    group.decide()
    assert group.all_waiting("emergency", "patient", "advice") == [
        ("emergency", None, "on_call_manager"),
        ("patient", None, "evidence_officer"),
        ("advice", None, "legal"),
    ]
    (task,) = group.desk.tasks("emergency")
    assert task.title.startswith("Group 1 (cases decided together): somebody may be at risk now.")
    assert (task.due_at - group.scene.clock.now()).total_seconds() == 15 * 60
    for role, kind in (("on_call_manager", "emergency"), ("legal", "advice")):
        (task,) = group.desk.tasks(kind)
        assert group.desk.of.tasks.show(group.desk.person(role), task.id).cases == group.cases
    assert "`upstander refer make CASE`. `upstander tasks show` lists the cases, CASE is any" in task.title
    with group.scene.store.read() as session:
        flags = session.execute(select(t.CaseFlag.case_id, t.CaseFlag.flag)).all()
        paged = session.scalars(select(t.Page.case_id).order_by(t.Page.case_id)).all()
    assert sorted(flags) == [(case, flag) for case in group.cases for flag in ("at_risk_now", "patient")]
    assert paged == list(group.cases)


def test_the_role_that_gets_a_groups_task_sees_its_cases(group: Answered) -> None:
    """A restricted case is not the evidence officer's: a senior who sees it judges whether it is a breach."""
    group.answers = _NO | {"safeguarding": "yes", "patient_identifiable": "yes"}
    group.decide()
    assert group.all_waiting("safeguarding", "patient") == [
        ("safeguarding", None, "safeguarding_lead"),
        ("patient", None, "senior_reviewer"),
    ]
    with group.scene.store.read() as session:
        assert set(session.scalars(select(t.Case.restriction))) == {"safeguarding"}
    for role, kind in (("safeguarding_lead", "safeguarding"), ("senior_reviewer", "patient")):
        (task,) = group.desk.tasks(kind)
        assert group.desk.of.tasks.show(group.desk.person(role), task.id).cases == group.cases


def test_a_member_that_is_answered_anew_stands_for_itself(group: Answered) -> None:
    """Yes gives it a task of its own; the group's waits for the others, and ends with the last of them."""
    group.answers = _NO | {"at_risk_now": "yes"}
    group.decide()
    group.followed()
    first, second, third = group.cases
    group.corrected(first)
    group.answers = _NO
    group.corrected(second)
    assert group.all_waiting("emergency") == [
        ("emergency", None, "on_call_manager"),
        ("emergency", first, "on_call_manager"),
    ]
    group.corrected(third)
    assert group.all_waiting("emergency") == [("emergency", first, "on_call_manager")]
    shared, _ = group.desk.tasks("emergency")
    assert (shared.done_by, shared.outcome) == (
        None,
        "Not needed: the decision that counts no longer calls for it.",
    )


def test_what_is_not_asked_anew_is_not_forgotten(group: Answered) -> None:
    """A breach is judged also where the comment stands: unasked, the task becomes the case's own, as due."""
    group.answers = _NO | {"patient_identifiable": "yes"}
    group.decide()
    (shared,) = group.desk.tasks("patient")
    group.verdict, group.answers = "not_upheld", {}
    for case in group.cases:
        group.corrected(case)
    assert group.all_waiting("patient") == [("patient", case, "evidence_officer") for case in group.cases]
    assert {task.due_at for task in group.desk.tasks("patient")} == {shared.due_at}


def test_what_was_done_for_the_group_is_not_asked_of_its_next_member(group: Answered) -> None:
    """Whoever was quick is not asked again; what was ended because nobody called for it is."""
    group.answers = _NO | {"at_risk_now": "yes", "patient_identifiable": "yes"}
    with group.scene.store.write() as session:
        now = group.scene.clock.now()
        number = group_decisions.begin(session, group.scene.reviewer, 1, None, now=now)
    group.ruled(group.cases[0], together=number)
    (emergency,) = group.desk.tasks("emergency")
    group.desk.of.tasks.done(group.desk.person("on_call_manager"), emergency.id, "999 was called.")
    (patient,) = group.desk.tasks("patient")
    with group.scene.store.write() as session:
        ended = session.get_one(t.Task, patient.id)
        ended.done_at, ended.outcome = now, "Not needed."
    group.ruled(group.cases[1], together=number)
    assert group.all_waiting("emergency", "patient") == [("patient", None, "evidence_officer")]


def test_advice_for_a_group_ends_when_the_group_is_decided(group: Answered) -> None:
    """Decided together again, or one by one: whoever was asked for advice is not left with a task."""
    group.verdict = "needs_advice"
    group.decide()
    group.ruled(group.cases[0])
    assert group.all_waiting("advice") == [
        ("advice", None, "legal"),
        ("advice", group.cases[0], "legal"),
    ]
    group.verdict = "not_upheld"
    group.decide()
    group.desk.of.aftercare.follow_group(2, done)
    assert group.all_waiting("advice") == []


def test_a_case_by_itself_is_asked_about_once_and_again_when_it_was_done(group: Answered) -> None:
    """Yes again keeps the clock that runs; after it was done it is asked for anew; no ends it."""
    case, role = group.cases[0], "on_call_manager"
    group.answers = _NO | {"at_risk_now": "yes"}
    first = group.ruled(case)
    second = group.ruled(case, supersedes=first)
    (task,) = group.desk.tasks("emergency")
    group.desk.of.tasks.done(group.desk.person(role), task.id, "999 was called.")
    third = group.ruled(case, supersedes=second)
    assert group.all_waiting("emergency") == [("emergency", case, role)]
    group.answers = _NO
    fourth = group.ruled(case, supersedes=third)
    assert group.all_waiting("emergency") == []
    assert group.desk.tasks("emergency")[1].outcome == f"Decided anew (decision {fourth})."


def test_a_task_that_waits_is_brought_forward_to_the_earlier_time(group: Answered) -> None:
    """A later decision that leaves less time counts; one that leaves more does not put anything off."""
    case, scene = group.cases[0], group.scene
    now, due = scene.clock.now(), []
    for decision, minutes in enumerate((60, 15, 30), 1):
        wanted = Wanted(
            "emergency", "{about}: see to it.", "on_call_manager", now + timedelta(minutes=minutes)
        )
        with scene.store.write() as session:
            ask(session, scene.reviewer, one_case(case), wanted, decision_id=decision, now=now)
        (task,) = group.desk.tasks("emergency")
        due.append(int((task.due_at - now).total_seconds() / 60))
    assert due == [60, 15, 15]
    assert [row.object_id for row in scene.audited("task_brought_forward")] == [
        task.id for task in group.desk.tasks("emergency")
    ]
