"""Triggers around what staff hand in: what is about a colleague is not judged, and no platform is asked."""

from __future__ import annotations

from worker.store.custody_guards import refuse_where


def routed_is_not_judged(dialect: str) -> tuple[str, ...]:
    """The statements after which nobody can decide on a case that went to HR when it was handed in.

    Args:
        dialect: sqlite or postgresql.
    """
    routed = "EXISTS (SELECT 1 FROM cases WHERE cases.id = NEW.case_id AND cases.state = 'routed')"
    message = "what is about a colleague is never judged here"
    return refuse_where(dialect, "decisions", "not_on_routed", routed, message, verb="INSERT")


def handed_in_is_on_no_platform(dialect: str) -> tuple[str, ...]:
    """The statements after which no platform can be asked for anything about what staff handed in.

    Args:
        dialect: sqlite or postgresql.
    """
    handed_in = (
        "EXISTS (SELECT 1 FROM comments WHERE comments.id = NEW.comment_id"
        " AND comments.platform = 'handed_in')"
    )
    message = "what was handed in is on no platform that could be asked"
    return refuse_where(dialect, "requested_actions", "not_on_handed_in", handed_in, message, verb="INSERT")
