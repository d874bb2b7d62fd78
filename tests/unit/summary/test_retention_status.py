"""No silent gap in keeping: what waits because the clock made a leap is said."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from tests.unit.summary.handmade import NOW
from tests.unit.summary.installation import healthy, status
from worker.store import tables as t
from worker.store.session import Store


def test_retention_that_waits_is_a_problem(store: Store) -> None:
    """After a leap of the clock somebody is asked to look at it; once it is over, or was, nobody is."""
    healthy(store)
    with store.write() as session:
        session.add(t.Schedule(name="retention_from", last_due_at=NOW + timedelta(hours=1)))
    (problem,) = status(store).problems
    assert problem.startswith("Nothing is erased, and no destruction is proposed")
    assert "`upstander evidence retention go-on`" in problem
    with store.write() as session:
        session.execute(update(t.Schedule).values(last_due_at=NOW))
    assert status(store).problems == ()
