"""Rows and bags are compared both ways: what one knows and the other does not is found."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.unit.evidence.approved import approved
from tests.unit.evidence.world import START, World, actor, add_case, done, reading
from worker.errors import NotAllowed
from worker.evidence.bagstore import Identity
from worker.evidence.strays import strays
from worker.evidence.subject import identity_of
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.ledger.sequencer import append
from worker.outbox import LeaseLost
from worker.store import tables as t


def problems(world: World) -> list[str]:
    """What a survey of everything finds."""
    found = world.evidence.verify(None, actor(world.store))
    json.dumps([dataclasses.asdict(result) for result in found])
    return [problem for result in found for problem in result.problems]


def second(world: World) -> t.Snapshot:
    """Another case, sealed."""
    _, snapshot_id, _, _ = add_case(world.store, "17002")
    world.platform.answer = reading(external_id="17002")
    world.evidence.capture(snapshot_id, done)
    return world.row(snapshot_id)


def test_a_whole_store_is_clean_and_progress_is_told(any_world: World) -> None:
    """Nothing is found where nothing is wrong; the listener hears of each snapshot."""
    any_world.capture()
    second(any_world)
    heard: list[tuple[int, int]] = []
    found = any_world.evidence.verify(
        None, actor(any_world.store), progress=lambda done, of: heard.append((done, of))
    )
    assert [(result.state, result.ok) for result in found] == [("sealed", True), ("sealed", True)]
    assert heard == [(1, 2), (2, 2)]
    assert any_world.audits("evidence_surveyed") == [{"looked_at": 2, "problems": 0}]


def test_swapped_bags_are_found(world: World) -> None:
    """Two valid bags in each other's places: both are found, by the hashes and by what they say they are."""
    world.capture()
    other = second(world)
    mine, theirs, aside = world.bag(), world.bags / (other.bag or ""), world.bags / "aside"
    for folder in (mine, theirs):
        folder.chmod(0o755)
    mine.rename(aside)
    theirs.rename(mine)
    aside.rename(theirs)
    found = problems(world)
    assert sum("not those whose hashes" in problem for problem in found) == 2
    assert sum("another snapshot's" in problem for problem in found) == 2


def test_a_missing_bag_is_found(world: World) -> None:
    """A sealed row whose bag is gone."""
    world.capture()
    shutil.rmtree(world.bag())
    assert "there is no folder" in problems(world)[0]


def test_a_bag_without_a_row_and_rubbish_are_found(world: World) -> None:
    """A folder that no row knows is found, in a bag's place and anywhere else in the store."""
    world.capture()
    shutil.copytree(world.bag(), world.bags / "2026/10/7-7")
    (world.bags / "readme.txt").write_text("x")
    assert problems(world) == [
        "no row of the database knows this bag",
        "this does not belong in the evidence store",
    ]


def test_a_name_cannot_write_a_result_of_its_own(world: World) -> None:
    """A planted file's name with a line break is one line, in code, and so are bytes that are no text."""
    month = world.bags / "2026" / "11"
    month.mkdir(parents=True)
    (month / "x\nok snapshot 5 (sealed)").write_text("x")
    os.close(os.open(os.fsencode(month) + b"/\xff\x1b[31m", os.O_CREAT | os.O_WRONLY))
    assert [place for place, _ in strays(world.bags, set())] == [
        r"'2026/11/x\nok snapshot 5 (sealed)'",
        r"'2026/11/\udcff\x1b[31m'",
    ]


def test_a_snapshot_that_waits_too_long_is_found(world: World) -> None:
    """A pending snapshot is no problem at first, and one later on."""
    assert problems(world) == []
    world.clock.move(timedelta(minutes=20))
    assert "has waited to be sealed since 2026-11-16T09:31:15+00:00" in problems(world)[0]


def test_a_row_edited_by_the_tables_owner_is_found(world: World) -> None:
    """Whoever can drop the trigger and edit the row still cannot make it agree with the bag."""
    world.capture()
    with world.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER snapshots_sealed_frozen"))
        connection.execute(text("UPDATE snapshots SET manifest_sha256 = :hash"), {"hash": "0" * 64})
    assert "not those whose hashes the database holds" in problems(world)[0]


