"""What is written past the stages, by raw SQL as the application's own role, reaches no platform."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.unit.action.errands import Errands
from tests.unit.store.raw import INSERT
from worker.evidence.bag import SIGNATURE
from worker.jobs.runner import Runner
from worker.keyring import CURRENT
from worker.settings import Jobs
from worker.store import tables as t

REQUEST = (
    "INSERT INTO requested_actions (case_id, comment_id, revision_id, decision_id, verdict, kind, state,"
    " requested_by, requested_at) SELECT case_id, comment_id, revision_id, decision_id, 'upheld', :kind,"
    " 'requested', requested_by, requested_at FROM requested_actions RETURNING id"
)
JOB = (
    "INSERT INTO outbox (kind, payload, state, created_at, due_at, attempts) VALUES"
    " ('act', :payload, 'waiting', :now, :now, 0) RETURNING id"
)


def run(errands: Errands, statement: str, **values: object) -> int:
    """Raw SQL that gives back a number."""
    with errands.scene.store.write() as session:
        return int(session.connection().execute(text(statement), values).scalar_one())


def job_by_hand(errands: Errands, requested_action_id: int) -> t.Job:
    """An `act` job that nobody asked for, run as any other; the job as it is then."""
    now = errands.scene.clock.now()
    job_id = run(
        errands,
        JOB,
        payload=f'{{"requested_action_id": {requested_action_id}}}',
        now=now.replace(tzinfo=None) if errands.scene.store.dialect == "sqlite" else now,
    )
    handlers = {
        "act": lambda payload, finish: errands.carrying().carry_out(payload["requested_action_id"], finish)
    }
    Runner(errands.scene.store, errands.scene.clock, Jobs(), handlers).run(job_id)
    with errands.scene.store.read() as session:
        return session.get_one(t.Job, job_id)


def test_a_job_by_hand_for_a_request_that_is_none(errands: Errands) -> None:
    """No decision, no request: the job fails in words and the platform hears nothing."""
    job = job_by_hand(errands, 999)
    assert job.state == "waiting"
    assert "There is no requested action 999" in (job.last_error or "")
    assert (errands.town.calls, errands.town.made, errands.action()) == (0, 0, None)


def test_a_job_by_hand_without_sealed_evidence(waiting: Errands) -> None:
    """A request whose evidence is not sealed yet waits, whoever wrote the job."""
    job = job_by_hand(waiting, waiting.hide())
    assert "not sealed yet" in (job.last_error or "")
    assert (waiting.town.calls, waiting.action()) == (0, None)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("delete", "no second person approved it"),
        ("block", "no second person approved it"),
        ("platform_report", "does not platform_report"),
    ],
)
def test_a_request_that_was_written_in_by_hand_is_refused_and_called_so(
    errands: Errands, kind: str, why: str
) -> None:
    """A deletion that nobody approved is neither sent, nor taken for a restoring, nor called done."""
    errands.hide()
    asked = run(errands, REQUEST, kind=kind)
    job_by_hand(errands, asked)
    refused = errands.asked(asked)
    assert (refused.state, errands.town.calls, errands.action()) == ("refused", 0, None)
    assert why in (refused.detail or "")


def test_an_action_that_was_begun_on_evidence_of_other_words_is_refused(errands: Errands) -> None:
    """A row of an action that rests on an older wording's snapshot does for no hide of the newer one."""
    older = errands.evidence.surveyor.store
    with older.read() as session:
        snapshot_id = int(session.execute(text("SELECT id FROM snapshots")).scalar_one())
    newest = errands.scene.edit(errands.comment_id, "worse words")
    errands.town.things["1"].text = "worse words"
    with older.write() as session:
        session.execute(text("UPDATE cases SET revision_id = :newest"), {"newest": newest})
    errands.scene.upheld(errands.case_id, newest, actions=("hide",))
    asked = errands.newest()
    values = {"request": asked, "snapshot": snapshot_id, "comment": errands.comment_id}
    with older.write() as session:
        session.execute(text(INSERT), {**values, "sealed": "sealed", "kind": "hide"})
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("refused", 0)
    assert "other words" in (errands.asked(asked).detail or "")


def test_calling_it_carried_out_carries_nothing_out(errands: Errands) -> None:
    """A row that claims to be done sends nothing, and the job that comes for it ends."""
    asked = errands.hide()
    with errands.scene.store.write() as session:
        session.execute(text("UPDATE requested_actions SET state = 'carried_out'"))
    assert job_by_hand(errands, asked).state == "done"
    assert errands.town.calls == 0


