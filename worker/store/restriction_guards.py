"""Triggers around who may see a case: a restriction stands until a row that names it lifts it."""

from __future__ import annotations

from worker.store.custody_guards import refuse_where

#: The row names nothing that restricts its own case.
_LIFTS_NOTHING = (
    "NEW.kind IS NULL AND NOT EXISTS (SELECT 1 FROM restrictions AS noted WHERE noted.id = NEW.lifts_id"
    " AND noted.case_id = NEW.case_id AND noted.kind IS NOT NULL)"
)
#: A restriction of the case stands. Rows from before 0017 that name nothing lifted all that came before them.
_ONE_STANDS = (
    "EXISTS (SELECT 1 FROM restrictions AS noted WHERE noted.case_id = NEW.id AND noted.kind IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM restrictions AS lifting WHERE lifting.case_id = noted.case_id"
    " AND lifting.kind IS NULL"
    " AND (lifting.lifts_id = noted.id OR (lifting.lifts_id IS NULL AND lifting.id > noted.id))))"
)


def restrictions_stand(dialect: str) -> tuple[str, ...]:
    """The statements after which a lifting names what it lifts, and no case is open while one stands.

    Args:
        dialect: sqlite or postgresql.
    """
    opens = f"OLD.restriction IS NOT NULL AND NEW.restriction IS NULL AND {_ONE_STANDS}"
    return (
        *refuse_where(
            dialect,
            "restrictions",
            "names_what_it_lifts",
            _LIFTS_NOTHING,
            "whoever lifts a restriction names one of the same case",
            verb="INSERT",
        ),
        *refuse_where(
            dialect,
            "cases",
            "stays_restricted",
            opens,
            "a case is not opened while a restriction of it stands",
        ),
    )
