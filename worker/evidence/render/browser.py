"""Chromium: one page of a platform as a stranger sees it, or one page of our own without any network."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Page,
    Playwright,
    Request,
    Route,
    ViewportSize,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from worker.evidence.render.drawing import Drawing
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.isolated import World
from worker.evidence.render.received import Received
from worker.evidence.render.view import STRANGER, left, shoot, stretch

#: The window of a stranger's browser, in pixels.
_SIZE = ViewportSize(width=1280, height=900)
_MOST_TEXT = 2_000_000
_MOST_MHTML = 50_000_000
_SETTLE_SECONDS = 6.0
_QUIET_SECONDS = 0.3
_VISIBLE = Path(__file__).with_name("visible.js")

#: Every way out that does not lead through the proxy, closed; names are resolved by the guard alone.
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # the older name, without effect in 156
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-domain-reliability",
    "--disable-sync",
    "--hide-scrollbars",
)
_WORDS_OF_A_PAGE = frozenset({"document", "stylesheet", "script", "font", "xhr", "fetch"})


@dataclass(frozen=True, slots=True)
class Chromium:
    """How Chromium is started.

    Attributes:
        path: the program.
        guard: the proxy's address; a context of a platform's page shows it a pass.
        sandbox: Chromium's own sandbox, which root cannot have.
    """

    path: Path
    guard: str
    sandbox: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One page to look at.

    Attributes:
        at: a moment by the clock that was handed in, as ISO 8601.
        tick: the same moment by the machine's monotonic clock: a job may have waited since.
        name, password: the pass.
        pictures: whether pictures and videos may be loaded.
        seconds: for all of it.
    """

    url: str
    at: str
    tick: float
    name: str
    password: str
    pictures: bool
    seconds: float


class Window:
    """One running Chromium, started when first needed; each visit to a platform has a fresh context in it."""

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._drawing: Drawing | None = None

    def visit(self, visit: Visit, folder: Path) -> dict[str, Any]:
        """Look at a page of a platform's.

        page.png, page.mhtml, page.wacz, before.txt and after.txt go to the folder.

        Returns:
            Facts. `status` is None where no page came; then there are no files.
        """
        until = time.monotonic() + visit.seconds
        proxy: Any = {"server": self._chromium.guard, "username": visit.name, "password": visit.password}
        context = self._started().new_context(proxy=proxy, viewport=_SIZE, **STRANGER)
        with _closing(context):
            if not visit.pictures:
                context.route("**/*", _without_pictures)
            page = context.new_page()
            line = context.new_cdp_session(page)
            now = datetime.fromisoformat(visit.at) + timedelta(seconds=time.monotonic() - visit.tick)
            under_way, received = _watch(page), Received(line, now)
            facts = self._facts() | {"width": _SIZE["width"], "pictures": visit.pictures}
            try:
                answer = page.goto(visit.url, wait_until="domcontentloaded", timeout=left(until))
            except PlaywrightTimeout:
                return facts | {"status": None, "final": "", "problem": "it took too long"}
            except PlaywrightError as error:
                return facts | {"status": None, "final": "", "problem": _net_error(error)}
            if answer is None:
                return facts | {"status": None, "final": "", "problem": "there was no answer"}
            seen = _look(page, line, under_way, received, folder, until)
            return facts | {"status": answer.status} | seen

    def picture(self, html: str, folder: Path, seconds: float) -> dict[str, Any]:
        """Draw a page of our own as picture.png: no scripts, no network."""
        browser = self._started()
        if self._drawing is None or self._drawing.browser is not browser:
            self._drawing = Drawing(browser)
        return self._facts() | self._drawing.draw(html, folder, seconds)

    def _started(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            try:
                self._playwright = self._playwright or sync_playwright().start()
                self._browser = self._playwright.chromium.launch(
                    executable_path=self._chromium.path,
                    args=list(_ARGUMENTS),
                    proxy={"server": self._chromium.guard},
                    chromium_sandbox=self._chromium.sandbox,
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
            except PlaywrightError as error:
                raise RenderFailed("not_started", "Chromium could not be started.") from error
        return self._browser

    def _facts(self) -> dict[str, Any]:
        return {"chromium": self._started().version, "chromium_sandbox": self._chromium.sandbox}


def _without_pictures(route: Route) -> None:
    """Let through what makes up a page's words; a picture can also come as a frame, or as another kind."""
    request = route.request
    framed = request.resource_type == "document" and request.frame.parent_frame is not None
    if framed or request.resource_type not in _WORDS_OF_A_PAGE:
        route.abort()
    else:
        route.continue_()


class _closing:  # noqa: N801 - used as contextlib.closing is
    """Closes a context, and does not let that hide what happened in it."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, *_: object) -> None:
        """Close it."""
        with suppress(PlaywrightError):
            self._context.close()


def _look(
    page: Page, line: CDPSession, under_way: set[Request], received: Received, folder: Path, until: float
) -> dict[str, Any]:
    """Take everything from a page that came."""
    with suppress(PlaywrightTimeout):
        page.wait_for_load_state("load", timeout=left(min(until, time.monotonic() + _SETTLE_SECONDS)))
    world = World(line)
    if world.ask("document.scripts.length"):
        _settle(page, under_way, until)
    height, cut = stretch(page, world, _SIZE)
    text = _VISIBLE.read_text(encoding="utf-8")
    before = world.ask(text)
    shoot(line, folder / "page.png")
    after, final, title, agent = world.ask(f"[{text}, location.href, document.title, navigator.userAgent]")
    archive = line.send("Page.captureSnapshot", {"format": "mhtml"})["data"].encode("utf-8", "replace")
    whole = len(archive) <= _MOST_MHTML
    if whole:
        (folder / "page.mhtml").write_bytes(archive)
    for name, words in (("before.txt", before), ("after.txt", after)):
        (folder / name).write_text(str(words)[:_MOST_TEXT], encoding="utf-8", errors="replace")
    title = str(title)[:300]
    return {
        "final": str(final)[:2_000],
        "title": title,
        "user_agent": str(agent)[:300],
        "height": height,
        "cut": cut,
        "mhtml": "kept" if whole else "too large to keep",
        # The last thing, when all else is safe.
        "wacz": received.save(folder / "page.wacz", world.document, title, until),
    }


def _watch(page: Page) -> set[Request]:
    """The requests of a page that are under way, kept up to date."""
    under_way: set[Request] = set()

    def begun(request: Request) -> None:
        under_way.add(request)

    def over(request: Request) -> None:
        under_way.discard(request)

    page.on("request", begun)
    page.on("requestfinished", over)
    page.on("requestfailed", over)
    return under_way


def _settle(page: Page, under_way: set[Request], until: float) -> None:
    """Wait until a page with scripts is quiet for a moment; but not for ever."""
    end = min(until, time.monotonic() + _SETTLE_SECONDS)
    quiet = time.monotonic()
    while time.monotonic() < end and time.monotonic() - quiet < _QUIET_SECONDS:
        page.wait_for_timeout(50)
        if under_way:
            quiet = time.monotonic()


def _net_error(error: PlaywrightError) -> str:
    """Chromium's name of why a page did not come, without the address around it.

    Raises:
        PlaywrightError: the page is not to blame: Chromium itself is gone.
    """
    if "Download is starting" in error.message:
        return "it was no page but a file to keep"
    for word in error.message.split():
        if word.startswith("net::ERR_"):
            return word[:80]
    raise error
