"""Is what was asked for still wanted, by everybody who has to want it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from worker.action.consent import not_agreed
from worker.action.errand import Errand, load, overruled
from worker.review.kinds import NEEDS_SECOND


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why something is not done.

    Attributes:
        why: in words.
        ask_again: whether somebody else has to decide on it anew; else somebody decided otherwise.
    """

    why: str
    ask_again: bool


def doubt(session: Session, errand: Errand, now: datetime) -> Doubt | None:
    """Why this is not to be done at this moment; None where it is."""
    why = overruled(session, errand)
    if why is not None:
        return Doubt(why, ask_again=False)
    why = not_agreed(session, errand, now)
    return None if why is None else Doubt(why, ask_again=True)


def unwanted(session: Session, requested_action_id: int, now: datetime) -> str | None:
    """Why what was left to a person's hands is not wanted any more, in words; None where it still is.

    Whoever does what one person may do alone stands behind it themselves.

    Raises:
        NotFound: there is none of this number.
    """
    errand = load(session, requested_action_id)
    if errand.kind.value not in NEEDS_SECOND:
        return overruled(session, errand)
    found = doubt(session, errand, now)
    return None if found is None else found.why
