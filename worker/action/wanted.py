"""Is what was asked for still wanted, by everybody who has to want it?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from worker.action.consent import not_agreed
from worker.action.errand import load, overruled


def unwanted(session: Session, requested_action_id: int) -> str | None:
    """Why a requested action is not wanted any more, in words; None where it still is.

    Raises:
        NotFound: there is none of this number.
    """
    errand = load(session, requested_action_id)
    return overruled(session, errand) or not_agreed(session, errand)
