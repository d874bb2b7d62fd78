"""A major incident: one person leads, routine work is folded away, others help as reviewers."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.web.fields import BadForm
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show(visit: Visit) -> Response:
    """The major incident that is on, or declaring one."""
    return _page(visit)


def start(visit: Visit) -> Response:
    """Declare a major incident. It ends by itself."""
    fields = visit.fields

    def begin() -> object:
        until = fields.moment("until")
        if until is None:
            raise BadForm("Say until when it lasts.", safe="None was started.")
        lead, reason = fields.text("lead") or visit.person.name, fields.text("reason")
        return visit.app.modes.incidents.start(visit.actor, lead, until, reason)

    return _done(visit, begin, "The major incident is on. Routine cases are folded away in the queue.")


def end(visit: Visit) -> Response:
    """End the major incident that is on."""
    said = "The major incident is over. Temporary reviewers are reviewers no more."
    return _done(visit, lambda: visit.app.modes.incidents.end(visit.actor), said)


def add_reviewer(visit: Visit) -> Response:
    """Make somebody a reviewer for as long as it lasts."""
    name = visit.fields.text("name")
    said = "They are a reviewer until the incident ends."
    return _done(visit, lambda: visit.app.modes.incidents.add_reviewer(visit.actor, name), said)


def remove_reviewer(visit: Visit) -> Response:
    """Take the role back before it ends."""
    name = visit.fields.text("name")
    said = "They are no longer a reviewer."
    return _done(visit, lambda: visit.app.modes.incidents.remove_reviewer(visit.actor, name), said)


def _done(visit: Visit, do: Callable[[], object], said: str) -> Response:
    try:
        do()
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _page(visit, refused)
    return visit.go("/incidents", said)


def _page(visit: Visit, refused: UpstanderError | None = None) -> Response:
    view = visit.app.modes.incidents.show(visit.actor)
    return visit.page("incidents.html", status=422 if refused else 200, view=view, refused=refused)


PAGES = (
    get_page("/incidents", show),
    post("/incidents", start),
    post("/incidents/end", end),
    post("/incidents/reviewers", add_reviewer),
    post("/incidents/reviewers/remove", remove_reviewer),
)
