"""Accounts: what of the Trust's own is read, whether its tokens work, and the switches over actions."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from connectors.contract import Account, CheckLine, Platform
from connectors.errors import ConnectorError
from worker.errors import Conflict, NotAllowed, NotFound, UpstanderError
from worker.summary.account_states import AccountState
from worker.web.fields import BadForm
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def accounts(visit: Visit) -> Response:
    """Every account and every switch."""
    return _accounts(visit, None)


def add(visit: Visit) -> Response:
    """Put one of the Trust's accounts on the list."""
    fields, stage = visit.fields, visit.app.accounts
    try:
        if fields.text("platform") not in {each.value for each in stage.polled}:
            raise BadForm("Say which platform it is on.", safe="No account was added.")
        wanted = Account(
            Platform(fields.text("platform")),
            fields.text("external_id"),
            fields.text("handle").removeprefix("@"),
        )
        number = stage.add(visit.actor, wanted, credential=fields.text("credential"))
    except NotAllowed:
        raise
    except UpstanderError as refusal:
        return _accounts(visit, refusal)
    return visit.go(f"/accounts/{number}", "The account was added. Look whether its credentials open it.")


def account(visit: Visit) -> Response:
    """One account."""
    return visit.page("account.html", account=_one(visit), lines=None, trouble=None)


def check(visit: Visit) -> Response:
    """Look at the real account on its platform, without changing anything."""
    found = _one(visit)
    visit.app.accounts.may_manage(visit.actor)
    lines: Sequence[CheckLine] = ()
    trouble: UpstanderError | None = None
    try:
        lines = visit.app.connector_for(found.id).check()
    except UpstanderError as refusal:
        trouble = refusal
    except ConnectorError as error:
        trouble = Conflict(str(error), safe="Nothing was changed.")
    return visit.page("account.html", account=found, lines=lines, trouble=trouble)


def ask_credentials(visit: Visit) -> Response:
    """Ask for new credentials, of somebody who has shown who they are: what is typed goes along nowhere."""
    visit.app.accounts.may_manage(visit.actor)
    visit.app.sign_ins.must_be_confirmed(visit.person)
    return _credentials(visit, None)


def renew(visit: Visit) -> Response:
    """Write new credentials into the secrets folder. They are never shown again."""
    number = visit.number()
    given = {name: visit.fields.secret(f"secret_{name}") for name in _names(visit, _one(visit))}
    try:
        visit.app.back_office.credentials.renew(visit.actor, number, given)
    except NotAllowed:
        raise
    except UpstanderError as refusal:
        return _credentials(visit, refusal)
    return visit.go(
        f"/accounts/{number}", "The new credentials were written. Look whether they open the account."
    )


def pause(visit: Visit) -> Response:
    """Stop reading an account."""
    return _pause(visit, paused=True, said="The account is not read from now on.")


def resume(visit: Visit) -> Response:
    """Go on reading an account."""
    return _pause(visit, paused=False, said="The account is read again, from where it stopped.")


def turn(visit: Visit) -> Response:
    """Turn a switch over actions: stop them, let them go on, rehearse them."""
    fields, switches = visit.fields, visit.app.casework.acting.switches
    which, reason, number = fields.text("turn"), fields.text("reason"), fields.number("account")
    try:
        match which:
            case "stop" | "stop_everything":
                switches.stop(visit.actor, reason, account_id=number, everything=which == "stop_everything")
            case "go":
                switches.go(visit.actor, reason, account_id=number)
            case "dry_run" | "dry_run_off":
                switches.dry_run(visit.actor, reason, on=which == "dry_run", account_id=number)
            case _:
                raise BadForm("Say what is to happen with actions.", safe="Nothing was changed.")
    except NotAllowed:
        raise
    except UpstanderError as refusal:
        return _accounts(visit, refusal, at_switch=True)
    return visit.go("/accounts", "The switch was turned. What is on now stands below.")


def _pause(visit: Visit, *, paused: bool, said: str) -> Response:
    number = visit.number()
    visit.app.accounts.pause(visit.actor, number, paused=paused)
    return visit.go(f"/accounts/{number}", said)


def _accounts(visit: Visit, refusal: UpstanderError | None, *, at_switch: bool = False) -> Response:
    return visit.page(
        "accounts.html",
        status=200 if refusal is None else 422,
        view=visit.app.back_office.account_states.show(visit.actor),
        polled=[each.value for each in visit.app.accounts.polled],
        refusal=refusal,
        at_switch=at_switch,
    )


def _credentials(visit: Visit, refusal: UpstanderError | None) -> Response:
    found = _one(visit)
    return visit.page(
        "credentials.html",
        status=200 if refusal is None else 422,
        account=found,
        names=_names(visit, found),
        refusal=refusal,
    )


def _one(visit: Visit) -> AccountState:
    """One account.

    Raises:
        NotFound: there is no such account.
    """
    number = visit.number()
    found = next(
        (
            each
            for each in visit.app.back_office.account_states.show(visit.actor).accounts
            if each.id == number
        ),
        None,
    )
    if found is None:
        raise NotFound("There is no account under that number.")
    return found


def _names(visit: Visit, found: AccountState) -> tuple[str, ...]:
    """What the credentials of its platform are called."""
    if not found.is_read:
        return ()
    return tuple(visit.app.back_office.credentials.names[Platform(found.platform)])


PAGES = (
    get_page("/accounts", accounts),
    post("/accounts", add, confirmed=True),
    post("/accounts/switches", turn, confirmed=True),
    get_page("/accounts/{number:int}", account),
    post("/accounts/{number:int}/check", check),
    get_page("/accounts/{number:int}/credentials", ask_credentials),
    post("/accounts/{number:int}/credentials", renew, confirmed=True),
    post("/accounts/{number:int}/pause", pause, confirmed=True),
    post("/accounts/{number:int}/resume", resume),
)
