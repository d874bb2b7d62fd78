"""Every way in which a platform or the evidence can fail, for hiding and for showing again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.errors import CredentialsRejected, PlatformUnavailable, RateLimited
from tests.unit.action.errands import Errands
from tests.unit.evidence.approved import approved
from worker.action.stage import NotConfirmed
from worker.errors import NotYet
from worker.store import tables as t

KINDS = pytest.mark.parametrize("kind", ["hide", "unhide"])


@KINDS
@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "limited", "unreachable", "ignored"])
def test_what_passes_is_tried_again_and_done_once(small: Errands, kind: str, fault: str) -> None:
    """After a time-out, a limit or a call that was ignored it is done in the end, and once."""
    asked = small.ask(kind)
    small.town.faults = [fault]
    small.carry_to_the_end(asked)
    assert (small.asked(asked).state, small.town.made) == ("carried_out", 1)
    assert small.town.things["1"].hidden is (kind == "hide")
    assert small.town.calls == (1 if fault == "timeout_after" else 2)


@KINDS
def test_a_refused_token_only_makes_an_action_wait(small: Errands, kind: str) -> None:
    """Nobody has to ask again: once the token is renewed, the action is carried out by itself."""
    asked = small.ask(kind)
    small.town.faults = ["rejected"]
    with pytest.raises(NotYet):
        small.carry(asked)
    assert (small.asked(asked).state, small.town.made) == ("requested", 0)
    small.carry(asked)
    assert (small.asked(asked).state, small.town.made) == ("carried_out", 1)


@KINDS
def test_what_a_person_has_to_mend_fails_with_words_and_can_be_asked_again(small: Errands, kind: str) -> None:
    """A missing permission is not hammered: it fails visibly, and works when mended."""
    asked = small.ask(kind)
    small.town.faults = ["forbidden"]
    small.carry(asked)
    failed = small.asked(asked)
    assert (failed.state, small.town.made) == ("failed", 0)
    assert "Facebook refused" in (failed.detail or "")
    again = getattr(small.scene.review, f"request_{kind}")
    repeated = again(small.scene.reviewer, small.case_id, "The token was renewed.")
    assert repeated != asked
    small.carry(repeated)
    assert (small.asked(repeated).state, small.town.made) == ("carried_out", 1)


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_comment_that_is_gone_needs_no_hiding_and_cannot_be_shown(small: Errands, when: str) -> None:
    """Deleted by its author in between: an outcome, not an error."""
    asked = small.hide()
    if when == "before":
        small.town.things["1"].gone = True
    else:
        small.town.faults = ["gone"]
    small.carry(asked)
    assert small.asked(asked).state == "carried_out"
    assert "nothing left to hide" in (small.asked(asked).detail or "")
    with small.scene.store.read() as session:
        assert session.get_one(t.Comment, small.comment_id).gone_at == small.scene.clock.now()
    unhide = small.scene.review.request_unhide(small.scene.reviewer, small.case_id, "A mistake.")
    small.carry(unhide)
    assert small.asked(unhide).state == "failed"


@KINDS
def test_a_change_that_calls_the_comment_gone_is_not_believed(small: Errands, kind: str) -> None:
    """Only reading says for certain that it is gone: where it shows the comment, it is asked for again."""
    asked = small.ask(kind)
    small.town.faults = ["called_gone"]
    with pytest.raises(NotConfirmed):
        small.carry(asked)
    assert small.asked(asked).state == "requested"
    with small.scene.store.read() as session:
        assert session.get_one(t.Comment, small.comment_id).gone_at is None
    small.carry(asked)
    assert (small.asked(asked).state, small.town.made) == ("carried_out", 1)


def test_a_platform_that_says_done_but_does_not_do_it_is_not_believed(small: Errands) -> None:
    """Reading back decides: after five calls without effect a person has to look."""
    asked = small.hide()
    small.town.faults = ["ignored"] * 9
    attempts = small.carry_to_the_end(asked)
    failed = small.asked(asked)
    assert (failed.state, small.town.calls, attempts) == ("failed", 5, 6)
    assert "still visible" in (failed.detail or "")


def test_a_limit_does_not_use_up_the_calls(small: Errands) -> None:
    """Being asked to wait, however often, is not a call that changed nothing."""
    asked = small.hide()
    small.town.faults = ["limited"] * 7
    small.carry_to_the_end(asked)
    action = small.action()
    assert action is not None
    assert (small.asked(asked).state, action.calls) == ("carried_out", 1)


def test_a_platform_that_tells_nobody_is_taken_at_its_word_and_that_is_said(small: Errands) -> None:
    """Where nobody can read back whether a comment is hidden, the outcome is not called verified."""
    small.town.tells = False
    asked = small.hide()
    small.carry(asked)
    action = small.action()
    assert action is not None
    assert (action.state, action.verified_at) == ("done", None)
    assert "does not let anybody read back" in (action.outcome or "")


def test_without_an_answer_and_without_reading_it_is_not_called_done(small: Errands) -> None:
    """No answer from a platform that tells nobody: asked again, without harm, then left to people."""
    small.town.tells = False
    asked = small.hide()
    small.town.faults = ["timeout_before"] * 9
    small.carry_to_the_end(asked)
    assert small.asked(asked).state == "failed"
    assert "not known" in (small.asked(asked).detail or "")


def test_when_the_comment_cannot_be_read_first_nothing_is_sent(small: Errands) -> None:
    """No fresh look, no action: it is tried again."""
    asked = small.hide()
    small.town.read_faults = [PlatformUnavailable("no answer"), RateLimited("wait", until=None)]
    for _ in range(2):
        with pytest.raises((PlatformUnavailable, RateLimited)):
            small.carry(asked)
    assert small.town.calls == 0
    small.carry(asked)
    assert small.asked(asked).state == "carried_out"


def test_a_token_that_ends_between_sending_and_reading_back_is_not_called_nothing_done(
    small: Errands,
) -> None:
    """What may have been done is looked up once the token is renewed; it is not asked for twice."""
    asked = small.hide()

    def token_ends() -> None:
        small.town.read_faults = [CredentialsRejected("the token ended")]

    small.town.before_change = token_ends
    with pytest.raises(NotYet):
        small.carry(asked)
    assert small.asked(asked).state == "requested"
    small.carry(asked)
    assert (small.asked(asked).state, small.town.calls) == ("carried_out", 1)


def test_damaged_evidence_stops_a_hide(errands: Errands) -> None:
    """A bag that does not verify gives no receipt: refused with words, nothing sent (promises 1 and 6)."""
    asked = errands.hide()
    _damage(errands)
    errands.carry(asked)
    refused = errands.asked(asked)
    assert (refused.state, errands.town.calls) == ("refused", 0)
    assert "does not verify" in (refused.detail or "")


def test_damaged_evidence_never_stops_restoring(errands: Errands) -> None:
    """Showing again seals fresh evidence first, and shows the old failure (promise 10)."""
    asked = errands.unhide()
    _damage(errands)
    errands.carry(asked)
    action = errands.action()
    assert action is not None
    assert (errands.asked(asked).state, errands.town.things["1"].hidden) == ("carried_out", False)
    assert "does not verify" in (action.outcome or "")
    with errands.scene.store.read() as session:
        newest = session.scalars(select(t.Snapshot).order_by(t.Snapshot.id.desc())).first()
    assert newest is not None
    assert (action.snapshot_id, newest.state) == (newest.id, "sealed")


def test_restoring_without_any_evidence_seals_it_first(waiting: Errands) -> None:
    """Nothing sealed yet is no reason to keep a comment hidden."""
    asked = waiting.unhide()
    waiting.carry(asked)
    assert (waiting.asked(asked).state, waiting.town.made) == ("carried_out", 1)


@pytest.mark.parametrize("sealed_before", [True, False])
def test_where_nothing_can_be_sealed_a_person_is_told_how_to_restore(
    waiting: Errands,
    tmp_path: Path,
    sealed_before: bool,  # noqa: FBT001 -- pytest gives it by name
) -> None:
    """Without any evidence Upstander sends nothing, and says what to do in the platform's own app."""
    if sealed_before:
        waiting.seal()
    asked = waiting.unhide()
    shutil.rmtree(waiting.bags, ignore_errors=True)
    waiting.bags.write_text("a file where the evidence store should be")
    waiting.carry(asked)
    outside = waiting.asked(asked)
    assert (outside.state, waiting.town.calls) == ("outside", 0)
    assert "Facebook's own app, signed in as Northmoor" in (outside.detail or "")


