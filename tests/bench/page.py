"""One polled page through the worker, against the same page fetched, parsed as JSON and inserted barely.

Both go over real HTTP to the sandbox and into the same database, page by page in turn, so that whatever
the machine is doing happens to both.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import Column, MetaData, String, Table, Text, insert

from connectors.sandbox.loader import Row, load_rows
from tests.replay import COMMENTS, ORDINARY, rows
from tests.services.postgres import PostgresDatabase, postgres_for_tests
from tests.worlds import World, world
from worker import log
from worker.bootstrap import App
from worker.jobs.run import runner_of
from worker.outbox import Finish
from worker.store import tables as t
from worker.store.session import Store
from worker.store.upgrade import upgrade

#: Pages measured in each database, after some that warm everything up.
PAGES, WARM = 40, 5
PARTS = ("lease", "fetch", "parse", "screen", "commit")


@dataclass
class Stopwatch:
    """Seconds spent in each part of each page."""

    pages: list[dict[str, float]] = field(default_factory=list)
    asked: list[requests.PreparedRequest] = field(default_factory=list)
    _last: float = 0.0
    _wire: float = 0.0
    _page: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        """A page begins."""
        self._last, self._wire, self._page = time.perf_counter(), 0.0, {}

    def step(self, name: str) -> None:
        """A named step of the worker was passed."""
        now = time.perf_counter()
        spent, self._last = now - self._last, now
        if name == "poll.leased":
            self._page["lease"] = spent
        elif name == "poll.fetched":
            self._page["fetch"], self._page["parse"] = self._wire, spent - self._wire
        elif name == "poll.screened":
            self._page["screen"] = spent
        elif name == "poll.written":
            self._page["commit"] = spent
        elif name == "poll.committed":
            self._page["commit"] += spent
            self.pages.append(self._page)

    @contextmanager
    def on_the_wire(self) -> Iterator[None]:
        """Count the time inside requests as fetching."""
        real = HTTPAdapter.send

        def send(adapter: HTTPAdapter, *arguments: Any, **more: Any) -> requests.Response:
            began = time.perf_counter()
            response = real(adapter, *arguments, **more)
            if not more.get("stream"):
                response.content  # noqa: B018 -- reads the body, which belongs to fetching
            self._wire += time.perf_counter() - began
            self.asked.append(response.request)
            return response

        HTTPAdapter.send = send  # type: ignore[method-assign,assignment]  # measured from outside, not changed
        try:
            yield
        finally:
            HTTPAdapter.send = real  # type: ignore[method-assign]  # as above, undone


def main() -> None:
    """Measure on SQLite and on PostgreSQL and print one table each."""
    log.configure(level="error")
    with ExitStack() as stack:
        server = stack.enter_context(postgres_for_tests())
        for words, given in (("ordinary", _comments(ORDINARY)), ("mostly abusive", _comments(COMMENTS))):
            for name in ("SQLite", "PostgreSQL"):
                with tempfile.TemporaryDirectory() as folder, server.database() as database:
                    owner = Store(database.owner_url)
                    upgrade(owner.engine, application_role=database.app_role)
                    chosen = database if name == "PostgreSQL" else None
                    _measure(f"{name}, {words} comments", Path(folder), chosen, owner, given)
                    owner.close()


def _comments(path: Path) -> list[Row]:
    count = (PAGES + WARM + 3) * 100
    if path.exists():
        return rows(path, count)
    words = "A made-up comment about the waiting time at the clinic, number"
    return [Row(id=str(n), text=f"{words} {n}") for n in range(count)]


def _measure(
    name: str, folder: Path, database: PostgresDatabase | None, owner: Store, given: list[Row]
) -> None:
    redis = "redis://127.0.0.1:1/0" if database else None
    with world(folder, database=database, redis_url=redis) as place:
        place.control("settings", limits=False)
        sandbox = place.sandbox.world
        load_rows(sandbox, given, platform="x", account="NorthmoorX", seed=7, now=sandbox.now())
        bare = owner if database else place.store
        table = Table(
            "bench_bare",
            MetaData(),
            Column("id", String, primary_key=True),
            Column("text", Text),
            Column("raw", Text),
        )
        table.create(bare.engine)
        watch = Stopwatch()
        app = place.app()
        ours = _pages(place, app, watch)
        bares = [_bare_page(bare, table, request) for request in watch.asked[-len(ours) :]]
        app.close()
    _print(name, ours, bares)


def _pages(place: World, app: App, watch: Stopwatch) -> list[dict[str, float]]:
    """Poll the replies feed page by page through the real job path, timing each page's parts."""
    timed = type(app.intake)(**{**vars(app.intake), "steps": watch.step})
    runner = runner_of(type(app)(**{**vars(app), "intake": timed}))

    def poll(payload: Mapping[str, Any], finish: Finish) -> None:
        watch.step("poll.leased")
        timed.poll(payload["feed_id"], finish)

    runner = type(runner)(**{**vars(runner), "handlers": {"poll": poll}})
    app.intake.schedule()
    with place.store.write() as session:
        feed = session.query(t.Feed).where(t.Feed.name == "replies").one()
    with watch.on_the_wire():
        for _ in range(PAGES + WARM + 1):
            with place.store.write() as session:
                app.intake.enqueue(session, feed.id, now=app.clock.now())
            with place.store.read() as session:
                job = (
                    session.query(t.Job).where(t.Job.key == f"poll:{feed.id}", t.Job.state == "waiting").one()
                )
            watch.begin()
            runner.run(job.id)
    return [page for page in watch.pages if page["commit"] > 0][WARM + 1 :]


def _bare_page(store: Store, table: Table, request: requests.PreparedRequest) -> dict[str, float]:
    """The same request again, json.loads, one executemany, commit: the least that any poller does."""
    began = time.perf_counter()
    with requests.Session() as session:
        response = session.send(request, timeout=30)
    body = response.content
    fetched = time.perf_counter()
    items = json.loads(body).get("data", [])
    parsed = time.perf_counter()
    with store.write() as session:
        session.execute(
            insert(table),
            [{"id": item["id"], "text": item["text"], "raw": json.dumps(item)} for item in items],
        )
    return {"fetch": fetched - began, "parse": parsed - fetched, "commit": time.perf_counter() - parsed}


def _print(name: str, ours: list[dict[str, float]], bares: list[dict[str, float]]) -> None:
    mine = {part: median(page[part] for page in ours) * 1000 for part in PARTS}
    bare = {part: median(page[part] for page in bares) * 1000 for part in ("fetch", "parse", "commit")}
    without = sum(mine.values()) - mine["screen"]
    print(f"{name}: {len(ours)} pages of 100 comments, median milliseconds a page")
    print(
        "  worker  "
        + "  ".join(f"{part} {mine[part]:.1f}" for part in PARTS)
        + f"  without screening {without:.1f}"
    )
    print(
        "  barely  "
        + "  ".join(f"{part} {value:.1f}" for part, value in bare.items())
        + f"  together {sum(bare.values()):.1f}"
    )
    print(f"  ratio without screening {without / sum(bare.values()):.2f} (aim: at most 3)")
