"""One desk and one browser for every test that goes through the site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.browsing import CHROMIUM, Window, chromium, window
from tests.e2e.colleagues import Colleague
from tests.e2e.desk import Desk, desk
from tests.e2e.hands import Hands
from tests.e2e.offices import Office, office
from tests.services.process import require_or_skip
from tests.worlds import REVIEWER
from worker import log


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium. Ended with its module: while it runs, no other test of the process can start one."""
    if not Path(CHROMIUM).exists():
        require_or_skip("Chromium is not installed: make browser")
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk in the middle of a morning's work."""
    log.configure(level="error", style="json")
    with desk(tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office on a Monday morning, with an empty queue."""
    log.configure(level="error", style="json")
    with office(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture(scope="module")
def sit_down(monday: Office, browser: Browser) -> Iterator[Callable[[str], Colleague]]:
    """Gives each person of the office a window, always the same. Nothing may have gone wrong in any."""
    sat: dict[str, Colleague] = {}
    with ExitStack() as stack:

        def sit(name: str) -> Colleague:
            if name not in sat:
                at = stack.enter_context(window(browser, monday.url))
                sat[name] = Colleague(monday, at, monday.ways[name])
            return sat[name]

        yield sit
        assert {name: each.at.wrong for name, each in sat.items() if each.at.wrong} == {}


@pytest.fixture(scope="module")
def signed_in(monday: Office, browser: Browser) -> Iterator[Window]:
    """A window in which the reviewer is signed in."""
    with window(browser, monday.url) as made:
        made.sign_in(monday.ways[REVIEWER])
        yield made


@pytest.fixture
def at(signed_in: Window) -> Iterator[Window]:
    """The reviewer's window. Nothing may have gone wrong in it at the end."""
    yield signed_in
    signed_in.page.unroute_all()
    wrong = list(signed_in.wrong)
    signed_in.wrong.clear()
    assert wrong == []


@pytest.fixture
def hands(at: Window) -> Hands:
    """The reviewer's hands."""
    return Hands(at.page)
