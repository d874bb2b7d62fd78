"""Carrying out: evidence first, once on the platform, and believed only when read back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.judging import said
from tests.unit.action.errands import WORDS, Errands, Killed, dies_after
from worker.errors import Conflict, NotYet
from worker.outbox import LeaseLost, lease
from worker.review.opening import Opening
from worker.store import tables as t

STEPS = (
    "act.loaded",
    "act.started",
    "act.receipt",
    "act.sent",
    "act.read_back",
    "act.written",
    "act.committed",
)


def test_a_hide_is_sent_once_read_back_and_written_down(errands: Errands) -> None:
    """The plain case: hidden on the platform, verified by reading, on record."""
    asked = errands.hide()
    errands.carry(asked)
    action = errands.action()
    assert action is not None
    assert (action.state, action.calls, action.snapshot_state) == ("done", 1, "sealed")
    assert action.verified_at == errands.scene.clock.now()
    assert errands.asked(asked).state == "carried_out"
    assert (errands.town.made, errands.town.things["1"].hidden) == (1, True)
    with errands.scene.store.read() as session:
        assert session.get_one(t.Comment, errands.comment_id).hidden is True
    (row,) = errands.scene.audited("carried_out")
    assert row.detail["verified"] is True


def test_carrying_out_again_only_finishes_the_job(errands: Errands) -> None:
    """A job that comes twice does nothing twice."""
    asked = errands.hide()
    errands.carry(asked)
    finished: list[object] = []
    errands.carrying().carry_out(asked, finished.append)
    assert (errands.town.calls, len(finished), errands.scene.count(t.Action)) == (1, 1, 1)


def test_no_platform_is_asked_before_the_evidence_is_sealed(waiting: Errands) -> None:
    """Evidence before action (promise 1): without a sealed snapshot there is no action, it waits."""
    asked = waiting.hide()
    with pytest.raises(NotYet):
        waiting.carry(asked)
    assert (waiting.town.calls, waiting.action()) == (0, None)
    waiting.seal()
    waiting.carry(asked)
    assert waiting.asked(asked).state == "carried_out"


def test_evidence_of_other_words_does_not_do_for_a_hide(waiting: Errands) -> None:
    """A snapshot of an older revision is no evidence of what was decided on."""
    waiting.seal()
    newest = waiting.scene.edit(waiting.comment_id, "worse words")
    waiting.town.things["1"].text = "worse words"
    waiting.scene.open(Opening(waiting.comment_id, newest, "serious", 50))
    waiting.scene.upheld(waiting.case_id, newest, actions=("hide",))
    with pytest.raises(NotYet):
        waiting.carry(waiting.newest())
    assert waiting.town.calls == 0


def test_when_the_platform_is_asked_the_action_is_committed_with_its_evidence(errands: Errands) -> None:
    """The action's row, with its sealed snapshot, is in the database before anything is sent."""
    seen: list[tuple[str, int, str]] = []

    def look() -> None:
        with errands.scene.store.read() as session:
            action = session.scalars(select(t.Action)).one()
            seen.append((action.state, action.calls, session.get_one(t.Snapshot, action.snapshot_id).state))

    errands.town.before_change = look
    errands.carry(errands.hide())
    assert seen == [("started", 1, "sealed")]


@pytest.mark.parametrize("tells", ["tells", "does not tell"])
@pytest.mark.parametrize("kind", ["hide", "unhide"])
@pytest.mark.parametrize("step", STEPS)
def test_dying_at_any_step_changes_the_platform_once(
    small: Errands, step: str, kind: str, tells: str
) -> None:
    """Killed right after any step and started again: done, once, and on record (promise 5)."""
    small.town.tells = tells == "tells"
    asked = small.ask(kind)
    with pytest.raises(Killed):
        small.carry(asked, dies_after(step))
    small.carry(asked)
    action = small.action()
    assert action is not None
    assert (action.state, small.asked(asked).state) == ("done", "carried_out")
    assert small.town.made == 1
    assert small.town.things["1"].hidden is (kind == "hide")
    if small.town.tells:
        assert small.town.calls == 1, "what is done is found by reading, not repeated"


def test_a_crash_after_sending_is_resolved_by_reading(errands: Errands) -> None:
    """An action of unknown fate is looked up before anything is asked for again (promise 5)."""
    asked = errands.hide()
    with pytest.raises(Killed):
        errands.carry(asked, dies_after("act.sent"))
    errands.carry(asked)
    action = errands.action()
    assert action is not None
    assert (errands.town.calls, action.calls) == (1, 1)
    assert "found done by reading" in (action.outcome or "")


