"""On a command line a name is only claimed: two people are two users of the computer (promise 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.judging import said
from tests.unit.review.scene import Scene
from tests.unit.review.test_appeals import DISMISSED, appeals_of, row_of
from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.review.appeal import NewAppeal
from worker.review.approving import Approving
from worker.review.asked import Desk
from worker.review.people import change_person
from worker.store import tables as t
from worker.working_days import WorkingDays


def at(scene: Scene, role: str, os_user: str | None) -> Actor:
    """A person at a command line, as a user of the computer."""
    return Actor(scene.people[role].person_id, "cli", os_user)


def challenged(scene: Scene, by: Actor, external_id: str = "1") -> int:
    """An appeal against what somebody decided at a command line."""
    case_id, _, revision_id = scene.case(external_id)
    scene.review.decide(
        by, case_id, revision_id, "not_upheld", reason="Criticism.", particulars=said("not_upheld")
    )
    came = NewAppeal(case_id, "staff", "email", "It was abuse.", scene.clock.now() - timedelta(hours=1))
    return appeals_of(scene).log(scene.reviewer, came)


def test_one_user_of_the_computer_does_not_decide_the_appeal_against_themselves(scene: Scene) -> None:
    """Under a colleague's name it is one person alone: with a reason, looked at as another user; not else."""
    appeal_id, other_id = (challenged(scene, at(scene, "reviewer", "rota"), each) for each in ("1", "2"))
    stage, second = appeals_of(scene), at(scene, "senior_reviewer", "rota")
    with pytest.raises(NotAllowed, match="same user of this computer, rota") as refused:
        stage.decide(second, appeal_id, DISMISSED)
    assert refused.value.do.startswith("Sign in to the computer as yourself.")
    stage.decide(second, other_id, replace(DISMISSED, alone_because="All of us use one login."))
    assert row_of(scene, other_id).state == "decided_alone"
    with pytest.raises(NotAllowed, match="same user of this computer, rota"):
        stage.review_alone(at(scene, "on_call_manager", "rota"), other_id)
    with pytest.raises(NotAllowed, match="counts too"):
        stage.decide(replace(second, os_user=None), appeal_id, DISMISSED)
    assert row_of(scene, appeal_id).state == "waiting"
    stage.decide(at(scene, "senior_reviewer", "ashby"), appeal_id, DISMISSED)
    assert row_of(scene, appeal_id).state == "decided"


def test_in_a_demo_one_user_of_the_computer_decides_the_appeal(scene: Scene) -> None:
    """As with approvals: the exception is the demo's alone, and the person is another all the same."""
    appeal_id = challenged(scene, at(scene, "reviewer", "rota"))
    demo = replace(appeals_of(scene), one_os_user_will_do=True)
    demo.decide(at(scene, "senior_reviewer", "rota"), appeal_id, DISMISSED)
    assert row_of(scene, appeal_id).state == "decided"


def test_where_nobody_else_is_there_the_same_user_breaks_the_glass_and_another_reviews_it(
    scene: Scene,
) -> None:
    """One login for two people is one person alone: with a reason, and looked at from another login."""
    appeal_id = challenged(scene, at(scene, "reviewer", "rota"))
    manager = scene.people["on_call_manager"].person_id
    assert manager is not None
    change_person(scene.store, scene.clock, scene.admin, manager, active=False)
    stage, senior = appeals_of(scene), at(scene, "senior_reviewer", "rota")
    with pytest.raises(NotAllowed, match="same user") as refused:
        stage.decide(senior, appeal_id, DISMISSED)
    assert "--break-glass" in refused.value.do
    stage.decide(senior, appeal_id, replace(DISMISSED, alone_because="One login here."))
    assert row_of(scene, appeal_id).state == "decided_alone"
    change_person(scene.store, scene.clock, scene.admin, manager, active=True)
    with pytest.raises(NotAllowed, match="same user of this computer, rota"):
        stage.review_alone(at(scene, "on_call_manager", "rota"), appeal_id)
    stage.review_alone(at(scene, "on_call_manager", "brown"), appeal_id)
    assert row_of(scene, appeal_id).state == "reviewed"


@pytest.mark.parametrize("as_user", ["rota", "night"])
def test_the_review_of_a_broken_glass_is_by_neither_user_of_whoever_went_alone(
    scene: Scene, as_user: str
) -> None:
    """Not as the user who asked, nor as the user who went ahead: both were one person."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    asker = at(scene, "reviewer", "rota")
    number = scene.review.request(asker, case_id, "delete", "A threat.")
    stage = Approving(Desk(scene.store, scene.clock), WorkingDays)
    stage.break_glass(replace(asker, os_user="night"), number, "Nobody else is there.")
    with pytest.raises(NotAllowed, match=f"same user of this computer, {as_user}"):
        stage.review(at(scene, "senior_reviewer", as_user), number, "It was right.")
    stage.review(at(scene, "senior_reviewer", "ashby"), number, "It was right.")
    assert scene.count(t.Approval) == 2
