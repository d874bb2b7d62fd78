"""`upstander keys`: the key that evidence is signed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from worker.cli import running
from worker.cli.show import fields, say, when, write_json

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from worker.keyring import Keyring, SigningKey

cli = typer.Typer(no_args_is_help=True, help="The key that evidence is signed with.")


@cli.command()
def init(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Make the first signing key. Write its fingerprint down where nobody here can change it."""
    from worker.bootstrap import make_clock
    from worker.keyring import Keyring

    chosen = running.settings(context).settings
    made = Keyring(chosen.keys_dir).init(chosen.trust_name, make_clock(chosen).now())
    _told(made, as_json=as_json)


@cli.command()
def rotate(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Make a new signing key. The old private key is destroyed; what it signed can still be checked."""
    from worker.bootstrap import make_clock
    from worker.keyring import Keyring

    chosen = running.settings(context).settings
    made = Keyring(chosen.keys_dir).rotate(make_clock(chosen).now())
    _told(made, as_json=as_json)
    if not as_json:
        say("The old private key is destroyed. Older backups still hold it: guard or destroy them.")


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


def _list(ring: Keyring, rows: list[dict[str, Any]]) -> None:
    say(f"Keys in {ring.folder}:")
    for row in rows:
        say("")
        fields(
            [
                ("fingerprint", row["fingerprint"]),
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
    say("Keep a copy of this line outside Upstander: by it an outsider knows the Trust's own signature.")


def _row(name: str, certificate: Certificate, *, signs: bool) -> dict[str, Any]:
    return {
        "fingerprint": name,
        "whose": certificate.subject.rfc4514_string(),
        "signs_now": signs,
        "holds_from": certificate.not_valid_before_utc,
        "holds_until": certificate.not_valid_after_utc,
    }
