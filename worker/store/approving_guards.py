"""Triggers that let nothing be deleted and nobody blocked without a second person, below every program.

They stop mistakes and other parts of the program, not somebody who already runs code as us.
"""

from __future__ import annotations

from worker.store.custody_guards import refuse_where

_ASKER = "(SELECT requested_by FROM requested_actions WHERE id = NEW.requested_action_id)"
_AGREED = (
    "EXISTS (SELECT 1 FROM approvals JOIN requested_actions ON requested_actions.id ="
    " approvals.requested_action_id WHERE approvals.requested_action_id = NEW.requested_action_id AND"
    " ((approvals.verdict = 'approved' AND approvals.person_id <> requested_actions.requested_by) OR"
    " (approvals.verdict = 'broke_glass' AND approvals.person_id = requested_actions.requested_by)))"
)


def two_people(dialect: str) -> tuple[str, ...]:
    """The statements after which an action that needs a second person cannot exist without one.

    Or without its asker having broken the glass for it.
    """
    alone = f"NEW.kind IN ('delete', 'block') AND NOT {_AGREED}"
    message = "a delete or a block needs a second person"
    return (
        *refuse_where(dialect, "actions", "two_people", alone, message, verb="INSERT"),
        *refuse_where(dialect, "actions", "still_two_people", alone, message),
    )


def approved_by_another(dialect: str) -> tuple[str, ...]:
    """The statements after which nobody approves or reviews what they asked for themselves.

    And nobody but the asker breaks the glass.
    """
    own = f"NEW.verdict IN ('approved', 'refused', 'reviewed') AND NEW.person_id = {_ASKER}"
    anothers = f"NEW.verdict = 'broke_glass' AND NEW.person_id <> {_ASKER}"
    return refuse_where(
        dialect,
        "approvals",
        "by_another",
        f"({own}) OR ({anothers})",
        "whoever asked is no second person",
        verb="INSERT",
    )
