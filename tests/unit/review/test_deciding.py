"""Decisions are whole, by a person with the right, about what was seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.judging import said
from tests.unit.review.scene import Scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.review.difference import in_one_line
from worker.review.errors import AlreadyDecided, ClaimHeld, DecisionIncomplete, RevisionChanged
from worker.review.opening import Opening
from worker.store import tables as t

UPHELD: dict[str, Any] = {"categories": ["threat"], "severity": "serious", "reason": "A threat."}


def _state(scene: Scene, case_id: int) -> str:
    with scene.store.read() as session:
        return session.get_one(t.Case, case_id).state


def _jobs(scene: Scene, kind: str) -> list[dict[str, Any]]:
    with scene.store.read() as session:
        return [dict(job.payload) for job in session.scalars(select(t.Job).where(t.Job.kind == kind))]


def test_an_upheld_case_is_closed_with_its_categories_and_its_action_is_requested(scene: Scene) -> None:
    """Decision, case, requested action, job and audit are written together."""
    case_id, comment_id, revision_id = scene.case("1")
    decision_id = scene.upheld(case_id, revision_id, actions=("hide",))
    assert _state(scene, case_id) == "decided"
    with scene.store.read() as session:
        asked = session.scalars(select(t.RequestedAction)).one()
        categories = session.scalars(select(t.DecisionCategory.category)).all()
    assert categories == ["insult"]
    assert (asked.decision_id, asked.comment_id, asked.revision_id) == (decision_id, comment_id, revision_id)
    assert (asked.kind, asked.state) == ("hide", "requested")
    assert _jobs(scene, "act") == [{"requested_action_id": asked.id}]
    assert scene.count(t.Claim) == 0
    (row,) = scene.audited("decided")
    assert (row.object_id, row.detail["verdict"], row.detail["revision_id"]) == (
        case_id,
        "upheld",
        revision_id,
    )


@pytest.mark.parametrize(
    ("verdict", "given", "why"),
    [
        ("upheld", {"severity": "serious", "reason": "x"}, "at least one category"),
        ("upheld", {"categories": ["threat"], "reason": "x"}, "needs a severity"),
        (
            "upheld",
            {"categories": ["nonsense"], "severity": "serious", "reason": "x"},
            "no category nonsense",
        ),
        ("upheld", {"categories": ["threat"], "severity": "dire", "reason": "x"}, "no severity dire"),
        ("maybe", {"reason": "x"}, "no verdict maybe"),
        ("not_upheld", {"reason": "  "}, "needs a reason"),
        ("not_upheld", {"reason": "x", "categories": ["threat"]}, "names no category"),
        ("not_upheld", {"reason": "x", "actions": ["hide"]}, "Only an upheld case leads to this: hide"),
        ("needs_advice", {"reason": "x", "actions": ["mute"]}, "Only an upheld case leads to this: mute"),
        ("upheld", UPHELD | {"actions": ["block"]}, "A block needs a warning"),
        ("upheld", UPHELD | {"actions": ["applaud"]}, "There is no action applaud"),
        ("upheld", UPHELD | {"actions": ["hide", "hide"]}, "each action once"),
        ("upheld", UPHELD | {"actions": ["delete", "mute", "unhide"]}, "contradict each other"),
    ],
)
def test_what_is_not_whole_is_refused_and_changes_nothing(
    scene: Scene, verdict: str, given: dict[str, Any], why: str
) -> None:
    """A decision has a reason; an upheld one a category of the closed list and a severity; only it hides."""
    case_id, _, revision_id = scene.case("1")
    with pytest.raises(DecisionIncomplete, match=why):
        scene.review.decide(scene.reviewer, case_id, revision_id, verdict, **given, particulars=said(verdict))
    assert (_state(scene, case_id), scene.count(t.Decision), scene.count(t.Claim)) == ("open", 0, 0)


def test_not_upheld_closes_and_needs_advice_keeps_the_case(scene: Scene) -> None:
    """Criticism is let stand with why; a case that needs advice goes on waiting, and can be decided then."""
    case_id, _, revision_id = scene.case("1")
    scene.review.decide(
        scene.reviewer,
        case_id,
        revision_id,
        "needs_advice",
        reason="Ask the safeguarding lead.",
        particulars=said("needs_advice"),
    )
    assert _state(scene, case_id) == "needs_advice"
    assert scene.review.claim_next(scene.second) is None
    scene.review.decide(
        scene.second,
        case_id,
        revision_id,
        "not_upheld",
        reason="Criticism of care.",
        particulars=said("not_upheld"),
    )
    assert _state(scene, case_id) == "decided"
    first, second = scene.review.show(scene.reviewer, case_id).decisions
    assert second.supersedes_id == first.id


def test_an_edit_in_between_refuses_the_decision_and_shows_the_difference(scene: Scene) -> None:
    """The decision is about what was seen (promise 4)."""
    case_id, comment_id, revision_id = scene.case("1", "you are a kind nurse")
    newest = scene.edit(comment_id, "you are a rude nurse indeed")
    scene.open(Opening(comment_id, newest, "serious", 50))
    with pytest.raises(RevisionChanged) as refusal:
        scene.upheld(case_id, revision_id, actions=("hide",))
    assert refusal.value.revision_id == newest
    assert f"`upstander queue show` with the case's number does: revision {newest}" in refusal.value.do
    assert in_one_line(refusal.value.changes) == "you are a [-kind-]{+rude+} nurse{+ indeed+}"
    assert "rude" not in str(refusal.value), "a message can end up in a log"
    assert (scene.count(t.Decision), scene.count(t.RequestedAction)) == (0, 0)
    assert [row.detail["why"] for row in scene.audited("refused")] == ["RevisionChanged"]
    scene.upheld(case_id, newest)


def test_a_revision_of_another_comment_is_not_decided_on(scene: Scene) -> None:
    """A decision names a revision of its own case's comment."""
    case_id, *_ = scene.case("1")
    _, _, other = scene.case("2")
    with pytest.raises(NotFound):
        scene.upheld(case_id, other)


