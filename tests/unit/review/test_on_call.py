"""The rota: who may keep it, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.review.scene import Scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger.audit import Actor
from worker.review.on_call import OnCallRota, people_on_call
from worker.review.people import change_person
from worker.store import tables as t

HOUR = timedelta(hours=1)


def add(scene: Scene, by: Actor, who: Actor, *, rank: int = 1, begins: int = 0, hours: int = 8) -> int:
    """Put somebody on call, so many hours from now."""
    start = scene.clock.now() + begins * HOUR
    assert who.person_id is not None
    rota = OnCallRota(scene.store, scene.clock)
    return rota.add(by, who.person_id, rank=rank, from_at=start, until_at=start + hours * HOUR)


def mailed(scene: Scene, *people: Actor) -> None:
    """Give people an e-mail address, as an administrator does."""
    for each in people:
        assert each.person_id is not None
        address = f"p{each.person_id}@northmoor.example.test"
        change_person(scene.store, scene.clock, scene.admin, each.person_id, email=address)


def names(scene: Scene) -> list[str]:
    """Who is on call now, the first to be called first."""
    with scene.store.read() as session:
        return [person.name for person in people_on_call(session, scene.clock.now())]


def test_people_are_on_call_by_rank_for_their_time_and_until_taken_off(scene: Scene) -> None:
    """The rota says at every moment who is called first; what was entered stays on record."""
    mailed(scene, scene.reviewer, scene.second)
    manager = scene.people["on_call_manager"]
    first = add(scene, scene.admin, scene.second, rank=1)
    add(scene, manager, scene.reviewer, rank=2)
    add(scene, manager, scene.reviewer, rank=1, begins=8)
    assert names(scene) == ["Sam Okafor", "The reviewer"]
    rota = OnCallRota(scene.store, scene.clock)
    assert [(turn.person, turn.rank, turn.now) for turn in rota.turns(scene.reviewer)] == [
        ("Sam Okafor", 1, True),
        ("The reviewer", 2, True),
        ("The reviewer", 1, False),
    ]
    rota.remove(manager, first)
    assert names(scene) == ["The reviewer"]
    with pytest.raises(NotFound):
        rota.remove(manager, first)
    scene.clock.move(8 * HOUR)
    assert names(scene) == ["The reviewer"]
    scene.clock.move(8 * HOUR)
    assert names(scene) == []
    assert (len(scene.audited("on_call_added")), len(scene.audited("on_call_removed"))) == (3, 1)
    assert scene.count(t.OnCall) == 3


def test_only_people_whom_a_call_reaches_and_who_may_answer_it_are_on_call(scene: Scene) -> None:
    """A rota that looks full and reaches nobody would be worse than an empty one."""
    with pytest.raises(Conflict, match="no e-mail address"):
        add(scene, scene.admin, scene.reviewer)
    mailed(scene, scene.reviewer, scene.second, scene.people["hr"])
    with pytest.raises(NotAllowed):
        add(scene, scene.admin, scene.people["hr"])
    with pytest.raises(NotAllowed):
        add(scene, scene.reviewer, scene.reviewer)
    add(scene, scene.admin, scene.reviewer, hours=2)
    with pytest.raises(
        Conflict, match=r"The reviewer has rank 1 .* --rank 2, .* `upstander on-call remove 1`"
    ):
        add(scene, scene.admin, scene.second, begins=1)
    add(scene, scene.admin, scene.second, begins=2)
    with pytest.raises(Conflict, match="ends in the future"):
        add(scene, scene.admin, scene.second, begins=-9, rank=3)
    assert scene.count(t.OnCall) == 2


def test_who_left_is_not_called(scene: Scene) -> None:
    """A person who may no longer act is passed over at once."""
    mailed(scene, scene.reviewer)
    add(scene, scene.admin, scene.reviewer)
    assert scene.reviewer.person_id is not None
    change_person(scene.store, scene.clock, scene.admin, scene.reviewer.person_id, active=False)
    assert names(scene) == []


def test_who_can_be_put_on_call_is_offered_to_who_keeps_the_rota_alone(scene: Scene) -> None:
    """Active, may decide on cases, and can be reached: nobody else is offered, and nobody else is told."""
    mailed(scene, scene.reviewer, scene.second, scene.people["legal"])
    manager, left = scene.people["on_call_manager"], scene.second.person_id
    assert left is not None
    change_person(scene.store, scene.clock, scene.admin, left, active=False)
    offered = OnCallRota(scene.store, scene.clock).candidates(manager)
    assert offered == ((scene.reviewer.person_id, "The reviewer"),)
    with pytest.raises(NotAllowed):
        OnCallRota(scene.store, scene.clock).candidates(scene.reviewer)
