"""`upstander evidence`: what was sealed, and whether it is still whole."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import export, keeping, ledger, media, offsite, running
from worker.cli.progress import progress
from worker.cli.queue import Case
from worker.cli.show import fields, say, when, write_json
from worker.cli.tsa import tsa_serve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.x509 import Certificate

    from worker.evidence.sidecars import Trust
    from worker.evidence.stage import SnapshotView
    from worker.evidence.survey import Result
    from worker.evidence.verify import Check
    from worker.ledger.checking import Verification

#: What is said of snapshots that are not simply sealed.
_STATES = {
    "pending": "not sealed yet",
    "locked": "locked away: seen to be closed, and not looked into",
    "destroyed": "destroyed when their time was up",
    "removed": "whose rows were removed",
    "stray": "that belong to no row",
    "unapproved": "that nobody approved",
}
#: States in which a bag lies in the evidence store as it was sealed.
_THERE = frozenset({"sealed", "withheld"})
cli = typer.Typer(no_args_is_help=True, help="What was sealed as evidence, and whether it is still whole.")
cli.command("add")(media.add)
cli.command("mark")(media.mark)
keeping.hang_in(cli)
cli.add_typer(export.cli, name="export")
cli.command("fetch")(offsite.fetch)
cli.command("tsa-serve")(tsa_serve)


@cli.command()
def show(
    context: typer.Context, case: Case, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show the snapshots of a case, each looked at byte by byte. Leaves with 1 if one is not whole."""
    from worker.evidence.beside import WITHHELD
    from worker.evidence.handover.facts import SOURCES
    from worker.evidence.instruction import instruction
    from worker.evidence.standing import RECORD_ONLY

    with running.app(context) as app:
        views = app.evidence.show(case, running.acting(app, person))
        copies = app.copies.told(case)
        safeguarding = app.settings.safeguarding
    if as_json:
        write_json([{**offsite.plain(view), "offsite": copies.get(view.id)} for view in views])
    elif not views:
        say("This case has no snapshot yet.")
    else:
        for view in views:
            fields(
                [
                    ("snapshot", f"{view.id}, {view.kind}, {view.state}"),
                    (
                        "made from",
                        "not made yet" if view.source is None else SOURCES.get(view.source, view.source),
                    ),
                    ("of revision", view.revision_id),
                    ("sealed", when(view.sealed_at)),
                    ("folder", view.bag or "none yet"),
                    ("to look at", view.report or "nothing to open"),
                    ("fingerprint", view.tagmanifest_sha256 or "none yet"),
                    ("timestamp", _stamp(view)),
                    *([("copy elsewhere", copies[view.id])] if view.id in copies else []),
                    ("whole", _whole(view)),
                ]
            )
            if view.state == "withheld":
                say(f"Not shown: {WITHHELD}. What was said is in the core snapshot.")
            say("")
        _tell_sum(views, case, person)
        if any(view.state == "locked" or view.source == RECORD_ONLY for view in views):
            for line in instruction(safeguarding):
                say(line)
    if any(view.problems for view in views):
        raise typer.Exit(1)


def _tell_sum(views: Sequence[SnapshotView], case: int, person: str) -> None:
    """In one line whether all of it is whole, and what one does with evidence."""
    bad = sum(bool(view.problems) for view in views)
    there = sum(view.state in _THERE for view in views)
    counted = f"{len(views)} snapshot{'' if len(views) == 1 else 's'}"
    say(f"{counted}: {bad} with problems." if bad else f"{counted}: {there} sealed and whole.")
    say("What has happened with it, keeping it from being destroyed, and handing it over:")
    for command in ("custody CASE", 'hold CASE --reason "WHY"', "export ask CASE --help"):
        name = "" if command.endswith("--help") else f' --as "{person}"'
        say(f"  upstander evidence {command.replace('CASE', str(case))}{name}")


def _whole(view: SnapshotView) -> str:
    if view.problems:
        return "; ".join(view.problems)
    return "yes" if view.state in _THERE else "not looked at"


def _stamp(view: SnapshotView) -> str:
    if view.stamped_at is None:
        return "pending" if view.state in _THERE else "none"
    return f"{when(view.stamped_at)}, {view.authority}"


