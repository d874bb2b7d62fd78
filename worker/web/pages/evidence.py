"""The evidence: what needs an eye, what each case holds, and one sealed file at a time."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import quote

from starlette.responses import Response

from worker.errors import NotFound
from worker.evidence.handover.facts import SOURCES
from worker.evidence.instruction import instruction
from worker.evidence.lately import MOST, overview
from worker.evidence.opening import REPORT, Opened
from worker.evidence.render.kinds import kind_of
from worker.evidence.standing import RECORD_ONLY
from worker.web.headers import REPORT_POLICY, policy
from worker.web.previews import MEDIA_TYPE, preview
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_HELD = 100


def lately(visit: Visit) -> Response:
    """What of the evidence needs somebody's eye, what is held, and what is being handed over."""
    found = overview(visit.app.store, visit.app.clock, visit.actor)
    exports = visit.app.hand_over.list(visit.actor, limit=_MOST_HELD) if visit.may("ask_export") else ()
    return visit.page(
        "evidence.html",
        found=found,
        holds=visit.app.keeping.holds(visit.actor)[:_MOST_HELD],
        exports=[each for each in exports if each.state in ("asked", "approved")],
        most=MOST,
        sources=SOURCES,
    )


def case(visit: Visit) -> Response:
    """What is sealed of a case: each snapshot, its report, its pictures, its files."""
    case_id = visit.number()
    shown = visit.app.opening.show(case_id, visit.actor)
    closed = any(each.view.state == "locked" or each.view.source == RECORD_ONLY for each in shown)
    answer = visit.page(
        "evidence_case.html",
        case_id=case_id,
        shown=shown,
        copies=visit.app.copies.told(case_id),
        clear=frozenset(visit.fields.texts("clear")),
        instruction=instruction(visit.app.settings.safeguarding) if closed else (),
        report=REPORT,
        sources=SOURCES,
    )
    answer.headers["Content-Security-Policy"] = policy(visit.nonce, frames=True)
    return answer


def pictures(visit: Visit) -> Response:
    """The pictures that were copied for a case, as a part of its page; without scripts, its evidence."""
    case_id = visit.number()
    if visit.request.headers.get("hx-request") != "true":
        return visit.go(f"/evidence/cases/{case_id}")
    shown = visit.app.opening.show(case_id, visit.actor)
    return visit.page("pictures.html", case_id=case_id, shown=shown, clear=frozenset[str]())


def verify(visit: Visit) -> Response:
    """Look at every byte of a case's evidence now, and say what was found."""
    case_id = visit.number()
    results = visit.app.evidence.verify(case_id, visit.actor)
    return visit.page("evidence_verified.html", case_id=case_id, results=results, at=visit.app.clock.now())


def report(visit: Visit) -> Response:
    """A snapshot's sealed page, for a frame: it can do nothing there."""
    opened = visit.app.opening.read(visit.number(), REPORT, visit.actor)
    held_in = {"Content-Security-Policy": REPORT_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(opened.content, media_type="text/html", headers=held_in)


def picture(visit: Visit) -> Response:
    """A sealed picture, drawn anew: the file itself is never sent."""
    opened = _one(visit, "picture")
    return Response(preview(opened.content), media_type=MEDIA_TYPE)


def video(visit: Visit) -> Response:
    """A sealed video, for the player of the page."""
    opened = _one(visit, "video")
    kind = kind_of(opened.content)
    if kind is None or not kind.type.startswith("video/"):
        raise NotFound("This file is no video that can be shown.", safe="It is sealed as it is.")
    return Response(opened.content, media_type=kind.type, headers={"Accept-Ranges": "none"})


def save(visit: Visit) -> Response:
    """A sealed file to be saved, under a name that is safe everywhere."""
    opened = visit.app.opening.save(visit.number(), visit.fields.text("name"), visit.actor)
    name = f"case-{opened.case_id}-snapshot-{opened.snapshot_id}-{opened.name}"
    return attachment(opened.content, name)


def reveal(visit: Visit) -> Response:
    """Show a picture without blur. That somebody asked is recorded."""
    snapshot_id, name = visit.number(), visit.fields.text("name")
    case_id = visit.app.opening.reveal(snapshot_id, name, visit.actor)
    seen = f"{snapshot_id}/{name}"
    if visit.request.headers.get("hx-request") == "true":
        return visit.page("picture.html", snapshot_id=snapshot_id, name=name, clear=frozenset({seen}))
    return visit.go(f"/evidence/cases/{case_id}{_clear({*visit.fields.texts('clear'), seen})}#s{snapshot_id}")


def attachment(content: bytes, name: str, media_type: str = "application/octet-stream") -> Response:
    """A file that a browser saves and never opens here.

    Args:
        name: as it shall be called; what is not safe in a name is left out.
    """
    plain = _UNSAFE_IN_NAMES.sub("_", name)
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{plain}"'}
    )


def _one(visit: Visit, kind: str) -> Opened:
    name = str(visit.request.path_params["name"])
    opened = visit.app.opening.read(visit.number(), name, visit.actor)
    if opened.kind != kind:
        raise NotFound("This snapshot holds no such file.", safe="Nothing was shown.")
    return opened


def _clear(seen: Collection[str]) -> str:
    return "?" + "&".join(f"clear={quote(each, safe='')}" for each in sorted(seen))


_SNAPSHOT = "/evidence/snapshots/{number:int}"
PAGES = (
    get_page("/evidence", lately),
    get_page("/evidence/cases/{number:int}", case),
    get_page("/cases/{number:int}/pictures", pictures),
    post("/evidence/cases/{number:int}/verify", verify),
    get_page(f"{_SNAPSHOT}/report", report),
    get_page(f"{_SNAPSHOT}/pictures/{{name:path}}", picture),
    get_page(f"{_SNAPSHOT}/videos/{{name:path}}", video),
    post(f"{_SNAPSHOT}/save", save, confirmed=True),
    post(f"{_SNAPSHOT}/reveal", reveal),
)
