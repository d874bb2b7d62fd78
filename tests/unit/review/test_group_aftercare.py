"""What follows from deciding on a group is asked for once; each case keeps a decision of its own."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.quiet import statements
from tests.unit.review.desk import Desk, done
from tests.unit.review.pile_on import Flood
from worker.errors import Conflict, NotYet
from worker.review import duties, group_decisions
from worker.review.referral_words import NewReferral
from worker.store import tables as t

_THREAT = {"record_in_datix", "consider_police", "call_police", "offer_support", "debrief"}


@pytest.fixture
def flood(desk: Desk) -> Flood:
    """Three cases of one author that wait."""
    return Flood(desk)


def test_a_group_decision_asks_for_each_thing_once(flood: Flood) -> None:
    """Three decisions, one job, one task of each kind, which names the group, how many cases, and which."""
    flood.decide()
    with flood.scene.store.read() as session:
        jobs = session.scalars(select(t.Job).where(t.Job.kind.like("follow%"))).all()
    assert [(job.kind, job.payload) for job in jobs] == [("follow_group", {"group_decision": 1})]
    flood.followed()
    flood.followed()
    assert flood.waiting() == dict.fromkeys(_THREAT)
    assert flood.scene.count(t.Decision) == 3
    (datix,) = flood.desk.tasks("record_in_datix")
    assert datix.title.startswith("Group 1 (3 cases decided together): record it in Datix")
    assert "`upstander datix note CASE REFERENCE`. One record stands for all of them." in datix.title
    assert flood.desk.of.tasks.show(flood.scene.reviewer, datix.id).cases == tuple(flood.cases)
    (whole,) = flood.scene.audited("decided_together")
    assert [row.detail["group_decision"] for row in (whole, *flood.scene.audited("decided"))] == [1] * 4


def test_what_is_noted_on_any_member_ends_the_task_of_the_group(flood: Flood) -> None:
    """A referral, an offer of support, a Datix reference, each on another case: none is asked for again."""
    flood.decide()
    flood.followed()
    first, second, third = flood.cases
    of = flood.desk.of
    of.referrals.make(flood.scene.reviewer, second, NewReferral("police_101", "The police", "A threat."))
    of.support.offer(flood.scene.reviewer, third, "union", "staff nurse")
    of.datix.note(flood.scene.reviewer, first, "WEB-1")
    assert flood.waiting() == {"debrief": None}
    (task,) = flood.desk.tasks("consider_police")
    assert (task.outcome, task.done_by) == (
        f"Case {second}: Referral 1 was made.",
        flood.scene.reviewer.person_id,
    )
    flood.followed()
    assert flood.waiting() == {"debrief": None}


def test_what_was_noted_before_the_group_is_followed_is_not_asked_for(flood: Flood) -> None:
    """Nor does a referral to the security specialist ask a member for what the group is asked for."""
    flood.decide()
    flood.desk.of.referrals.considered(
        flood.scene.reviewer, flood.cases[2], "police_101", "Nobody is afraid."
    )
    flood.desk.of.datix.note(flood.scene.reviewer, flood.cases[1], "WEB-1")
    flood.followed()
    assert flood.waiting() == dict.fromkeys({"call_police", "offer_support", "debrief"})
    told = NewReferral("security_specialist", "Security", "They know the place.")
    flood.desk.of.referrals.make(flood.scene.reviewer, flood.cases[0], told)
    assert flood.waiting()["call_police"] is None


def test_a_corrected_member_stands_for_itself_and_the_others_keep_their_task(flood: Flood) -> None:
    """Only when the last of them is corrected is nothing needed any more."""
    flood.decide()
    flood.followed()
    first, second, third = flood.cases
    flood.corrected(first)
    assert flood.waiting() == dict.fromkeys(_THREAT)
    (debrief,) = flood.desk.tasks("debrief")
    assert flood.desk.of.tasks.show(flood.desk.person("communications_lead"), debrief.id).cases == (
        second,
        third,
    )
    flood.desk.of.datix.note(flood.scene.reviewer, second, "WEB-1")
    flood.corrected(second)
    flood.corrected(third)
    assert flood.waiting() == {}
    (debrief,) = flood.desk.tasks("debrief")
    assert (debrief.done_by, debrief.outcome) == (
        None,
        "Not needed: the decision that counts no longer calls for it.",
    )


def test_a_member_that_is_upheld_otherwise_gets_its_own_tasks_but_nothing_twice(flood: Flood) -> None:
    """What somebody did for the group was done for it too; what is noted on it later is not the group's."""
    flood.decide("harassment")
    flood.followed()
    case = flood.cases[1]
    flood.desk.of.datix.note(flood.scene.reviewer, flood.cases[0], "WEB-1")
    flood.corrected(case, "threat")
    own = [task for kind in _THREAT for task in flood.desk.tasks(kind) if task.case_id == case]
    assert {task.kind for task in own} == _THREAT - {"record_in_datix"}
    flood.desk.of.referrals.considered(flood.scene.reviewer, case, "police_101", "Nobody is afraid.")
    (shared,) = [task for task in flood.desk.tasks("consider_police") if task.case_id is None]
    assert shared.done_at is None


