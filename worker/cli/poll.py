"""`upstander poll`: read every feed to its end now, by the same jobs as the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import running
from worker.cli.progress import progress
from worker.cli.show import say, write_json

if TYPE_CHECKING:
    from worker.bootstrap import App


def poll(
    context: typer.Context,
    account: Annotated[str | None, typer.Option(help="Only this account (handle or number).")] = None,
    as_json: running.AsJson = False,
) -> None:
    """Read new comments now, to the end of every feed, and do in this process what follows from them.

    Leaves with 1 if a feed could not be read.
    """
    with running.app(context) as app:
        only = app.accounts.find(account).id if account is not None else None
        before = _counts(app)
        jobs = poll_now(app, only)
        after = _counts(app)
        feeds = _feeds(app, only)
    faults = [feed for feed in feeds if feed["fault"]]
    if as_json:
        new = {name: after[name] - before[name] for name in after}
        write_json({"jobs": jobs, "new": new, "feeds": feeds})
    else:
        new_comments, new_cases = after["comments"] - before["comments"], after["cases"] - before["cases"]
        say(f"{new_comments} new comments, {new_cases} new cases, in {len(feeds)} feeds.")
        for feed in faults:
            say(f"{feed['account']} {feed['feed']} could not be read: {feed['fault']}")
    if faults:
        raise typer.Exit(1)


def poll_now(app: App, account_id: int | None = None) -> int:
    """Write poll jobs for the feeds and run, in this process, everything that is due.

    Args:
        account_id: only this account's feeds; None takes all that are not paused.

    Returns:
        How many jobs were run.
    """
    from sqlalchemy import select

    from worker.jobs.run import drain
    from worker.store import tables as t

    app.intake.schedule()
    with app.store.write() as session:
        wanted = select(t.Feed.id).join(t.Account, t.Account.id == t.Feed.account_id)
        wanted = wanted.where(t.Account.paused.is_(False))
        if account_id is not None:
            wanted = wanted.where(t.Account.id == account_id)
        for feed_id in session.scalars(wanted):
            app.intake.enqueue(session, feed_id, now=app.clock.now())
    with progress("Polling", None) as advance:
        return drain(app, watch=advance)


def _counts(app: App) -> dict[str, int]:
    from sqlalchemy import func, select

    from worker.store import tables as t

    with app.store.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(kind)) or 0
            for name, kind in (("comments", t.Comment), ("revisions", t.Revision), ("cases", t.Case))
        }


def _feeds(app: App, account_id: int | None) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from worker.store import tables as t

    with app.store.read() as session:
        rows = session.execute(
            select(t.Feed, t.Account)
            .join(t.Account, t.Account.id == t.Feed.account_id)
            .where(t.Account.id == account_id if account_id is not None else t.Account.paused.is_(False))
            .order_by(t.Feed.id)
        )
        return [
            {
                "account": f"{account.platform} {account.handle}",
                "feed": feed.name,
                "caught_up_at": feed.caught_up_at,
                "fault": feed.fault_text or feed.fault_kind,
            }
            for feed, account in rows
        ]
