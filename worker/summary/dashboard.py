"""The dashboard: how the work is going now and has gone in the last weeks, in numbers.

No comment's words, no author, no colleague. Cases that are kept from people count where the weekly summary
counts them too, and are named nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from worker.clock import Clock
from worker.ledger.audit import Actor
from worker.review.clocks import Clocks
from worker.review.looking_back import weeks_before
from worker.review.rights import Right, require
from worker.settings import Polling
from worker.store.session import Store
from worker.summary.accounts_health import AccountHealth, read_accounts
from worker.summary.ages import Waiting, waiting_by_age
from worker.summary.arrivals import Arrivals, read_arrivals
from worker.summary.counts import Span
from worker.summary.figures import plain
from worker.summary.outcomes import WeekOutcomes, outcomes
from worker.summary.pile_ons import PileOn, read_pile_ons
from worker.summary.response import ResponseTime, response_times


@dataclass(frozen=True, slots=True)
class DashboardFigures:
    """The figures of one moment.

    Attributes:
        since: from when on the weeks reach: so many times seven days back.
        waiting: cases that wait for a decision, by severity and band of age (`ages.BANDS`), zeros too.
        response: how long people took to the first verdict in the weeks, by severity.
        outcomes: this week so far and those before it, from Monday to Sunday, the oldest first.
        pile_ons: those that grew in the weeks, the newest first.
        accounts: how each account is doing, and what of it was missed in the weeks.
    """

    made_at: datetime
    weeks: int
    since: datetime
    waiting: Mapping[str, Mapping[str, Waiting]]
    arrivals: Arrivals
    response: Mapping[str, ResponseTime]
    outcomes: tuple[WeekOutcomes, ...]
    pile_ons: tuple[PileOn, ...]
    accounts: tuple[AccountHealth, ...]

    @property
    def total(self) -> Waiting:
        """All cases that wait."""
        every = [each for bands in self.waiting.values() for each in bands.values()]
        return Waiting(sum(each.cases for each in every), sum(each.overdue for each in every))

    def as_json(self) -> dict[str, Any]:
        """As plain values with stable keys; times in ISO 8601, UTC."""
        found: dict[str, Any] = plain(asdict(self))
        return found


@dataclass(frozen=True)
class Dashboard:
    """Counts for the dashboard; a fixed number of statements for so many weeks, however many cases there are.

    Attributes:
        clocks: what a pile-on is.
    """

    store: Store
    clock: Clock
    polling: Polling
    clocks: Clocks

    def figures(self, actor: Actor, *, weeks: int = 4) -> DashboardFigures:
        """Count everything once.

        Raises:
            NotAllowed: the actor may not read summaries.
            TooFarBack: see `looking_back.weeks_before`.
        """
        require(self.store, self.clock, actor, Right.READ_SUMMARY, "summary")
        now = self.clock.now()
        since = weeks_before(now, weeks)
        late_after = timedelta(seconds=self.polling.late_after_seconds)
        with self.store.read() as session:
            return DashboardFigures(
                made_at=now,
                weeks=weeks,
                since=since,
                waiting=waiting_by_age(session, now),
                arrivals=read_arrivals(session, since, now),
                response=response_times(session, Span(since, now)),
                outcomes=outcomes(session, now, weeks),
                pile_ons=read_pile_ons(session, self.clocks, since, now),
                accounts=read_accounts(session, since, now, late_after),
            )
