"""A hide of what is suspected goes on: what it began on is locked, and a record stands in for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.unit.action.errands import Errands, Killed, dies_after
from worker.evidence.marking import Marking
from worker.review.opening import Opening
from worker.settings_evidence import Safeguarding
from worker.steps import unobserved
from worker.store import tables as t


def suspect(errands: Errands, folder: Path) -> None:
    """Somebody marks the comment, by way of its case."""
    marking = Marking(
        errands.scene.store,
        errands.scene.clock,
        errands.evidence.shelf,
        Safeguarding(),
        folder / "exports",
        lambda _notice: None,
        lambda *_: None,
        unobserved,
    )
    marking.mark(errands.case_id, "suspected_csam", errands.scene.reviewer)


def test_a_hide_that_began_before_a_suspicion_is_carried_out_on_the_record(
    errands: Errands, tmp_path: Path
) -> None:
    """Its evidence was locked away meanwhile: the record of the very same wording gives the receipt."""
    errands.seal()
    asked = errands.hide()
    with pytest.raises(Killed):
        errands.carry(asked, dies_after("act.started"))
    suspect(errands, tmp_path)
    errands.seal()
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("carried_out", 1)
    action = errands.action()
    assert action is not None
    with errands.scene.store.read() as session:
        assert session.get_one(t.Snapshot, action.snapshot_id).source == "record_only"


def test_every_wording_with_a_case_gets_a_record(errands: Errands, tmp_path: Path) -> None:
    """A comment with two cases about two wordings: either can be hidden after a suspicion."""
    errands.seal()
    errands.scene.upheld(errands.case_id, errands.revision_id)
    second = errands.scene.edit(errands.comment_id, "other words")
    errands.scene.open(Opening(errands.comment_id, second, "serious", 50))
    errands.seal()
    suspect(errands, tmp_path)
    errands.seal()
    with errands.scene.store.read() as session:
        recorded = session.scalars(
            select(t.Snapshot.revision_id).where(t.Snapshot.source == "record_only")
        ).all()
    assert set(recorded) == {errands.revision_id, second}
