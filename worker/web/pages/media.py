"""Pictures and videos of a comment: what a person says they are, and a person's own screenshot."""

from __future__ import annotations

from starlette.responses import Response

from worker.evidence.instruction import instruction
from worker.evidence.standing import INTIMATE, SAFE, SUSPECTED
from worker.review.errors import RevisionChanged
from worker.web.fields import BadForm
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def safe(visit: Visit) -> Response:
    """Say that a comment's pictures may be copied as evidence. One step."""
    case_id, revision_id = visit.number(), visit.fields.number("revision")
    try:
        marked = visit.app.marking.mark(case_id, SAFE, visit.actor, revision_id=revision_id)
    except RevisionChanged as changed:
        return visit.page("media_changed.html", status=409, case_id=case_id, changed=changed)
    if not marked.may_copy:
        return visit.go(
            f"/cases/{case_id}", "It is marked. The pictures are not copied: %(why)s.", why=marked.why
        )
    return visit.go(
        f"/cases/{case_id}", "It is marked as safe to copy. The worker copies it within a minute."
    )


def intimate(visit: Visit) -> Response:
    """Say that a comment shows an intimate image: from then on its case is for named roles."""
    case_id = visit.number()
    marked = visit.app.marking.mark(case_id, INTIMATE, visit.actor, visit.fields.one("reason"))
    return visit.page("media_marked.html", case_id=case_id, marked=marked)


def suspect(visit: Visit) -> Response:
    """What to do, and above all what not to do, before somebody says that they suspect abuse imagery."""
    told = instruction(visit.app.settings.safeguarding)
    return visit.page("media_suspected.html", case_id=visit.number(), instruction=told)


def suspected(visit: Visit) -> Response:
    """Say that a comment may show child sexual abuse imagery. It takes effect at once, for good."""
    case_id = visit.number()
    marked = visit.app.marking.mark(case_id, SUSPECTED, visit.actor, visit.fields.one("reason"))
    return visit.page("media_marked.html", case_id=case_id, marked=marked)


def screenshot(visit: Visit) -> Response:
    """Take a person's own screenshot in, as evidence that Upstander did not capture."""
    case_id, chosen = visit.number(), visit.fields.upload("file")
    if chosen is None:
        raise BadForm("No file was chosen.", safe="Nothing was kept.", do="Choose your screenshot first.")
    note = visit.fields.one("note")
    visit.app.supplements.add(case_id, chosen.filename or "", chosen.file, visit.actor, note)
    return visit.go(f"/cases/{case_id}", "Your screenshot is taken. The worker seals it within a minute.")


_MEDIA = "/cases/{number:int}/media"
PAGES = (
    post(f"{_MEDIA}/safe", safe),
    post(f"{_MEDIA}/intimate", intimate),
    get_page(f"{_MEDIA}/suspected", suspect),
    post(f"{_MEDIA}/suspected", suspected),
    post("/cases/{number:int}/screenshots", screenshot),
)
