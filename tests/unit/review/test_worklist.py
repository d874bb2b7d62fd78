"""Tasks are seen and worked by whom they are for, and tell nothing of a case that somebody may not see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.unit.review.desk import Desk
from tests.unit.review.scene import START
from tests.unit.review.test_referrals import conflict, restrict
from worker.errors import Conflict, NotFound
from worker.ledger.audit import Actor
from worker.review.tasks import NewTask, add_task
from worker.review.worklist import untold
from worker.store import tables as t


def task(desk: Desk, title: str, *, about_case: bool = True, hours: int = 24, **whose: object) -> int:
    """A task for somebody; its number."""
    new = NewTask(
        kind="test",
        key=f"test:{title}",
        title=title,
        due_at=START + timedelta(hours=hours),
        case_id=desk.case if about_case else None,
        **whose,  # type: ignore[arg-type]  # a role or a person
    )
    with desk.scene.store.write() as session:
        return add_task(session, Actor(None, "test"), new, now=START)


def titles(desk: Desk, person: Actor, *, everybody: bool = False) -> list[str]:
    """What a person is told to do, in the order of the list."""
    return [row.title for row in desk.of.tasks.list(person, everybody=everybody)]


def test_the_list_holds_what_is_mine_and_my_roles_the_longest_overdue_first(desk: Desk) -> None:
    """Neither other people's tasks nor other roles'; what is past its time is marked."""
    reviewer, it = desk.reviewer, desk.person("it")
    task(desk, "later", hours=48, for_role="reviewer")
    task(desk, "soon", hours=2, for_person=reviewer.person_id)
    task(desk, "theirs", for_role="it")
    desk.scene.clock.move(timedelta(hours=3))
    assert titles(desk, reviewer) == ["soon", "later"]
    assert [row.overdue for row in desk.of.tasks.list(reviewer)] == [True, False]
    assert titles(desk, it) == ["theirs"]
    assert titles(desk, reviewer, everybody=True) == ["soon", "later"]
    assert titles(desk, desk.person("senior_reviewer"), everybody=True) == ["soon", "theirs", "later"]


def test_a_task_is_done_once_with_an_outcome_by_whom_it_is_for(desk: Desk) -> None:
    """Others are not even told that there is one; the end is audited without its words."""
    number = task(desk, "call them", for_role="it")
    with pytest.raises(NotFound, match=f"No task {number} is yours"):
        desk.of.tasks.done(desk.reviewer, number, "Not mine.")
    desk.of.tasks.done(desk.person("it"), number, "Called Mr Birch.")
    with pytest.raises(Conflict, match="done already"):
        desk.of.tasks.done(desk.person("senior_reviewer"), number, "Again.")
    (row,) = desk.of.tasks.list(desk.person("it"), done=True)
    assert (row.done_by, row.outcome) == ("The it", "Called Mr Birch.")
    (audited,) = desk.scene.audited("task_ended")
    assert "Birch" not in str(audited.detail)


def test_a_task_for_a_second_person_does_not_end_by_saying_so(desk: Desk) -> None:
    """What asks for a look of its own ends with that look: saying that it is done is refused."""
    desk.refer("it")
    (number,) = [row.id for row in desk.of.tasks.list(desk.person("it"))]
    with pytest.raises(Conflict, match="ends by itself"):
        desk.of.tasks.done(desk.person("it"), number, "Read.")
    desk.of.referrals.acknowledge(desk.person("it"), 1, "Read.")
    assert titles(desk, desk.person("it")) == []


@pytest.mark.parametrize(
    "kind", ["act_by_hand", "block_review", "chase_referral", "report_to_file", "visible_again"]
)
def test_a_task_whose_matter_goes_on_does_not_end_by_saying_so(desk: Desk, kind: str) -> None:
    """Nobody would be reminded again of a block, a report or a referral that nobody saw to."""
    number = task(desk, "look at it", for_role="reviewer")
    with desk.scene.store.write() as session:
        session.get_one(t.Task, number).kind = kind
    with pytest.raises(Conflict, match="ends by itself") as refused:
        desk.of.tasks.done(desk.reviewer, number, "Will do.")
    assert "upstander " in refused.value.do
    assert titles(desk, desk.reviewer) == ["look at it"]


def test_a_restricted_case_is_not_told_of_by_its_tasks(desk: Desk) -> None:
    """Only who may see it, or received a referral about it; of a conflict of interest nobody gets round."""
    task(desk, "a debrief", for_role="communications_lead")
    task(desk, "a call", for_role="it")
    task(desk, "a look", for_role="safeguarding_lead")
    desk.refer("it")
    restrict(desk, "safeguarding")
    assert titles(desk, desk.person("communications_lead")) == []
    assert "a call" in titles(desk, desk.person("it"))
    assert titles(desk, desk.person("safeguarding_lead")) == ["a look"]
    assert "a debrief" in titles(desk, desk.person("on_call_manager"), everybody=True)
    conflict(desk, desk.person("on_call_manager"))
    conflict(desk, desk.person("it"))
    assert titles(desk, desk.person("on_call_manager"), everybody=True) == []
    assert titles(desk, desk.person("it")) == []


@pytest.mark.parametrize("kind", ["manager", "protected"])
def test_a_task_for_a_role_that_may_not_see_the_case_is_a_seniors(desk: Desk, kind: str) -> None:
    """What asks for 999 is not lost because its role is blind: who sees the case has it; referrals stay."""
    task(desk, "call 999", for_role="on_call_manager")
    desk.refer("it")
    restrict(desk, kind)
    senior = desk.person("senior_reviewer")
    assert titles(desk, desk.person("on_call_manager"), everybody=True) == []
    assert titles(desk, senior) == ["call 999"]
    assert untold_now(desk) == 0
    conflict(desk, senior)
    assert titles(desk, senior) == []
    assert untold_now(desk) == 1


def test_a_task_about_a_case_restricted_for_several_reasons_is_for_who_sees_them_all(desk: Desk) -> None:
    """Nobody is told of it who sees the case for one of its reasons only; and it is not lost."""
    task(desk, "ring HR", for_role="hr")
    for kind in ("manager", "imagery"):
        restrict(desk, kind)
    assert titles(desk, desk.person("senior_reviewer")) == ["ring HR"]
    for role in ("hr", "on_call_manager", "safeguarding_lead"):
        assert titles(desk, desk.person(role), everybody=True) == [], role
    assert untold_now(desk) == 0


def test_where_no_seniors_role_sees_a_case_who_sees_it_does_its_tasks(desk: Desk) -> None:
    """What HR may not read of a colleague, which came under protection, the guardian takes over."""
    task(desk, "take it over", for_role="hr")
    desk.refer("it")
    for kind in ("staff_on_staff", "protected"):
        restrict(desk, kind)
    assert titles(desk, desk.person("freedom_to_speak_up_guardian")) == ["take it over"]
    for role in ("hr", "senior_reviewer", "safeguarding_lead"):
        assert titles(desk, desk.person(role), everybody=True) == [], role
    assert "take it over" not in titles(desk, desk.person("it"))
    restrict(desk, "imagery")
    assert untold_now(desk) == 1, "no one role sees it now: the status tells of it"


def untold_now(desk: Desk) -> int:
    """How many tasks nobody is told of."""
    with desk.scene.store.read() as session:
        return untold(session, desk.of.tasks.guide())


def test_a_task_is_passed_on_to_somebody_who_may_know_of_it(desk: Desk) -> None:
    """To a role or to a person; not to one who has left, nor to one with a conflict of interest."""
    number = task(desk, "write it down", for_role="reviewer")
    second = desk.scene.second
    desk.of.tasks.reassign(desk.reviewer, number, person_id=second.person_id)
    assert (titles(desk, desk.reviewer), titles(desk, second)) == ([], ["write it down"])
    with pytest.raises(NotFound):
        desk.of.tasks.reassign(desk.reviewer, number, role="it")
    conflict(desk, desk.person("it"))
    gone = desk.person("legal")
    with desk.scene.store.write() as session:
        session.execute(update(t.Person).where(t.Person.id == gone.person_id).values(active=False))
    for person in (desk.person("it"), gone):
        with pytest.raises(Conflict, match="cannot be passed on"):
            desk.of.tasks.reassign(second, number, person_id=person.person_id)
    desk.of.tasks.reassign(second, number, role="reviewer")
    assert titles(desk, desk.reviewer) == ["write it down"]
    assert [row.detail["after"] for row in desk.scene.audited("task_reassigned")] == [
        {"role": None, "person": second.person_id},
        {"role": "reviewer", "person": None},
    ]


def test_a_task_is_not_passed_on_to_where_nobody_finds_it(desk: Desk) -> None:
    """A role that nobody has, or whose holders may not see the case: refused, with who can take it."""
    number = task(desk, "write it down", for_role="reviewer")
    alone = task(desk, "tell the insurers", about_case=False, for_role="reviewer")
    gone = desk.person("legal")
    with desk.scene.store.write() as session:
        session.execute(update(t.Person).where(t.Person.id == gone.person_id).values(active=False))
    for each in (number, alone):
        with pytest.raises(Conflict, match="that role: nobody has it") as refused:
            desk.of.tasks.reassign(desk.reviewer, each, role="legal")
        assert "--to who can take it" in refused.value.do
        assert "The senior reviewer" in refused.value.do
        assert "The legal" not in refused.value.do
    conflict(desk, desk.person("it"))
    with pytest.raises(Conflict, match="nobody who may see the case"):
        desk.of.tasks.reassign(desk.reviewer, number, role="it")
    assert titles(desk, desk.reviewer) == ["write it down", "tell the insurers"]
    assert desk.scene.audited("task_reassigned") == []
    desk.of.tasks.reassign(desk.reviewer, number, role="hr")
    assert titles(desk, desk.person("hr")) == ["write it down"]


def test_a_task_about_a_restricted_case_stays_with_those_who_may_see_it(desk: Desk) -> None:
    """Passed on to somebody blind, nobody would find it: they are refused, and who may see it is named."""
    number = task(desk, "write it down", for_role="safeguarding_lead")
    restrict(desk, "safeguarding")
    lead = desk.person("safeguarding_lead")
    with pytest.raises(Conflict, match="that person") as refused:
        desk.of.tasks.reassign(lead, number, person_id=desk.reviewer.person_id)
    assert refused.value.do == (
        "Choose with --to who can take it: The on call manager, The safeguarding lead, The senior reviewer."
    )
    desk.of.tasks.reassign(lead, number, person_id=desk.person("on_call_manager").person_id)
    assert titles(desk, desk.person("on_call_manager")) == ["write it down"]
