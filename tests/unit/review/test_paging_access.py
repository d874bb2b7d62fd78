"""A call about immediate danger reaches those who may see the case, and nobody else ends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.unit.review.calling import FALLBACK, Desk, calling
from tests.unit.review.scene import Scene
from worker.errors import NotAllowed
from worker.store import tables as t

MANAGER, SENIOR = "manager@northmoor.example.test", "senior@northmoor.example.test"


@pytest.fixture
def desk(scene: Scene) -> Iterator[Desk]:
    """A reviewer is on call; a manager and a senior reviewer have addresses."""
    with calling(scene) as made:
        made.on_call(scene.reviewer, "first@northmoor.example.test")
        made.address(scene.people["on_call_manager"], MANAGER)
        made.address(scene.people["senior_reviewer"], SENIOR)
        yield made


@pytest.mark.parametrize(
    ("kind", "told", "by"),
    [("safeguarding", MANAGER, "on_call_manager"), ("manager", SENIOR, "senior_reviewer")],
    ids=["safeguarding", "manager"],
)
def test_a_restricted_case_calls_those_who_may_see_it(desk: Desk, kind: str, told: str, by: str) -> None:
    """Whoever may not see it is neither told nor can end it; where no manager may, others are called."""
    case_id = desk.danger()
    with desk.scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = kind
    assert desk.later(timedelta()) == [told]
    assert desk.hook.facts[0]["on_call"] is None
    with pytest.raises(NotAllowed, match=f"Case {case_id} is restricted"):
        desk.rota.acknowledge(desk.scene.reviewer, case_id)
    assert desk.later(FALLBACK) == [told]
    assert desk.rota.acknowledge(desk.scene.people[by], case_id)
    assert desk.later(FALLBACK) == []
