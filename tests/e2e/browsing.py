"""A real Chromium at the review site: signing in, looking, typing, and what no page may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, sync_playwright

from worker.cli.demo_site import DemoSignIn

CHROMIUM = "/usr/bin/chromium"
PHONE, TABLET, DESKTOP = 390, 768, 1440
#: WCAG 2.2 AA, and what axe calls good practice is left to people's judgement.
_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@dataclass
class Window:
    """One window of one person.

    Attributes:
        wrong: what no page may do: errors of scripts, refusals of the policy, requests to another host.
    """

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to a page; its status."""
        answer = self.page.goto(f"{self.url}{path}", wait_until="load")
        return 0 if answer is None else answer.status

    def sign_in(self, way: DemoSignIn) -> None:
        """Sign in on the sign-in page."""
        self.open("/sign-in")
        self.page.fill("#user_name", way.user_name)
        self.page.fill("#password", way.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def violations(self) -> list[str]:
        """What axe finds wrong at WCAG 2.2 AA, a line each: the rule and where."""
        found = Axe().run(self.page, options=_RULES).response["violations"]
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]

    def is_wider_than_the_window(self) -> bool:
        """Whether somebody would have to scroll sideways to read the page (WCAG 1.4.10)."""
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )

    def shot(self, path: Path) -> None:
        """Save a picture of the whole page."""
        self.page.screenshot(path=path, full_page=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for several windows."""
    running: Playwright
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, url: str, *, width: int = DESKTOP, scripts: bool = True) -> Iterator[Window]:
    """A window with cookies of its own, that reaches nothing but the site.

    Args:
        width: in CSS pixels.
        scripts: whether JavaScript runs.
    """
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, bypass_csp=False
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    made = Window(page, url)

    def only_ours(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(url).netloc:
            route.continue_()
            return
        made.wrong.append(f"asked for {route.request.url}")
        route.abort()

    context.route("**/*", only_ours)
    page.on("pageerror", lambda error: made.wrong.append(f"script: {error}"))
    page.on(
        "console",
        lambda told: (
            made.wrong.append(told.text)
            if told.type == "error" and "Failed to load resource" not in told.text
            else None
        ),
    )
    yield made
    context.close()