@cli.command()
def verify(
    context: typer.Context,
    case: Annotated[int | None, typer.Argument(metavar="[CASE]", help="Number of the case.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every snapshot, and folders that belong to none.")
    ] = False,
    bag: Annotated[
        Path | None, typer.Option(help="A bag's folder, here or from elsewhere; needs no database.")
    ] = None,
    *,
    elsewhere: Annotated[
        bool, typer.Option("--offsite", help="The copies elsewhere instead, each read back and compared.")
    ] = False,
    certificate: Annotated[
        list[Path] | None,
        typer.Option(help="With --bag: a signing certificate of the Trust (PEM); else this Upstander's own."),
    ] = None,
    tsa_ca: Annotated[
        Path | None,
        typer.Option(help="With --bag: root certificate of the timestamp authority; else the setting's."),
    ] = None,
    person: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="Who is acting; not for --bag.")
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Look at every byte of sealed evidence. Leaves with 1 if anything is missing, altered or added."""
    if sum((case is not None, everything, bag is not None)) != 1:
        raise typer.BadParameter("name one case, or write --all, or name a folder with --bag")
    if elsewhere and bag is not None:
        raise typer.BadParameter("--bag looks at one folder, --offsite at the copies elsewhere")
    if bag is not None:
        _verify_bag(bag, lambda: _trust(context, certificate or [], tsa_ca), as_json=as_json)
        return
    if person is None:
        raise typer.BadParameter("say who you are", param_hint="--as")
    if elsewhere:
        offsite.verify(context, case, person, as_json=as_json)
        return
    with running.app(context) as app:
        with progress("Verifying", None) as advance:
            results = app.evidence.verify(case, running.acting(app, person), progress=advance)
        # What is wrong with the ledger belongs to no one case.
        whole: Verification | None = None
        if everything:
            with progress("Verifying the ledger", None) as advance:
                whole = ledger.check(app, person, None, advance)
    bad = [result for result in results if not result.ok]
    if as_json:
        _write(results, bad, whole)
    else:
        _say(results, bad, whole)
    if bad or (whole is not None and not whole.ok):
        raise typer.Exit(1)


def _write(results: Sequence[Result], bad: Sequence[Result], whole: Verification | None) -> None:
    found = {"looked_at": len(results), "problems": len(bad), "results": results}
    write_json(found if whole is None else {**found, "ledger": ledger.as_plain(whole)})


def _say(results: Sequence[Result], bad: Sequence[Result], whole: Verification | None) -> None:
    for result in bad:
        say(_told(result))
    states = Counter(result.state for result in results)
    others = "".join(f" {states[state]} {said}." for state, said in _STATES.items() if states[state])
    say(f"{len(results)} looked at, {len(bad)} with problems.{others}")
    if whole is not None:
        ledger.tell(whole)


def _verify_bag(folder: Path, trust: Callable[[], Trust], *, as_json: bool) -> None:
    from worker.evidence.sidecars import check_sidecars
    from worker.evidence.verify import verify_bag

    report = verify_bag(folder)
    checks: tuple[Check, ...] = report.checks
    if report.hashes is not None:
        checks += check_sidecars(folder, trust())
    ok = all(check.ok for check in checks)
    if as_json:
        write_json({"bag": report.folder, "ok": ok, "checks": checks, "hashes": report.hashes})
    else:
        for check in checks:
            say(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.found}")
    if not ok:
        raise typer.Exit(1)


def _trust(context: typer.Context, certificates: list[Path], authority: Path | None) -> Trust:
    """Whom to believe about a bag: the files that were named, else this Upstander's own."""
    from worker.evidence.sidecars import Trust
    from worker.evidence.timestamp import read_certificates

    if certificates:
        ours = _by_fingerprint(certificates)
        roots = () if authority is None else read_certificates(authority)
        return Trust(lambda: ours, lambda: roots)
    # Only now: an outsider checks one bag with the files that came with it, and waits for nothing else.
    from worker.bootstrap.evidence import make_trust
    from worker.keyring import Keyring, KeyringFault

    settings = running.settings(context).settings
    keyring = Keyring(settings.keys_dir)
    try:
        keyring.certificates()
    except KeyringFault as fault:
        raise typer.BadParameter(
            f"{fault.happened} Name the Trust's signing certificate", param_hint="--certificate"
        ) from fault
    made = make_trust(settings, keyring)
    return made if authority is None else Trust(made.certificates, lambda: read_certificates(authority))


def _by_fingerprint(paths: list[Path]) -> dict[str, Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    from worker.cms import fingerprint

    found: dict[str, Certificate] = {}
    for path in paths:
        try:
            found |= {fingerprint(each): each for each in load_pem_x509_certificates(path.read_bytes())}
        except (OSError, ValueError) as error:
            raise typer.BadParameter(f"{path} holds no certificate that can be read") from error
    return found


def _told(result: Result) -> str:
    of = "" if result.case_id is None else f" of case {result.case_id}"
    name = f"folder {result.bag}" if result.snapshot_id is None else f"snapshot {result.snapshot_id}{of}"
    if result.state == "unapproved":
        name = f"{result.bag}{of}"
    return f"{name} ({result.state}): {'; '.join(result.problems)}"
