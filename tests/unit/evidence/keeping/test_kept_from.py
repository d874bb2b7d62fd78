"""What is kept from somebody is kept from them here too: custody, holds and the end of keeping."""

from __future__ import annotations

import pytest

from tests.unit.evidence.keeping.estate import DAY, Estate
from worker.errors import NotAllowed
from worker.review.opening import Opening
from worker.review.restricting import note_conflict, restrict_case


def _concerned(estate: Estate, case_id: int) -> None:
    """Somebody notes that a case is about the evidence officer."""
    senior, officer = estate.scene.people["senior_reviewer"], estate.officer.person_id
    assert officer is not None
    note_conflict(estate.store, estate.scene.clock, senior, case_id, officer, "It is about them.")


def test_the_custody_of_a_restricted_case_is_for_those_who_see_it(estate: Estate) -> None:
    """A reviewer reads neither why it was decided nor whom it concerns; whom it is kept for reads it."""
    kept = estate.decided()
    people, clock = estate.scene.people, estate.scene.clock
    restrict_case(estate.store, clock, people["senior_reviewer"], kept.case_id, "manager", "About a manager.")
    for nobody in (estate.scene.reviewer, estate.officer):
        with pytest.raises(NotAllowed, match=f"Case {kept.case_id} is restricted"):
            estate.keeping.timeline(kept.case_id, nobody)
    assert estate.verbs("case", kept.case_id).count("refused") == 2
    assert estate.keeping.timeline(kept.case_id, people["hr"])


def test_whom_a_case_is_about_neither_sees_nor_releases_its_hold(estate: Estate) -> None:
    """The evidence officer whom it concerns has no say in what becomes of the evidence."""
    kept, other = estate.case(), estate.case()
    for each in (kept, other):
        estate.keeping.hold(each.case_id, estate.officer, "A claim is expected.")
    _concerned(estate, kept.case_id)
    with pytest.raises(NotAllowed, match="is restricted"):
        estate.keeping.release(kept.case_id, estate.officer, "It was settled.")
    with pytest.raises(NotAllowed, match="is restricted"):
        estate.keeping.hold(kept.case_id, estate.officer, "Again.")
    assert [each.case_id for each in estate.keeping.holds(estate.officer)] == [other.case_id]
    senior = estate.scene.people["senior_reviewer"]
    assert len(estate.keeping.holds(senior)) == 2


def test_whom_a_case_is_about_does_not_end_its_keeping(estate: Estate) -> None:
    """Nor that of another case about the same comment, which would go with it."""
    kept = estate.decided()
    newer = estate.edit(kept, "worse words")
    later = estate.scene.open(Opening(kept.comment_id, newer, "serious", 50))[kept.comment_id]
    estate.seal(kept.comment_id)
    estate.scene.not_upheld(later, newer)
    estate.scene.clock.move(90 * DAY)
    assert estate.keeping.propose()
    (proposed,) = {each.case_id for each in estate.keeping.waiting(estate.officer)} - {later}
    _concerned(estate, later)
    assert estate.keeping.waiting(estate.officer) == ()
    for end in (estate.keeping.approve, estate.keeping.keep):
        with pytest.raises(NotAllowed, match=f"Case {later} is restricted"):
            end(proposed, estate.officer, "Nobody needs it.")
    assert {each.state for each in estate.disposals(kept)} == {"proposed"}
