"""Who is blocked, and looking at a block again."""

from __future__ import annotations

from datetime import time

from starlette.responses import Response

from worker.clock import for_people
from worker.errors import NotAllowed, UpstanderError
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show(visit: Visit) -> Response:
    """Everybody who is blocked now, the next review first."""
    return _page(visit)


def keep(visit: Visit) -> Response:
    """Have a block go on, until a day."""
    number, fields = visit.number(), visit.fields
    try:
        until = fields.moment("review_on", time(12))
        blocks = visit.app.casework.acting.blocks
        review_at = blocks.keep(visit.actor, number, fields.text("reason"), until)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _page(visit, refused)
    return visit.go(
        "/blocks", "The block goes on. It is looked at again on %(when)s.", when=for_people(review_at)
    )


def unblock(visit: Visit) -> Response:
    """Ask for an author to be let in again. Never waits for a second person."""
    try:
        visit.app.review.request(visit.actor, visit.number(), "unblock", visit.fields.text("reason"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _page(visit, refused)
    return visit.go("/blocks", "It is asked for: the author is let in again.")


def _page(visit: Visit, refused: UpstanderError | None = None) -> Response:
    return visit.page(
        "blocks.html",
        status=422 if refused else 200,
        rows=visit.app.casework.acting.blocks.list(visit.actor),
        contact=visit.app.settings.replies.review_contact,
        refused=refused,
    )


PAGES = (
    get_page("/blocks", show),
    post("/blocks/{number:int}/keep", keep),
    post("/cases/{number:int}/unblock", unblock),
)
