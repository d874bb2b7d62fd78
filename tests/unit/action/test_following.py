"""What is looked for by the clock writes only where there is something to do, and locks as everybody does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.quiet import locked, statements, writes
from tests.unit.action.errands import Errands
from tests.unit.action.reporting import Desk
from worker.review.blocks import Blocks
from worker.store import tables as t


@pytest.fixture
def desk(errands: Errands) -> Desk:
    """A case with sealed evidence, on either database."""
    return Desk(errands)


def forget(desk: Desk) -> None:
    """Somebody ends every task about an answer without noting one."""
    with desk.errands.scene.store.write() as session:
        session.execute(
            update(t.Task).where(t.Task.kind == "report_answer").values(done_at=desk.now, outcome="Looked.")
        )


@pytest.mark.parametrize("state", ["filed", "no_answer", "kept", "removed", "closed"])
def test_reports_that_want_nothing_are_left_alone(desk: Desk, state: str) -> None:
    """Waiting for an answer with its task there, or answered, or ended: no write is opened, ever."""
    number, reports = desk.filed(), desk.stages.reports
    if state in ("no_answer", "kept", "removed"):
        reports.note_outcome(desk.reviewer, number, state)
    elif state == "closed":
        reports.note_outcome(desk.reviewer, number, "kept")
        reports.close(desk.reviewer, number, "They keep it.")
        with desk.errands.scene.store.write() as session:
            session.get_one(t.Comment, desk.errands.comment_id).gone_at = desk.now
    desk.later(days=30)
    with writes(desk.errands.scene.store) as opened:
        reports.follow()
    assert opened == []


def test_a_report_is_followed_with_its_case_held_first(desk: Desk) -> None:
    """As a decision holds them: the other way round both would wait for each other, and fail."""
    desk.filed()
    forget(desk)
    store = desk.errands.scene.store
    with writes(store) as opened, statements(store) as sent:
        desk.stages.reports.follow()
    assert len(opened) == 1
    assert locked(sent) == ([] if store.dialect == "sqlite" else ["comments", "cases", "platform_reports"])
    with writes(store) as opened:
        desk.stages.reports.follow()
    assert opened == []


def test_what_was_withdrawn_meanwhile_is_not_reminded_of(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the write somebody ended it: the row is read again under its lock."""
    number, reports = desk.filed(), desk.stages.reports
    forget(desk)
    stale = [(number, desk.errands.case_id)]
    reports.withdraw(desk.reviewer, number, "A mistake, and they know.")
    monkeypatch.setattr("worker.review.reports.to_follow", lambda _session: stale)
    reports.follow()
    assert desk.tasks("report_answer") == []


def test_a_block_that_somebody_is_asked_to_look_at_is_asked_once(errands: Errands) -> None:
    """A review that is due and has its task writes nothing more, however long nobody looks."""
    errands.carry(errands.ask("block"))
    blocks = Blocks(errands.scene.store, errands.scene.clock)
    errands.scene.clock.move(timedelta(days=366))
    assert blocks.schedule() == 1
    with writes(errands.scene.store) as opened:
        assert blocks.schedule() == 1
    assert opened == []


def test_a_block_that_goes_on_meanwhile_is_not_asked_about(
    errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody looked at it between the look and the write: nobody is sent to look again."""
    asked, scene = errands.ask("block"), errands.scene
    errands.carry(asked)
    blocks = Blocks(scene.store, scene.clock)
    scene.clock.move(timedelta(days=366))
    monkeypatch.setattr("worker.review.blocks._told", _kept_meanwhile(errands, blocks, asked))
    blocks.schedule()
    with scene.store.read() as session:
        assert session.scalar(select(t.Task.id).where(t.Task.kind == "block_review")) is None


def _kept_meanwhile(errands: Errands, blocks: Blocks, asked: int) -> Callable[[object, int], bool]:
    def told(_session: object, _number: int) -> bool:
        blocks.keep(errands.scene.people["senior_reviewer"], asked, "They go on elsewhere.")
        return False

    return told
