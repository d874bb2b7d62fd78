"""Who reads words in a list leaves a trace; where none can be left, the list shows the cases and no words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import visible_to
from worker.review.elections import Period
from worker.review.incidents import banners, incident_on
from worker.review.queue import QueueFilter, QueuePage, Window, queue_page
from worker.review.rights import Right, rights_of
from worker.store import tables as t
from worker.store.session import Store

_CLOSED = (
    "The database takes no entries now, so nobody can record who reads how the words begin."
    " The list is whole; the words stay closed."
    " Tell whoever looks after Upstander's database, and list again when it is mended."
)


def page_for(
    session: Session,
    actor: Actor,
    wanted: QueueFilter,
    window: Window,
    *,
    period: Period | None,
    unfolded: bool,
    now: datetime,
) -> QueuePage:
    """A page of the queue as one person is to see it, with what everybody should know.

    Args:
        period: the time before an election that it is, if it is one.
        unfolded: show routine cases in a major incident too.
    """
    incident = incident_on(session, now)
    fold = incident is not None and wanted.everything and not unfolded
    seen, words = visible_to(session, actor), reads_words(session, actor)
    page = queue_page(session, wanted, window, seen=seen, now=now, words=words, fold=fold)
    return replace(page, banners=banners(incident, period))


def reads_words(session: Session, actor: Actor) -> bool:
    """Whether a list shows them how words begin: a communications lead reads words on opening a case."""
    person = session.get_one(t.Person, actor.person_id)
    return Right.VIEW_EVIDENCE in rights_of(role.role for role in person.roles)


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
