"""Whoever can write rows can write "approved": that alone destroys nothing."""

from __future__ import annotations

from sqlalchemy import select

from tests.unit.evidence.keeping.estate import DAY, WORDS, Estate, Kept
from worker.store import tables as t


def _written_in(estate: Estate, kept: Kept) -> None:
    """The application's role makes the row of a disposal say that somebody approved it."""
    with estate.store.write() as session:
        row = session.scalars(select(t.Disposal).where(t.Disposal.case_id == kept.case_id)).one()
        row.state, row.decided_by, row.reason = "approved", estate.officer.person_id, "because"
        row.decided_at = estate.scene.clock.now()


def test_an_approval_that_is_only_written_into_the_row_destroys_nothing(estate: Estate) -> None:
    """Whoever can write rows can write "approved": without its audit row it goes back to a person."""
    kept = estate.due()
    _written_in(estate, kept)
    estate.carry_out(kept)
    assert estate.bag(kept).exists()
    assert [row.state for row in estate.disposals(kept)] == ["proposed"]
    assert estate.verbs("case", kept.case_id)[-1] == "disposal_stopped"
    assert WORDS in (estate.revisions(kept)[0].text or "")


def test_an_approval_that_was_taken_back_is_not_written_in_again(small: Estate) -> None:
    """The audit row of an earlier approval, which something stopped, does not serve for another."""
    kept = small.approved()
    hold = small.keeping.hold(kept.case_id, small.officer, "A claim.")
    small.carry_out(kept)
    assert hold
    small.keeping.release(kept.case_id, small.officer, "It was settled.")
    small.scene.clock.move(DAY)
    _written_in(small, kept)
    small.carry_out(kept)
    assert small.bag(kept).exists()
    assert [row.state for row in small.disposals(kept)] == ["proposed"]
