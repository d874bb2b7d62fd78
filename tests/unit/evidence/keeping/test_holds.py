"""Legal holds: they beat everything, and somebody answers for each."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.evidence.approved import approved
from tests.unit.evidence.keeping.estate import Estate, Kept
from tests.unit.evidence.keeping.hindrances import hinder
from worker.errors import Conflict, NotAllowed, NotFound
from worker.evidence.keeping.reasons import ReasonNeeded
from worker.review.opening import Opening


def test_a_hold_is_placed_and_released_by_name_and_reason(estate: Estate) -> None:
    """Who held a case, why, and who released it and why, stay on record; one hold a case."""
    kept = estate.case()
    estate.keeping.hold(kept.case_id, estate.officer, " A claim is expected. ")
    (hold,) = estate.keeping.holds(estate.officer)
    assert (hold.case_id, hold.reason, hold.placed_by) == (
        kept.case_id,
        "A claim is expected.",
        "The evidence officer",
    )
    with pytest.raises(Conflict, match="is held already"):
        estate.keeping.hold(kept.case_id, estate.officer, "Again.")
    estate.keeping.release(kept.case_id, estate.officer, "It was settled.")
    assert estate.keeping.holds(estate.officer) == ()
    with pytest.raises(Conflict, match="is not held"):
        estate.keeping.release(kept.case_id, estate.officer, "Again.")
    estate.keeping.hold(kept.case_id, estate.officer, "Another claim.")
    assert estate.verbs("case", kept.case_id) == [
        "case_opened",
        "held",
        "refused",
        "hold_released",
        "refused",
        "held",
    ]


def test_only_who_may_holds_and_releases(small: Estate) -> None:
    """A reviewer neither holds nor releases, and the attempt leaves a trace."""
    kept = small.case()
    with pytest.raises(NotAllowed):
        small.keeping.hold(kept.case_id, small.scene.reviewer, "Mine.")
    small.keeping.hold(kept.case_id, small.officer, "A claim.")
    with pytest.raises(NotAllowed):
        small.keeping.release(kept.case_id, small.scene.reviewer, "Mine.")
    assert small.verbs("case", kept.case_id) == ["case_opened", "refused", "held", "refused"]
    assert len(small.keeping.holds(small.officer)) == 1


def test_a_hold_needs_a_reason_and_a_case(small: Estate) -> None:
    """Neither placing nor releasing goes without a word, and there is nothing to hold but a case."""
    kept = small.case()
    with pytest.raises(ReasonNeeded):
        small.keeping.hold(kept.case_id, small.officer, "  ")
    with pytest.raises(ReasonNeeded):
        small.keeping.hold(kept.case_id, small.officer, "x" * 2001)
    with pytest.raises(NotFound):
        small.keeping.hold(404, small.officer, "A claim.")
    small.keeping.hold(kept.case_id, small.officer, "A claim.")
    with pytest.raises(ReasonNeeded):
        small.keeping.release(kept.case_id, small.officer, "")
    assert len(small.keeping.holds(small.officer)) == 1


def test_what_is_destroyed_cannot_be_held(small: Estate) -> None:
    """A hold on nothing would promise what nobody can keep."""
    kept = small.approved()
    small.carry_out(kept)
    with pytest.raises(Conflict, match="nothing is left to hold"):
        small.keeping.hold(kept.case_id, small.officer, "Too late.")


@pytest.mark.parametrize("guarded", ["held", "held elsewhere", "suspected", "not approved"])
def test_the_database_itself_refuses_to_destroy(estate: Estate, guarded: str) -> None:
    """Raw SQL as the application cannot mark evidence destroyed that is held, or that nobody approved."""
    kept = estate.decided()
    person = estate.officer.person_id
    if guarded == "held elsewhere":  # on another case about the same comment
        opening = Opening(kept.comment_id, estate.edit(kept, "other words"), "routine", 1)
        estate.keeping.hold(estate.scene.open(opening)[kept.comment_id], estate.officer, "A claim.")
    if guarded == "held":
        estate.keeping.hold(kept.case_id, estate.officer, "A claim.")
    if guarded == "suspected":
        hinder(estate, kept, "suspicion")
    if guarded != "not approved":
        approved(estate.store, kept.case_id, person)
    destroy = _destroyed(kept, person)
    with pytest.raises(DBAPIError, match="never while it is held"):
        _raw(estate, destroy)
    if guarded == "not approved":
        approved(estate.store, kept.case_id, person)
        _raw(estate, destroy)
        assert all(row.destroyed_at is not None for row in estate.snapshots(kept))


@pytest.mark.parametrize("kept_by", ["evidence", "hold", "mark", "no decision"])
def test_the_database_itself_refuses_to_empty_words_that_are_needed(estate: Estate, kept_by: str) -> None:
    """Raw SQL cannot empty words whose evidence is kept, held, suspected or not decided on."""
    kept = estate.comment() if kept_by == "mark" else estate.case()
    person = estate.officer.person_id
    if kept_by == "mark":
        hinder(estate, kept, "suspicion")
    if kept_by != "no decision" and kept.case_id:
        estate.decide(kept, "not_upheld")
    if kept_by in (
        "hold",
        "no decision",
    ):  # no evidence is left: only the hold or the open case keeps the words
        approved(estate.store, kept.case_id, person)
        _raw(estate, _destroyed(kept, person))
    if kept_by == "hold":
        _raw(
            estate,
            "INSERT INTO holds (case_id, reason, placed_by, placed_at)"
            f" VALUES ({kept.case_id}, 'A claim.', {person}, '2026-11-10 00:00:00')",
        )
    emptied = "text = NULL, raw = '', erased_at = '2046-01-01 00:00:00'"
    with pytest.raises(DBAPIError, match="as long as its evidence"):
        _raw(estate, f"UPDATE revisions SET {emptied} WHERE comment_id = {kept.comment_id}")
    with pytest.raises(DBAPIError, match="as long as its evidence"):
        _raw(estate, f"UPDATE findings SET matched = '' WHERE revision_id = {kept.revision_id}")


def test_a_disposal_is_done_only_when_its_evidence_is_destroyed(estate: Estate) -> None:
    """No row can say that a case was disposed of while a bag of it counts."""
    kept = estate.approved()
    with pytest.raises(DBAPIError, match="done when its evidence is destroyed"):
        _raw(estate, "UPDATE disposals SET state = 'done', done_at = '2046-01-01 00:00:00'")
    estate.carry_out(kept)
    assert [row.state for row in estate.disposals(kept)] == ["done"]
    with pytest.raises(DBAPIError):
        _raw(estate, "UPDATE disposals SET state = 'approved', done_at = NULL")


def _destroyed(kept: Kept, person: int | None) -> str:
    return (
        f"UPDATE snapshots SET destroyed_at = '2046-01-01 00:00:00', destroyed_by = {person},"
        f" destroyed_reason = 'x' WHERE case_id = {kept.case_id}"
    )


def _raw(estate: Estate, statement: str) -> None:
    with estate.store.write() as session:
        session.connection().execute(text(statement))
