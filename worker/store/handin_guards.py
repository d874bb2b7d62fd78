"""Triggers around what staff hand in: what is about a colleague is not judged, and no platform is asked."""

from __future__ import annotations

from worker.store.custody_guards import refuse_where
from worker.store.guards import stays, unguarded

#: Words of the hand-in's comment are there still.
_WORDS_KEPT = (
    "EXISTS (SELECT 1 FROM hand_ins JOIN cases ON cases.id = hand_ins.case_id"
    " JOIN revisions ON revisions.comment_id = cases.comment_id"
    " WHERE hand_ins.id = NEW.{key} AND revisions.erased_at IS NULL)"
)
#: Of each table: the number of the hand-in, what stays, and what holds of a row that was just emptied.
_EMPTIED = (
    (
        "hand_ins",
        "id",
        ("id", "case_id", "what", "received_at", "protected", "entered_by", "staff_on_staff"),
        (
            "(NEW.given_by IS NULL OR NEW.given_by = '') AND NEW.service = ''"
            " AND NEW.link IS NULL AND NEW.about_manager IS NULL"
        ),
    ),
    (
        "hand_in_files",
        "hand_in_id",
        ("snapshot_id", "hand_in_id", "media_type", "size", "sha256"),
        "NEW.name = ''",
    ),
    ("protected_names", "hand_in_id", ("hand_in_id", "key_id"), "length(NEW.sealed) = 0"),
)


def routed_is_not_judged(dialect: str) -> tuple[str, ...]:
    """The statements after which nobody can decide on a case that went to HR when it was handed in.

    Args:
        dialect: sqlite or postgresql.
    """
    routed = (
        "EXISTS (SELECT 1 FROM cases WHERE cases.id = NEW.case_id AND cases.state IN ('routed', 'closed'))"
    )
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


def emptied_with_their_words(dialect: str) -> tuple[str, ...]:
    """The statements after which hand-ins, once only added, are emptied too: after their words, and whole.

    Args:
        dialect: sqlite or postgresql.
    """
    statements: list[str] = []
    for table, key, of_record, emptied in _EMPTIED:
        kept = _WORDS_KEPT.format(key=key)
        message = f"rows of {table} are only ever added, or emptied when their time is up"
        statements += unguarded(dialect, table, ("no_change",))
        statements += stays(dialect, table, of_record, name="as_it_came")
        statements += refuse_where(dialect, table, "only_emptied", f"NOT ({emptied}) OR {kept}", message)
    return tuple(statements)


def closed_with_a_reason(dialect: str) -> tuple[str, ...]:
    """The statements after which only a routed matter is closed, and only by somebody who says why.

    Args:
        dialect: sqlite or postgresql.
    """
    routed = "EXISTS (SELECT 1 FROM cases WHERE cases.id = NEW.case_id AND cases.state = 'routed')"
    said = "EXISTS (SELECT 1 FROM hand_in_closings WHERE hand_in_closings.case_id = NEW.id)"
    closes = "OLD.state <> 'closed' AND NEW.state = 'closed'"
    only = "only what was routed is closed"
    return (
        *refuse_where(dialect, "hand_in_closings", "of_routed", f"NOT {routed}", only, verb="INSERT"),
        *refuse_where(
            dialect,
            "cases",
            "closed_with_reason",
            f"{closes} AND NOT {said}",
            "a matter is closed with a reason",
        ),
    )
