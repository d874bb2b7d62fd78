"""When nobody is on call: the times of a rota that no turn covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.review.on_call import Turn

#: How far ahead a rota is looked through.
AHEAD = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody is on call.

    Attributes:
        until_at: None where nobody is on call from then on, as far as was looked.
    """

    from_at: datetime
    until_at: datetime | None


def gaps(turns: Sequence[Turn], begins: datetime, ahead: timedelta = AHEAD) -> tuple[Gap, ...]:
    """The times without a turn, the soonest first.

    Args:
        turns: of the rota, in any order, of any rank.
        begins: from when on to look, and `ahead` how far.
    """
    ends, covered = begins + ahead, begins
    found = []
    for turn in sorted(turns, key=lambda each: each.from_at):
        if turn.from_at >= ends:
            break
        if turn.from_at > covered:
            found.append(Gap(covered, turn.from_at))
        covered = max(covered, turn.until_at)
    if covered < ends:
        found.append(Gap(covered, None))
    return tuple(found)
