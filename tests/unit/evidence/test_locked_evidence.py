"""What the rest of evidence says of locked bags: locked, not missing, and no evidence for anything."""

from __future__ import annotations

import io

import pytest

from tests.unit.evidence.marked import Office, record_row, suspect
from tests.unit.evidence.test_supplements import picture, ready, run_job
from tests.unit.evidence.world import World, actor, add_case
from worker.errors import EvidenceFault
from worker.evidence import subject
from worker.evidence.following import Following


def test_a_survey_says_locked_and_not_missing(any_world: World) -> None:
    """A locked bag is not looked at and has no page to open; the record beside it is sealed and shown."""
    any_world.capture()
    suspect(Office(any_world))
    record_row(any_world)
    who = actor(any_world.store)
    found = any_world.evidence.verify(None, who)
    assert [(each.state, each.problems) for each in found] == [("locked", ()), ("sealed", ())]
    locked, record = any_world.evidence.show(any_world.case_id, who)
    assert (locked.state, locked.report, locked.bag, locked.problems) == ("locked", None, None, ())
    assert record.report is not None
    with pytest.raises(EvidenceFault, match="only a record counts"):
        any_world.evidence.receipt_for(any_world.snapshot_id, any_world.request(), who)


def test_pictures_of_other_comments_under_the_same_post_are_not_shown(any_world: World) -> None:
    """They may show what is suspected: who suspects is told of them, and only the core is left to open."""
    office, who = ready(any_world), actor(any_world.store)
    office.supplements().add(any_world.case_id, "screen.png", io.BytesIO(picture()), who, None)
    run_job(office)
    core, supplement = any_world.evidence.show(any_world.case_id, who)
    assert supplement.report is not None
    suspected, *_ = add_case(any_world.store, "17002")
    said = office.marking().mark(suspected, "suspected_csam", who)
    assert said.beside == (any_world.case_id,)
    core, supplement = any_world.evidence.show(any_world.case_id, who)
    assert (core.state, core.report is not None) == ("sealed", True)
    assert (supplement.state, supplement.report, supplement.bag) == ("withheld", None, None)


def test_a_record_beside_a_locked_bag_is_shown(any_world: World) -> None:
    """A record holds no picture: it is what is left of the suspected comment itself, whatever made it."""
    office, who = ready(any_world), actor(any_world.store)
    office.supplements().add(any_world.case_id, "screen.png", io.BytesIO(picture()), who, None)
    suspect(office)
    run_job(office)
    states = {view.kind: view.state for view in any_world.evidence.show(any_world.case_id, who) if view.bag}
    assert states == {"supplement": "sealed"}


def test_a_bag_of_an_attempt_before_the_mark_is_locked_when_it_is_entered(any_world: World) -> None:
    """A whole bag that a dead attempt left is entered after the mark: it is locked; a record is not."""
    office = Office(any_world)
    follow = Following(any_world.clock, stamps=False, renders=False, unasked=False, copies=False)
    with any_world.store.read() as session:
        about = subject.load(session, any_world.snapshot_id)
    suspect(office)
    before = len(office.jobs("lock"))
    for source in ("reread", "record_only"):
        with any_world.store.write() as session:
            follow(session, about, source)
    assert len(office.jobs("lock")) == before + 1
