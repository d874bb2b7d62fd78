"""A case in the words of the Trust's own Datix, to be copied there by a person."""

from __future__ import annotations

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show(visit: Visit) -> Response:
    """A case as a record to copy. That somebody looked is recorded, and whether at its words."""
    return _page(visit)


def note(visit: Visit) -> Response:
    """Note the reference that a case got in Datix."""
    case_id = visit.number()
    try:
        visit.app.casework.desk.datix.note(visit.actor, case_id, visit.fields.text("reference"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _page(visit, refused)
    return visit.go(f"/cases/{case_id}/datix", "The reference in Datix is noted.")


def _page(visit: Visit, refused: UpstanderError | None = None) -> Response:
    (record,) = visit.app.casework.desk.datix.records(
        visit.actor, [visit.number()], with_words=visit.fields.flag("words")
    )
    return visit.page("datix.html", status=422 if refused else 200, record=record, refused=refused)


PAGES = (
    get_page("/cases/{number:int}/datix", show),
    post("/cases/{number:int}/datix", note),
)
