"""What cannot wait: calls about danger, cases that wait for advice, and cases that are overdue."""

from __future__ import annotations

from starlette.responses import Response

from worker.review.queue import QueueFilter
from worker.web.headers import local_path
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_AT_ONCE = 20


def show(visit: Visit) -> Response:
    """Calls about danger first, then what waits for advice and what is late."""
    queue = visit.app.review.queue
    return visit.page(
        "escalations.html",
        calls=visit.app.alarms.escalations.calls(visit.actor),
        advice=queue(visit.actor, QueueFilter(state="needs_advice"), limit=_AT_ONCE),
        overdue=queue(visit.actor, QueueFilter(overdue=True), limit=_AT_ONCE),
    )


def acknowledge(visit: Visit) -> Response:
    """Take a call: nobody else is called about the case."""
    case_id = visit.number()
    was_calling = visit.app.alarms.rota.acknowledge(visit.actor, case_id)
    said = (
        f"You have taken case {case_id}. Nobody else is called about it. It still needs a decision."
        if was_calling
        else f"Case {case_id} does not call any more: somebody took it before, or decided it."
    )
    return visit.go(local_path(visit.fields.text("back"), f"/cases/{case_id}"), said)


PAGES = (
    get_page("/escalations", show),
    post("/escalations/{number:int}/acknowledge", acknowledge),
)
