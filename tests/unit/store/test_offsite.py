"""Copies elsewhere: what the schema itself refuses, whatever program asks."""

from __future__ import annotations

import pytest

from tests.unit.evidence.approved import approved
from tests.unit.evidence.world import World, actor, add_case
from tests.unit.store.raw import refused, run

COLUMNS = "snapshot_id, part, place, begun_at, mode, retain_until, read_back_at, objects, held, removed_at"
BEGUN = (
    f"INSERT INTO offsite_copies ({COLUMNS}) VALUES ({{snapshot}}, 'bag', 'p', '2026-11-16 10:00:00',"
    " {mode}, {until}, {read_back}, '[]', {held}, {removed})"
)
READ_BACK = "UPDATE offsite_copies SET read_back_at = '2026-11-16 10:01:00', objects = '[{\"name\": \"a\"}]'"
REMOVED = "UPDATE offsite_copies SET removed_at = '2026-12-17 10:00:00'"


def begun(**changes: object) -> str:
    """A row of a copy that was begun, with something else in it where told so."""
    values: dict[str, object] = {
        "snapshot": 1,
        "mode": "'governance'",
        "until": "'2026-12-16 10:00:00'",
        "read_back": "NULL",
        "held": "false",
        "removed": "NULL",
    }
    return BEGUN.format(**(values | changes))


@pytest.fixture
def copied(world: World) -> World:
    """A copy that was read back."""
    assert run(world, begun()) == 1
    assert run(world, READ_BACK) == 1
    return world


def destroy(world: World) -> None:
    """Destroy the snapshot, as an approved disposal does."""
    officer = actor(world.store).person_id
    approved(world.store, world.case_id, officer)
    destroyed = (
        "UPDATE snapshots SET destroyed_at = '2026-11-20 10:00:00', destroyed_by = :person,"
        " destroyed_reason = 'its time is up' WHERE id = 1"
    )
    assert run(world, destroyed, person=officer) == 1


def test_a_copy_begins_by_being_sent(world: World) -> None:
    """No row begins as read back, held or removed; what is locked says until when."""
    assert refused(world, begun(read_back="'2026-11-16 10:00:00'"))
    assert refused(world, begun(held="true"))
    assert refused(world, begun(removed="'2026-11-16 10:00:00'"))
    assert refused(world, begun(until="NULL"))
    assert refused(world, begun(mode="'none'"))
    assert refused(world, begun(mode="'other'"))
    assert run(world, begun(mode="'none'", until="NULL")) == 1
    assert refused(world, begun())  # one row for each part and place


def test_only_sealed_core_evidence_is_copied(world: World) -> None:
    """What is not sealed, not core, or destroyed gets no row: pictures and video never leave."""
    _, pending, _, _ = add_case(world.store, "17002")
    assert refused(world, begun(snapshot=pending))
    assert refused(world, begun(snapshot=99))
    rendered = (
        "INSERT INTO snapshots (case_id, comment_id, revision_id, kind, state, asked_at, core_id)"
        " SELECT case_id, comment_id, revision_id, 'rendered', 'pending', asked_at, 1 FROM snapshots"
        " WHERE id = 1"
    )
    sealed = (
        "UPDATE snapshots SET state = 'sealed', sealed_at = asked_at, bag = 'b', source = 'content',"
        " manifest_sha256 = 'e', tagmanifest_sha256 = 'f' WHERE kind = 'rendered'"
    )
    assert run(world, rendered) == run(world, sealed) == 1
    assert refused(world, begun(snapshot=3))
    destroy(world)
    assert refused(world, begun())


def test_what_was_read_back_stays_as_it_was(copied: World) -> None:
    """Objects, times, place and mode of a copy are not changed; its row is neither removed nor replaced."""
    for change in (
        "objects = '[]'",
        "read_back_at = NULL",
        "read_back_at = '2026-11-17 10:00:00'",
        "place = 'q'",
        "part = 'timestamp'",
        "mode = 'compliance'",
        "begun_at = '2026-11-17 10:00:00'",
        "id = 9",
    ):
        assert refused(copied, f"UPDATE offsite_copies SET {change}"), change
    assert refused(copied, "DELETE FROM offsite_copies")
    if copied.store.dialect == "sqlite":
        assert refused(copied, begun().replace("INSERT", "INSERT OR REPLACE"))
        by_number = begun().replace("INSERT", "INSERT OR REPLACE").replace("(snapshot_id", "(id, snapshot_id")
        assert refused(copied, by_number.replace("(1, 'bag'", "(1, 1, 'timestamp'"))


def test_a_lock_only_grows(copied: World) -> None:
    """Later is possible; earlier, or none at all, is not."""
    assert run(copied, "UPDATE offsite_copies SET retain_until = '2036-11-16 10:00:00'") == 1
    assert refused(copied, "UPDATE offsite_copies SET retain_until = '2036-11-16 09:59:59'")
    assert refused(copied, "UPDATE offsite_copies SET retain_until = NULL")


def test_a_copy_is_said_to_be_removed_only_when_it_may_be(copied: World) -> None:
    """Not while its evidence is there, not before its lock is over, not while held; then once, for good."""
    assert refused(copied, REMOVED)
    destroy(copied)
    assert refused(copied, REMOVED.replace("2026-12-17", "2026-12-15"))
    assert run(copied, "UPDATE offsite_copies SET held = true") == 1
    assert refused(copied, REMOVED)
    assert run(copied, "UPDATE offsite_copies SET held = false") == 1
    assert run(copied, REMOVED) == 1
    for change in ("removed_at = NULL", "removed_at = '2027-01-01 10:00:00'", "retain_until = '2037-01-01'"):
        assert refused(copied, f"UPDATE offsite_copies SET {change}"), change


def test_a_case_that_is_held_keeps_its_copies(copied: World) -> None:
    """A hold on any case of the comment, placed by whatever program: its copy is not said to be removed."""
    destroy(copied)
    person = actor(copied.store).person_id
    held = (
        "INSERT INTO holds (case_id, reason, placed_by, placed_at)"
        " VALUES (:case, 'claim', :person, '2026-11-21 10:00:00')"
    )
    assert run(copied, held, case=copied.case_id, person=person) == 1
    assert refused(copied, REMOVED)
