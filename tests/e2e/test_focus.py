"""Where the focus is on the pages of a case, in a real browser: never lost, always seen, never covered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import Window, window
from tests.e2e.hands import Hands, mine
from tests.e2e.offices import SENIOR, Office
from tests.worlds import REVIEWER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_the_focus_is_never_lost(monday: Office, at: Window, hands: Hands) -> None:
    """Where what has the focus goes away, something that stands for it has the focus."""
    mine(monday, at, "You idiot of a plumber, my bath is dripping still.", "cold.tap")
    hands.press("a")
    hands.tab_to("[name=category]")
    hands.press("x")
    hands.has_focus("#verdict-not_upheld")
    hands.press("a")
    hands.has_focus("#verdict-not_upheld")
    hands.tab_to("[name=category]")
    hands.press("Space")
    hands.has_focus("[name=category]:checked")


def test_the_focus_follows_what_is_loaded_later(monday: Office, browser: Browser) -> None:
    """A link that is swapped for what it leads to gives its focus to that."""
    case_id = monday.written("Nurse Adeyemi, you stupid bitch, look here.", who="hot.tap", picture=True)
    revision = monday.view(case_id).revision_id
    monday.app.marking.mark(case_id, "safe_to_copy", monday.people[REVIEWER], revision_id=revision)
    with window(browser, monday.url) as at:
        hands = Hands(at.page)
        at.sign_in(monday.ways[SENIOR])
        at.open(f"/cases/{case_id}")
        hands.tab_to("#up-pictures a")
        hands.press("Enter")
        hands.has_focus("#up-pictures")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/queue", "You fat cow at the counter, count the pills again."),
        ("/cases/{case}", "You stupid moron of a guard, the gate was open."),
    ],
)
def test_every_stop_shows_that_it_has_the_focus(
    monday: Office, at: Window, hands: Hands, path: str, words: str
) -> None:
    """Wherever Tab stops it can be seen, and nothing lies over it (WCAG 2.4.7 and 2.4.11)."""
    case_id = mine(monday, at, words, "far.hill")
    at.open(path.format(case=case_id))
    if "case" in path:
        hands.press("h")
        expect(at.page.locator("#up-guide")).to_be_visible()
    assert hands.stops() == []
