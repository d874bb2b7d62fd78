"""Stamping while another process stamps too, or while one bag resists."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.services.tsa import LoopbackAuthority
from tests.unit.evidence.test_stamping import problems, sealed_bags, stamping_of, stamps
from tests.unit.evidence.world import World, done
from worker.evidence.bag import TIMESTAMP
from worker.evidence.bagstore import BagStore


def test_whoever_puts_a_stamp_beside_a_bag_is_alone_with_it(
    world: World, tsa: LoopbackAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once would leave half of one stamp and half of another: the bag is locked meanwhile."""
    (bag,) = sealed_bags(world, 1)
    put, free = BagStore.put_beside, []

    def watched(shelf: BagStore, place: str, files: Mapping[str, bytes]) -> None:
        another = os.open(shelf.folder(place), os.O_RDONLY)
        try:
            fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free.append(place)
        except BlockingIOError:
            pass
        finally:
            os.close(another)
        put(shelf, place, files)

    monkeypatch.setattr(BagStore, "put_beside", watched)
    stamping_of(world, tsa).run(done)
    assert (bag / TIMESTAMP).exists()
    assert free == []


def test_a_process_that_was_slower_leaves_the_stamp_that_is_there(
    any_world: World, tsa: LoopbackAuthority
) -> None:
    """Another stamped and entered the bag while this one asked: what lies there is what the row names."""
    sealed_bags(any_world, 1)
    quick = stamping_of(any_world, tsa)

    def overtaken(name: str) -> None:
        if name == "stamp.asked" and not stamps(any_world):
            quick.run(done)

    replace(quick, steps=overtaken).run(done)
    assert len(stamps(any_world)) == 1
    assert problems(any_world, tsa) == ()


@pytest.mark.parametrize("share_from", [2, 5])
def test_one_bag_that_resists_does_not_keep_the_others_from_their_stamps(
    world: World, tsa: LoopbackAuthority, share_from: int
) -> None:
    """A bag whose folder went away while the authority was asked is left; the others are stamped."""
    first, second = sealed_bags(world, 2)
    away = first.with_name("away")

    def taken_away(name: str) -> None:
        if name == "stamp.asked" and first.exists():
            shutil.move(first, away)

    replace(stamping_of(world, tsa, share_from=share_from), steps=taken_away).run(done)
    assert (second / TIMESTAMP).exists()
    assert len(stamps(world)) == 1
    shutil.move(away, first)
    stamping_of(world, tsa).run(done)
    assert problems(world, tsa) == ()
