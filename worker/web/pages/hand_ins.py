"""Hand-ins: what any member of staff brings to notice."""

from __future__ import annotations

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.intake.hand_in import Given
from worker.intake.hand_in_closing import close_hand_in
from worker.intake.hand_in_views import list_hand_ins, show_hand_in
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_AT_ONCE = 50
#: The names of the fields that take a file each.
FILES = ("file_1", "file_2", "file_3")


def show_all(visit: Visit) -> Response:
    """What was handed in, as far as this person may see it."""
    app = visit.app
    sees = visit.may("view_queue")
    rows = list_hand_ins(app.store, app.clock, visit.actor, limit=_AT_ONCE) if sees else ()
    return visit.page("hand_ins.html", rows=rows, sees=sees)


def begin(visit: Visit) -> Response:
    """The form to hand something in."""
    return _form(visit)


def add(visit: Visit) -> Response:
    """Take something in. It becomes a case with evidence of its own."""
    chosen = [upload for upload in map(visit.fields.upload, FILES) if upload is not None]
    given = _given(visit)
    try:
        files = [(each.filename or "", each.file) for each in chosen]
        done = visit.app.modes.hand_ins.add(visit.actor, given, files)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _form(visit, refused)
    return visit.page("handed_in.html", done=done, given=given, files=len(chosen))


def show(visit: Visit) -> Response:
    """One hand-in. The look is recorded."""
    return _one(visit)


def reveal(visit: Visit) -> Response:
    """Show who gave a protected hand-in. That it was read, by whom and why, is recorded."""
    try:
        name = visit.app.modes.hand_ins.reveal(visit.actor, visit.number(), visit.fields.text("reason"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, refused)
    return _one(visit, name=name)


def close(visit: Visit) -> Response:
    """Close what was handed in about a colleague, once HR is done with it."""
    app, number, fields = visit.app, visit.number(), visit.fields
    try:
        kept_as, reason = fields.text("kept_as"), fields.text("closed_because")
        close_hand_in(app.store, app.clock, visit.actor, number, kept_as, reason)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, refused)
    return visit.go("/hand-ins", "The matter is closed. Its time of keeping begins.")


def _given(visit: Visit) -> Given:
    fields = visit.fields
    return Given(
        what=fields.text("what"),
        text=fields.one("text"),
        link=fields.one("link"),
        service=fields.text("service"),
        name=fields.text("name"),
        protected=fields.flag("protected"),
        staff_on_staff=fields.flag("staff_on_staff"),
        speak_up=fields.flag("speak_up"),
        about_manager=fields.one("about_manager"),
        not_a_user=fields.flag("not_a_user"),
    )


def _form(visit: Visit, refused: UpstanderError | None = None) -> Response:
    return visit.page("hand_in.html", status=422 if refused else 200, refused=refused, files=FILES)


def _one(visit: Visit, refused: UpstanderError | None = None, name: str | None = None) -> Response:
    app = visit.app
    view = show_hand_in(app.store, app.clock, visit.actor, visit.number())
    return visit.page(
        "hand_in_view.html", status=422 if refused else 200, view=view, refused=refused, name=name
    )


_ONE = "/hand-ins/{number:int}"
PAGES = (
    get_page("/hand-ins", show_all),
    get_page("/hand-ins/new", begin),
    post("/hand-ins/new", add),
    get_page(_ONE, show),
    post(f"{_ONE}/name", reveal, confirmed=True),
    post(f"{_ONE}/close", close),
)
