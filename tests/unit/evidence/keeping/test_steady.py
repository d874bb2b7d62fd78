"""A clock that is far ahead erases nothing; a machine that was off gets on again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.unit.evidence.keeping.estate import DAY, Estate, Kept, done
from worker.errors import Conflict, NotAllowed
from worker.evidence.keeping.steady import waits_until
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.store import tables as t

HOUR = timedelta(hours=1)


def erased(estate: Estate, kept: Kept) -> bool:
    """Whether the hourly job, run now, leaves nothing of a comment's words."""
    estate.keeping.run(done)
    return [row.text for row in estate.revisions(kept)] == [None]


def waits(estate: Estate) -> bool:
    """Whether retention waits, by the clock as it is now."""
    with estate.store.read() as session:
        return waits_until(session, estate.scene.clock.now()) is not None


@pytest.mark.parametrize("looks", [0, 2])
def test_a_clock_that_is_far_ahead_erases_nothing(estate: Estate, looks: int) -> None:
    """Ten years ahead for some hours, and set right: nothing was erased or proposed, and it was told once."""
    fresh, judged = estate.comment(), estate.decided()
    for _ in range(looks):
        estate.keeping.run(done)
    for step in (3650 * DAY, HOUR, HOUR):
        estate.scene.clock.move(step)
        assert not erased(estate, fresh)
        assert waits(estate)
    assert len(estate.scene.audited("retention_waits")) == 1
    estate.scene.clock.move(-3650 * DAY)
    assert not erased(estate, fresh)
    assert estate.disposals(judged) == []
    for _ in range(24):
        estate.scene.clock.move(HOUR)
        assert not erased(estate, fresh)
    assert not waits(estate)


def test_what_others_do_after_a_leap_does_not_hide_it_from_the_first_look(small: Estate) -> None:
    """Retention never looked, the clock leaps, another job writes its record first: it waits all the same."""
    old = small.comment()
    small.scene.clock.move(40 * DAY)
    with small.store.write() as session:
        audit.record(session, Actor(None, "poll"), "polled", "feed", 1, now=small.scene.clock.now())
    assert not erased(small, old)
    assert waits(small)


def test_a_machine_that_was_off_gets_on_again_by_itself(estate: Estate) -> None:
    """After weeks in the dark it waits for one day of hours that pass as they should, and then goes on."""
    old = estate.comment()
    estate.keeping.run(done)
    estate.scene.clock.move(40 * DAY)
    assert not erased(estate, old)
    for _ in range(23):
        estate.scene.clock.move(HOUR)
        assert not erased(estate, old)
    estate.scene.clock.move(HOUR)
    assert erased(estate, old)


def test_pauses_of_less_than_a_day_are_nothing(estate: Estate) -> None:
    """A machine that is off at night erases what is due in the morning."""
    old = estate.comment()
    for _ in range(60):
        estate.keeping.run(done)
        estate.scene.clock.move(timedelta(hours=16))
    assert erased(estate, old)
    assert estate.scene.audited("retention_waits") == []


def test_a_person_says_that_the_clock_is_right(small: Estate) -> None:
    """Who may dispose need not wait: it is on record who said so, and once is enough."""
    old = small.comment()
    small.keeping.run(done)
    with pytest.raises(Conflict):
        small.keeping.go_on(small.officer)
    small.scene.clock.move(40 * DAY)
    assert not erased(small, old)
    with pytest.raises(NotAllowed):
        small.keeping.go_on(small.scene.people["reviewer"])
    assert not erased(small, old)
    small.keeping.go_on(small.officer)
    assert not waits(small)
    with small.store.read() as session:
        assert session.scalars(select(t.Job.state).where(t.Job.kind == "retention")).all() == ["waiting"]
    (said,) = small.scene.audited("retention_goes_on")
    assert said.person_id == small.officer.person_id
    assert erased(small, old)
