"""How far an action is, in words that say who does what next."""

from __future__ import annotations

from typing import Any


def state_in_words(kind: str, state: str, report: str | None = None) -> str:
    """The state of a requested action.

    Args:
        report: of a platform report, how far it is, where that was looked up.
    """
    if state != "outside":
        return state.replace("_", " ")
    if kind != "platform_report":
        return "done outside Upstander"
    if report in (None, "prepared"):
        return "packet prepared; a person files it"
    return "withdrawn" if report == "withdrawn" else "filed by a person"


def second_in_words(row: dict[str, Any]) -> str:
    """Who agreed to an action, or whether anybody has to."""
    from worker.review.kinds import NEEDS_SECOND

    if row["second_person"] is not None:
        return str(row["second_person"])
    if row["kind"] not in NEEDS_SECOND:
        return "not needed"
    return "nobody yet" if row["state"] == "awaiting_approval" else "nobody"
