"""Chromium: one page of a platform as a stranger sees it, or one page of our own without any network."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    Route,
    ViewportSize,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.isolated import World

WIDTH = 1280
HEIGHT = 900
#: Chromium's pictures end near 16,384 pixels; what is lower on a page is left out, and said to be.
TALLEST = 15_000
#: The least height of a picture of our own.
_LEAST = 100
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
_STRANGER: dict[str, Any] = {
    "accept_downloads": False,
    "service_workers": "block",
    "permissions": [],
    "locale": "en-GB",
    "timezone_id": "Europe/London",
    "color_scheme": "light",
    "reduced_motion": "reduce",
    "device_scale_factor": 1,
}


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
        name, password: the pass.
        pictures: whether pictures and videos may be loaded.
        seconds: for all of it.
    """

    url: str
    name: str
    password: str
    pictures: bool
    seconds: float


class Window:
    """One running Chromium, started when first needed; each job has a fresh context in it."""

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def visit(self, visit: Visit, folder: Path) -> dict[str, Any]:
        """Look at a page of a platform's; page.png, page.mhtml, before.txt and after.txt go to the folder.

        Returns:
            Facts. `status` is None where no page came; then there are no files.
        """
        until = time.monotonic() + visit.seconds
        proxy: Any = {"server": self._chromium.guard, "username": visit.name, "password": visit.password}
        size = ViewportSize(width=WIDTH, height=HEIGHT)
        context = self._started().new_context(proxy=proxy, viewport=size, **_STRANGER)
        with _closing(context):
            if not visit.pictures:
                context.route("**/*", _without_pictures)
            page = context.new_page()
            under_way = _watch(page)
            facts = self._facts() | {"width": WIDTH, "pictures": visit.pictures}
            try:
                answer = page.goto(visit.url, wait_until="domcontentloaded", timeout=_left(until))
            except PlaywrightTimeout:
                return facts | {"status": None, "final": "", "problem": "it took too long"}
            except PlaywrightError as error:
                return facts | {"status": None, "final": "", "problem": _net_error(error)}
            if answer is None:
                return facts | {"status": None, "final": "", "problem": "there was no answer"}
            return facts | {"status": answer.status} | _look(page, under_way, folder, until)

    def picture(self, html: str, folder: Path, seconds: float) -> dict[str, Any]:
        """Draw a page of our own as picture.png: no scripts, no network."""
        until = time.monotonic() + seconds
        size = ViewportSize(width=WIDTH, height=_LEAST)
        context = self._started().new_context(
            offline=True, java_script_enabled=False, viewport=size, **_STRANGER
        )
        with _closing(context):
            page = context.new_page()
            page.set_content(html, wait_until="load", timeout=_left(until))
            height, cut = _stretch(page, World(context.new_cdp_session(page)), _LEAST)
            page.screenshot(path=folder / "picture.png", animations="disabled", timeout=_left(until))
            return self._facts() | {"width": WIDTH, "height": height, "cut": cut}

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


def _look(page: Page, under_way: set[Request], folder: Path, until: float) -> dict[str, Any]:
    """Take everything from a page that came."""
    with suppress(PlaywrightTimeout):
        page.wait_for_load_state("load", timeout=_left(min(until, time.monotonic() + _SETTLE_SECONDS)))
    line = page.context.new_cdp_session(page)
    world = World(line)
    if world.ask("document.scripts.length"):
        _settle(page, under_way, until)
    height, cut = _stretch(page, world, HEIGHT)
    text = _VISIBLE.read_text(encoding="utf-8")
    before = world.ask(text)
    page.screenshot(path=folder / "page.png", animations="disabled", timeout=_left(until))
    after, final, title, agent = world.ask(f"[{text}, location.href, document.title, navigator.userAgent]")
    archive = line.send("Page.captureSnapshot", {"format": "mhtml"})["data"].encode("utf-8", "replace")
    whole = len(archive) <= _MOST_MHTML
    if whole:
        (folder / "page.mhtml").write_bytes(archive)
    for name, words in (("before.txt", before), ("after.txt", after)):
        (folder / name).write_text(str(words)[:_MOST_TEXT], encoding="utf-8", errors="replace")
    return {
        "final": str(final)[:2_000],
        "title": str(title)[:300],
        "user_agent": str(agent)[:300],
        "height": height,
        "cut": cut,
        "mhtml": "kept" if whole else "too large to keep",
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


def _stretch(page: Page, world: World, least: int) -> tuple[int, bool]:
    """Make the viewport as tall as the page, so that what is judged is exactly what is in the picture.

    Returns:
        The height in pixels, and whether the page goes on below it.
    """
    measure = (
        "Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0)"
    )
    shown = min(max(int(world.ask(measure)), least), TALLEST)
    page.set_viewport_size(ViewportSize(width=WIDTH, height=shown))
    drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    now = world.ask(f"{drawn}.then(() => {{ scrollTo(0, 0); return {measure} }})")
    return shown, int(now) > shown


def _left(until: float) -> float:
    """The milliseconds left; at least one, because nought means for ever."""
    return max(1.0, (until - time.monotonic()) * 1_000)


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
