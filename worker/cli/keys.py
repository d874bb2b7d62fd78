"""`upstander keys`: the key that evidence is signed with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from worker.cli import running
from worker.cli.show import fields, say, tell, when, write_json

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from worker.keyring import Keyring, SigningKey
    from worker.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="The key that evidence is signed with.")


@cli.command()
def init(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Make the first signing key. Write its fingerprint down where nobody here can change it."""
    from worker.bootstrap import make_clock
    from worker.keyring import Keyring

    chosen = running.settings(context).settings
    made = Keyring(chosen.keys_dir).init(chosen.trust_name, make_clock(chosen).now())
    _note(chosen, made)
    _told(made, as_json=as_json)
    _mind_the_name(chosen)


@cli.command()
def rotate(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Make a new signing key. The old private key is destroyed; what it signed can still be checked."""
    from worker.bootstrap import make_clock
    from worker.keyring import Keyring

    chosen = running.settings(context).settings
    made = Keyring(chosen.keys_dir).rotate(chosen.trust_name, make_clock(chosen).now())
    _note(chosen, made)
    _told(made, as_json=as_json)
    if not as_json:
        say("The old private key is destroyed. Older backups still hold it: guard or destroy them.")
    _mind_the_name(chosen)


@cli.command()
def show(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Show every certificate that ever signed evidence here. Private keys are never shown."""
    from worker.keyring import Keyring, KeyringFault

    ring = Keyring(running.settings(context).settings.keys_dir)
    certificates = ring.certificates()
    signs, fault = None, None
    try:
        signs = ring.current().fingerprint
    except KeyringFault as found:
        # What it signed once is still shown; then the command fails with the reason.
        fault = found
    rows = [_row(name, each, signs=name == signs) for name, each in certificates.items()]
    if as_json:
        write_json({"folder": str(ring.folder), "certificates": rows})
    else:
        _list(ring, rows)
    if fault is not None:
        raise fault


def _note(chosen: Settings, made: SigningKey) -> None:
    """Write the new key into the audit. It stays, and signs, where there is no database to write to."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from worker.bootstrap import make_clock, open_store
    from worker.cli.os_user import os_user
    from worker.errors import StoreNotReady
    from worker.ledger.audit import Actor
    from worker.ledger.signing_key import note

    file = make_url(chosen.database)
    try:
        # Opening a SQLite database that is not there would make an empty one.
        if file.get_backend_name() == "sqlite" and not Path(file.database or "").exists():
            raise StoreNotReady("There is no database here yet.")
        store = open_store(chosen)
    except (StoreNotReady, SQLAlchemyError):
        tell("The key is made and kept. The database is not ready yet: nothing is to be done about it,")
        tell("for the worker writes this into the audit once it runs.")
        return
    try:
        note(store, make_clock(chosen), made, Actor(None, "cli"), {"computer_user": os_user()})
    finally:
        store.close()


def _mind_the_name(chosen: Settings) -> None:
    """Say so where the certificate bears a name that no Trust has: it does for ten years."""
    if chosen.trust_name == type(chosen).model_fields["trust_name"].default:
        tell(
            f'Mind: the certificate says "{chosen.trust_name}", because trust_name is not set. Set it in the'
        )
        tell("settings, then run `upstander keys rotate` before the first evidence is sealed.")


def _list(ring: Keyring, rows: list[dict[str, Any]]) -> None:
    say(f"Keys in {ring.folder}:")
    for row in rows:
        say("")
        fields(
            [
                ("fingerprint", row["fingerprint"]),
                ("as openssl", row["as_openssl"]),
                ("whose", row["whose"]),
                ("signs now", "yes" if row["signs_now"] else "no"),
                ("holds from", when(row["holds_from"])),
                ("holds until", when(row["holds_until"])),
                ("certificate", ring.certificate_file(row["fingerprint"])),
            ]
        )


def _told(made: SigningKey, *, as_json: bool) -> None:
    row = _row(made.fingerprint, made.certificate, signs=True)
    if as_json:
        write_json(row)
        return
    say(f"A new key signs from now on, until {when(row['holds_until'])}. SHA-256 of its certificate:")
    say(f"  {made.fingerprint}")
    say("The same as `openssl x509 -noout -fingerprint -sha256` writes it:")
    say(f"  {row['as_openssl']}")
    say("Keep a copy of it outside Upstander: by it an outsider knows the Trust's own signature.")


def _row(name: str, certificate: Certificate, *, signs: bool) -> dict[str, Any]:
    return {
        "fingerprint": name,
        "as_openssl": ":".join(name[at : at + 2] for at in range(0, len(name), 2)).upper(),
        "whose": certificate.subject.rfc4514_string(),
        "signs_now": signs,
        "holds_from": certificate.not_valid_before_utc,
        "holds_until": certificate.not_valid_after_utc,
    }
