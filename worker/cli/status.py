"""`upstander status`: what is watched, what waits, and what needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from worker.cli import running
from worker.cli.show import say, table, when, write_json

if TYPE_CHECKING:
    from worker.summary.status import Status


def status(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Show how everything is now. Leaves with 1 if something needs a person."""
    from worker.bootstrap import make_clock, open_store
    from worker.summary.status import read_status

    # Only the database is needed: a broken rule file must not hide what is wrong elsewhere.
    chosen = running.settings(context).settings
    store = open_store(chosen)
    try:
        found = read_status(store, make_clock(chosen), chosen)
    finally:
        store.close()
    if as_json:
        write_json(found.as_json())
    else:
        _tell(found)
    if not found.ok:
        raise typer.Exit(1)


def _tell(found: Status) -> None:
    say("All is well." if found.ok else "Something needs a person:")
    for problem in found.problems:
        say(f"  ! {problem}")
    for notice in found.notices:
        say(f"  - {notice}")
    say("")
    table(
        ("account", "feed", "read to its end", "trouble"),
        [
            (f"{feed.platform} {feed.account}", feed.feed, when(feed.caught_up_at), feed.fault_text)
            for feed in found.feeds
        ],
        empty="No account is watched yet.",
    )
    cases = ", ".join(f"{count} {severity}" for severity, count in found.open_cases.items() if count)
    jobs = ", ".join(f"{count} {kind}" for kind, count in found.jobs_waiting.items() if count)
    say(f"\nCases that wait: {cases or 'none'}; overdue: {found.overdue_cases}.")
    say(f"Jobs that wait: {jobs or 'none'}; stuck: {len(found.stuck_jobs)}.")
    _tell_evidence(found)
    for process in found.processes:
        say(
            f"Process {process.name}: {'alive' if process.alive else 'silent'}, seen {when(process.seen_at)}."
        )
    sent, due = when(found.summary.last_sent_at), when(found.summary.next_due_at)
    say(f"Weekly summary: last sent {sent}; next {due}.")


def _tell_evidence(found: Status) -> None:
    evidence, checks = found.evidence, found.evidence.checks
    say(
        f"Evidence not sealed yet: {found.snapshots_pending}; live pages not captured yet:"
        f" {evidence.rendered.count}; files handed in and not sealed yet: {evidence.supplements.count}."
    )
    since = f" since {when(evidence.unstamped.since)}" if evidence.unstamped.count else ""
    say(f"Timestamps pending: {evidence.unstamped.count}{since}.")
    if evidence.copied_to is not None:
        oldest = f" since {when(evidence.uncopied.since)}" if evidence.uncopied.count else ""
        say(f"Copies elsewhere pending: {evidence.uncopied.count}{oldest}.")
    say(f"Not in the ledger yet: {evidence.unentered.count}.")
    say(f"Verified last: all evidence {when(checks.evidence_at)}, the ledger {when(checks.ledger_at)}.")
