"""Somebody whose user of the computer gets at the database, and not at the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.other_user import closed_to_us
from tests.stores import sqlite_store
from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene, make_scene
from tests.unit.evidence.world import World, actor
from worker.errors import EvidenceFault
from worker.store import tables as t
from worker.store.session import Store

_CLOSED = "may not look into the evidence store"


@pytest.fixture
def store(shared_folder: Path) -> Iterator[Store]:
    """A database that every user of the computer may write to."""
    made = sqlite_store(shared_folder)
    (shared_folder / "upstander.db").chmod(0o666)
    yield made
    made.close()


@pytest.fixture
def scene(store: Store, shared_folder: Path) -> Scene:
    """Sealed evidence, and people who may see and hand it over."""
    return make_scene(store, shared_folder)


def _open_to_all(world: World) -> None:
    """What SQLite keeps beside the database, too."""
    for file in world.bags.parent.glob("upstander.db*"):
        file.chmod(0o666)


def test_nothing_is_said_to_be_seen_or_damaged_by_who_cannot_look(scene: Scene) -> None:
    """Told as a matter of permission, before any audit row says that somebody looked at evidence."""
    world = scene.world
    who = actor(world.store)
    _open_to_all(world)
    with closed_to_us(world.bags):
        for look in (world.evidence.show, world.evidence.verify):
            with pytest.raises(EvidenceFault, match=_CLOSED) as told:
                look(world.case_id, who)
            assert "as Upstander's own user" in told.value.do
        with pytest.raises(EvidenceFault, match=_CLOSED):
            world.evidence.verify(None, who)
    assert world.audits("evidence_viewed") == world.audits("evidence_surveyed") == []
    assert world.evidence.show(world.case_id, who)[0].problems == ()


def test_a_hand_over_that_cannot_be_read_is_not_called_damaged(scene: Scene) -> None:
    """Nobody is led to hand over evidence as damaged because they ran the command as another user."""
    number = scene.approved()
    _open_to_all(scene.world)
    with closed_to_us(scene.world.bags), pytest.raises(EvidenceFault, match=_CLOSED) as told:
        scene.stage.make(scene.people[ASKER], number)
    assert "--include-damaged" not in str(told.value)
    assert not scene.stage.out.exists(), "it would be the other user's, and closed to Upstander"
    with scene.store.read() as session:
        assert session.get_one(t.Export, number).state != "made"


@pytest.mark.parametrize("made_before", [True, False])
def test_a_second_person_refuses_without_a_way_to_the_files(scene: Scene, *, made_before: bool) -> None:
    """Refusing is a matter of the database: no closed or missing folder stands against it."""
    number = scene.approved()
    _open_to_all(scene.world)
    folder = scene.stage.out if made_before else scene.world.bags
    folder.mkdir(exist_ok=True)
    with closed_to_us(folder):
        scene.stage.refuse(scene.people[SECOND], number, "Not for these", os_user="other")
    assert scene.stage.show(scene.people[ASKER], number).state == "refused"
    assert scene.stage.out.exists() == made_before, "it would be the other user's, and closed to Upstander"
