"""Copies follow what happens here: holds, decisions, destruction. A lock only ever grows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.evidence.marked import KilledError, dying_at
from tests.unit.evidence.offsite.desk import Desk
from worker.evidence.keeping.periods import years_after
from worker.evidence.offsite.bucket import Bucket, BucketRefused
from worker.evidence.offsite.sending import Lock, lengthen
from worker.evidence.offsite.upkeep import CopyLeft
from worker.evidence.offsite.wanted import prefix_of


def held_there(desk: Desk) -> set[str]:
    """What the storage says about the legal hold of each object."""
    return {desk.head(thing).get("ObjectLockLegalHoldStatus", "OFF") for thing in desk.row().objects}


def locked_there(desk: Desk) -> set[Any]:
    """Until when the storage locks each object."""
    return {desk.head(thing)["ObjectLockRetainUntilDate"] for thing in desk.row().objects}


def test_a_hold_here_is_a_legal_hold_there(any_desk: Desk) -> None:
    """Placed on every object and taken away again, each told once; between, the copy cannot be removed."""
    any_desk.sealed()
    any_desk.run()
    any_desk.hold()
    any_desk.run()
    any_desk.run()
    assert any_desk.row().held
    assert held_there(any_desk) == {"ON"}
    assert "and held" in any_desk.copies().told(any_desk.world.case_id)[any_desk.world.snapshot_id]
    any_desk.pass_time(timedelta(days=31))
    thing = any_desk.row().objects[0]
    with pytest.raises(BucketRefused):
        Bucket(any_desk.settings).remove(thing["name"], thing["version"])
    any_desk.release()
    any_desk.run()
    assert not any_desk.row().held
    assert held_there(any_desk) == {"OFF"}
    assert [len(any_desk.world.audits(verb)) for verb in ("offsite_held", "offsite_released")] == [1, 1]


def test_a_hold_that_was_there_before_the_copy_is_placed_with_it(desk: Desk) -> None:
    """The same job that copies sees to the hold."""
    desk.sealed()
    desk.hold()
    desk.run()
    assert held_there(desk) == {"ON"}


def test_killed_over_a_hold_the_next_goes_on(desk: Desk) -> None:
    """Placed there and not entered here: placed again, entered once."""
    desk.sealed()
    desk.run()
    desk.hold()
    with pytest.raises(KilledError):
        desk.run(dying_at("offsite.held"))
    assert not desk.row().held
    desk.run()
    assert desk.row().held
    assert len(desk.world.audits("offsite_held")) == 1


def test_an_upheld_cases_copy_is_locked_until_its_time_is_up(any_desk: Desk) -> None:
    """Each object, at the storage, for as long as the newest decision says; the row says so afterwards."""
    any_desk.sealed()
    any_desk.run()
    for severity, years in (("routine", 10), ("serious", 20)):
        until = years_after(any_desk.decide("upheld", severity), years)
        any_desk.run()
        any_desk.run()
        assert any_desk.row().retain_until == until
        assert locked_there(any_desk) == {until}
    assert len(any_desk.world.audits("offsite_extended")) == 2
    assert any_desk.problems() == []


def test_a_lock_is_never_made_shorter(desk: Desk) -> None:
    """A decision that is corrected shortens nothing: storage would refuse, and so do we."""
    desk.sealed()
    desk.run()
    decided = desk.decide("upheld", "serious")
    desk.run()
    desk.decide("not_upheld")
    desk.run()
    desk.decide("upheld", "routine")
    desk.run()
    assert desk.row().retain_until == years_after(decided, 20)
    assert locked_there(desk) == {years_after(decided, 20)}


def test_what_is_locked_for_longer_stays_so(desk: Desk) -> None:
    """Whoever locked it longer at the storage meant it: asking for less changes nothing."""
    desk.sealed()
    desk.run()
    thing, before = desk.row().objects[0], desk.row().retain_until
    assert before is not None
    lengthen(Bucket(desk.settings), thing, Lock("governance", before - timedelta(days=1)))
    assert desk.head(thing)["ObjectLockRetainUntilDate"] == before


def test_a_case_that_is_not_upheld_is_locked_no_longer(desk: Desk) -> None:
    """What was no abuse is not kept under lock for years."""
    desk.sealed()
    desk.run()
    before = desk.row().retain_until
    desk.decide("not_upheld")
    desk.run()
    assert desk.row().retain_until == before


def test_a_copy_outlives_the_destruction_only_under_its_lock(any_desk: Desk) -> None:
    """Destroyed here: until the lock is over, everything says what is left and until when; then it goes."""
    any_desk.sealed()
    any_desk.run()
    before, until = any_desk.names(), any_desk.row().retain_until
    any_desk.destroy()
    any_desk.run()
    any_desk.run()
    assert any_desk.names() == before
    assert any_desk.row().removed_at is None
    assert [result.state for result in any_desk.looked()] == ["left"]
    (facts,) = any_desk.world.audits("offsite_left")
    assert until is not None
    assert facts["retain_until"] == until.isoformat()
    told = any_desk.copies().told(any_desk.world.case_id)[any_desk.world.snapshot_id]
    assert told.startswith("still there, locked until 16 December 2026")
    any_desk.pass_time(timedelta(days=31))
    any_desk.run()
    assert any_desk.names() == []
    assert any_desk.row().removed_at == any_desk.world.clock.now()
    (facts,) = any_desk.world.audits("offsite_removed")
    assert facts["versions"] == len(before)
    assert [result.state for result in any_desk.looked()] == ["removed"]
    assert any_desk.problems() == []
    assert any_desk.copies().told(any_desk.world.case_id)[any_desk.world.snapshot_id].startswith("removed")


def test_every_version_goes_what_others_added_too(desk: Desk) -> None:
    """Newer versions, deletion markers, and objects that a dead attempt left: nothing of ours stays."""
    row = desk.sealed()
    desk.run()
    client = desk.storage.client()
    name, prefix = desk.row().objects[0]["name"], prefix_of(desk.settings, row)
    another = f"{prefix.removesuffix('/')}0/data"
    client.put_object(Bucket=desk.bucket, Key=name, Body=b"newer")
    client.delete_object(Bucket=desk.bucket, Key=name)
    client.put_object(Bucket=desk.bucket, Key=f"{prefix}left", Body=b"left")
    client.put_object(Bucket=desk.bucket, Key=another, Body=b"another's")
    desk.destroy()
    desk.pass_time(timedelta(days=31))
    desk.run()
    found = client.list_object_versions(Bucket=desk.bucket)
    assert [each["Key"] for each in found.get("Versions", ())] == [another]
    assert not found.get("DeleteMarkers")


def test_a_storage_that_keeps_it_is_not_said_to_be_empty(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locked for longer by somebody else, or not really removed: the row goes on saying that it is there."""
    desk.sealed()
    desk.run()
    thing = desk.row().objects[0]
    until = desk.world.clock.now() + timedelta(days=90)
    Bucket(desk.settings).extend(thing["name"], thing["version"], "governance", until)
    desk.destroy()
    desk.pass_time(timedelta(days=31))
    with pytest.raises(BucketRefused):
        desk.run()
    assert desk.row().removed_at is None
    monkeypatch.setattr(Bucket, "remove", lambda *_: None)
    with pytest.raises(CopyLeft):
        desk.run()
    assert desk.row().removed_at is None
    monkeypatch.undo()
    desk.pass_time(timedelta(days=60))
    desk.run()
    assert desk.names() == []