def test_the_job_waits_while_members_are_decided_and_follows_what_was_cut_off(flood: Flood) -> None:
    """No tasks for half a group; and where the program stopped in between, tasks for what was decided."""
    with flood.scene.store.write() as session:
        number = group_decisions.begin(session, flood.scene.reviewer, 1, None, now=flood.scene.clock.now())
    for case in flood.cases[:2]:
        flood.ruled(case, "threat", together=number)
    with pytest.raises(NotYet):
        flood.followed()
    assert flood.waiting() == {}
    flood.scene.clock.move(timedelta(minutes=2))
    flood.followed()
    assert flood.waiting() == dict.fromkeys(_THREAT)
    (task,) = flood.desk.tasks("debrief")
    assert task.title.startswith("Group 1 (2 cases")


def test_one_case_by_itself_is_no_group_decision(desk: Desk) -> None:
    """Where all but one were corrected before it is followed, the task names that case."""
    flood = Flood(desk, 2)
    flood.decide()
    first, second = flood.cases
    flood.corrected(first)
    flood.followed()
    assert flood.waiting() == dict.fromkeys(_THREAT, second)


def test_the_limitation_of_a_group_is_that_of_its_first_comment(flood: Flood) -> None:
    """The year runs from when the first of them was published."""
    with flood.scene.store.write() as session:
        case = session.get_one(t.Case, flood.cases[1])
        session.get_one(t.Comment, case.comment_id).posted_at = flood.scene.clock.now() - timedelta(days=9)
    flood.decide("defamation")
    flood.followed()
    (task,) = flood.desk.tasks("limitation")
    assert "31 October 2027" in task.title


def test_a_task_of_a_group_names_no_case_that_its_reader_may_not_know_of(flood: Flood) -> None:
    """The title has no case's number; a restricted one is left out of the list."""
    flood.decide()
    flood.followed()
    with flood.scene.store.write() as session:
        session.get_one(t.Case, flood.cases[0]).restriction = "safeguarding"
    (task,) = flood.desk.tasks("call_police")
    specialist = flood.desk.person("security_specialist")
    assert flood.desk.of.tasks.show(specialist, task.id).cases == tuple(flood.cases[1:])


def test_one_datix_record_stands_for_the_group(flood: Flood) -> None:
    """What was referred and offered on any member is in it, and the reference noted on one is that of all."""
    flood.decide()
    first, second, third = flood.cases
    of, reviewer = flood.desk.of, flood.scene.reviewer
    of.support.offer(reviewer, second, "union", "staff nurse")
    of.datix.note(reviewer, third, "WEB-1")
    (record,) = of.datix.records(reviewer, [first])
    assert (record.together, record.support_offers, record.reference) == (3, 1, "WEB-1")
    flood.corrected(third)
    (record,) = of.datix.records(reviewer, [first])
    assert (record.together, record.reference) == (2, None)


def test_a_group_decision_is_of_whoever_takes_it_and_only_until_it_ends(flood: Flood) -> None:
    """Nothing is added to a colleague's, nor afterwards; the database keeps what was begun and ended."""
    with flood.scene.store.write() as session:
        now = flood.scene.clock.now()
        theirs = group_decisions.begin(session, flood.scene.second, 1, None, now=now)
        over = group_decisions.begin(session, flood.scene.reviewer, 1, None, now=now)
        group_decisions.end(session, over, now=now)
    for number in (theirs, over, 99):
        with pytest.raises(Conflict, match="not deciding on a group"):
            flood.ruled(flood.cases[0], "threat", together=number)
    assert flood.scene.count(t.Decision) == 0
    flood.decide()
    for statement in (
        "UPDATE group_decisions SET ended_at = NULL",
        "UPDATE group_decisions SET person_id = person_id + 1",
        "DELETE FROM group_decisions",
        "UPDATE decided_together SET group_decision_id = 1",
        "DELETE FROM decided_together",
    ):
        with pytest.raises(DBAPIError), flood.scene.store.write() as session:
            session.execute(text(statement))


def test_what_fulfils_a_task_and_what_adds_it_do_not_miss_each_other(flood: Flood) -> None:
    """A group is followed only when an offer that is being noted on one of its members stands on record."""
    flood.decide()
    followed = Event()
    thread = Thread(target=flood.desk.of.aftercare.follow_group, args=(1, lambda _: followed.set()))
    case, scene = flood.cases[1], flood.scene
    now, person = scene.clock.now(), scene.reviewer.person_id
    with scene.store.write() as session:
        offer = {"case_id": case, "kind": "union", "offered_to": "staff nurse", "state": "offered"}
        session.add(t.SupportOffer(**offer, offered_by=person, offered_at=now))
        session.flush()
        duties.fulfil(session, scene.reviewer, case, ("offer_support",), "Support was offered.", now)
        thread.start()
        assert not followed.wait(0.3)
    thread.join(20)
    assert flood.waiting() == dict.fromkeys(_THREAT - {"offer_support"})


def test_members_cost_the_same_each_and_following_them_costs_the_same_for_all(desk: Desk) -> None:
    """Thirty cases take as many statements a case as ten; the job takes no more for thirty than for ten."""
    each, whole = [], []
    for size in (10, 30):
        flood = Flood(desk, size)
        with statements(desk.scene.store) as seen:
            flood.decide()
        each.append(len(seen) / len(flood.decisions))
        with statements(desk.scene.store) as seen:
            desk.of.aftercare.follow_group(len(each), done)
        whole.append(len(seen))
    assert each[1] <= each[0]
    assert whole[1] <= whole[0] < 60
