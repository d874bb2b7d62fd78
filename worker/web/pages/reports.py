"""Reports to the platforms: the packet to copy, what was filed, and what came of it."""

from __future__ import annotations

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.review.reports import Filing
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show_all(visit: Visit) -> Response:
    """The reports on the cases that this person may see, the newest first."""
    state = visit.fields.one("state")
    return visit.page(
        "reports.html", rows=visit.app.reporting.reports.listing(visit.actor, state), state=state
    )


def of_case(visit: Visit) -> Response:
    """The reports on one case, and asking for one."""
    return _of_case(visit)


def ask(visit: Visit) -> Response:
    """Ask for a report. The worker prepares its packet once the evidence is sealed."""
    case_id = visit.number()
    try:
        visit.app.reporting.reports.ask(visit.actor, case_id, visit.fields.text("reason"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _of_case(visit, refused)
    return visit.go(
        f"/cases/{case_id}/report", "It is asked for. Its packet is here in a moment: open this page again."
    )


def show(visit: Visit) -> Response:
    """The packet of a report: everything that the platform's form asks for."""
    return _packet(visit)


def file(visit: Visit) -> Response:
    """Say that one filed it in the platform's own app."""
    number, fields = visit.number(), visit.fields
    try:
        at = fields.moment("at") or visit.app.clock.now()
        filing = Filing(at, fields.one("reference"), note=fields.one("note"))
        chosen = fields.upload("screenshot")
        screenshot = None if chosen is None else (chosen.filename or "", chosen.file)
        visit.app.reporting.confirmed.file(visit.actor, number, filing, screenshot)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _packet(visit, refused)
    return visit.go(
        f"/reports/{number}", "It is filed. A task comes up when it is time to look for an answer."
    )


def correct(visit: Visit) -> Response:
    """Add what was noted wrongly about a filing."""
    number, fields = visit.number(), visit.fields
    try:
        visit.app.reporting.reports.correct(
            visit.actor,
            number,
            fields.text("correction"),
            at=fields.moment("corrected_at"),
            reference=fields.one("corrected_reference"),
        )
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _packet(visit, refused)
    return visit.go(f"/reports/{number}", "It is noted. What was noted first is kept beside it.")


def outcome(visit: Visit) -> Response:
    """Say what came of a report."""
    number = visit.number()
    try:
        visit.app.reporting.reports.note_outcome(visit.actor, number, visit.fields.text("outcome"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _packet(visit, refused)
    return visit.go(f"/reports/{number}", "What came of it is noted.")


def end(visit: Visit) -> Response:
    """End a report: one that has an outcome is closed, one that is not wanted is withdrawn."""
    number, fields = visit.number(), visit.fields
    reports = visit.app.reporting.reports
    try:
        how = reports.close if fields.text("how") == "closed" else reports.withdraw
        how(visit.actor, number, fields.text("ended_because"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _packet(visit, refused)
    return visit.go(f"/reports/{number}", "The report is ended.")


def _of_case(visit: Visit, refused: UpstanderError | None = None) -> Response:
    case_id = visit.number()
    view = visit.app.review.show(visit.actor, case_id)
    return visit.page(
        "case_report.html",
        status=422 if refused else 200,
        view=view,
        rows=visit.app.reporting.reports.listing(visit.actor, case_id=case_id),
        under_way=[each for each in view.actions if each.kind == "platform_report"],
        refused=refused,
    )


def _packet(visit: Visit, refused: UpstanderError | None = None) -> Response:
    packet = visit.app.reporting.packets.show(visit.actor, visit.number())
    return visit.page("report.html", status=422 if refused else 200, packet=packet, refused=refused)


_ONE = "/reports/{number:int}"
PAGES = (
    get_page("/reports", show_all),
    get_page(_ONE, show),
    get_page("/cases/{number:int}/report", of_case),
    post("/cases/{number:int}/report", ask),
    post(f"{_ONE}/file", file),
    post(f"{_ONE}/correct", correct),
    post(f"{_ONE}/outcome", outcome),
    post(f"{_ONE}/end", end),
)
