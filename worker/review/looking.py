"""Who reads words in a list leaves a trace; where none can be left, the list shows the cases and no words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.queue import QueuePage
from worker.store.session import Store

_CLOSED = (
    "The database takes no entries now, so nobody can record who reads how the words begin."
    " The list is whole; the words stay closed."
    " Tell whoever looks after Upstander's database, and list again when it is mended."
)


def recorded(store: Store, actor: Actor, page: QueuePage, *, now: datetime) -> QueuePage:
    """The page with the look at its words in the audit; without words where the database refuses that.

    A list that is hidden while the disk is full or somebody else writes hides immediate danger too.
    """
    read = [row.case_id for row in page.rows if row.begins]
    if not read:
        return page
    try:
        with store.write() as session:
            audit.record(session, actor, "viewed", "queue", None, now=now, detail={"cases": read})
    except DBAPIError:
        rows = tuple(replace(row, begins=None) for row in page.rows)
        return replace(page, rows=rows, banners=(_CLOSED, *page.banners))
    return page
