"""Why somebody holds, releases, destroys or keeps: always said, in so many words and no more."""

from __future__ import annotations

from worker.errors import UpstanderError

_LONGEST = 2_000


class ReasonNeeded(UpstanderError):
    """Holds, releases and disposals carry a reason that somebody can be asked about later."""


def reason_of(given: str, what: str) -> str:
    """A reason as it is kept.

    Args:
        what: what needs it, to begin a sentence with.

    Raises:
        ReasonNeeded: it says nothing, or too much.
    """
    reason = given.strip()
    if not reason or len(reason) > _LONGEST:
        raise ReasonNeeded(
            f"{what} needs a reason, of at most {_LONGEST} characters.", safe="Nothing was changed."
        )
    return reason
