"""Two people where it bites (promise 3): never the same one, never without the right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from connectors.contract import ActionKind, Capability
from tests.unit.review.scene import Scene
from worker.action.wanted import unwanted
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger.audit import Actor
from worker.review.abilities import NotPossible
from worker.review.approving import Approving
from worker.review.asked import Desk
from worker.review.ending import Ending
from worker.review.errors import DecisionIncomplete
from worker.review.people import change_person
from worker.review.terms import Terms
from worker.store import tables as t
from worker.working_days import WorkingDays

NO_WARNING = Terms(no_warning_because="It was a threat.")


def approving(scene: Scene, *, one_os_user_will_do: bool = False) -> Approving:
    """The stage of the second person."""
    return Approving(Desk(scene.store, scene.clock), WorkingDays, one_os_user_will_do)


def asked(scene: Scene, kind: str = "delete", *, actor: Actor | None = None) -> int:
    """Somebody upholds a case and asks for what needs a second person."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    terms = NO_WARNING if kind == "block" else None
    return scene.review.request(actor or scene.reviewer, case_id, kind, "A threat.", terms=terms)


def row(scene: Scene, number: int) -> t.RequestedAction:
    """A requested action as it is now."""
    with scene.store.read() as session:
        return session.get_one(t.RequestedAction, number)


def jobs(scene: Scene) -> int:
    """How many jobs there are that carry something out."""
    with scene.store.read() as session:
        return len(session.scalars(select(t.Job).where(t.Job.kind == "act")).all())


@pytest.mark.parametrize("kind", ["delete", "block"])
def test_it_waits_for_a_second_person_and_goes_on_when_they_approve(scene: Scene, kind: str) -> None:
    """Nothing is handed to the worker before; then it is, with both people on record."""
    number = asked(scene, kind)
    assert (row(scene, number).state, jobs(scene)) == ("awaiting_approval", 0)
    approving(scene).approve(scene.people["senior_reviewer"], number)
    assert (row(scene, number).state, jobs(scene)) == ("requested", 1)
    (said,) = scene.audited("approved")
    assert (said.person_id, said.object_id) == (scene.people["senior_reviewer"].person_id, number)
    with pytest.raises(Conflict):
        approving(scene).approve(scene.people["on_call_manager"], number)


@pytest.mark.parametrize("kind", ["hide", "unhide", "mute", "unblock", "unmute"])
def test_what_does_not_bite_waits_for_nobody(scene: Scene, kind: str) -> None:
    """Hiding and restoring go to the worker at once (promises 3 and 10)."""
    number = asked(scene, kind)
    assert (row(scene, number).state, jobs(scene)) == ("requested", 1)


def test_nobody_approves_what_they_asked_for(scene: Scene) -> None:
    """Not even a senior reviewer, who may approve what others ask for."""
    senior = scene.people["senior_reviewer"]
    number = asked(scene, actor=senior)
    for step in ("approve", "refuse", "review"):
        words = () if step == "approve" else ("Looks right.",)
        with pytest.raises((NotAllowed, Conflict)):
            getattr(approving(scene), step)(senior, number, *words)
    assert (row(scene, number).state, scene.count(t.Approval)) == ("awaiting_approval", 0)


def test_only_who_may_approves_and_the_asker_must_still_be_allowed_to_ask(scene: Scene) -> None:
    """A second reviewer is no second person; an asker who left has asked for nothing."""
    number = asked(scene)
    with pytest.raises(NotAllowed):
        approving(scene).approve(scene.second, number)
    assert scene.reviewer.person_id is not None
    change_person(scene.store, scene.clock, scene.admin, scene.reviewer.person_id, active=False)
    with pytest.raises(NotAllowed, match="no longer active"):
        approving(scene).approve(scene.people["senior_reviewer"], number)
    assert row(scene, number).state == "awaiting_approval"


def test_from_a_command_line_two_people_are_two_users_of_the_computer(scene: Scene) -> None:
    """There a name is only claimed; a demo may say otherwise; without a user nothing goes at all."""
    asker = Actor(scene.reviewer.person_id, "cli", "rota")
    second = Actor(scene.people["senior_reviewer"].person_id, "cli", "rota")
    number = asked(scene, actor=asker)
    with pytest.raises(NotAllowed, match="same user of this computer, rota"):
        approving(scene).approve(second, number)
    with pytest.raises(NotAllowed, match="counts too"):
        approving(scene).approve(replace(second, os_user=None), number)
    approving(scene, one_os_user_will_do=True).approve(second, number)
    assert row(scene, number).state == "requested"


def test_a_refusal_ends_it_with_a_reason(scene: Scene) -> None:
    """The second person may say no; nothing is carried out, and it can be asked for anew."""
    number = asked(scene)
    senior = scene.people["senior_reviewer"]
    with pytest.raises(Conflict, match="needs a reason"):
        approving(scene).refuse(senior, number, "  ")
    approving(scene).refuse(senior, number, "Hiding will do.")
    assert (row(scene, number).state, jobs(scene)) == ("refused", 0)
    again = scene.review.request(scene.reviewer, row(scene, number).case_id, "delete", "It is worse now.")
    assert again != number