def test_only_the_holder_of_the_claim_decides(scene: Scene) -> None:
    """Two reviewers never decide the same revision: whoever has the claim does; a lapsed one lets go."""
    case_id, _, revision_id = scene.case("1")
    scene.review.claim(scene.second, case_id)
    with pytest.raises(ClaimHeld):
        scene.upheld(case_id, revision_id)
    scene.clock.move(timedelta(minutes=5))
    scene.upheld(case_id, revision_id)
    with pytest.raises(AlreadyDecided):
        scene.review.decide(
            scene.second, case_id, revision_id, "not_upheld", reason="No.", particulars=said("not_upheld")
        )


def test_a_correction_names_what_it_supersedes_and_nothing_is_edited_away(scene: Scene) -> None:
    """A wrong decision is corrected by a new one; both stay, the newer counts."""
    case_id, _, revision_id = scene.case("1")
    first = scene.upheld(case_id, revision_id, actions=("hide",))
    second = scene.review.decide(
        scene.second,
        case_id,
        revision_id,
        "not_upheld",
        reason="Clinical language.",
        actions=("unhide",),
        supersedes=first,
        particulars=said("not_upheld"),
    )
    with pytest.raises(AlreadyDecided):
        scene.review.decide(
            scene.reviewer,
            case_id,
            revision_id,
            "not_upheld",
            reason="Me too.",
            supersedes=first,
            particulars=said("not_upheld"),
        )
    view = scene.review.show(scene.reviewer, case_id)
    assert [(each.id, each.supersedes_id) for each in view.decisions] == [(first, None), (second, first)]
    assert [each.kind for each in view.actions] == ["hide", "unhide"]


def test_correcting_after_an_edit_is_about_the_new_words_and_captures_them(scene: Scene) -> None:
    """A decided case whose comment was edited is decided again on what it says now, with evidence of that."""
    case_id, comment_id, revision_id = scene.case("1")
    first = scene.upheld(case_id, revision_id)
    newest = scene.edit(comment_id, "other words")
    with pytest.raises(RevisionChanged):
        scene.review.decide(
            scene.reviewer,
            case_id,
            revision_id,
            "not_upheld",
            reason="No.",
            supersedes=first,
            particulars=said("not_upheld"),
        )
    scene.review.decide(
        scene.reviewer,
        case_id,
        newest,
        "not_upheld",
        reason="No.",
        supersedes=first,
        particulars=said("not_upheld"),
    )
    view = scene.review.show(scene.reviewer, case_id)
    assert (view.revision_id, [each.revision_id for each in view.snapshots]) == (
        newest,
        [revision_id, newest],
    )


