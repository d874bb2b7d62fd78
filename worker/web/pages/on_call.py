"""Who is called about danger: the rota, and when it has gaps."""

from __future__ import annotations

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.review.rota_gaps import gaps
from worker.web.fields import BadForm
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show(visit: Visit) -> Response:
    """Who is on call now and next."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """Put somebody on call for a time."""
    fields, rota = visit.fields, visit.app.alarms.rota
    try:
        from_at, until_at = fields.moment("from"), fields.moment("until")
        if from_at is None or until_at is None:
            raise BadForm("Say from when until when.", safe="Nothing was changed.")
        person, rank = fields.number("person") or 0, fields.number("rank") or 1
        rota.add(visit.actor, person, rank=rank, from_at=from_at, until_at=until_at)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _page(visit, refused)
    return visit.go("/on-call", "The turn is on the rota.")


def remove(visit: Visit) -> Response:
    """Take a turn off the rota."""
    visit.app.alarms.rota.remove(visit.actor, visit.number())
    return visit.go("/on-call", "The turn is off the rota. Gaps are shown here.")


def _page(visit: Visit, refused: UpstanderError | None = None) -> Response:
    rota = visit.app.alarms.rota
    turns = rota.turns(visit.actor)
    return visit.page(
        "on_call.html",
        status=422 if refused else 200,
        turns=turns,
        gaps=gaps(turns, visit.app.clock.now()),
        people=rota.candidates(visit.actor) if visit.may("manage_on_call") else (),
        refused=refused,
    )


PAGES = (
    get_page("/on-call", show),
    post("/on-call", add),
    post("/on-call/{number:int}/remove", remove),
)
