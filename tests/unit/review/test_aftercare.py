"""What follows from a decision: police, support, a debrief, Datix; and help instead of punishment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.unit.review.desk import Desk, done
from worker.errors import Conflict
from worker.review import welfare
from worker.review.errors import DecisionIncomplete
from worker.review.machine import IllegalMove
from worker.review.referral_words import ReferralIncomplete
from worker.review.requests import request_action
from worker.store import tables as t


@pytest.mark.parametrize(
    ("categories", "severity", "target", "wanted"),
    [
        (("insult",), "routine", "trust", {"record_in_datix"}),
        (("insult",), "routine", "named_staff", {"record_in_datix", "offer_support"}),
        (("insult",), "serious", "trust", {"record_in_datix", "debrief"}),
        (("harassment",), "concerning", "other", {"record_in_datix", "consider_police"}),
        (
            ("threat",),
            "serious",
            "staff",
            {"record_in_datix", "consider_police", "call_police", "offer_support", "debrief"},
        ),
        (
            ("defamation",),
            "concerning",
            "other",
            {"record_in_datix", "consider_police", "legal_advice", "tell_insurers", "limitation"},
        ),
        (("self_harm",), "immediate_danger", "other", {"record_in_datix", "refer_welfare", "debrief"}),
        (("spam_scam",), "routine", "trust", set()),
    ],
)
def test_each_decision_calls_for_its_tasks(
    desk: Desk, categories: tuple[str, ...], severity: str, target: str, wanted: set[str]
) -> None:
    """By category, severity and target; a person in distress is not taken to the police."""
    desk.decided(*categories, severity=severity, target=target)
    assert desk.waiting() == wanted
    desk.of.aftercare.follow(desk.case, done)
    assert len(desk.waiting()) == desk.scene.count(t.Task)


def test_a_correction_ends_what_is_not_needed_and_a_second_one_asks_again(desk: Desk) -> None:
    """What a person did is not asked for twice; what was only not needed is."""
    desk.decided("threat")
    (police,) = desk.tasks("consider_police")
    desk.of.tasks.done(desk.person("senior_reviewer"), police.id, "Talked to the officer.")
    desk.decided(verdict="not_upheld")
    assert desk.waiting() == set()
    ended = desk.tasks("record_in_datix")[0]
    assert (ended.done_by, ended.outcome) == (
        None,
        "Not needed: the decision that counts no longer calls for it.",
    )
    desk.decided("threat")
    assert desk.waiting() == {"record_in_datix", "call_police", "debrief"}


def test_what_is_on_record_already_is_not_asked_for(desk: Desk) -> None:
    """A call to the police, support and a Datix reference from before the decision was followed count."""
    desk.refer("police_999", acknowledged="Call taken.")
    desk.of.support.offer(desk.reviewer, desk.case, "occupational_health", "staff nurse")
    desk.decided("threat", target="named_staff")
    assert desk.waiting() == {"record_in_datix", "debrief"}
    desk.of.datix.note(desk.reviewer, desk.case, "WEB123")
    assert desk.waiting() == {"debrief"}


def test_an_upheld_decision_is_followed_by_a_job_of_its_own_transaction(desk: Desk) -> None:
    """The stage of review asks for it; nobody has to remember."""
    number = desk.scene.upheld(desk.case, desk.revision)
    with desk.scene.store.read() as session:
        job = session.scalars(select(t.Job).where(t.Job.kind == "follow_up")).one()
    assert (job.payload, job.key) == ({"case_id": desk.case}, f"follow_up:{number}")


def test_the_limitation_task_names_the_day_and_comes_before_it(desk: Desk) -> None:
    """A claim has to be begun within a year of publication: the task is due sixty days before its end."""
    desk.decided("defamation")
    (task,) = desk.tasks("limitation")
    assert "9 November 2027" in task.title
    assert task.due_at == datetime(2027, 9, 10, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["delete", "block", "platform_report"])
def test_distress_is_not_punished(desk: Desk, kind: str) -> None:
    """A decision whose only category is self-harm cannot ask for it; beside a threat it can."""
    alone, beside = desk.decided("self_harm"), desk.decided("self_harm", "threat")
    with desk.scene.store.write() as session:
        case = session.get_one(t.Case, desk.case)
        with pytest.raises(DecisionIncomplete, match="not deleted, blocked or reported"):
            request_action(
                session,
                desk.reviewer,
                case,
                session.get_one(t.Decision, alone),
                kind,
                now=desk.scene.clock.now(),
                reason="House rules.",
            )
        welfare.spare(session, beside, kind)
        welfare.spare(session, alone, "hide")


def test_the_welfare_route_brings_the_supportive_reply(desk: Desk) -> None:
    """The referral names the template for a person to post, and ends the task."""
    desk.decided("self_harm")
    number = desk.refer("samaritans")
    assert desk.of.referred.show(desk.reviewer, number).template == "self_harm_support"
    assert "refer_welfare" not in desk.waiting()
    desk.decided("threat")
    assert desk.of.referred.show(desk.reviewer, desk.refer("pals")).template is None


def test_support_is_offered_to_a_role_and_answered_once(desk: Desk) -> None:
    """The offer ends the task; an answer is not changed afterwards, and no word of it is audited."""
    desk.decided("insult", target="named_staff")
    offers = desk.of.support
    number = offers.offer(desk.reviewer, desk.case, "employee_assistance", "staff nurse, ward 4")
    assert "offer_support" not in desk.waiting()
    offers.answer(desk.reviewer, number, "accepted")
    with pytest.raises(IllegalMove):
        offers.answer(desk.reviewer, number, "declined")
    (row,) = offers.list(desk.reviewer, desk.case)
    assert (row.state, row.offered_to) == ("accepted", "staff nurse, ward 4")
    assert "ward 4" not in str([each.detail for each in desk.scene.audited("support_offered")])
    with pytest.raises(ReferralIncomplete):
        offers.offer(desk.reviewer, desk.case, "a holiday", "staff nurse")


def test_only_incidents_get_a_datix_reference(desk: Desk) -> None:
    """What nobody upheld is not filed as an incident."""
    with pytest.raises(Conflict, match="is no incident"):
        desk.of.datix.note(desk.reviewer, desk.case, "WEB123")
    desk.decided(verdict="not_upheld")
    with pytest.raises(Conflict, match="is no incident"):
        desk.of.datix.records(desk.reviewer, [desk.case])
