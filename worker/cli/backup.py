"""`upstander backup` and `upstander restore`: everything that must survive the loss of a machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.progress import progress
from worker.cli.show import say, write_json

if TYPE_CHECKING:
    from worker.evidence.backup.folder import Facts
    from worker.evidence.backup.restore import Place
    from worker.settings import Settings

WithKeys = Annotated[bool, typer.Option("--with-keys", help="The signing key too, sealed with a passphrase.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File that holds the passphrase of --with-keys; without it you are asked."),
]


def backup(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="Folder that backups lie in, best on another machine.")],
    with_keys: WithKeys = False,
    passphrase_file: PassphraseFile = None,
    person: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="Who is acting; a scheduled one is nobody.")
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Back up the database, the ledger in it, every bag and the certificates, while everything runs.

    Leaves with 1 if something that belongs in it is missing.
    """
    from worker.evidence.backup.make import Backups
    from worker.ledger.audit import Actor

    passphrase = _passphrase(passphrase_file, confirm=True) if with_keys else None
    with running.app(context) as app, progress("Backing up", None) as advance:
        chosen = app.settings
        actor = running.acting(app, person) if person is not None else Actor(None, "backup")
        secrets = () if chosen.secrets_dir is None else (chosen.secrets_dir,)
        made = Backups(
            store=app.store,
            clock=app.clock,
            bags=chosen.bags,
            inbox=chosen.inbox,
            keys=chosen.keys_dir,
            forbidden=(chosen.data_dir, chosen.keys_dir, *secrets),
        ).make(to, actor, passphrase, advance)
    if as_json:
        write_json({"folder": made.folder, "listing_sha256": made.listing_sha256, "facts": made.facts})
    else:
        say(f"Backed up to {made.folder}. Bags in it: {made.facts.bags}.")
        say(f"SHA-256 of its list of files: {made.listing_sha256}")
        _say_what_is_not(made.facts)
    if not made.facts.whole:
        raise typer.Exit(1)


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Option("--from", help="One backup's folder.")],
    with_keys: WithKeys = False,
    passphrase_file: PassphraseFile = None,
    as_json: running.AsJson = False,
) -> None:
    """Restore a backup to where the settings point, which must be empty; then verify all evidence in it.

    Leaves with 1 if anything that was restored does not verify.
    """
    from worker.bootstrap import make_clock
    from worker.evidence.backup.restore import restore as put_back
    from worker.ledger.audit import Actor

    chosen = running.settings(context).settings
    passphrase = _passphrase(passphrase_file, confirm=False) if with_keys else None
    facts = put_back(source, _place(chosen), make_clock(chosen), Actor(None, "restore"), passphrase)
    snapshots, entries, problems = _verify(context)
    if as_json:
        write_json({"facts": facts, "looked_at": snapshots + entries, "problems": problems})
    else:
        say(f"Restored what there was at {facts.made_at}. Bags: {facts.bags}.")
        _say_what_is_not(facts)
        for problem in problems:
            say(problem)
        say(f"Looked at: snapshots {snapshots}, ledger entries {entries}; {len(problems)} with problems.")
        say("What was decided, sealed or done after that moment is not here. See docs/runbook.md.")
    if problems:
        raise typer.Exit(1)


def _place(chosen: Settings) -> Place:
    from worker.evidence.backup.restore import Place

    owner = chosen.database_owner_url
    return Place(
        database=chosen.database,
        owner=None if owner is None else owner.get_secret_value(),
        bags=chosen.bags,
        inbox=chosen.inbox,
        keys=chosen.keys_dir,
    )


def _verify(context: typer.Context) -> tuple[int, int, list[str]]:
    """Verify every bag against its row, every row against its bag, and the ledger.

    Returns:
        How many snapshots and ledger entries were looked at, and in words what is wrong.
    """
    from dataclasses import replace

    with running.app(context) as app, progress("Verifying", None) as advance:
        # Nothing has run here yet that could have entered in the ledger what the backup found waiting.
        surveyor = replace(app.evidence.surveyor, ledger_seconds=None)
        results = surveyor.survey(case_id=None, pending_minutes=15, progress=advance)
        ledger = app.ledger.verify()
    problems = [
        f"{each.bag or f'snapshot {each.snapshot_id}'}: {'; '.join(each.problems)}"
        for each in results
        if not each.ok
    ]
    return len(results), ledger.entries, problems + [each.words for each in ledger.findings]


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    """The passphrase: from a file, or asked for. Never from the command line, where others can read it."""
    from worker.errors import SettingsError

    if file is None:
        asked: str = typer.prompt(
            "Passphrase of the signing key", hide_input=True, confirmation_prompt=confirm
        )
        return asked
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The passphrase in {file} cannot be read.", safe="Nothing was done.", do="Name another file."
        ) from error


def _say_what_is_not(facts: Facts) -> None:
    """Every line that somebody will wish they had read before they needed the backup."""
    if not facts.signing_key:
        say(
            "The signing key is not in it. Sealed evidence can still be verified; to seal more, put the key "
            "back from where it is kept apart, or make a new one with `upstander keys init`."
        )
    say("Not in it: the secrets folder (the platforms' tokens, passwords), the settings and the rules.")
    for places, words in (
        (facts.missing, "was not there although the database says that it is sealed"),
        (facts.left_out, "could not be copied"),
        (facts.withheld, "is never copied, because of what it is suspected to hold"),
        (facts.destroyed, "was destroyed by retention while the backup was made"),
    ):
        for each in places:
            say(f"{each} {words}.")
