"""What the database itself holds of calls and the rota, whoever writes to it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from tests.unit.review.scene import Scene, make_scene
from worker.store.session import Store


@pytest.fixture
def scene(store: Store) -> Scene:
    """People and an account on either database."""
    return make_scene(store)


def run(scene: Scene, statement: str) -> None:
    """One statement in a transaction of its own."""
    with scene.store.write() as session:
        session.execute(text(statement), {"now": "2026-11-09 09:00:00", "later": "2026-11-09 10:00:00"})


def test_a_page_begins_calling_and_is_acknowledged_once(scene: Scene) -> None:
    """No row says that somebody acknowledged without who and when; none goes back; one calls at a time."""
    case_id, *_ = scene.case("1")
    insert = "INSERT INTO pages (case_id, state, began_at, acknowledged_by, acknowledged_at) VALUES"
    with pytest.raises(DatabaseError):
        run(scene, f"{insert} ({case_id}, 'acknowledged', :now, 1, :now)")
    with pytest.raises(DatabaseError):
        run(scene, f"{insert} ({case_id}, 'calling', :now, 1, NULL)")
    run(scene, f"{insert} ({case_id}, 'calling', :now, NULL, NULL)")
    with pytest.raises(IntegrityError):
        run(scene, f"{insert} ({case_id}, 'calling', :now, NULL, NULL)")
    with pytest.raises(DatabaseError):
        run(scene, "UPDATE pages SET state = 'acknowledged'")
    run(scene, "UPDATE pages SET state = 'acknowledged', acknowledged_by = 1, acknowledged_at = :later")
    run(scene, f"{insert} ({case_id}, 'calling', :later, NULL, NULL)")


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("rank, from_at, until_at", "0, :now, :later"),
        ("rank, from_at, until_at", "1, :later, :now"),
        ("rank, from_at, until_at, removed_at", "1, :now, :later, :now"),
    ],
)
def test_a_turn_on_call_is_whole(scene: Scene, columns: str, values: str) -> None:
    """A turn that could never be called, or was taken off by nobody, is refused."""
    with pytest.raises(DatabaseError):
        run(
            scene,
            f"INSERT INTO on_call (person_id, added_by, added_at, {columns}) VALUES (1, 1, :now, {values})",
        )
