"""What happened to the evidence of a case, proofs of it, and legal holds."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZipFile

from starlette.responses import Response

from worker.web.pages.evidence import attachment
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_AT_ONCE = 200


def custody(visit: Visit) -> Response:
    """Everything that happened to the evidence of a case, the oldest first."""
    case_id, offset = visit.number(), visit.fields.number("offset") or 0
    events = visit.app.keeping.timeline(case_id, visit.actor)
    return visit.page(
        "custody.html",
        case_id=case_id,
        events=events[offset : offset + _AT_ONCE],
        count=len(events),
        offset=offset,
        limit=_AT_ONCE,
        copies=visit.app.copies.told(case_id),
        hold=next((each for each in visit.app.keeping.holds(visit.actor) if each.case_id == case_id), None),
    )


def proof(visit: Visit) -> Response:
    """The ledger's proof of one row, with how an outsider checks it."""
    case_id, audit_id = visit.number(), visit.number("row")
    files = visit.app.opening.prove(case_id, audit_id, visit.actor)
    return attachment(_zipped(files), f"upstander-proof-{audit_id}.zip", "application/zip")


def hold(visit: Visit) -> Response:
    """Keep a case's evidence from being destroyed."""
    case_id = visit.number()
    visit.app.keeping.hold(case_id, visit.actor, visit.fields.text("reason"))
    return visit.go(
        _at(case_id),
        "Case %(case)s is held. Nothing of it is destroyed until somebody releases it.",
        case=case_id,
    )


def release(visit: Visit) -> Response:
    """Release the hold on a case."""
    case_id = visit.number()
    visit.app.keeping.release(case_id, visit.actor, visit.fields.text("reason"))
    return visit.go(_at(case_id), "Case %(case)s is not held any more.", case=case_id)


def _at(case_id: int) -> str:
    return f"/evidence/cases/{case_id}/custody"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return made.getvalue()


_CASE = "/evidence/cases/{number:int}"
PAGES = (
    get_page(f"{_CASE}/custody", custody),
    get_page(f"{_CASE}/proofs/{{row:int}}", proof),
    post(f"{_CASE}/hold", hold),
    post(f"{_CASE}/release", release),
)
