"""Rendered snapshots against bare Playwright: a full-page PNG of the same pages by a browser in this process.

Page by page in turn, so that whatever the machine is doing happens to both. Ours goes through the guard
proxy into a child process, judges what is seen twice, and keeps MHTML, web archive and text as well.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright
from sqlalchemy import select

from connectors.sandbox.loader import Row, load_rows
from tests.bench.evidence import opened
from tests.replay import COMMENTS, rows
from tests.worlds import World, world
from worker import log
from worker.bootstrap import App
from worker.evidence.render.pool import Ask
from worker.store import tables as t

#: Pages measured, after some that warm both browsers up.
COUNT, WARM = 15, 2


@dataclass
class Timings:
    """Seconds for each page: bare, ours for the page alone, and ours for a whole rendered snapshot."""

    bare: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    without_pdf: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def main() -> None:
    """Measure on SQLite, over the sandbox's pages without a log-in wall."""
    log.configure(level="error")
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as place:
        place.control("settings", limits=False, login_wall=False)
        sandbox = place.sandbox.world
        given = rows(COMMENTS, 3 * (COUNT + WARM)) if COMMENTS.exists() else _made_up()
        load_rows(sandbox, given, platform="facebook", account="NorthmoorFacebook", seed=7, now=sandbox.now())
        place.environ["UPSTANDER_EVIDENCE__RENDER"] = "true"
        place.environ["UPSTANDER_EVIDENCE__RENDER_HOSTS"] = ""
        place.environ["UPSTANDER_EVIDENCE__RENDER_LOOPBACK"] = urlsplit(place.sandbox.web_url).netloc
        app = place.app()
        _print(_measure(place, app))
        app.close()


def _made_up() -> list[Row]:
    words = "I will find you after your shift and hurt you, number"
    return [Row(id=str(n), text=f"{words} {n}") for n in range(3 * (COUNT + WARM))]


def _measure(place: World, app: App) -> Timings:
    found = Timings()
    for snapshot_id in opened(place, app, COUNT + WARM):
        app.evidence.capture(snapshot_id, _nothing)
    with place.store.read() as session:
        asked = session.execute(
            select(t.Snapshot.id, t.Comment.permalink, t.Revision.text)
            .join(t.Comment, t.Comment.id == t.Snapshot.comment_id)
            .join(t.Revision, t.Revision.id == t.Snapshot.revision_id)
            .where(t.Snapshot.kind == "rendered")
            .order_by(t.Snapshot.id)
        ).all()
    pdf = _Stopwatch(app.renderer.pdf)
    app.renderer.pdf = pdf  # type: ignore[method-assign,assignment]  # measured from outside, not changed
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=app.settings.evidence.chromium)
        for number, (snapshot_id, address, words) in enumerate(asked):
            ask = Ask(str(address), words, pictures=False)
            bare = _timed(_barely, browser, ask.url)
            page = _timed(app.renderer.render, ask)
            whole = _timed(app.rendering.render, snapshot_id, _nothing)
            if number < WARM:
                continue
            found.bare.append(bare)
            found.page.append(page)
            found.whole.append(whole)
            found.without_pdf.append(whole - pdf.last)
            with place.store.read() as session:
                bag = app.evidence.shelf.root / (session.get_one(t.Snapshot, snapshot_id).bag or "")
            found.sizes.append(sum(path.stat().st_size for path in bag.rglob("*") if path.is_file()))
        browser.close()
    return found


@dataclass
class _Stopwatch:
    """Times the last call of a function."""

    call: Any
    last: float = 0.0

    def __call__(self, *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return self.call(*arguments)
        finally:
            self.last = time.perf_counter() - began


def _timed(run: Any, *arguments: Any) -> float:
    began = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - began


def _barely(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address, wait_until="load")
    page.screenshot(full_page=True)
    context.close()


def _nothing(_session: object) -> None:
    """No job is finished."""


def _print(found: Timings) -> None:
    bare = median(found.bare)
    print(f"{len(found.bare)} pages, {median(found.sizes) / 1024:.0f} KiB a rendered snapshot (medians)")
    for name, times in (
        ("bare Playwright PNG", found.bare),
        ("ours, the page", found.page),
        ("ours, whole but the PDF", found.without_pdf),
        ("ours, whole", found.whole),
    ):
        rate = bare / median(times)
        print(f"  {name:<24} {median(times) * 1000:7.0f} ms   {rate:.2f} of the bare rate")
    print("  aim: whole but the PDF at least 0.8")
