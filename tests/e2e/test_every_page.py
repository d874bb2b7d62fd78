"""Every page of the site in a real browser: anybody can read it, and it asks nobody else for anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.e2e.browsing import DESKTOP, PHONE, Window, window
from tests.e2e.desk import Desk
from tests.e2e.tour import NOT_SHOWN, Stop, tour
from worker.web.pages import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def windows(
    request: pytest.FixtureRequest, browser: Browser, morning: Desk
) -> Iterator[Mapping[str | None, Window]]:
    """A window of each person who has a page in the tour, and one of nobody; as wide as asked for."""
    with ExitStack() as stack:
        made: dict[str | None, Window] = {}
        for who in {stop.who for stop in tour(morning)}:
            made[who] = stack.enter_context(window(browser, morning.url, width=request.param))
            if who is not None:
                made[who].sign_in(morning.ways[who])
        yield made


def test_the_tour_leaves_no_page_out(morning: Desk) -> None:
    """Every page of the table is looked at below, or is named as none that people look at."""
    shown = {stop.of for stop in tour(morning)}
    there = {page.path for page in PAGES if page.method == "GET"}
    assert there - NOT_SHOWN - _ONLY_WITH_A_BLOCK == shown - {""}


#: Pages of what this desk has none of; their own tests look at them.
_ONLY_WITH_A_BLOCK = frozenset(
    {
        "/appeals/{number:int}",
        "/approvals/{number:int}",
        "/approvals/{number:int}/alone",
        "/groups/decisions/{number:int}",
        "/hand-ins/{number:int}",
        "/tasks/{number:int}",
        "/accounts/{number:int}/credentials",
    }
)


def test_every_page_can_be_read_by_everybody(windows: Mapping[str | None, Window], morning: Desk) -> None:
    """Axe finds nothing at WCAG 2.2 AA, nobody scrolls sideways, no script breaks, no other host is asked."""
    wrong: list[str] = []
    for stop in tour(morning):
        wrong += [f"{stop.path}: {each}" for each in _wrong(windows[stop.who], stop)]
    assert not wrong


def _wrong(at: Window, stop: Stop) -> list[str]:
    status = at.open(stop.path)
    found = [] if status == 200 else [f"answered with {status}"]
    found += at.violations()
    if at.is_wider_than_the_window():
        found.append("is wider than the window")
    if at.page.locator("h1").count() != 1:
        found.append("has not one heading of the first level")
    found += at.wrong
    at.wrong.clear()
    return found
