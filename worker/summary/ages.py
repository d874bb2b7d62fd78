"""How long the cases wait that nobody has decided on, and how many of them should have been decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from worker.store import tables as t
from worker.store.platform import SEVERITIES
from worker.summary.counts import undecided

_OLDER = "older"
#: Bands of age, each up to so long since the case opened; what is older than all of them is "older".
_UP_TO: Mapping[str, timedelta] = {
    "under_1_hour": timedelta(hours=1),
    "1_to_4_hours": timedelta(hours=4),
    "4_to_24_hours": timedelta(hours=24),
    "1_to_3_days": timedelta(days=3),
}
#: The bands, the youngest first.
BANDS = (*_UP_TO, _OLDER)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many cases wait, and how many of those are overdue."""

    cases: int = 0
    overdue: int = 0


def waiting_by_age(session: Session, now: datetime) -> dict[str, dict[str, Waiting]]:
    """The cases that wait, by severity and band of age, zeros too: the backlog of the weekly summary."""
    band = case(*((t.Case.opened_at > now - limit, name) for name, limit in _UP_TO.items()), else_=_OLDER)
    overdue = func.sum(case((t.Case.due_at < now, 1), else_=0))
    rows = session.execute(
        select(t.Case.severity, band, func.count(), overdue)
        .where(*undecided(now))
        .group_by(t.Case.severity, band)
    )
    found = {severity: dict.fromkeys(BANDS, Waiting()) for severity in reversed(SEVERITIES)}
    for severity, name, cases, late in rows:
        found[severity][name] = Waiting(cases, late)
    return found