def test_a_row_that_names_a_place_outside_the_store_is_refused(world: World) -> None:
    """A row that was made to point elsewhere is a problem, and nothing there is read."""
    world.capture()
    with world.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER snapshots_sealed_frozen"))
        connection.execute(text("UPDATE snapshots SET bag = '../../etc'"))
    assert "outside the evidence store" in problems(world)[0]


def test_a_bag_that_should_be_destroyed_and_is_not_is_found(any_world: World) -> None:
    """After destruction the row stays as a stub; a bag that is still there is a problem."""
    any_world.capture()
    person = actor(any_world.store)
    approved(any_world.store, any_world.case_id, person.person_id)
    with any_world.store.write() as session:
        row = session.get_one(t.Snapshot, any_world.snapshot_id)
        row.destroyed_at, row.destroyed_by = any_world.clock.now(), person.person_id
        row.destroyed_reason = "kept for as long as it may be"
        audit.record(session, person, "destroyed", "snapshot", row.id, now=row.destroyed_at)
    assert "still there although" in any_world.evidence.verify(None, person)[0].problems[0]
    shutil.rmtree(any_world.bag())
    result, by_hand = any_world.evidence.verify(None, person)
    assert (result.state, result.problems) == ("destroyed", ())
    assert by_hand.state == "unapproved", "the approval was written into its row alone"


def test_a_whole_but_foreign_bag_in_the_place_is_set_aside(world: World) -> None:
    """A bag that is about something else is not adopted but put with the orphans, and a fresh one sealed."""
    world.capture()
    _, snapshot_id, _, _ = add_case(world.store, "17002")
    place = world.bags / identity_of(world.row(snapshot_id)).place
    shutil.copytree(world.bag(), place)
    world.platform.answer = reading(external_id="17002")
    world.evidence.capture(snapshot_id, done)
    assert problems(world) == []
    assert [path.name.startswith(place.name) for path in (world.bags / "orphans").iterdir()] == [True]


def test_a_damaged_bag_in_the_place_is_set_aside(world: World) -> None:
    """A bag of this very snapshot that an earlier attempt left and that does not verify is not adopted."""

    def dies(_session: object) -> None:
        raise LeaseLost("before the commit")

    with pytest.raises(LeaseLost):
        world.evidence.capture(world.snapshot_id, dies)
    left = world.bags / identity_of(world.row(world.snapshot_id)).place / "data/report.html"
    left.chmod(0o644)
    left.write_text("nothing was said")
    world.capture()
    assert problems(world) == []
    assert len(list((world.bags / "orphans").iterdir())) == 1


def test_a_link_in_the_place_is_set_aside(world: World, tmp_path: Path) -> None:
    """A link planted where the bag will be is neither followed nor kept there."""
    place = world.bags / identity_of(world.row(world.snapshot_id)).place
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "nowhere")
    world.capture()
    assert not world.bag().is_symlink()
    assert problems(world) == []


def test_half_built_bags_of_dead_attempts_are_removed_and_others_left(world: World) -> None:
    """Only what belongs to this snapshot is cleaned: another's build may be going on."""
    mine, other = (world.bags / ".building" / f"{number}-abc" for number in (world.snapshot_id, 99))
    for folder in (mine, other):
        (folder / "data").mkdir(parents=True)
    world.capture()
    assert (mine.exists(), other.exists()) == (False, True)
    assert [path.name for path in (world.bags / ".building").iterdir()] == ["99-abc"]


def test_a_place_follows_from_the_row_alone(world: World) -> None:
    """Two attempts at one snapshot have one place between them, so that there cannot be two bags."""
    row = world.row(world.snapshot_id)
    again = Identity(row.id, row.case_id, row.comment_id, row.revision_id, row.asked_at)
    assert identity_of(row).place == again.place == f"2026/11/{row.case_id}-{row.id}"