def test_a_hide_with_no_evidence_in_sight_is_refused(errands: Errands) -> None:
    """Evidence destroyed by retention, none being captured: refused, not waited for."""
    asked = errands.hide()
    with errands.scene.store.read() as session:
        case_id = session.scalars(select(t.Snapshot.case_id)).one()
    approved(errands.scene.store, case_id, errands.scene.admin.person_id)
    with errands.scene.store.write() as session:
        snapshot = session.scalars(select(t.Snapshot)).one()
        snapshot.destroyed_at = errands.scene.clock.now()
        snapshot.destroyed_by = errands.scene.admin.person_id
        snapshot.destroyed_reason = "Its time was up."
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("refused", 0)


def test_a_call_that_was_not_confirmed_says_so_without_the_words(small: Errands) -> None:
    """The error that a job keeps names numbers and fates, never what the comment says."""
    asked = small.hide()
    small.town.faults = ["timeout_before"]
    with pytest.raises(NotConfirmed) as problem:
        small.carry(asked)
    assert "useless" not in str(problem.value)
    assert "unknown" in str(problem.value)


def _damage(errands: Errands) -> None:
    """Flip one byte in every sealed bag's payload."""
    for path in errands.bags.rglob("data/*"):
        if path.is_file():
            path.chmod(0o600)
            content = bytearray(path.read_bytes())
            content[0] ^= 1
            path.write_bytes(bytes(content))
