"""Signing in and out."""

from __future__ import annotations

import json

from starlette.responses import RedirectResponse, Response

from worker.errors import NotFound, UpstanderError
from worker.keyring import KeyringFault
from worker.signin.errors import CodeNeeded, LockedOut, NotSignedIn
from worker.signin.signed_in import SignedIn
from worker.web.confirming import CONFIRM, must_be_confirmed
from worker.web.headers import local_path
from worker.web.provider import BACK, PATIENCE, Journey, Provider, ProviderFault, read_journey
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_JOURNEY = "journey"


def sign_in(visit: Visit) -> Response:
    """Ask who is there."""
    return _asked(visit, None)


def signed_in(visit: Visit) -> Response:
    """Sign somebody in, and go on to where they wanted to go."""
    fields = visit.fields
    client = visit.request.client
    try:
        started = visit.app.sign_ins.sign_in(
            fields.text("user_name"),
            fields.secret("password"),
            fields.one("code"),
            client.host if client else "unknown",
        )
    except (NotSignedIn, CodeNeeded, LockedOut) as refusal:
        return _asked(visit, refusal)
    return _begun(visit, started, local_path(fields.text("next"), "/"))


def signed_out(visit: Visit) -> Response:
    """End the session; the cookie opens nothing any more, whoever has a copy of it."""
    visit.app.sign_ins.sign_out(visit.person.token)
    answer = visit.go("/sign-in")
    answer.delete_cookie(visit.desk.cookie("session"), path="/")
    return answer


def to_provider(visit: Visit) -> Response:
    """Send somebody to the Trust's identity provider, to sign in."""
    return _depart(visit, confirming=False)


def to_provider_again(visit: Visit) -> Response:
    """Send somebody who is signed in there, to show again that it is them."""
    return _depart(visit, confirming=True)


def from_provider(visit: Visit) -> Response:
    """Sign in whom the identity provider sends back."""
    try:
        journey = _journey(visit)
        arrival = _provider(visit).arrive(
            visit.request.url.query, journey, visit.app.sign_ins.ground.phones.now()
        )
        stage = visit.app.sign_ins
        if not journey.confirming:
            started = stage.start_federated(arrival.issuer, arrival.subject, arrival.claims)
            answer = _begun(visit, started, journey.next)
        else:
            stage.confirm_federated(visit.person, arrival.issuer, arrival.subject, arrival.claims)
            answer = visit.go(journey.next)
    except (NotSignedIn, ProviderFault) as refusal:
        answer = _asked(visit, refusal)
    answer.delete_cookie(visit.desk.cookie(_JOURNEY), path="/")
    return answer


def confirm(visit: Visit) -> Response:
    """Go back to a page that asked who it is, once that was shown."""
    must_be_confirmed(visit)
    return visit.go(local_path(visit.fields.text("next"), "/"))


def _asked(visit: Visit, refusal: UpstanderError | None) -> Response:
    status = 200 if refusal is None else 429 if isinstance(refusal, LockedOut) else 401
    return visit.page(
        "sign_in.html",
        status=status,
        refusal=refusal,
        at_code=isinstance(refusal, CodeNeeded),
        next=local_path(visit.fields.text("next"), "/"),
    )


def _begun(visit: Visit, started: SignedIn, going: str) -> Response:
    answer = visit.go(going)
    visit.let_in(answer, started.token)
    return answer


def _provider(visit: Visit) -> Provider:
    web = visit.app.settings.web
    if web.oidc.issuer is None:
        raise NotFound("Signing in with your Trust’s account is not set up here.")
    return Provider(web.oidc, web.public_url)


def _depart(visit: Visit, *, confirming: bool) -> Response:
    ground = visit.app.sign_ins.ground
    going = local_path(visit.fields.text("next"), "/")
    try:
        address, journey = _provider(visit).depart(ground.phones.now(), going=going, confirming=confirming)
    except ProviderFault as fault:
        return _asked(visit, fault)
    answer = RedirectResponse(address, status_code=303)
    answer.set_cookie(
        visit.desk.cookie(_JOURNEY),
        ground.key.seal(journey.text()),
        max_age=int(PATIENCE.total_seconds()),
        path="/",
        secure=visit.desk.secure,
        httponly=True,
        # Lax: the provider's answer comes from another site.
        samesite="lax",
    )
    return answer


def _journey(visit: Visit) -> Journey:
    """What this browser kept.

    Raises:
        NotSignedIn: it kept nothing that fits: somebody else began this, or it was begun too long ago.
    """
    ground = visit.app.sign_ins.ground
    kept = visit.request.cookies.get(visit.desk.cookie(_JOURNEY), "")
    try:
        journey = read_journey(ground.key.open(kept[:4000]), ground.phones.now())
    except (KeyringFault, json.JSONDecodeError, TypeError):
        journey = None
    if journey is None:
        raise NotSignedIn
    return journey


PAGES = (
    get_page("/sign-in", sign_in, is_open=True),
    post("/sign-in", signed_in, is_open=True),
    post("/sign-out", signed_out),
    get_page("/sign-in/provider", to_provider, is_open=True),
    get_page("/sign-in/provider/confirm", to_provider_again),
    get_page(BACK, from_provider, is_open=True),
    post(CONFIRM, confirm),
)