def test_of_two_processes_with_the_same_errand_one_asks_the_platform(errands: Errands) -> None:
    """A process that fell behind finds out before it sends, and sends nothing."""
    asked = errands.hide()

    def overtaken(step: str) -> None:
        if step == "act.receipt":
            errands.carry(asked)

    with pytest.raises(Conflict):
        errands.carry(asked, overtaken)
    assert (errands.town.calls, errands.asked(asked).state) == (1, "carried_out")


def test_a_result_whose_lease_was_lost_is_not_kept(errands: Errands) -> None:
    """Whoever lost the job writes nothing; whoever took it over finds the truth on the platform."""
    asked = errands.hide()

    def taken_over(_session: object) -> None:
        raise LeaseLost("taken over")

    with pytest.raises(LeaseLost):
        errands.carrying().carry_out(asked, taken_over)
    assert errands.asked(asked).state == "requested"
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("carried_out", 1)


def test_a_comment_that_changed_since_the_decision_is_left_alone(errands: Errands) -> None:
    """The decision is about what was seen (promise 4): other words are taken in and judged first."""
    asked = errands.hide()
    errands.town.things["1"].text = WORDS + ", edited"
    errands.carry(asked)
    refused = errands.asked(asked)
    assert (refused.state, errands.town.calls) == ("refused", 0)
    assert "changed since the decision" in (refused.detail or "")
    with errands.scene.store.read() as session:
        comment = session.get_one(t.Comment, errands.comment_id)
        again = session.scalars(select(t.Case).where(t.Case.state != "decided")).one()
        judged = session.get_one(t.Case, errands.case_id)
        wording = session.get_one(t.Revision, again.revision_id).text
    assert wording == WORDS + ", edited"
    assert (again.comment_id, again.revision_id) == (comment.id, comment.revision_id)
    assert again.severity == judged.severity
    assert again.priority >= judged.priority  # and more, since an incident of the same author stands by now


def test_restoring_does_not_ask_whether_the_words_changed(errands: Errands) -> None:
    """A hidden comment is shown again whatever it says now (promise 10)."""
    asked = errands.unhide()
    errands.town.things["1"].text = "edited"
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.things["1"].hidden) == ("carried_out", False)


def test_what_a_colleague_did_already_is_not_asked_for(errands: Errands) -> None:
    """Hidden in the platform's own app: nothing is sent, and the outcome says so."""
    asked = errands.hide()
    errands.town.things["1"].hidden = True
    errands.carry(asked)
    assert (errands.town.calls, errands.asked(asked).state) == (0, "carried_out")
    assert "hidden already" in (errands.asked(asked).detail or "")


def test_a_correction_stops_a_hide_that_was_not_carried_out_yet(errands: Errands) -> None:
    """The latest decision counts: what it no longer upholds is not hidden."""
    asked = errands.hide()
    view = errands.scene.review.show(errands.scene.second, errands.case_id)
    errands.scene.review.decide(
        errands.scene.second,
        errands.case_id,
        errands.revision_id,
        "not_upheld",
        reason="Criticism of care.",
        supersedes=view.decisions[-1].id,
        particulars=said("not_upheld"),
    )
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls, errands.action()) == ("refused", 0, None)


def test_a_correction_while_the_platform_is_about_to_be_asked_stops_it(errands: Errands) -> None:
    """The last look at the decision is in the transaction right before the platform is asked."""
    asked = errands.hide()

    def corrected(step: str) -> None:
        if step == "act.receipt":
            errands.scene.review.request_unhide(errands.scene.second, errands.case_id, "A mistake.")

    errands.carry(asked, corrected)
    assert (errands.asked(asked).state, errands.town.calls) == ("refused", 0)


def test_the_later_of_two_opposite_requests_counts_in_any_order(errands: Errands) -> None:
    """An older hide that is retried after a newer unhide does not undo it."""
    hide = errands.hide()
    with pytest.raises(Killed):
        errands.carry(hide, dies_after("act.sent"))
    unhide = errands.scene.review.request_unhide(errands.scene.second, errands.case_id, "A mistake.")
    errands.carry(unhide)
    errands.carry(hide)
    assert errands.town.things["1"].hidden is False
    assert (errands.asked(unhide).state, errands.asked(hide).state) == ("carried_out", "failed")


def test_a_later_request_waits_while_an_earlier_one_is_being_carried_out(errands: Errands) -> None:
    """Two requests about one comment do not cross on their way to the platform."""
    errands.hide()
    unhide = errands.scene.review.request_unhide(errands.scene.second, errands.case_id, "A mistake.")
    now = errands.scene.clock.now()
    with errands.scene.store.write() as session:
        job = session.scalars(select(t.Job.id).where(t.Job.kind == "act").order_by(t.Job.id)).first()
        assert job is not None
        assert lease(session, job, now=now, seconds=60, attempts=5) is not None
    with pytest.raises(NotYet):
        errands.carry(unhide)
    assert errands.town.calls == 0