def test_a_decided_case_does_not_take_over_a_newer_case_of_the_same_comment(scene: Scene) -> None:
    """Newer words that have a case of their own are decided there."""
    case_id, comment_id, revision_id = scene.case("1")
    first = scene.upheld(case_id, revision_id)
    newest = scene.edit(comment_id, "other words")
    opened = scene.open(Opening(comment_id, newest, "serious", 50))
    with pytest.raises(Conflict, match=f"case {opened[comment_id]}"):
        scene.review.decide(
            scene.reviewer,
            case_id,
            newest,
            "not_upheld",
            reason="No.",
            supersedes=first,
            particulars=said("not_upheld"),
        )


@pytest.mark.parametrize(("verdict", "actions"), [("upheld", ("hide",)), ("needs_advice", ())])
def test_words_that_are_gone_are_judged_anew_only_to_correct_and_take_nothing_down(
    scene: Scene, verdict: str, actions: tuple[str, ...]
) -> None:
    """A wrong decision can be corrected after an edit; nothing is hidden for words that are not there."""
    case_id, comment_id, revision_id = scene.case("1")
    first = scene.upheld(case_id, revision_id)
    scene.open(Opening(comment_id, scene.edit(comment_id, "other words"), "serious", 50))
    upheld = UPHELD if verdict == "upheld" else {"reason": "Ask."}
    given = upheld | {"actions": actions, "supersedes": first, "particulars": said(verdict)}
    with pytest.raises(RevisionChanged):
        scene.review.decide(scene.reviewer, case_id, revision_id, verdict, **given)
    scene.not_upheld(case_id, revision_id, supersedes=first)
    assert (_state(scene, case_id), scene.count(t.RequestedAction)) == ("decided", 0)


def test_without_the_right_nothing_is_decided(scene: Scene) -> None:
    """Reading is not deciding: a communications lead sees the queue and decides nothing (promise 2)."""
    case_id, _, revision_id = scene.case("1")
    lead = scene.people["communications_lead"]
    scene.review.show(lead, case_id)
    with pytest.raises(NotAllowed):
        scene.review.decide(
            lead, case_id, revision_id, "not_upheld", reason="No.", particulars=said("not_upheld")
        )
    with pytest.raises(NotAllowed):
        scene.review.request_unhide(lead, case_id, "No.")


def test_unhiding_is_asked_for_after_a_decision_and_only_once(scene: Scene) -> None:
    """Undoing needs a reason and a decided case; asking twice is one request."""
    case_id, _, revision_id = scene.case("1")
    with pytest.raises(Conflict, match="Nobody has decided"):
        scene.review.request_unhide(scene.reviewer, case_id, "A mistake.")
    scene.upheld(case_id, revision_id, actions=("hide",))
    with pytest.raises(DecisionIncomplete):
        scene.review.request_unhide(scene.reviewer, case_id, " ")
    asked = scene.review.request_unhide(scene.reviewer, case_id, "A mistake.")
    assert scene.review.request_unhide(scene.second, case_id, "A mistake.") == asked
    assert len(_jobs(scene, "act")) == 2


def test_hiding_again_needs_an_upheld_decision_on_the_newest_words(scene: Scene) -> None:
    """A hide that failed can be asked for again, but not against the decision, nor on words nobody judged."""
    case_id, comment_id, revision_id = scene.case("1")
    decision = scene.upheld(case_id, revision_id)
    assert scene.review.request_hide(scene.reviewer, case_id, "It failed.") > 0
    scene.edit(comment_id, "other words")
    with scene.store.write() as session:
        session.scalars(select(t.RequestedAction)).one().state = "failed"
    with pytest.raises(RevisionChanged):
        scene.review.request_hide(scene.reviewer, case_id, "It failed.")
    other, _, other_revision = scene.case("2")
    scene.review.decide(
        scene.reviewer, other, other_revision, "not_upheld", reason="No.", particulars=said("not_upheld")
    )
    with pytest.raises(Conflict, match="does not uphold"):
        scene.review.request_hide(scene.reviewer, other, "Hide it.")
    assert decision > 0


def test_a_request_whose_job_got_stuck_is_set_going_again(scene: Scene) -> None:
    """Asking again for what is stuck gives its job its attempts back instead of beginning a second."""
    case_id, _, revision_id = scene.case("1")
    scene.upheld(case_id, revision_id, actions=("hide",))
    with scene.store.write() as session:
        session.scalars(select(t.Job).where(t.Job.kind == "act")).one().state = "stuck"
    scene.review.request_hide(scene.reviewer, case_id, "Try again.")
    with scene.store.read() as session:
        assert session.scalars(select(t.Job.state).where(t.Job.kind == "act")).all() == ["waiting"]
    assert scene.count(t.RequestedAction) == 1
