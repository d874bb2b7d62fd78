"""The queue: what needs me now."""

from __future__ import annotations

from starlette.responses import Response

from worker.review.queue import QueueFilter
from worker.web.fields import Fields
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_AT_ONCE = 50


def home(visit: Visit) -> Response:
    """Where somebody begins: at the queue, or at their tasks where they do not work the queue."""
    return visit.go("/queue" if visit.may("view_queue") else "/tasks")


def queue(visit: Visit) -> Response:
    """The cases that wait, the most severe first. The filters stay in the address."""
    fields = visit.fields
    offset = fields.number("offset") or 0
    wanted = wanted_by(fields, visit.person.person_id)
    page = visit.app.review.queue(
        visit.actor,
        wanted,
        limit=_AT_ONCE,
        offset=offset,
        unfolded=fields.flag("all"),
        grouped=not fields.flag("single"),
    )
    accounts = visit.app.accounts.list()
    return visit.page(
        "queue.html",
        page=page,
        wanted=wanted,
        accounts=accounts,
        offset=offset,
        limit=_AT_ONCE,
        since=visit.app.clock.now(),
    )


def take_next(visit: Visit) -> Response:
    """Take the first case that nobody works on, and open it."""
    held = visit.app.review.claim_next(visit.actor)
    if held is None:
        return visit.go("/queue", "No case waits that nobody works on.")
    return visit.go(f"/cases/{held.case_id}")


def wanted_by(fields: Fields, person_id: int) -> QueueFilter:
    """The filter that an address asks for.

    Args:
        person_id: whose cases are "mine".

    Raises:
        BadForm: the account is no number.
    """
    return QueueFilter(
        platform=fields.one("platform"),
        account_id=fields.number("account"),
        severity=fields.one("severity"),
        state=fields.one("state"),
        category=fields.one("category"),
        claimed_by=person_id if fields.flag("mine") else None,
        unclaimed=fields.flag("unclaimed"),
        overdue=fields.flag("overdue"),
        restricted=fields.flag("restricted"),
    )


PAGES = (
    get_page("/", home),
    get_page("/queue", queue),
    post("/queue/next", take_next),
)
