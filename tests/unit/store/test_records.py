"""Marks, timestamps, ledger, exports, holds, disposals, wordings: what the schema itself refuses."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from tests.unit.evidence.world import START, World, actor, add_case
from tests.unit.store.raw import refused, run
from worker.store import tables as t

AT = "'2026-11-16 10:00:00'"
EXPORT = (
    "INSERT INTO exports (purpose, legal_basis, recipient, reason, redacted, particulars, state,"
    " asked_by, asked_at) VALUES ('police', 'DPA 2018 Sch 2', 'PC Alder', 'threat', false, '{}', 'asked',"
    f" :person, {AT})"
)
DECIDE = (
    f"UPDATE exports SET state = 'approved', decided_by = :person, decided_at = {AT},"
    " decided_reason = 'needed'"
)

#: One row of each table whose rows are only ever added.
ONE_OF_EACH = {
    "marks": (
        "INSERT {over} INTO marks (id, comment_id, revision_id, mark, marked_by, marked_at)"
        f" VALUES (1, :comment, :revision, 'safe_to_copy', :person, {AT})"
    ),
    "timestamps": (
        "INSERT {over} INTO timestamps (snapshot_id, stamped_at, authority, serial, token_sha256, shared,"
        f" clock_offset, entered_at) VALUES (:snapshot, {AT}, 'tsa.example.test', '1', 'a', false, 0.5, {AT})"
    ),
    "checkpoints": (
        "INSERT {over} INTO checkpoints (size, root, made_at, body, signature)"
        f" VALUES (1, 'r', {AT}, 'b', (SELECT raw FROM revisions LIMIT 1))"
    ),
    "checkpoint_publications": (
        f"INSERT {{over}} INTO checkpoint_publications (size, place, published_at) VALUES (1, 'folder', {AT})"
    ),
    "ledger_nodes": "INSERT {over} INTO ledger_nodes (level, number, hash) VALUES (1, 0, 'h')",
    "export_cases": "INSERT {over} INTO export_cases (export_id, case_id) VALUES (1, :case)",
}
CHANGES = {
    "marks": "mark = 'intimate_image'",
    "timestamps": "serial = '2'",
    "checkpoints": "body = 'another'",
    "checkpoint_publications": "place = 'elsewhere'",
    "ledger_nodes": "hash = 'another'",
    "export_cases": "case_id = case_id + 1",
}


@pytest.fixture
def person(world: World) -> int:
    """Somebody who works here."""
    found = actor(world.store).person_id
    assert found is not None
    return found


@pytest.fixture
def other(world: World) -> int:
    """Somebody else who works here."""
    with world.store.write() as session:
        made = t.Person(name="Sam Rowe", active=True, created_at=START)
        session.add(made)
        session.flush()
        return made.id


def over(world: World) -> str:
    """SQLite's way to write over a row."""
    return "OR REPLACE" if world.store.dialect == "sqlite" else ""


def test_records_are_only_ever_added(world: World, person: int) -> None:
    """Marks, timestamps, checkpoints, proofs, cases handed over: not changed, removed or replaced."""
    known = {
        "comment": world.comment_id,
        "revision": world.revision_id,
        "snapshot": world.snapshot_id,
        "case": world.case_id,
        "person": person,
    }
    run(world, EXPORT, person=person)
    for table, insert in ONE_OF_EACH.items():
        values = {name: value for name, value in known.items() if f":{name}" in insert}
        assert run(world, insert.format(over=""), **values) == 1, table
        assert refused(world, f"UPDATE {table} SET {CHANGES[table]}"), table
        assert refused(world, f"DELETE FROM {table}"), table
        assert refused(world, insert.format(over=over(world)), **values), table


def test_a_mark_names_a_wording_of_its_comment(world: World, person: int) -> None:
    """No mark is given on nothing, on another comment's wording, or on one that is not there."""
    *_, comment, revision = add_case(world.store, "17002")
    values = {"comment": world.comment_id, "person": person}
    insert = ONE_OF_EACH["marks"].format(over="")
    for wrong in (None, revision, 999):
        assert refused(world, insert, revision=wrong, **values), wrong
    assert run(world, insert, revision=revision, **(values | {"comment": comment})) == 1


