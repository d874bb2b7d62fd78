"""What a platform can do at all. What it cannot is refused when it is asked for, with what else to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from connectors.contract import Capability, Platform
from worker.errors import UpstanderError
from worker.review.kinds import ABOUT_AUTHORS, words_of
from worker.store import tables as t
from worker.store.platform import HANDED_IN

#: What the connector of a platform can do, by the platform's name; nothing where that is not known.
Abilities = Callable[[str], Sequence[Capability]]
NAMES = {Platform.X: "X", Platform.FACEBOOK: "Facebook", Platform.INSTAGRAM: "Instagram"}


class NotPossible(UpstanderError):
    """The platform has no way to do this, neither through us nor by a person's hand."""


def nothing_known(_platform: str) -> Sequence[Capability]:
    """Where nobody knows what a platform can: the worker finds out when it asks the connector."""
    return ()


def must_be_possible(session: Session, abilities: Abilities, case_id: int, kind: str) -> Capability | None:
    """Refuse at once what the platform of a case cannot do.

    Returns:
        What it does there; None where that is not known yet.

    Raises:
        NotPossible: says why, and what to do instead.
    """
    case = session.get(t.Case, case_id)
    if case is None:
        return None
    comment = session.get_one(t.Comment, case.comment_id)
    if comment.platform == HANDED_IN:
        return None  # refused as soon as it is written
    if kind == "platform_report":
        return None  # no platform takes one from a program: a person files it
    if comment.platform not in NAMES:
        raise NotPossible(
            "This was handed in: it is on no platform that Upstander can ask.",
            safe="Nothing was asked for.",
            do="Whoever can reach the place where it was said does it there; refer it to them.",
        )
    known = (each for each in abilities(comment.platform) if each.kind.value == kind)
    capability = next(known, None)
    if capability is None:
        return None
    name = NAMES[Platform(comment.platform)]
    if not capability.available and not capability.steps:
        raise NotPossible(
            f"{name} cannot {words_of(kind)}.", safe="Nothing was asked for.", do=capability.effect
        )
    if kind in ABOUT_AUTHORS and comment.author_id is None and capability.available:
        raise NotPossible(
            f"{name} did not say who wrote this comment, so Upstander cannot {words_of(kind)}.",
            safe="Nothing was asked for.",
            do=f"Hide the comment instead; or do it from the comment's own menu in the {name} app.",
        )
    return capability