def test_going_ahead_alone_is_reviewed_by_another_within_one_working_day(scene: Scene) -> None:
    """Break-glass: the asker, with a typed reason; a task for somebody else; one review ends it."""
    number, senior = asked(scene, "block"), scene.people["senior_reviewer"]
    with pytest.raises(NotAllowed, match="Only the person who asked"):
        approving(scene).break_glass(senior, number, "Urgent.")
    with pytest.raises(Conflict, match="needs a reason"):
        approving(scene).break_glass(scene.reviewer, number, "")
    approving(scene).break_glass(scene.reviewer, number, "Nobody else is there at night.")
    assert (row(scene, number).state, jobs(scene)) == ("requested", 1)
    with scene.store.read() as session:
        task = session.scalars(select(t.Task).where(t.Task.kind == "glass_review")).one()
    assert (task.due_at, task.for_role) == (scene.clock.now() + timedelta(days=1), "senior_reviewer")
    with pytest.raises(NotAllowed):
        approving(scene).review(scene.reviewer, number, "All well.")
    approving(scene).review(senior, number, "It was right: a threat with an address.")
    with pytest.raises(Conflict, match="does not wait for a review"):
        approving(scene).review(scene.people["on_call_manager"], number, "Again.")
    with scene.store.read() as session:
        assert session.get_one(t.Task, task.id).done_by == senior.person_id
    assert [each.object_id for each in scene.audited("glass_broken")] == [number]


def test_the_asker_takes_it_back_and_others_only_with_the_right(scene: Scene) -> None:
    """Withdrawn before anything was done; it is over then."""
    number, ending = asked(scene), Ending(Desk(scene.store, scene.clock), unwanted)
    with pytest.raises(NotAllowed):
        ending.withdraw(scene.second, number, "Not mine.")
    ending.withdraw(scene.reviewer, number, "A mistake.")
    assert row(scene, number).state == "withdrawn"
    with pytest.raises(Conflict):
        approving(scene).approve(scene.people["senior_reviewer"], number)
    with pytest.raises(NotFound):
        ending.withdraw(scene.reviewer, 4711, "Nothing there.")


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (None, "the warning that was given before, or why none"),
        (Terms(warning="Stop.", no_warning_because="x"), "one of both"),
        (Terms(warning="Stop."), "when the author was warned"),
        (Terms(warning="Stop.", warned_at=datetime(2030, 1, 1, tzinfo=UTC)), "in the past"),
        (Terms(no_warning_because="x", review_at=datetime(2027, 12, 1, tzinfo=UTC)), "at the latest"),
        (Terms(no_warning_because="x", review_at=datetime(2020, 1, 1, tzinfo=UTC)), "later than now"),
    ],
)
def test_a_block_has_a_warning_or_says_why_none_and_a_review_within_a_year(
    scene: Scene, terms: Terms | None, why: str
) -> None:
    """The riskiest action is asked for whole, or not at all."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    with pytest.raises(DecisionIncomplete, match=why):
        scene.review.request(scene.reviewer, case_id, "block", "Threatens.", terms=terms)
    assert (scene.count(t.RequestedAction), scene.count(t.BlockTerms)) == (0, 0)


def test_a_decision_asks_for_several_actions_at_once(scene: Scene) -> None:
    """Hidden now, and the deletion and the block wait for a second person."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id, actions=("hide", "delete"))
    with scene.store.read() as session:
        states = session.execute(select(t.RequestedAction.kind, t.RequestedAction.state)).all()
    assert [tuple(each) for each in states] == [("hide", "requested"), ("delete", "awaiting_approval")]


def test_what_a_platform_cannot_do_is_refused_at_once(scene: Scene) -> None:
    """With what to do instead; what a person can do there by hand is let through."""
    case_id, comment_id, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    known = (
        Capability(ActionKind.MUTE, available=False, effect="Hide the comment instead."),
        Capability(ActionKind.BLOCK, available=False, effect="By hand.", steps=("Open the app.",)),
        Capability(ActionKind.UNBLOCK, available=True, effect="They are let in again."),
    )
    review = replace(scene.review, abilities=lambda _platform: known)
    with pytest.raises(NotPossible, match="Facebook cannot mute") as caught:
        review.request(scene.reviewer, case_id, "mute", "Threatens.")
    assert caught.value.do == "Hide the comment instead."
    assert review.request(scene.reviewer, case_id, "block", "Threatens.", terms=NO_WARNING)
    with scene.store.write() as session:
        session.get_one(t.Comment, comment_id).author_id = None
    with pytest.raises(NotPossible, match="did not say who wrote"):
        review.request(scene.reviewer, case_id, "unblock", "A mistake.")
