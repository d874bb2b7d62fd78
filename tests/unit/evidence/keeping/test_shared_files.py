"""Files of hand-overs that hold more than what is destroyed."""

from __future__ import annotations

from sqlalchemy import select

from tests.unit.evidence.keeping.estate import DAY, WORDS, Estate
from tests.unit.evidence.keeping.hindrances import hinder
from worker.store import tables as t


def test_a_hand_over_that_also_holds_something_suspected_stays(small: Estate) -> None:
    """One file may hold two cases: what is suspected in it is locked, and never destroyed by us."""
    kept, suspected = small.decided(), small.decided()
    end = hinder(small, kept, "export approved")
    assert end is not None
    end()
    with small.store.write() as session:
        row = session.scalars(select(t.Export)).one()
        session.add(t.ExportCase(export_id=row.id, case_id=suspected.case_id))
        session.add(
            t.Mark(
                comment_id=suspected.comment_id,
                revision_id=session.get_one(t.Comment, suspected.comment_id).revision_id,
                mark="suspected_csam",
                marked_by=small.officer.person_id,
                marked_at=small.scene.clock.now(),
            )
        )
        file = small.keeping.exports / str(row.file_name)
    file.parent.mkdir()
    file.write_text(WORDS)
    small.scene.clock.move(90 * DAY)
    small.keeping.propose()
    small.keeping.approve(kept.case_id, small.officer, "Its time is up.")
    small.carry_out(kept)
    assert small.snapshots(kept)[0].destroyed_at is not None
    assert file.is_file()
    assert small.verbs("export", row.id) == []
