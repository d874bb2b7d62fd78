"""Appeals: decided by somebody who had no part in it, overturned by a new decision that also restores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.judging import said
from tests.unit.review.scene import START, Scene
from worker.errors import Conflict, NotAllowed
from worker.ledger.audit import Actor
from worker.review.appeal import Answer, NewAppeal
from worker.review.appeals import Appeals
from worker.review.machine import IllegalMove
from worker.review.opening import Opening
from worker.review.people import change_person
from worker.review.ruling import Ruling
from worker.settings_review import Appeals as AppealSettings
from worker.store import tables as t
from worker.working_days import WorkingDays

WORDS = "That was not abuse. My mother died on that ward."
DISMISSED = Answer("dismissed", "It names a nurse and wishes her dead.")


def appeals_of(scene: Scene) -> Appeals:
    """The stage, with no bank holidays."""
    replies = ("appeal_changed", "appeal_stands")
    return Appeals(
        scene.store, scene.clock, scene.review.procedure, AppealSettings(), WorkingDays, lambda: replies
    )


def hidden_case(scene: Scene) -> tuple[int, int, int]:
    """A case that the reviewer upheld, whose comment was hidden: case, revision, decision."""
    case_id, comment_id, revision_id = scene.case("1", "you killed my mum")
    decision_id = scene.upheld(case_id, revision_id, actions=("hide",))
    with scene.store.write() as session:
        session.get_one(t.Comment, comment_id).hidden = True
        asked = session.scalars(select(t.RequestedAction)).one()
        asked.state, asked.finished_at = "carried_out", scene.clock.now()
    return case_id, revision_id, decision_id


def logged(scene: Scene, case_id: int) -> int:
    """An author's appeal that came by e-mail an hour ago."""
    came = NewAppeal(case_id, "author", "email", WORDS, scene.clock.now() - timedelta(hours=1))
    return appeals_of(scene).log(scene.reviewer, came)


def overturned(scene: Scene, revision_id: int) -> Answer:
    """The answer that it was grief and criticism."""
    ruling = not_upheld("A bereaved relative criticises care.")
    return Answer("upheld", "You were right.", ruling, revision_id, "appeal_changed")


def not_upheld(reason: str) -> Ruling:
    """A new decision that does not uphold the case."""
    return Ruling("not_upheld", (), None, reason, (), None, particulars=said("not_upheld"))


def row_of(scene: Scene, appeal_id: int) -> t.Appeal:
    """An appeal as it is now."""
    with scene.store.read() as session:
        return session.get_one(t.Appeal, appeal_id)


def test_an_appeal_is_overturned_by_another_person_and_what_was_hidden_is_asked_back(scene: Scene) -> None:
    """The new decision supersedes the challenged one and asks in the same step to show the comment."""
    case_id, revision_id, decision_id = hidden_case(scene)
    appeal_id, stage = logged(scene, case_id), appeals_of(scene)
    senior = scene.people["senior_reviewer"]
    view = stage.show(senior, appeal_id)
    assert (view.words, view.judged, view.challenged.id) == (WORDS, "you killed my mum", decision_id)
    assert (view.revision_id, view.changed, view.evidence) == (revision_id, False, "pending")
    assert view.took_part == ("The reviewer",)
    assert view.line.due_at == START + timedelta(days=14, hours=-1)
    decided = stage.decide(senior, appeal_id, overturned(scene, revision_id))
    with scene.store.read() as session:
        decision = session.get_one(t.Decision, decided)
        newest = session.scalars(select(t.RequestedAction).order_by(t.RequestedAction.id.desc())).first()
        task = session.scalars(select(t.Task).where(t.Task.kind == "appeal")).one()
    assert (decision.supersedes_id, decision.verdict) == (decision_id, "not_upheld")
    assert newest is not None
    assert (newest.kind, newest.state, newest.decision_id) == ("unhide", "requested", decided)
    assert (task.for_role, task.done_at, task.done_by) == ("senior_reviewer", START, senior.person_id)
    row = row_of(scene, appeal_id)
    assert (row.state, row.outcome, row.decision_id, row.reply_template) == (
        "decided",
        "upheld",
        decided,
        "appeal_changed",
    )


