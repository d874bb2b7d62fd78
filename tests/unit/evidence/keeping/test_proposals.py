"""When the time of a case is up, and everything that can stand in the way of its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tests.unit.evidence.keeping.estate import DAY, Estate, Kept
from tests.unit.evidence.keeping.hindrances import HINDRANCES, hinder
from tests.unit.review.scene import START
from worker.errors import Conflict, NotAllowed, NotFound
from worker.evidence.keeping.periods import years_after
from worker.evidence.keeping.reasons import ReasonNeeded
from worker.review.opening import Opening
from worker.store import tables as t


@pytest.mark.parametrize(
    ("verdict", "severity", "name", "due"),
    [
        ("upheld", "immediate_danger", "serious", datetime(2046, 11, 9, 9, 0, tzinfo=UTC)),
        ("upheld", "serious", "serious", datetime(2046, 11, 9, 9, 0, tzinfo=UTC)),
        ("upheld", "concerning", "upheld", datetime(2036, 11, 9, 9, 0, tzinfo=UTC)),
        ("upheld", "routine", "upheld", datetime(2036, 11, 9, 9, 0, tzinfo=UTC)),
        ("not_upheld", None, "not_upheld", START + timedelta(days=90)),
    ],
)
def test_each_class_is_kept_for_its_time_and_not_longer(
    estate: Estate, verdict: str, severity: str | None, name: str, due: datetime
) -> None:
    """Serious for 20 years, other upheld for 10, not upheld for 90 days: not a second less."""
    kept = estate.decided(verdict, severity)
    estate.to(due - timedelta(seconds=1))
    assert estate.keeping.propose() == 0
    estate.to(due)
    assert estate.keeping.propose() == 1
    assert estate.keeping.propose() == 0
    (row,) = estate.disposals(kept)
    assert (row.retention_class, row.due_at, row.state) == (name, due, "proposed")
    (view,) = estate.keeping.waiting(estate.officer)
    assert (view.case_id, view.retention_class, view.obstacles) == (kept.case_id, name, ())
    assert estate.verbs("case", kept.case_id)[-1] == "disposal_proposed"


def test_the_decision_that_counts_is_the_newest(small: Estate) -> None:
    """A corrected decision gives the case another time; the first one's is forgotten."""
    kept = small.case()
    first = small.decide(kept, "upheld", "serious")
    small.scene.clock.move(DAY)
    second = small.decide(kept, "not_upheld", supersedes=first)
    small.scene.clock.move(89 * DAY)
    assert small.keeping.propose() == 0
    small.scene.clock.move(DAY)
    assert small.keeping.propose() == 1
    small.decide(kept, "upheld", "serious", supersedes=second)
    (view,) = small.keeping.waiting(small.officer)
    assert view.retention_class == "serious"
    with pytest.raises(Conflict, match="is kept until 8 February 2047"):
        small.keeping.approve(kept.case_id, small.officer, "Its time is up.")


@pytest.mark.parametrize("verdict", [None, "needs_advice"])
def test_what_nobody_decided_in_the_end_never_runs_out(small: Estate, verdict: str | None) -> None:
    """An open case, and one that waits for advice, are kept however long that takes."""
    kept = small.case()
    if verdict is not None:
        small.decide(kept, verdict)
    small.scene.clock.move(timedelta(days=365 * 40))
    assert small.keeping.propose() == 0


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_what_stands_in_the_way_keeps_a_case_from_being_proposed(small: Estate, hindrance: str) -> None:
    """A hold, unfinished work, an export that is not made, a suspicion, context of an open case: kept."""
    kept = small.decided()
    remove = hinder(small, kept, hindrance)
    small.scene.clock.move(90 * DAY)
    assert small.keeping.propose() == 0
    assert not small.disposals(kept)
    if remove is not None:
        remove()
        assert small.keeping.propose() == 1


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_what_comes_in_the_way_keeps_a_proposed_case_from_being_approved(
    small: Estate, hindrance: str
) -> None:
    """Between proposal and approval things change: nobody approves past them."""
    kept = small.due()
    hinder(small, kept, hindrance)
    (view,) = small.keeping.waiting(small.officer)
    assert view.obstacles
    with pytest.raises(Conflict, match="cannot be destroyed now"):
        small.keeping.approve(kept.case_id, small.officer, "Its time is up.")
    assert [row.state for row in small.disposals(kept)] == ["proposed"]
    assert small.bag(kept).exists()


