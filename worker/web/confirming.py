"""Showing again that it is you, before what bites: approvals, exports, other people's sign-ins."""

from __future__ import annotations

from starlette.responses import Response

from worker.errors import UpstanderError
from worker.signin.errors import CodeNeeded, ConfirmAgain, LockedOut, NotSignedIn
from worker.web.visit import SECRET_FIELDS, Visit

#: Where somebody shows it before a page that only shows something, but shows a secret.
CONFIRM = "/you/confirm"


def must_be_confirmed(visit: Visit) -> None:
    """Refuse a form of somebody who has not shown in the last minutes, nor with this form, that it is them.

    Raises:
        ConfirmAgain: they have not. Its cause says what was wrong with what they gave.
    """
    stage, me, fields = visit.app.sign_ins, visit.person, visit.fields
    try:
        stage.must_be_confirmed(me)
    except ConfirmAgain:
        if not fields.text("confirm_password"):
            raise
        try:
            visit.signed = stage.confirm(me, fields.secret("confirm_password"), fields.one("confirm_code"))
        except (NotSignedIn, CodeNeeded, LockedOut) as error:
            raise ConfirmAgain from error


def ask_to_confirm(visit: Visit, asked: ConfirmAgain) -> Response:
    """Ask again who it is. What the form held goes along, so that it need not be typed twice.

    Args:
        asked: what made it necessary.
    """
    sent = visit.request.method == "POST" and visit.path != CONFIRM
    typed = visit.fields.those(SECRET_FIELDS)
    return visit.page(
        "confirm.html",
        status=401,
        wrong=asked.__cause__ if isinstance(asked.__cause__, UpstanderError) else None,
        to=visit.path if sent else CONFIRM,
        again=typed if visit.request.method == "POST" else [("next", visit.again())],
        back=visit.again() if visit.request.method == "GET" else "/",
        typed=[(name, text) for name, text in typed if len(text) > 20],
    )