def test_what_was_begun_and_never_read_back_is_removed_too(desk: Desk) -> None:
    """The row was written before anything was sent: so nothing that was sent is forgotten."""
    desk.sealed()
    with pytest.raises(KilledError):
        desk.run(dying_at("offsite.sent"))
    assert desk.names() != []
    desk.destroy()
    desk.run()
    assert desk.names() != []
    assert [result.state for result in desk.looked()] == ["left"]
    desk.pass_time(timedelta(days=31))
    desk.run()
    assert desk.names() == []
    assert desk.row().removed_at is not None


def test_killed_over_a_removal_the_next_goes_on(desk: Desk) -> None:
    """Removed there and not entered here: looked at again, entered once."""
    desk.sealed()
    desk.run()
    desk.destroy()
    desk.pass_time(timedelta(days=31))
    with pytest.raises(KilledError):
        desk.run(dying_at("offsite.removed"))
    assert desk.row().removed_at is None
    desk.run()
    assert desk.row().removed_at is not None


def test_copies_at_a_place_that_is_not_set_any_more_are_told_of(desk: Desk) -> None:
    """Another bucket gets copies of its own; those in the old one are not forgotten."""
    desk.sealed()
    desk.run()
    old = desk.copies().place
    desk.bucket = desk.storage.bucket()
    desk.run()
    told = desk.copies().told(desk.world.case_id)[desk.world.snapshot_id]
    assert f"at {old}, which the settings do not name" in told
    assert desk.problems() == []
