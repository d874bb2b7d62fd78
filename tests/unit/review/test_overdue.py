"""What became overdue is told once, in one mail, over a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.unit.review.calling import Desk, calling, words
from tests.unit.review.scene import Scene
from worker.ledger.audit import Actor
from worker.review.people import change_person
from worker.store import tables as t

TEAM = "team@northmoor.example.test"
SENIOR, HOLDER = "senior@northmoor.example.test", "holder@northmoor.example.test"


@pytest.fixture
def desk(scene: Scene) -> Iterator[Desk]:
    """A Trust with a mail server."""
    with calling(scene) as made:
        yield made


def test_all_that_became_overdue_is_one_mail_once(desk: Desk) -> None:
    """No storm: one digest, no second one, and what is decided or not due yet is left out."""
    overdue = desk.overdue(TEAM)
    first, _, revision_id = desk.scene.case("1", "made-up words", severity="serious")
    second, *_ = desk.scene.case("2", severity="serious")
    later, *_ = desk.scene.case("3", severity="routine")
    assert overdue.schedule() == 0
    desk.scene.clock.move(timedelta(hours=5))
    assert overdue.schedule() == 2
    assert overdue.schedule() == 0
    assert desk.later(timedelta()) == [TEAM]
    said = words(desk.post.mails[0])
    assert f"Case {first}: serious, facebook, due 9 November 2026 at 1:00pm" in said
    assert f"Case {second}:" in said
    assert f"Case {later}:" not in said
    assert "made-up" not in said
    assert desk.later(timedelta(hours=1)) == []
    desk.scene.upheld(first, revision_id)
    desk.scene.clock.move(timedelta(days=3))
    assert overdue.schedule() == 1
    assert desk.later(timedelta()) == [TEAM]
    (mail,) = desk.post.mails[1:]
    assert mail["Subject"] == "Upstander: 1 case is overdue"
    assert [row.detail["case_ids"] for row in desk.scene.audited("overdue_noticed")] == [
        [first, second],
        [later],
    ]


def test_whoever_works_on_it_hears_of_it_and_a_conflict_of_interest_does_not(desk: Desk) -> None:
    """The claim's holder is told without being a recipient; who is named in a case is never told."""
    scene = desk.scene
    desk.address(scene.reviewer, "Holder@northmoor.example.test")
    desk.address(scene.second, TEAM.upper())
    held, *_ = scene.case("1", severity="serious")
    other, *_ = scene.case("2", severity="serious")
    scene.clock.move(timedelta(hours=5))
    scene.review.claim(scene.reviewer, held)
    with scene.store.write() as session:
        session.add(
            t.Conflict(
                case_id=held,
                person_id=scene.second.person_id,
                reason="Named in it.",
                noted_by=scene.reviewer.person_id,
                noted_at=scene.clock.now(),
            )
        )
    assert desk.overdue(TEAM).schedule() == 2
    assert sorted(desk.later(timedelta())) == ["Holder@northmoor.example.test", TEAM]
    said = {str(mail["To"]): words(mail) for mail in desk.post.mails}
    assert f"Case {held}:" in said["Holder@northmoor.example.test"]
    assert f"Case {other}:" not in said["Holder@northmoor.example.test"]
    assert f"Case {held}:" not in said[TEAM]
    assert f"Case {other}:" in said[TEAM]
    assert "restricted" not in said[TEAM], "not even that there is one"


def test_nobody_is_noted_as_told_while_nobody_can_be(desk: Desk) -> None:
    """Without a mail server, or anybody to tell, the notice waits for the day when there is."""
    desk.scene.case("1", severity="serious")
    desk.scene.clock.move(timedelta(hours=5))
    assert desk.overdue().schedule() == 0
    with desk.scene.store.read() as session:
        assert session.scalars(select(t.OverdueNotice)).all() == []
    assert desk.overdue(TEAM).schedule() == 1


def test_a_mail_that_fails_is_tried_again_and_leaves_out_what_was_decided_meanwhile(desk: Desk) -> None:
    """The job is the retry; nothing is told of that is done."""
    case_id, _, revision_id = desk.scene.case("1", severity="serious")
    desk.scene.clock.move(timedelta(hours=5))
    desk.overdue(TEAM).schedule()
    desk.post.refuse = {TEAM}
    assert desk.later(timedelta()) == []
    desk.post.refuse = set()
    desk.scene.upheld(case_id, revision_id)
    assert desk.later(timedelta(minutes=1)) == []
    with desk.scene.store.read() as session:
        states = session.scalars(select(t.Job.state).where(t.Job.kind == "overdue")).all()
    assert states == ["done"]


def restrict(desk: Desk, case_id: int, kind: str | None = "manager") -> None:
    """Restrict a case, or make it everybody's again."""
    with desk.scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = kind


def conflict(desk: Desk, case_id: int, person: Actor) -> None:
    """Note that a person has a conflict of interest in a case."""
    with desk.scene.store.write() as session:
        session.add(
            t.Conflict(
                case_id=case_id,
                person_id=person.person_id,
                reason="Named in it.",
                noted_by=desk.scene.reviewer.person_id,
                noted_at=desk.scene.clock.now(),
            )
        )


def change(desk: Desk, person: Actor, **what: Any) -> None:
    """An administrator changes a person."""
    assert person.person_id is not None
    change_person(desk.scene.store, desk.scene.clock, desk.scene.admin, person.person_id, **what)


def said(desk: Desk) -> dict[str, str]:
    """What every mail says that was sent, by its address; none got two."""
    found = {str(mail["To"]): mail.get_content() for mail in desk.post.mails}
    assert len(found) == len(desk.post.mails)
    return found