FILL = "UPDATE {over} ledger SET position = {position}, leaf = 'l', nonce = 'n' WHERE audit_id = {entry}"


def entries(world: World) -> list[int]:
    """The audit rows that wait for their place."""
    with world.store.read() as session:
        return list(
            session.scalars(
                select(t.LedgerEntry.audit_id).where(t.LedgerEntry.position.is_(None)).order_by("audit_id")
            )
        )


def test_an_entry_of_the_ledger_is_filled_once(world: World, person: int) -> None:
    """A place in the ledger is given once, whole, and to one; no entry is emptied, changed or removed."""
    add_case(world.store, "17002")
    world.evidence.capture(2, lambda _session: None)
    first, second = entries(world)[:2]
    assert refused(world, f"UPDATE ledger SET position = 0 WHERE audit_id = {first}")
    assert refused(
        world, FILL.format(over="", position=0, entry=first).replace("nonce = 'n'", "audit_id = 99")
    )
    assert run(world, FILL.format(over="", position=0, entry=first)) == 1
    assert refused(world, FILL.format(over="", position=1, entry=first))
    assert refused(
        world, f"UPDATE ledger SET position = NULL, leaf = NULL, nonce = NULL WHERE audit_id = {first}"
    )
    assert refused(world, FILL.format(over=over(world), position=0, entry=second))
    assert refused(world, f"DELETE FROM ledger WHERE audit_id = {first}")
    assert refused(world, f"DELETE FROM ledger WHERE audit_id = {second}")
    assert refused(world, f"INSERT {over(world)} INTO ledger (audit_id) VALUES ({first})")
    with world.store.read() as session:
        assert session.get_one(t.LedgerEntry, first).position == 0
        assert session.get_one(t.LedgerEntry, second).position is None


def test_the_ledger_only_grows(world: World) -> None:
    """Its head is one row that neither shrinks, stands still under another root, nor goes."""
    head = (
        "INSERT {over} INTO ledger_head (id, size, root, peaks, appended_at)"
        f" VALUES ({{id}}, 3, 'r', '[]', {AT})"
    )
    if not refused(world, head.format(over="", id=1)):
        run(world, "UPDATE ledger_head SET size = 5, root = 's'")
    for statement in (
        "UPDATE ledger_head SET size = size - 1",
        "UPDATE ledger_head SET root = 'another'",
        "DELETE FROM ledger_head",
        head.format(over="", id=2),
        head.format(over=over(world), id=1),
    ):
        assert refused(world, statement), statement


def test_an_audit_row_is_in_the_ledger_or_not_at_all(world: World) -> None:
    """Whoever writes an audit row, by whatever way, has asked for its place in the ledger with it."""
    run(
        world,
        f"INSERT INTO audit (at, source, verb, object_type, detail) VALUES ({AT}, 'x', 'x', 'x', '{{}}')",
    )
    with world.store.read() as session:
        audits = session.scalar(text("SELECT count(*) FROM audit"))
        assert session.scalar(text("SELECT count(*) FROM ledger")) == audits


def test_an_export_takes_two_people(world: World, person: int, other: int) -> None:
    """Nobody approves their own export, unless they broke the glass and say why; another reviews it."""
    run(world, EXPORT, person=person)
    assert refused(world, DECIDE, person=person)
    assert refused(world, "UPDATE exports SET state = 'approved'")
    assert (
        run(world, DECIDE.replace(" SET ", " SET break_glass_reason = 'life at risk', "), person=person) == 1
    )
    assert refused(world, f"UPDATE exports SET reviewed_by = :person, reviewed_at = {AT}", person=person)
    assert refused(world, "UPDATE exports SET reviewed_by = :person", person=other)
    assert run(world, f"UPDATE exports SET reviewed_by = :person, reviewed_at = {AT}", person=other) == 1


