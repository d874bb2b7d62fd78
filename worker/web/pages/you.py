"""You: your sessions, your preferences, your password and your second factor."""

from __future__ import annotations

from typing import cast

import segno
from markupsafe import Markup
from starlette.responses import Response

from worker.errors import Conflict, UpstanderError
from worker.signin.errors import LockedOut, NotSignedIn, PasswordRefused, WrongCode
from worker.signin.factor import SetUp
from worker.signin.passwords import SHORTEST
from worker.signin.preferences import Language, Preferences
from worker.store.signing_in import LANGUAGES
from worker.web.fields import BadForm
from worker.web.language import _
from worker.web.routing import CHANGE_PASSWORD, SECOND_FACTOR, get_page, post
from worker.web.visit import Visit


def you(visit: Visit) -> Response:
    """Who you are here, where you are signed in, and how you want the site to be."""
    sessions = visit.app.sign_ins.sessions_of(visit.actor, visit.person.person_id)
    return visit.page("you.html", sessions=sessions)


def prefer(visit: Visit) -> Response:
    """Keep how somebody wants the site to be."""
    fields = visit.fields
    language = fields.text("language")
    if language not in LANGUAGES:
        raise BadForm("There is no such language here.", safe="Nothing was changed.")
    visit.app.sign_ins.prefer(
        visit.person,
        Preferences(
            blur=fields.flag("blur"),
            greyscale=fields.flag("greyscale"),
            single_keys=fields.flag("single_keys"),
            language=cast("Language", language),
        ),
    )
    return visit.go("/you", "Your preferences were kept.")


def end_others(visit: Visit) -> Response:
    """End one's other sessions."""
    ended = visit.app.sign_ins.sign_out_elsewhere(visit.person)
    return visit.go("/you", _ONE if ended == 1 else _OTHERS, places=ended)


def password(visit: Visit) -> Response:
    """Ask for a new password."""
    return _password(visit, None)


def change_password(visit: Visit) -> Response:
    """Change one's password."""
    fields = visit.fields
    try:
        if fields.secret("new_password") != fields.secret("again"):
            raise PasswordRefused("The new password was not typed the same way twice.")
        changed = visit.app.sign_ins.change_password(
            visit.person, fields.secret("password"), fields.secret("new_password")
        )
    except (NotSignedIn, PasswordRefused, LockedOut) as refusal:
        return _password(visit, refusal)
    answer = visit.go("/you", "Your password was changed. Your other sessions were ended.")
    visit.let_in(answer, changed.token)
    return answer


def second_factor(visit: Visit) -> Response:
    """Show what an authenticator app reads, or, where there is one already, what can be done about it."""
    if visit.person.second_factor.set_up and not visit.fields.flag("replace"):
        return visit.page("second_factor.html", made=None, square=None, refusal=None)
    return _set_up(visit, visit.app.sign_ins.begin_second_factor(visit.person), None)


def confirm_second_factor(visit: Visit) -> Response:
    """Keep the secret that the app showed a right code of."""
    stage, sealed = visit.app.sign_ins, visit.fields.text("sealed")
    try:
        codes = stage.confirm_second_factor(visit.person, sealed, visit.fields.text("code"))
    except WrongCode as refusal:
        return _set_up(visit, stage.begin_second_factor(visit.person, sealed), refusal)
    return visit.page("recovery_codes.html", codes=codes)


def recovery_codes(visit: Visit) -> Response:
    """Make new recovery codes; they are shown once."""
    return visit.page("recovery_codes.html", codes=visit.app.sign_ins.new_recovery_codes(visit.person))


_ONE, _OTHERS = (
    _("You were signed out in one other place."),
    _("You were signed out in %(places)s other places."),
)


def _password(visit: Visit, refusal: UpstanderError | None) -> Response:
    if visit.person.user_name is None:
        raise Conflict(
            "You sign in with your Trust’s account: its password is changed there.",
            safe="Nothing was changed.",
        )
    return visit.page(
        "password.html",
        status=200 if refusal is None else 422,
        refusal=refusal,
        at="password" if isinstance(refusal, NotSignedIn | LockedOut) else "new_password",
        shortest=SHORTEST,
    )


def _set_up(visit: Visit, made: SetUp, refusal: WrongCode | None) -> Response:
    drawn = segno.make(made.uri, error="m").svg_inline(scale=5, border=4, light="#fff")
    square = Markup(drawn)  # noqa: S704 - a library drew it: squares alone, no word of anybody's
    return visit.page(
        "second_factor.html",
        status=200 if refusal is None else 422,
        made=made,
        square=square,
        refusal=refusal,
    )


PAGES = (
    get_page("/you", you),
    post("/you/preferences", prefer),
    post("/you/sessions/end", end_others),
    get_page(CHANGE_PASSWORD, password),
    post(CHANGE_PASSWORD, change_password),
    get_page(SECOND_FACTOR, second_factor),
    post(SECOND_FACTOR, confirm_second_factor),
    post("/you/recovery-codes", recovery_codes, confirmed=True),
)
