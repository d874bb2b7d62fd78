"""The trigger that has an appeal decided by a person who had no part in what is challenged."""

from __future__ import annotations

from worker.store.custody_guards import refuse_where

#: Whoever decides the appeal made another decision on the same case before.
_TOOK_PART = (
    "EXISTS (SELECT 1 FROM decisions WHERE decisions.case_id = NEW.case_id"
    " AND decisions.person_id = NEW.ended_by"
    " AND (NEW.decision_id IS NULL OR decisions.id <> NEW.decision_id))"
)
#: The decision that an appeal led to is about its case, made by who decided it, after the challenged one.
_FOLLOWS = (
    "EXISTS (SELECT 1 FROM decisions WHERE decisions.id = NEW.decision_id"
    " AND decisions.case_id = NEW.case_id AND decisions.person_id = NEW.ended_by"
    " AND decisions.id > NEW.about_decision_id)"
)
_CHALLENGED = (
    "EXISTS (SELECT 1 FROM decisions WHERE decisions.id = NEW.about_decision_id"
    " AND decisions.case_id = NEW.case_id)"
)


def appeals_decided_by_another(dialect: str) -> tuple[str, ...]:
    """The statements after which nobody decides an appeal against their own decision, unless they say why.

    Args:
        dialect: sqlite or postgresql.
    """
    decides = "OLD.state = 'waiting' AND NEW.state IN ('decided', 'decided_alone')"
    wrong = f"(NEW.state = 'decided' AND {_TOOK_PART}) OR (NEW.decision_id IS NOT NULL AND NOT {_FOLLOWS})"
    return (
        *refuse_where(
            dialect,
            "appeals",
            "decided_by_another",
            f"{decides} AND ({wrong})",
            "an appeal is decided by a person who did not decide the case before",
        ),
        *refuse_where(
            dialect,
            "appeals",
            "about_its_case",
            f"NOT {_CHALLENGED}",
            "an appeal is about a decision on its own case",
            verb="INSERT",
        ),
    )