def test_an_export_stays_as_it_was_asked_for(world: World, person: int, other: int) -> None:
    """What was approved is what is handed over: to whom, for what, and who approved cannot change after."""
    run(world, EXPORT, person=person)
    run(world, DECIDE, person=other)
    assert refused(world, "UPDATE exports SET state = 'made'")
    made = (
        f"UPDATE exports SET state = 'made', made_at = {AT}, file_name = 'a.zip', file_sha256 = 'a',"
        " file_bytes = 9"
    )
    assert run(world, made) == 1
    for change in (
        "recipient = 'a newspaper'",
        "purpose = 'hr'",
        "legal_basis = 'none'",
        "redacted = true",
        "asked_by = decided_by",
        "decided_by = asked_by, break_glass_reason = 'x'",
        "state = 'refused'",
        "file_sha256 = 'b'",
    ):
        assert refused(world, f"UPDATE exports SET {change}"), change
    assert refused(world, "DELETE FROM exports")


def test_a_hold_is_placed_once_and_released_once(world: World, person: int) -> None:
    """One standing hold a case; why it was placed and why it was released stay written."""
    place = (
        f"INSERT INTO holds (case_id, reason, placed_by, placed_at) VALUES (:case, 'police', :person, {AT})"
    )
    values = {"case": world.case_id, "person": person}
    run(world, place, **values)
    assert refused(world, place, **values)
    assert refused(world, "UPDATE holds SET reason = 'nothing'")
    assert refused(world, f"UPDATE holds SET released_at = {AT}")
    release = f"UPDATE holds SET released_at = {AT}, released_by = :person, release_reason = 'case closed'"
    assert run(world, release, person=person) == 1
    assert refused(world, "UPDATE holds SET released_at = NULL, released_by = NULL, release_reason = NULL")
    assert refused(world, "UPDATE holds SET release_reason = 'another'")
    assert refused(world, "DELETE FROM holds")
    assert run(world, place, **values) == 1


def test_a_disposal_that_ended_stays(world: World, person: int) -> None:
    """Who decided that evidence is kept, and why, stays; one open disposal a case."""
    propose = (
        "INSERT INTO disposals (case_id, retention_class, due_at, state, proposed_at)"
        f" VALUES (:case, 'upheld', {AT}, 'proposed', {AT})"
    )
    run(world, propose, case=world.case_id)
    assert refused(world, propose, case=world.case_id)
    assert refused(world, "UPDATE disposals SET state = 'approved'")
    assert refused(world, "UPDATE disposals SET case_id = case_id + 1")
    keep = f"UPDATE disposals SET state = 'kept', decided_by = :person, decided_at = {AT}, reason = 'appeal'"
    assert run(world, keep, person=person) == 1
    assert refused(world, "UPDATE disposals SET state = 'approved'")
    assert refused(world, "UPDATE disposals SET reason = 'another'")
    assert refused(world, "DELETE FROM disposals")


def test_what_follows_a_core_snapshot_is_about_the_same_comment(world: World) -> None:
    """A rendering or a supplement names a core snapshot, of its own comment; a core snapshot names none."""
    case_id, core_id, comment_id, revision_id = add_case(world.store, "17002")
    insert = (
        "INSERT INTO snapshots (case_id, comment_id, revision_id, kind, state, asked_at, core_id)"
        f" VALUES ({case_id}, {comment_id}, {revision_id}, :kind, 'pending', {AT}, :core)"
    )
    for kind, core in (
        ("rendered", None),
        ("supplement", None),
        ("core", core_id),
        ("rendered", world.snapshot_id),
        ("supplement", 999),
        ("another", core_id),
    ):
        assert refused(world, insert, kind=kind, core=core), (kind, core)
    for kind, core in (("rendered", core_id), ("supplement", core_id), ("core", None)):
        assert run(world, insert, kind=kind, core=core) == 1