@pytest.mark.parametrize("hidden_anew", [False, True])
def test_an_appeal_about_words_that_were_edited_since_is_decided_on_what_was_judged(
    scene: Scene, *, hidden_anew: bool
) -> None:
    """Newer words have a case of their own; what that took down and upholds is not shown again."""
    case_id, revision_id, _ = hidden_case(scene)
    with scene.store.read() as session:
        comment_id = session.get_one(t.Case, case_id).comment_id
    newest = scene.edit(comment_id, "and you there, too")
    later = scene.open(Opening(comment_id, newest, "serious", 50))[comment_id]
    if hidden_anew:
        scene.upheld(later, newest, actions=("hide",))
    stage, senior = appeals_of(scene), scene.people["senior_reviewer"]
    appeal_id = logged(scene, case_id)
    view = stage.show(senior, appeal_id)
    assert (view.revision_id, view.own_case, view.now) == (revision_id, later, "and you there, too")
    with pytest.raises(Conflict, match=f"case {later} is about what it says now"):
        stage.decide(senior, appeal_id, overturned(scene, newest))
    decided = stage.decide(senior, appeal_id, overturned(scene, revision_id))
    with scene.store.read() as session:
        decision = session.get_one(t.Decision, decided)
        kinds = session.scalars(select(t.RequestedAction.kind).order_by(t.RequestedAction.id)).all()
        case = session.get_one(t.Case, case_id)
    assert (decision.revision_id, case.revision_id, case.state) == (revision_id, revision_id, "decided")
    assert list(kinds) == (["hide", "hide"] if hidden_anew else ["hide", "unhide"])


def test_who_decided_the_case_does_not_decide_the_appeal(scene: Scene) -> None:
    """Not even with a reason to go alone while somebody else is there; nor may anybody without the right."""
    case_id, _, revision_id = scene.case("1")
    senior = scene.people["senior_reviewer"]
    scene.review.decide(
        senior, case_id, revision_id, "not_upheld", reason="Criticism.", particulars=said("not_upheld")
    )
    appeal_id, stage = logged(scene, case_id), appeals_of(scene)
    for answer in (DISMISSED, replace(DISMISSED, alone_because="Everybody is on leave.")):
        with pytest.raises(NotAllowed, match="somebody else decides"):
            stage.decide(senior, appeal_id, answer)
    with pytest.raises(NotAllowed):
        stage.decide(scene.second, appeal_id, DISMISSED)
    assert row_of(scene, appeal_id).state == "waiting"
    assert stage.decide(scene.people["on_call_manager"], appeal_id, DISMISSED) is None
    assert [row.object_type for row in scene.audited("refused")] == ["appeal"] * 3


def test_alone_one_breaks_the_glass_and_another_reviews_it_within_a_working_day(scene: Scene) -> None:
    """Where nobody else may decide, a typed reason is needed; it waits for somebody else's look."""
    case_id, _, revision_id = scene.case("1")
    senior, manager = scene.people["senior_reviewer"], scene.people["on_call_manager"]
    scene.review.decide(
        senior, case_id, revision_id, "not_upheld", reason="Criticism.", particulars=said("not_upheld")
    )
    appeal_id, stage = logged(scene, case_id), appeals_of(scene)
    assert manager.person_id is not None
    change_person(scene.store, scene.clock, scene.admin, manager.person_id, active=False)
    with pytest.raises(NotAllowed, match="somebody else") as refused:
        stage.decide(senior, appeal_id, DISMISSED)
    assert "--break-glass" in refused.value.do
    stage.decide(senior, appeal_id, replace(DISMISSED, alone_because="There is nobody else this week."))
    assert row_of(scene, appeal_id).state == "decided_alone"
    with scene.store.read() as session:
        task = session.scalars(select(t.Task).where(t.Task.kind == "appeal_review")).one()
        assert (task.due_at, task.done_at) == (START + timedelta(days=1), None)
    with pytest.raises(NotAllowed, match="Somebody else reviews"):
        stage.review_alone(senior, appeal_id)
    change_person(scene.store, scene.clock, scene.admin, manager.person_id, active=True)
    stage.review_alone(manager, appeal_id)
    row = row_of(scene, appeal_id)
    assert (row.state, row.reviewed_by) == ("reviewed", manager.person_id)
    with pytest.raises(IllegalMove):
        stage.review_alone(manager, appeal_id)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outcome": "maybe"}, "no outcome maybe"),
        ({"reason": " "}, "needs a reason"),
        ({"reply_template": "appeal_lost"}, "no reply appeal_lost"),
        (
            {"outcome": "upheld"},
            "needs a new verdict.* Give --verdict and --revision; `upstander appeal show`",
        ),
        ({"ruling": not_upheld("x"), "revision_id": 1}, "give no verdict"),
        ({"alone_because": "  "}, "needs a reason"),
        ({"alone_because": "I like to."}, "no reason is needed"),
    ],
)
def test_an_answer_that_is_not_whole_changes_nothing(
    scene: Scene, changes: dict[str, object], says: str
) -> None:
    """Success needs a new verdict, dismissal has none, and each answer says why."""
    case_id, _, _ = hidden_case(scene)
    appeal_id = logged(scene, case_id)
    with pytest.raises(Conflict, match=says):
        appeals_of(scene).decide(
            scene.people["senior_reviewer"],
            appeal_id,
            replace(DISMISSED, **changes),  # type: ignore[arg-type]  # each case gives what fits its field
        )
    assert (row_of(scene, appeal_id).state, scene.count(t.Decision)) == ("waiting", 1)


