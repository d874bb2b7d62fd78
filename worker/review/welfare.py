"""Self-harm and suicide: somebody needs help, and is not punished for saying so."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.review.errors import DecisionIncomplete
from worker.review.history import latest_decision
from worker.store import tables as t

#: The category whose author needs help.
DISTRESS = "self_harm"
#: What falls on a person in distress as a punishment: their words destroyed, a door shut, a complaint.
_PUNISHING = frozenset({"delete", "block", "platform_report"})
#: The supportive reply to post, by its id in the reply templates.
SUPPORTIVE_REPLY = "self_harm_support"


def punishes_distress(categories: Collection[str], kinds: Collection[str]) -> bool:
    """Whether these actions would punish somebody whose only fault is to speak of self-harm.

    Args:
        categories: what a decision upheld.
        kinds: what is asked of the platform.
    """
    return set(categories) == {DISTRESS} and not _PUNISHING.isdisjoint(kinds)


def spare(session: Session, decision_id: int, kind: str) -> None:
    """Refuse an action on a decision, where it would punish somebody in distress.

    Raises:
        DecisionIncomplete: with the route that helps instead.
    """
    upheld = session.scalars(
        select(t.DecisionCategory.category).where(t.DecisionCategory.decision_id == decision_id)
    )
    if punishes_distress(upheld.all(), (kind,)):
        raise DecisionIncomplete(
            "Somebody who speaks of harming themselves is not deleted, blocked or reported for it.",
            safe="Nothing was decided or asked for.",
            do="If they are in danger now, call 999. Else post the supportive reply and refer the case with"
            " `upstander refer make CASE --to safeguarding` (or pals, samaritans). A hide is possible where"
            " details could harm others.",
        )


def is_distress(session: Session, case: t.Case) -> bool:
    """Whether a rule or a person found self-harm in a case."""
    decision = latest_decision(session, case.id)
    found = select(t.Finding.category).where(t.Finding.revision_id == case.revision_id)
    upheld = select(t.DecisionCategory.category).where(
        t.DecisionCategory.decision_id == (decision.id if decision else None)
    )
    return DISTRESS in {*session.scalars(found), *session.scalars(upheld)}