def _signature_gone(errands: Errands) -> None:
    for bag in errands.bags.glob("2*/*/*"):
        bag.chmod(0o755)
        (bag / SIGNATURE).unlink()


def _pipe(errands: Errands) -> None:
    _signature_gone(errands)
    for bag in errands.bags.glob("2*/*/*"):
        os.mkfifo(bag / SIGNATURE)


def _folder(errands: Errands) -> None:
    _signature_gone(errands)
    for bag in errands.bags.glob("2*/*/*"):
        (bag / SIGNATURE / "deeper").mkdir(parents=True)


def _brackets(errands: Errands) -> None:
    for custody in errands.bags.glob("2*/*/*/data/custody.json"):
        custody.chmod(0o644)
        custody.write_bytes(b"[" * 200_000)


def _row_edited(errands: Errands) -> None:
    with errands.scene.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER snapshots_sealed_frozen"))
        connection.execute(text("UPDATE snapshots SET bag = :long"), {"long": "x" * 400})


@pytest.mark.parametrize("harm", [_signature_gone, _pipe, _folder, _brackets, _row_edited])
def test_no_harm_to_the_old_evidence_keeps_a_comment_hidden(
    small: Errands, harm: Callable[[Errands], None]
) -> None:
    """A signature gone, a pipe or a folder in its place, nested brackets, a row: fresh evidence does."""
    asked = small.unhide()
    harm(small)
    small.carry(asked)
    action = small.action()
    assert action is not None
    assert (small.asked(asked).state, small.town.things["1"].hidden) == ("carried_out", False)
    assert "does not verify" in (action.outcome or "")


@pytest.mark.parametrize("harm", [_signature_gone, _pipe, _folder, _brackets, _row_edited])
def test_the_same_harm_stops_a_hide(small: Errands, harm: Callable[[Errands], None]) -> None:
    """What restoring passes over is a refusal for hiding, in words."""
    asked = small.hide()
    harm(small)
    small.carry(asked)
    assert (small.asked(asked).state, small.town.calls) == ("refused", 0)
    assert "does not verify" in (small.asked(asked).detail or "")


def _key_gone(keys: Path) -> None:
    (keys / CURRENT).unlink()


def _ring_gone(keys: Path) -> None:
    keys.rename(keys.with_name("elsewhere"))


def _ring_open(keys: Path) -> None:
    keys.chmod(0o755)


@pytest.mark.parametrize(("harm", "sealable"), [(_key_gone, True), (_ring_gone, False), (_ring_open, False)])
def test_a_lost_key_never_keeps_a_comment_hidden_in_silence(
    small: Errands,
    harm: Callable[[Path], None],
    sealable: bool,  # noqa: FBT001 -- pytest gives it by name
) -> None:
    """Old evidence that holds still does; without the whole ring a person is told how to show it by hand."""
    asked = small.unhide()
    harm(small.bags.parent / f"{small.bags.name}-keys")
    small.carry(asked)
    done = small.asked(asked)
    if sealable:
        assert (done.state, small.town.calls) == ("carried_out", 1)
        return
    assert (done.state, small.town.calls) == ("outside", 0)
    assert "Facebook's own app, signed in as Northmoor" in (done.detail or "")
    assert "could not be checked" in (done.detail or "")


def test_an_expired_key_never_keeps_a_comment_hidden_in_silence(waiting: Errands) -> None:
    """Nothing sealed yet and a certificate that ran out: the person is told to do it by hand."""
    asked = waiting.unhide()
    waiting.scene.clock.move(timedelta(days=11 * 365))
    waiting.carry(asked)
    assert (waiting.asked(asked).state, waiting.town.calls) == ("outside", 0)
    assert "The signing key holds from" in (waiting.asked(asked).detail or "")


@pytest.mark.parametrize(("kind", "ends", "calls"), [("hide", "refused", 0), ("unhide", "carried_out", 1)])
def test_a_ledger_that_was_tampered_with_stops_what_takes_away_and_not_what_gives_back(
    small: Errands, kind: str, ends: str, calls: int
) -> None:
    """A sealing that cannot be entered allows no hide; showing a comment again never waits for it."""
    small.evidence.ledger.append_now()
    asked = small.ask(kind)
    with small.scene.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER ledger_head_grows"))
        connection.execute(text("UPDATE ledger_head SET root = :zeros"), {"zeros": "0" * 64})
    small.carry(asked)
    ended = small.asked(asked)
    assert (ended.state, small.town.calls) == (ends, calls)
    assert ("The ledger's head does not fit" in (ended.detail or "")) is (kind == "hide")