def test_only_those_with_the_right_verify_and_view(world: World) -> None:
    """A communications lead reads summaries, not evidence; the refusal leaves a trace."""
    with world.store.write() as session:
        person = t.Person(name="Perry Marsh", active=True, created_at=START)
        person.roles = [t.PersonRole(role="communications_lead")]
        session.add(person)
        session.flush()
        lead = Actor(person.id, "cli")
    with pytest.raises(NotAllowed):
        world.evidence.verify(None, lead)
    with pytest.raises(NotAllowed):
        world.evidence.show(world.case_id, lead)
    with world.store.read() as session:
        refused = session.scalars(select(t.Audit).where(t.Audit.person_id == lead.person_id)).all()
    assert len(refused) == 2


def test_whom_a_case_is_about_does_not_look_into_it_by_verifying(any_world: World) -> None:
    """By its number nothing is told to them, and the try is audited; all evidence is verified as ever."""
    any_world.capture()
    concerned = actor(any_world.store)
    with any_world.store.write() as session:
        session.add(
            t.Conflict(
                case_id=any_world.case_id,
                person_id=concerned.person_id,
                reason="It is about them.",
                noted_by=concerned.person_id,
                noted_at=START,
            )
        )
    with pytest.raises(NotAllowed, match="is restricted"):
        any_world.evidence.verify(any_world.case_id, concerned)
    assert [detail["why"] for detail in any_world.audits("refused")] == ["NotAllowed"]
    assert [each.ok for each in any_world.evidence.verify(None, concerned)] == [True]


def test_what_is_not_in_the_ledger_in_time_is_found(any_world: World) -> None:
    """A sealing that the sequencer did not enter is no problem at once, and one after its time."""
    any_world.capture()
    surveyor = replace(any_world.evidence.surveyor, ledger_seconds=60)

    def found() -> list[str]:
        results = surveyor.survey(case_id=None, pending_minutes=15, progress=lambda _done, _of: None)
        return [problem for result in results for problem in result.problems]

    assert found() == []
    any_world.clock.move(timedelta(seconds=61))
    (late,) = found()
    assert (
        late == "that it was sealed is not in the ledger, though it was recorded at 2026-11-16T09:32:15+00:00"
    )
    append(any_world.store, any_world.clock)
    assert found() == []


def test_an_audit_row_that_nobody_can_read_is_named_and_hides_no_other(world: World) -> None:
    """SQLite takes any bytes: the garbled record of one snapshot leaves the others' readable."""
    world.capture()
    second(world)
    with world.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_change"))
        connection.execute(
            text("UPDATE audit SET detail = CAST(x'7bff' AS TEXT) WHERE verb = 'sealed' AND object_id = :id"),
            {"id": world.snapshot_id},
        )
    first, other = world.evidence.surveyor.survey(
        case_id=None, pending_minutes=15, progress=lambda _done, _of: None
    )
    assert any("is not the one that entered the ledger" in problem for problem in first.problems)
    assert other.problems == ()


def test_without_the_certificates_evidence_is_looked_at_all_the_same(world: World) -> None:
    """A key folder that is gone is a problem of each snapshot, in words, and ends no look at the rest."""
    world.capture()
    keys = world.bags.parent / f"{world.bags.name}-keys"
    keys.rename(keys.with_name("elsewhere"))
    (found,) = problems(world)
    assert found.startswith("its signature and timestamp could not be checked: There is no signing key")
    (view,) = world.evidence.show(world.case_id, actor(world.store))
    assert view.problems == (found,)


def test_a_case_whose_rows_were_removed_is_not_called_whole(world: World) -> None:
    """Asked about one case or about all: the audit names the snapshot and the bag that no row knows."""
    world.capture()
    other, place = second(world), world.row(world.snapshot_id).bag
    with world.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER snapshots_sealed_kept"))
        connection.execute(text("DELETE FROM snapshots WHERE id = :id"), {"id": world.snapshot_id})
    for case_id, results in ((world.case_id, 1), (other.case_id, 1), (None, 3)):
        found = world.evidence.verify(case_id, actor(world.store))
        assert len(found) == results
        gone = [(each.snapshot_id, each.case_id, each.bag) for each in found if each.state == "removed"]
        assert gone == ([] if case_id == other.case_id else [(world.snapshot_id, world.case_id, place)])
