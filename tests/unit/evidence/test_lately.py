"""What of the evidence needs somebody's eye, told to those who may look at it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.unit.evidence.marked import Office, person
from tests.unit.evidence.world import World, actor, add_case
from worker.errors import NotAllowed
from worker.evidence.lately import MOST, Overview, overview
from worker.ledger.audit import Actor
from worker.store import tables as t


def seen(world: World, who: Actor | None = None) -> Overview:
    """What somebody is told; the officer, where nobody is named."""
    return overview(world.store, world.clock, who or actor(world.store))


def test_evidence_goes_from_pending_to_sealed_without_a_timestamp(any_world: World) -> None:
    """Each snapshot stands where it belongs, with its case; the look leaves a trace."""
    before = seen(any_world)
    assert [each.snapshot_id for each in before.pending] == [any_world.snapshot_id]
    assert (before.sealed, before.unstamped) == ((), ())
    any_world.capture()
    after = seen(any_world)
    assert after.pending == ()
    assert [(each.snapshot_id, each.case_id) for each in after.sealed] == [
        (any_world.snapshot_id, any_world.case_id)
    ]
    assert [each.snapshot_id for each in after.unstamped] == [any_world.snapshot_id]
    assert len(any_world.audits("evidence_listed")) == 2


def test_a_case_that_was_not_whole_is_told_until_it_is_found_whole(any_world: World) -> None:
    """The last verification of each case counts, and one of everything counts for all before it."""
    any_world.capture()
    who = actor(any_world.store)
    report = any_world.bag() / "data" / "report.html"
    whole = report.read_bytes()
    report.parent.chmod(0o755)
    report.chmod(0o644)
    report.write_bytes(b"altered")
    any_world.evidence.verify(any_world.case_id, who)
    (damaged,) = seen(any_world).damaged
    assert (damaged.case_id, damaged.problems) == (any_world.case_id, 1)
    report.write_bytes(whole)
    any_world.evidence.verify(any_world.case_id, who)
    assert seen(any_world).damaged == ()
    assert seen(any_world).whole_at is None
    any_world.evidence.verify(None, who)
    assert seen(any_world).whole_at == any_world.clock.now()


def test_what_is_kept_from_somebody_is_in_none_of_their_lists(any_world: World) -> None:
    """A reviewer sees nothing of a restricted case: not that it is sealed, nor that it is damaged."""
    any_world.capture()
    reviewer, who = person(any_world, "reviewer"), actor(any_world.store)
    assert seen(any_world, reviewer).sealed
    (any_world.bag() / "data").chmod(0o755)
    (any_world.bag() / "data" / "report.html").unlink()
    any_world.evidence.verify(any_world.case_id, who)
    assert seen(any_world, reviewer).damaged
    Office(any_world).marking().mark(any_world.case_id, "intimate_image", who)
    shut = seen(any_world, reviewer)
    assert (shut.sealed, shut.pending, shut.unstamped, shut.damaged) == ((), (), (), ())
    assert seen(any_world).sealed


def test_who_closed_a_case_and_goes_on_with_it_is_not_told_of_its_evidence(world: World) -> None:
    """The finder sees the case in the queue; its pictures they do not look at again, so it is not listed."""
    world.capture()
    finder = person(world, "reviewer")
    Office(world).marking().mark(world.case_id, "intimate_image", finder)
    assert seen(world, finder).sealed == ()


def test_lists_are_bounded(world: World) -> None:
    """However many wait, a page tells of no more than it can show."""
    for number in range(MOST + 3):
        add_case(world.store, f"2{number:04}")
    with world.store.read() as session:
        assert (session.scalar(select(func.count()).select_from(t.Snapshot)) or 0) > MOST
    assert len(seen(world).pending) == MOST


def test_lists_are_bounded_by_what_somebody_may_see(world: World) -> None:
    """What is kept from somebody does not crowd out what is theirs to see."""
    marking = Office(world).marking()
    for number in range(MOST):
        case_id, *_ = add_case(world.store, f"3{number:04}")
        marking.mark(case_id, "intimate_image", actor(world.store))
    theirs, snapshot_id, *_ = add_case(world.store, "40001")
    shown = seen(world, person(world, "reviewer")).pending
    assert [each.case_id for each in shown] == [world.case_id, theirs]
    assert shown[-1].snapshot_id == snapshot_id


def test_who_may_look_at_no_evidence_is_told_nothing(world: World) -> None:
    """A right to look is needed; the refusal is recorded."""
    with pytest.raises(NotAllowed):
        seen(world, person(world, "pals"))
    assert world.audits("refused")
