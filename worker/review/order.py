"""The one order of the queue: the most severe, then the highest priority, the soonest due, the oldest.

The list of the queue and "next case" follow it alike. With WAITING among its conditions a query reads
the index `ix_cases_waiting`, which holds only cases that are not closed and stands in this order.
"""

from __future__ import annotations

from worker.store import tables as t
from worker.store.platform import SEVERITIES

#: What is still for a person to decide, as the index says it.
WAITING = t.Case.closed_at.is_(None)
ORDER = (t.Case.severity_rank, t.Case.priority.desc(), t.Case.due_at, t.Case.id)
#: The severities by their rank in the queue, that of immediate danger 0.
BY_RANK = tuple(reversed(SEVERITIES))