def test_the_list_hears_of_a_restricted_case_without_its_name_and_who_may_see_it_with(desk: Desk) -> None:
    """Who reads a list is not known. Those who may see it are told themselves, once; nobody else is."""
    senior, manager = desk.scene.people["senior_reviewer"], desk.scene.people["on_call_manager"]
    kept, open_case = desk.scene.case("1")[0], desk.scene.case("2")[0]
    restrict(desk, kept)
    desk.address(senior, SENIOR)
    desk.address(manager, "manager@northmoor.example.test")
    desk.scene.clock.move(timedelta(hours=5))
    overdue = desk.overdue(TEAM)
    assert (overdue.schedule(), overdue.schedule()) == (2, 0)
    assert sorted(desk.later(timedelta())) == [SENIOR, TEAM]
    assert f"Case {kept}:" not in said(desk)[TEAM]
    assert f"Case {open_case}:" in said(desk)[TEAM]
    assert "1 restricted case passed the due time" in said(desk)[TEAM]
    assert "upstander queue list --overdue --as NAME" in said(desk)[TEAM]
    assert f"Case {kept}: serious, facebook, due 9 November 2026 at 1:00pm, restricted" in said(desk)[SENIOR]
    assert f"Case {open_case}:" not in said(desk)[SENIOR]
    assert desk.post.mails[0]["Subject"] == "Upstander: 2 cases are overdue"


def test_without_a_list_those_who_may_see_a_restricted_case_are_told_all_the_same(desk: Desk) -> None:
    """It waits for the day when somebody may hear of it; nothing is noted as told before."""
    restrict(desk, desk.scene.case("1")[0])
    desk.scene.clock.move(timedelta(hours=5))
    assert desk.overdue().schedule() == 0
    desk.address(desk.scene.people["senior_reviewer"], SENIOR)
    assert desk.overdue().schedule() == 1
    assert desk.later(timedelta()) == [SENIOR]


def test_whoever_may_not_hear_any_more_when_a_mail_is_sent_gets_none(desk: Desk) -> None:
    """Dismissed, without the role, with a conflict, or off the list since it was written."""
    scene = desk.scene
    senior, hr, guardian = (
        scene.people[role] for role in ("senior_reviewer", "hr", "freedom_to_speak_up_guardian")
    )
    kept, held = scene.case("1")[0], scene.case("2")[0]
    restrict(desk, kept)
    for number, person in enumerate((senior, hr, guardian)):
        desk.address(person, f"p{number}@northmoor.example.test")
    desk.address(scene.reviewer, HOLDER)
    scene.clock.move(timedelta(hours=5))
    scene.review.claim(scene.reviewer, held)
    assert desk.overdue(TEAM).schedule() == 2
    with scene.store.read() as session:
        jobs = session.scalars(select(t.Job).where(t.Job.kind == "overdue")).all()
        assert "@" not in str([job.payload for job in jobs if job.payload["to"] != TEAM])
    change(desk, senior, active=False)
    change(desk, hr, roles=["it"])
    conflict(desk, kept, guardian)
    restrict(desk, held)
    desk.listed = ("another@northmoor.example.test",)
    assert desk.later(timedelta()) == []
    with scene.store.read() as session:
        states = session.scalars(select(t.Job.state).where(t.Job.kind == "overdue")).all()
    assert set(states) == {"done"}


def test_a_case_that_was_restricted_before_the_list_is_mailed_is_not_named_there(desk: Desk) -> None:
    """The list is asked again as well, when it is mailed."""
    case_id = desk.scene.case("1")[0]
    desk.scene.clock.move(timedelta(hours=5))
    desk.overdue(TEAM).schedule()
    restrict(desk, case_id)
    assert desk.later(timedelta()) == [TEAM]
    assert f"Case {case_id}" not in said(desk)[TEAM]
    assert desk.post.mails[0]["Subject"] == "Upstander: 1 case is overdue"


def test_an_address_on_the_list_names_nothing_that_one_of_its_owners_may_not_see(desk: Desk) -> None:
    """A list stays a list where it is somebody's own address, too; who has left hears nothing there."""
    case_id, kept = desk.scene.case("1")[0], desk.scene.case("2")[0]
    restrict(desk, kept)
    senior, gone = "Senior@northmoor.example.test", "gone@northmoor.example.test"
    desk.address(desk.scene.people["senior_reviewer"], SENIOR)
    desk.address(desk.scene.people["it"], "it@northmoor.example.test")
    desk.address(desk.scene.second, gone)
    desk.scene.clock.move(timedelta(hours=5))
    desk.overdue(senior, "it@northmoor.example.test", gone).schedule()
    change(desk, desk.scene.second, active=False)
    assert sorted(desk.later(timedelta())) == [senior, "it@northmoor.example.test"]
    assert f"Case {case_id}:" in said(desk)[senior]
    assert f"Case {kept}:" not in said(desk)[senior]
    assert "Case" not in said(desk)["it@northmoor.example.test"].replace("such a case", "")
    assert "2 restricted cases" in said(desk)["it@northmoor.example.test"]


def test_an_address_that_two_people_have_names_nothing_that_one_of_them_may_not_see(desk: Desk) -> None:
    """A shared mailbox is no way round a restriction; whoever has left neither opens nor silences it."""
    kept = desk.scene.case("1")[0]
    restrict(desk, kept)
    desk.address(desk.scene.people["senior_reviewer"], SENIOR)
    desk.address(desk.scene.second, SENIOR.upper())
    desk.scene.clock.move(timedelta(hours=5))
    assert desk.overdue().schedule() == 0
    change(desk, desk.scene.second, active=False)
    assert desk.overdue().schedule() == 1
    assert desk.later(timedelta()) == [SENIOR]
