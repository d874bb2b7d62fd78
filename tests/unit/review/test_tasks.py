"""Tasks: added once however often the need is found, ended once, never removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.unit.review.scene import START, Scene
from worker.ledger.audit import Actor
from worker.review.tasks import NewTask, add_task, end_task
from worker.store import tables as t

LOOK = NewTask("block_review", "block_review:1", "Look again at a block", START, for_role="senior_reviewer")


def add(scene: Scene, task: NewTask) -> int:
    """Add a task as the worker itself does."""
    with scene.store.write() as session:
        return add_task(session, Actor(None, "test"), task, now=START)


def test_a_task_whose_need_is_found_twice_is_added_once(scene: Scene) -> None:
    """The second time gives the first one's number, and the audit says once that it was added."""
    first = add(scene, LOOK)
    assert add(scene, replace(LOOK, title="Something else")) == first
    assert add(scene, replace(LOOK, key="block_review:2")) != first
    assert [row.object_id for row in scene.audited("task_added")] == [first, first + 1]


def test_a_task_is_for_a_role_or_a_person_and_one_of_both(scene: Scene) -> None:
    """A task for nobody would wait for ever; the database refuses it."""
    for wrong in (
        replace(LOOK, for_role=None),
        replace(LOOK, for_person=scene.reviewer.person_id),
    ):
        with pytest.raises(DBAPIError):
            add(scene, wrong)
    assert scene.count(t.Task) == 0


def test_a_task_ends_once_and_stays(scene: Scene) -> None:
    """Whoever ends it first is who ended it; it is not removed, and not ended without what came of it."""
    number = add(scene, LOOK)
    for who, outcome in ((scene.reviewer, "Extended."), (scene.second, "Not me.")):
        with scene.store.write() as session:
            task = session.scalars(select(t.Task)).one()
            end_task(session, who, task, outcome, now=START + timedelta(hours=1))
    with scene.store.read() as session:
        task = session.get_one(t.Task, number)
    assert (task.outcome, task.done_by) == ("Extended.", scene.reviewer.person_id)
    assert len(scene.audited("task_ended")) == 1
    for statement in ("DELETE FROM tasks", "UPDATE tasks SET outcome = NULL"):
        with pytest.raises(DBAPIError), scene.store.write() as session:
            session.connection().execute(text(statement))
