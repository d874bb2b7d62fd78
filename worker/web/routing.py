"""The table of pages, and what is asked of every request before a page answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from worker.errors import UpstanderError
from worker.log import get
from worker.signin.errors import ConfirmAgain, NotSignedIn
from worker.web.confirming import CONFIRM, ask_to_confirm, must_be_confirmed
from worker.web.fields import MOST_FILES, WORDS_ALONE, BadForm, Fields, read_fields
from worker.web.headers import is_ours
from worker.web.visit import SECRET_FIELDS, Desk, Visit

Handler = Callable[[Visit], Response]
#: Where somebody goes who has to do something about their sign-in first.
CHANGE_PASSWORD, SECOND_FACTOR, SIGN_OUT = "/you/password", "/you/second-factor", "/sign-out"
_FIRST = {"change_password": CHANGE_PASSWORD, "set_up_second_factor": SECOND_FACTOR}

log = get("web")


@dataclass(frozen=True)
class Page:
    """One page or one form.

    Attributes:
        method: GET or POST.
        path: with places such as {number:int}.
        open: needs nobody to be signed in.
        confirmed: only somebody who gave their password in the last minutes: exports, approvals.
        background: asked by the page itself, not by a person: it does not keep a sign-in alive.
    """

    method: str
    path: str
    handler: Handler
    open: bool = False
    confirmed: bool = False
    background: bool = False


def get_page(path: str, handler: Handler, *, is_open: bool = False, background: bool = False) -> Page:
    """A page that shows something and changes nothing.

    Args:
        path, is_open, background: see `Page`.
        handler: answers it.
    """
    return Page("GET", path, handler, open=is_open, background=background)


def post(
    path: str, handler: Handler, *, is_open: bool = False, confirmed: bool = False, background: bool = False
) -> Page:
    """A form that changes something.

    Args:
        path, is_open, confirmed, background: see `Page`.
        handler: carries it out.
    """
    return Page("POST", path, handler, open=is_open, confirmed=confirmed, background=background)


def route(desk: Desk, page: Page) -> Route:
    """The route of one page."""
    return Route(page.path, _endpoint(desk, page), methods=[page.method])


def _endpoint(desk: Desk, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            fields, form = await read_fields(request, await _most_bytes(desk, request))
        except BadForm as error:
            unread = error
            return await run_in_threadpool(lambda: Visit(desk, request, None, Fields()).refused(unread))
        try:
            return await run_in_threadpool(_answered, desk, page, request, fields)
        finally:
            if form is not None:
                await form.close()

    return answer


async def _most_bytes(desk: Desk, request: Request) -> int:
    """How much of a body is read: of those who are signed in as much as files need, of a stranger words."""
    said = request.headers.get("content-length", "")
    if not said.isascii() or not said.isdecimal() or len(said) > 18 or int(said) <= WORDS_ALONE:
        return WORDS_ALONE
    token = request.cookies.get(desk.cookie("session"), "")
    known = await run_in_threadpool(desk.app.sign_ins.who, token, renew=False) if token else None
    files = MOST_FILES * desk.app.settings.evidence.media_bytes
    return WORDS_ALONE if known is None else WORDS_ALONE + files


def _answered(desk: Desk, page: Page, request: Request, fields: Fields) -> Response:
    token = request.cookies.get(desk.cookie("session"), "")
    signed = desk.app.sign_ins.who(token, renew=not page.background) if token else None
    visit = Visit(desk, request, signed, fields)
    try:
        return _stopped(page, visit) or page.handler(visit)
    except NotSignedIn:
        return _to_sign_in(visit)
    except ConfirmAgain as asked:
        return ask_to_confirm(visit, asked)
    except UpstanderError as error:
        return visit.refused(error)


def _stopped(page: Page, visit: Visit) -> Response | None:
    """What is answered instead of the page: who asks must be known, must mean it, and must mean it now."""
    if not page.open:
        if visit.signed is None:
            return _to_sign_in(visit)
        to_do = _to_do_first(visit)
        if to_do is not None:
            return RedirectResponse(to_do, status_code=303)
    if page.method == "POST":
        _must_be_meant(page, visit)
        if page.confirmed or visit.fields.text("confirm_password"):
            must_be_confirmed(visit)
        if visit.signed is not None:
            _must_be_new(page, visit)
    return None


def _to_sign_in(visit: Visit) -> Response:
    """Sign in first. What somebody typed into a form meanwhile is shown to them, so that it is not lost."""
    if visit.request.method != "GET":
        typed = [(name, text) for name, text in visit.fields.those(SECRET_FIELDS) if len(text) > 20]
        return visit.page("signed_out.html", status=401, typed=typed)
    going = visit.path + (f"?{visit.request.url.query}" if visit.request.url.query else "")
    return RedirectResponse(f"/sign-in{_next(going)}", status_code=303)


def _next(going: str) -> str:
    """The part of an address that says where to go on to after signing in."""
    return "" if going == "/" else f"?next={quote(going, safe='/')}"


def _to_do_first(visit: Visit) -> str | None:
    """Where somebody has to go before anything else: a password of their own, a second factor."""
    if visit.path in (CHANGE_PASSWORD, SECOND_FACTOR, SIGN_OUT, CONFIRM):
        return None
    first = visit.person.first
    return None if first is None else _FIRST[first]


def _must_be_meant(page: Page, visit: Visit) -> None:
    """Refuse a form that another site made a browser send.

    Raises:
        BadForm: it is one, or it cannot be told.
    """
    ours = is_ours(visit.request, visit.app.settings.web.public_url)
    signed = visit.signed
    if ours and (signed is None or signed.csrf_holds(visit.fields.text("csrf"))):
        return
    log.warning("form_refused", path=page.path)
    raise BadForm(
        "This form did not come from a page of yours.",
        safe="Nothing was done.",
        do="Open the page again and send it from there.",
    )


def _must_be_new(page: Page, visit: Visit) -> None:
    """Refuse a form that was sent before.

    Raises:
        BadForm: it was.
    """
    if page.background or visit.app.sign_ins.use_form(visit.person.session_id, visit.fields.text("form")):
        return
    raise BadForm(
        "This form was sent already.",
        safe="It was carried out once and not again.",
        do="Open the page anew to see how things are now.",
    )