def test_an_appeal_is_about_a_decision_and_one_waits_at_a_time(scene: Scene) -> None:
    """An open case has nothing to appeal against; nobody appeals twice at once, nor in the future."""
    case_id, _, revision_id = scene.case("1")
    with pytest.raises(Conflict, match="Nobody has decided"):
        logged(scene, case_id)
    scene.upheld(case_id, revision_id)
    first, stage = logged(scene, case_id), appeals_of(scene)
    with pytest.raises(Conflict, match=f"Appeal {first}"):
        logged(scene, case_id)
    stage.withdraw(scene.reviewer, first, "They wrote again and took it back.")
    assert [line.state for line in stage.list(scene.reviewer)] == []
    assert [line.state for line in stage.list(scene.reviewer, all_states=True)] == ["withdrawn"]
    late = NewAppeal(case_id, "author", "email", WORDS, scene.clock.now() + timedelta(hours=1))
    with pytest.raises(Conflict, match="future"):
        stage.log(scene.reviewer, late)
    with pytest.raises(Conflict, match="no channel pigeon"):
        stage.log(scene.reviewer, replace(late, channel="pigeon"))


def test_an_appeal_on_a_restricted_case_is_not_shown_to_those_who_may_not_see_it(scene: Scene) -> None:
    """Its list, its words and its decision follow the case."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id)
    appeal_id, stage = logged(scene, case_id), appeals_of(scene)
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = "manager"
    assert stage.list(scene.reviewer) == ()
    with pytest.raises(NotAllowed, match="restricted"):
        stage.show(scene.reviewer, appeal_id)
    with pytest.raises(NotAllowed, match="restricted"):
        stage.decide(scene.people["on_call_manager"], appeal_id, DISMISSED)


def test_no_appellants_words_are_in_the_audit(scene: Scene) -> None:
    """The audit, which enters the ledger for good, holds ids and facts only."""
    case_id, revision_id, _ = hidden_case(scene)
    appeal_id = logged(scene, case_id)
    appeals_of(scene).decide(scene.people["senior_reviewer"], appeal_id, overturned(scene, revision_id))
    rows = [row for verb in ("appeal_logged", "appeal_decided") for row in scene.audited(verb)]
    assert len(rows) == 2
    assert not any("mother" in str(row.detail) or "right" in str(row.detail) for row in rows)


DECIDE = (
    "UPDATE appeals SET state = '{state}', outcome = 'dismissed', ended_by = {person},"
    " ended_at = '2026-11-09 10:00:00', reason = 'x', break_glass_reason = {alone}"
)


def test_the_database_itself_holds_an_appeal_to_another_person(scene: Scene) -> None:
    """No program writes that the first decider decided it, or another case's decision, or removes it."""
    case_id, _, _ = hidden_case(scene)
    other_case, _, other_revision = scene.case("2")
    other = scene.upheld(other_case, other_revision)
    logged(scene, case_id)
    reviewer, senior = scene.reviewer.person_id, scene.people["senior_reviewer"].person_id
    wrong = (
        DECIDE.format(state="decided", person=reviewer, alone="NULL"),
        DECIDE.format(state="decided_alone", person=reviewer, alone="NULL"),
        DECIDE.format(state="reviewed", person=senior, alone="NULL"),
        DECIDE.format(state="decided", person=senior, alone="NULL").replace(
            "'dismissed'", f"'upheld', decision_id = {other}"
        ),
        "UPDATE appeals SET words = 'nothing'",
        f"UPDATE appeals SET case_id = {other_case}",
        "DELETE FROM appeals",
    )
    for statement in wrong:
        with pytest.raises(DBAPIError):
            _run(scene, statement)
    _run(scene, DECIDE.format(state="decided", person=senior, alone="NULL"))
    with pytest.raises(DBAPIError):
        _run(scene, "UPDATE appeals SET reason = 'something else'")


def _run(scene: Scene, statement: str) -> None:
    with scene.store.write() as session:
        session.connection().execute(text(statement))


def test_nobody_in_particular_logs_or_decides_nothing(scene: Scene) -> None:
    """The worker itself never decides an appeal (promise 2)."""
    case_id, _, _ = hidden_case(scene)
    appeal_id, nobody = logged(scene, case_id), Actor(None, "job")
    with pytest.raises(NotAllowed):
        appeals_of(scene).decide(nobody, appeal_id, DISMISSED)
    with pytest.raises(NotAllowed):
        appeals_of(scene).list(nobody)
