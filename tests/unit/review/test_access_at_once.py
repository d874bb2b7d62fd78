"""Who may see a case is asked once nobody can change it any more: what comes in between is not missed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.judging import procedure
from tests.unit.review.scene import CLOCKS, Scene
from worker.errors import Conflict, NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import held_case
from worker.review.case_file import CaseFile
from worker.review.restricting import add_conflict, tighten
from worker.store import tables as t

_WAITS = ("BEGIN IMMEDIATE", "FOR UPDATE", "UPDATE cases")


@contextmanager
def _meanwhile(scene: Scene, case_id: int, other: Callable[[], object]) -> Iterator[Session]:
    """A write that holds a case; it ends once the other one, begun meanwhile, comes to where it waits."""
    waits, problems = threading.Event(), list[BaseException]()

    def noticed(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if threading.current_thread() is thread and any(each in statement for each in _WAITS):
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


def test_a_graver_restriction_noted_at_the_same_moment_stands(scene: Scene) -> None:
    """Whoever restricts a case for a lesser reason is told that it is restricted for a graver one."""
    case_id, *_ = scene.case("1")
    file, senior = CaseFile(scene.store, scene.clock, procedure(CLOCKS)), _senior(scene)
    lesser = partial(file.restrict, senior, case_id, "safeguarding", "A child.")
    with pytest.raises(Conflict, match="graver reason"), _meanwhile(scene, case_id, lesser) as session:
        tighten(
            session, senior, session.get_one(t.Case, case_id), "imagery", "Suspected.", now=scene.clock.now()
        )
    with scene.store.read() as session:
        assert session.get_one(t.Case, case_id).restriction == "imagery"
