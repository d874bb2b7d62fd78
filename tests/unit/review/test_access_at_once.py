"""Who may see a case is asked once nobody can change it any more: what comes in between is not missed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.judging import procedure
from tests.unit.review.desk import REFERENCE, Desk
from tests.unit.review.scene import CLOCKS, START, Scene
from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import held_case, kinds_on
from worker.review.blocks import Blocks
from worker.review.case_file import CaseFile
from worker.review.guidance import load_guidance
from worker.review.people import change_person
from worker.review.replies import Replies
from worker.review.reply_templates import TABLE, load_reply_templates
from worker.review.restricting import add_conflict, tighten
from worker.review.terms import Terms
from worker.store import tables as t

Write = Callable[[], object]
#: What waits for whoever holds a case: every write of SQLite, and on PostgreSQL the lock of case or comment.
_WAITS = re.compile(r"BEGIN IMMEDIATE|UPDATE cases|FROM (cases|comments)\b.*FOR UPDATE", re.DOTALL)


@contextmanager
def _meanwhile(scene: Scene, case_id: int, other: Callable[[], object]) -> Iterator[Session]:
    """A write that holds a case; it ends once the other one, begun meanwhile, comes to where it waits."""
    waits, problems = threading.Event(), list[BaseException]()

    def noticed(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if threading.current_thread() is thread and _WAITS.search(statement):
            waits.set()

    def run() -> None:
        try:
            other()
        except BaseException as problem:  # noqa: BLE001 -- handed to the test below
            problems.append(problem)
        finally:
            waits.set()

    thread = threading.Thread(target=run)
    event.listen(scene.store.engine, "before_cursor_execute", noticed)
    try:
        with scene.store.write() as session:
            held_case(session, scene.people["senior_reviewer"], case_id)
            yield session
            session.flush()
            thread.start()
            assert waits.wait(30), "the other never came to where it waits"
    finally:
        thread.join()
        event.remove(scene.store.engine, "before_cursor_execute", noticed)
    if problems:
        raise problems[0]


def _senior(scene: Scene) -> Actor:
    return scene.people["senior_reviewer"]


def test_a_conflict_noted_while_somebody_decides_is_not_missed(scene: Scene) -> None:
    """Nothing is decided by whom the case was closed to a moment ago."""
    case_id, _, revision_id = scene.case("1")
    person = scene.reviewer.person_id
    assert person is not None
    with (
        pytest.raises(NotAllowed, match=f"Case {case_id} is restricted"),
        _meanwhile(scene, case_id, lambda: scene.upheld(case_id, revision_id)) as session,
    ):
        add_conflict(session, _senior(scene), case_id, person, "It is about them.", now=scene.clock.now())
    assert scene.count(t.Decision) == 0


def test_restrictions_noted_at_the_same_moment_both_stand(scene: Scene) -> None:
    """Neither is lost, and the case goes by the graver of them."""
    case_id, *_ = scene.case("1")
    file, senior = CaseFile(scene.store, scene.clock, procedure(CLOCKS)), _senior(scene)
    lesser = partial(file.restrict, senior, case_id, "safeguarding", "A child.")
    with _meanwhile(scene, case_id, lesser) as session:
        tighten(
            session, senior, session.get_one(t.Case, case_id), "imagery", "Suspected.", now=scene.clock.now()
        )
    with scene.store.read() as session:
        assert session.get_one(t.Case, case_id).restriction == "imagery"
        assert kinds_on(session, case_id) == ("imagery", "safeguarding")


def test_a_case_that_somebody_may_not_see_any_more_is_not_opened_by_them(scene: Scene) -> None:
    """Whoever lifts a restriction while the case is closed to them lifts nothing."""
    case_id, *_ = scene.case("1")
    file, lead = CaseFile(scene.store, scene.clock, procedure(CLOCKS)), scene.people["safeguarding_lead"]
    file.restrict(_senior(scene), case_id, "safeguarding", "A child.")
    lifting = partial(file.unrestrict, lead, case_id, "An adult.")
    with (
        pytest.raises(NotAllowed, match=f"Case {case_id} is restricted"),
        _meanwhile(scene, case_id, lifting) as session,
    ):
        tighten(session, _senior(scene), session.get_one(t.Case, case_id), "manager", "He.", now=START)
    with scene.store.read() as session:
        assert kinds_on(session, case_id) == ("manager", "safeguarding")


def _note(desk: Desk) -> Write:
    file = CaseFile(desk.scene.store, desk.scene.clock, procedure(CLOCKS))
    return partial(file.note, desk.reviewer, desk.case, "They wrote again.")


def _tick(desk: Desk) -> Write:
    scene, procedures = desk.scene, procedure(CLOCKS, load_guidance(REFERENCE))
    item = next(each.id for each in procedures.guidance().checklist.items if each.computed is None)
    return partial(CaseFile(scene.store, scene.clock, procedures).tick, desk.reviewer, desk.case, item)


def _restrict(desk: Desk) -> Write:
    file = CaseFile(desk.scene.store, desk.scene.clock, procedure(CLOCKS))
    return partial(file.restrict, desk.reviewer, desk.case, "safeguarding", "A child.")


def _offer(desk: Desk) -> Write:
    return partial(desk.of.support.offer, desk.reviewer, desk.case, "union", "staff nurse")


def _answer(desk: Desk) -> Write:
    offer = desk.of.support.offer(desk.reviewer, desk.case, "union", "staff nurse")
    return partial(desk.of.support.answer, desk.reviewer, offer, "accepted")


def _chase(desk: Desk) -> Write:
    return partial(desk.of.referrals.chase, desk.reviewer, desk.refer("it"), "Rang them.")


def _withdraw(desk: Desk) -> Write:
    return partial(desk.of.referrals.withdraw, desk.reviewer, desk.refer("it"), "Not theirs.")


def _acknowledge(desk: Desk) -> Write:
    return partial(desk.of.referrals.acknowledge, desk.reviewer, desk.refer("it"), "They rang.")


def _datix(desk: Desk) -> Write:
    desk.scene.upheld(desk.case, desk.revision)
    return partial(desk.of.datix.note, desk.reviewer, desk.case, "W-1")


def _reply(desk: Desk) -> Write:
    table = load_reply_templates(REFERENCE / TABLE)
    replies = Replies(desk.scene.store, desk.scene.clock, lambda: table, {}, lambda _now: False)
    return partial(replies.posted, desk.reviewer, desk.case, table[0].id)


def _keep_block(desk: Desk) -> Write:
    scene = desk.scene
    person = desk.reviewer.person_id
    assert person is not None
    change_person(scene.store, scene.clock, scene.admin, person, roles=["reviewer", "on_call_manager"])
    scene.upheld(desk.case, desk.revision)
    terms = Terms(no_warning_because="It was a threat.")
    number = scene.review.request(_senior(scene), desk.case, "block", "A threat.", terms=terms)
    return partial(Blocks(scene.store, scene.clock).keep, desk.reviewer, number, "Still.")


@pytest.mark.parametrize(
    "write",
    [
        _note,
        _tick,
        _restrict,
        _offer,
        _answer,
        _chase,
        _withdraw,
        _acknowledge,
        _datix,
        _reply,
        _keep_block,
    ],
)
def test_a_conflict_noted_while_somebody_writes_about_a_case_is_not_missed(
    desk: Desk, write: Callable[[Desk], Write]
) -> None:
    """Notes, ticks, offers, referrals, replies and blocks: nobody writes about what was closed to them."""
    scene, person, writing = desk.scene, desk.reviewer.person_id, write(desk)
    assert person is not None
    with (
        pytest.raises(NotAllowed, match=r"is restricted|was not made to you"),
        _meanwhile(scene, desk.case, writing) as session,
    ):
        add_conflict(session, _senior(scene), desk.case, person, "It is about them.", now=START)
