"""What became overdue is told once, in one mail, over a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.unit.review.calling import Desk, calling, words
from tests.unit.review.scene import Scene
from worker.store import tables as t

TEAM = "team@northmoor.example.test"


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