def test_everything_about_one_comment_goes_together(small: Estate) -> None:
    """An upheld case keeps an older, not upheld one about the same comment; they are proposed as one."""
    first = small.decided("not_upheld")
    revision = small.edit(first, "worse words")
    again = small.scene.open(Opening(first.comment_id, revision, "serious", 50))
    small.seal(first.comment_id)
    second = Kept(again[first.comment_id], first.comment_id, revision, first.author_id)
    small.decide(second, "upheld", "routine")
    small.scene.clock.move(90 * DAY)
    assert small.keeping.propose() == 0
    small.to(years_after(START, 10))
    assert small.keeping.propose() == 2
    assert [view.together_with for view in small.keeping.waiting(small.officer)] == [
        (second.case_id,),
        (first.case_id,),
    ]
    approved = small.keeping.approve(first.case_id, small.officer, "Both.")
    assert (approved.cases, approved.second_needed) == ((first.case_id, second.case_id), False)
    small.carry_out(first)
    assert all(row.destroyed_at is not None for row in small.snapshots(first))
    assert [row.text for row in small.revisions(first)] == [None, None]


def test_what_a_person_keeps_is_proposed_again_later(small: Estate) -> None:
    """Kept beyond its time with a reason, a case is looked at again; meanwhile nobody is asked."""
    kept = small.due()
    assert small.keeping.keep(kept.case_id, small.officer, "An inquiry was announced.") == (kept.case_id,)
    with pytest.raises(Conflict, match="Nothing is proposed"):
        small.keeping.approve(kept.case_id, small.officer, "After all.")
    small.scene.clock.move(89 * DAY)
    assert small.keeping.propose() == 0
    small.scene.clock.move(DAY)
    assert small.keeping.propose() == 1
    assert [row.state for row in small.disposals(kept)] == ["kept", "proposed"]
    assert small.disposals(kept)[0].reason == "An inquiry was announced."


def test_an_approval_can_be_taken_back_until_it_is_carried_out(small: Estate) -> None:
    """Approved by mistake: keeping it stops the destruction."""
    kept = small.approved()
    small.keeping.keep(kept.case_id, small.officer, "That was the wrong case.")
    small.carry_out(kept)
    assert small.bag(kept).exists()
    assert small.snapshots(kept)[0].destroyed_at is None


def test_only_who_may_decides_on_a_disposal_and_says_why(small: Estate) -> None:
    """A reviewer neither sees, approves nor keeps; nobody does so without a reason or a proposal."""
    kept = small.due()
    for attempt in (small.keeping.approve, small.keeping.keep):
        with pytest.raises(NotAllowed):
            attempt(kept.case_id, small.scene.reviewer, "Mine.")
        with pytest.raises(ReasonNeeded):
            attempt(kept.case_id, small.officer, " ")
        with pytest.raises(NotFound):
            attempt(404, small.officer, "That one.")
    with pytest.raises(NotAllowed):
        small.keeping.waiting(small.scene.reviewer)
    assert [row.state for row in small.disposals(kept)] == ["proposed"]


def test_the_schedule_asks_once_an_hour(small: Estate) -> None:
    """One job an hour looks for what is due; a clock that was ahead does not stop it."""
    assert small.keeping.schedule()
    assert not small.keeping.schedule()
    small.scene.clock.move(timedelta(minutes=59))
    assert not small.keeping.schedule()
    for later in (timedelta(minutes=1), timedelta(days=-30)):
        small.scene.clock.move(later)
        with small.store.write() as session:
            session.execute(update(t.Job).values(state="done"))
        assert small.keeping.schedule()


def test_the_job_proposes_and_erases(estate: Estate) -> None:
    """One run of the hourly job does all that the clock may do by itself."""
    judged, never = estate.decided(), estate.comment()
    estate.scene.clock.move(90 * DAY)
    estate.run_at_leisure()
    assert [row.state for row in estate.disposals(judged)] == ["proposed"]
    assert [row.text for row in estate.revisions(never)] == [None]


def test_a_leap_day_has_an_anniversary() -> None:
    """Ten years after 29 February is 1 March: a day longer rather than shorter."""
    assert years_after(datetime(2028, 2, 29, tzinfo=UTC), 10) == datetime(2038, 3, 1, tzinfo=UTC)
    assert years_after(datetime(2028, 2, 29, tzinfo=UTC), 20) == datetime(2048, 2, 29, tzinfo=UTC)
