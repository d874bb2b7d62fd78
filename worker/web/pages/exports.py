"""Handing evidence over: asked for by one person, approved by another, made, downloaded, and removed here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from worker.errors import NotAllowed, UpstanderError
from worker.evidence.handover.making import SHORTEST_PASSWORD
from worker.evidence.handover.request import REDACTED, Region, Request
from worker.evidence.handover.stage import Given
from worker.web.fields import BadForm, Fields
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_MOST = 100
_CHUNK = 1024 * 1024


def exports(visit: Visit) -> Response:
    """Every hand-over of cases that the person may look at, the newest first."""
    return visit.page("exports.html", exports=visit.app.hand_over.list(visit.actor, limit=_MOST), most=_MOST)


def new(visit: Visit) -> Response:
    """The form that asks for a hand-over."""
    return _form(visit, None)


def ask(visit: Visit) -> Response:
    """Ask for a hand-over; what was typed stays where it is refused."""
    try:
        request = request_of(visit.fields, visit.person.name)
        number = visit.app.hand_over.ask(visit.actor, request, os_user=None)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _form(visit, refused)
    return visit.go(f"/exports/{number}", "It is asked for. Another person has to approve it.")


def show(visit: Visit) -> Response:
    """One hand-over: what for, to whom, how far it is, and what may be done with it now."""
    return _show(visit, None)


def approve(visit: Visit) -> Response:
    """Approve what somebody else asked for."""
    number = visit.number()
    visit.app.hand_over.approve(visit.actor, number, os_user=None)
    return visit.go(f"/exports/{number}", "It is approved. Its file can be made now.")


def refuse(visit: Visit) -> Response:
    """Refuse what somebody asked for, or take one's own back."""
    number = visit.number()
    visit.app.hand_over.refuse(visit.actor, number, visit.fields.text("reason"), os_user=None)
    return visit.go(f"/exports/{number}", "It is refused.")


def break_glass(visit: Visit) -> Response:
    """Go ahead alone, for a typed reason."""
    number = visit.number()
    visit.app.hand_over.break_glass(visit.actor, number, visit.fields.text("reason"), os_user=None)
    return visit.go(f"/exports/{number}", "It goes ahead with you alone. Somebody else has to review it.")


def review(visit: Visit) -> Response:
    """Say that one has looked at what another person made alone."""
    number = visit.number()
    visit.app.hand_over.review(visit.actor, number, os_user=None)
    return visit.go(f"/exports/{number}", "It is reviewed.")


def make(visit: Visit) -> Response:
    """Make the file, locked with a password where one is wanted."""
    try:
        made = visit.app.hand_over.make(visit.actor, visit.number(), password=_password(visit.fields))
    except UpstanderError as refused:
        return _show(visit, refused)
    return visit.page("export_made.html", made=made, locked=visit.fields.text("lock") == "yes")


def download(visit: Visit) -> Response:
    """The file that was made."""
    given = visit.app.hand_over.download(visit.actor, visit.number())
    return StreamingResponse(
        _chunks(given),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{given.name}"',
            "Content-Length": str(given.size),
        },
        background=BackgroundTask(given.content.close),
    )


def remove(visit: Visit) -> Response:
    """Remove our own copy of what was handed over."""
    number = visit.number()
    visit.app.hand_over.remove_file(visit.actor, number)
    return visit.go(f"/exports/{number}", "The file was removed here. Its record and the evidence stay.")


def request_of(fields: Fields, asker: str) -> Request:
    """What a filled-in form asks for.

    Args:
        asker: who asks; the witness, where no other is named.

    Raises:
        BadForm: a case is no number.
        Conflict: a picture is not named as it has to be.
    """
    purpose, why_whole = fields.text("purpose"), fields.one("unredacted")
    redacted = fields.flag("redact") or (purpose in REDACTED and why_whole is None)
    return Request(
        cases=_cases(fields.text("cases")),
        purpose=purpose,
        legal_basis=fields.text("basis"),
        recipient=fields.text("recipient"),
        reason=fields.text("reason"),
        redacted=redacted,
        unredacted_reason=why_whole,
        witness=None if redacted else fields.one("witness") or asker,
        occupation=fields.one("occupation"),
        exhibit=fields.one("exhibit"),
        intimate=fields.flag("intimate"),
        damaged_reason=fields.one("damaged"),
        keep=_lines(fields.text("keep")),
        replace=_lines(fields.text("replace")),
        regions=tuple(Region.parse(each) for each in _lines(fields.text("regions"))),
    )


def _form(visit: Visit, refused: UpstanderError | None) -> Response:
    status = 200 if refused is None else 422
    return visit.page("export_ask.html", status=status, refused=refused, asker=visit.person.name)


def _show(visit: Visit, refused: UpstanderError | None) -> Response:
    export = visit.app.hand_over.show(visit.actor, visit.number())
    status = 200 if refused is None else 409
    return visit.page(
        "export.html",
        status=status,
        export=export,
        refused=refused,
        mine=export.asked_by == visit.person.name,
        shortest=SHORTEST_PASSWORD,
    )


def _password(fields: Fields) -> str | None:
    """The password of the file; None where none is wanted, which a person has to say."""
    if fields.text("lock") == "no":
        return None
    # Not trimmed: what a recipient types has to be every character of it.
    typed = fields.texts("password")
    if len(typed) != 1 or typed != fields.texts("again"):
        raise BadForm(
            "The password is missing, or was typed differently the second time.",
            safe="No file was made.",
            do="Type the password of the file twice, or choose a file without one.",
        )
    return typed[0]


def _cases(text: str) -> tuple[int, ...]:
    words = [each for each in re.split(r"[\s,;]+", text) if each]
    for each in words:
        if not (each.isascii() and each.isdecimal() and len(each) <= 18):
            raise BadForm(f"“{each[:40]}” is not the number of a case.", safe="Nothing was asked for.")
    return tuple(int(each) for each in words)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _chunks(given: Given) -> Iterator[bytes]:
    while chunk := given.content.read(_CHUNK):
        yield chunk


_EXPORT = "/exports/{number:int}"
PAGES = (
    get_page("/exports", exports),
    get_page("/exports/new", new),
    post("/exports", ask),
    get_page(_EXPORT, show),
    post(f"{_EXPORT}/approve", approve, confirmed=True),
    post(f"{_EXPORT}/refuse", refuse),
    post(f"{_EXPORT}/break-glass", break_glass, confirmed=True),
    post(f"{_EXPORT}/review", review),
    post(f"{_EXPORT}/make", make),
    post(f"{_EXPORT}/download", download, confirmed=True),
    post(f"{_EXPORT}/remove", remove),
)
