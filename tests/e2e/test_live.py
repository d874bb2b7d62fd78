"""Pages that stay open while the world goes on: nothing moves under whoever reads, and they are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import window
from tests.e2e.hands import Hands
from tests.e2e.offices import SENIOR, Office
from tests.worlds import REVIEWER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

#: The site looks at the queue every five seconds; a machine that is busy takes longer.
_SOON = 40_000
_RENEWED_AFTER = 91_000


def test_the_queue_stays_where_it_is_while_cases_come_in(monday: Office, browser: Browser) -> None:
    """New cases and danger move no row, no scroll and no focus: one line says so, and is announced."""
    for who, words in (
        ("low.tide", "You stupid cow, three weeks for a letter that says nothing."),
        ("ebb.tide", "You moron of a driver, you took the wrong man home."),
    ):
        monday.written(words, who=who)
    with window(browser, monday.url, width=390) as at:
        at.sign_in(monday.ways[REVIEWER])
        at.open("/queue?single=1")
        at.page.set_viewport_size({"width": 390, "height": 400})
        Hands(at.page).press("j", "j")
        rows = at.page.locator("[data-row-link]")
        expect(rows.nth(1)).to_be_focused()
        before = (rows.all_inner_texts(), rows.nth(1).bounding_box())
        monday.written("I know your shift and I will stab you in the car park tonight.", who="night.owl.88")
        news = at.page.locator("#up-news")
        expect(news).to_contain_text("New since you opened this page: 1.", timeout=_SOON)
        expect(news).to_contain_text("Immediate danger that nobody has taken: 1.")
        expect(at.page.get_by_role("status").filter(has_text="Immediate danger")).to_have_count(1)
        expect(rows.nth(1)).to_be_focused()
        assert (rows.all_inner_texts(), rows.nth(1).bounding_box()) == before
        assert at.violations() == []
        assert not at.is_wider_than_the_window()
        at.page.get_by_role("link", name="Show them").click()
        expect(rows).to_have_count(3)
        assert at.wrong == []


def test_whoever_loses_a_case_while_its_page_is_open_is_told(monday: Office, browser: Browser) -> None:
    """A claim is renewed while its page is open; once somebody else has the case, the page says so."""
    case_id = monday.written("You idiot of a plumber, my bath is dripping still.", who="cold.tap")
    with window(browser, monday.url) as at:
        at.sign_in(monday.ways[REVIEWER])
        at.page.clock.install()
        at.open(f"/cases/{case_id}")
        at.page.get_by_role("button", name="Take this case").click()
        expect(at.page.get_by_text("It is yours until")).to_be_visible()
        first = monday.view(case_id).claimed_until
        monday.happens(timedelta(minutes=2))
        with at.page.expect_response("**/renew") as renewed:
            at.page.clock.fast_forward(_RENEWED_AFTER)
        assert renewed.value.status == 204
        until = monday.view(case_id).claimed_until
        assert first is not None
        assert until is not None
        assert until > first
        monday.happens(timedelta(minutes=6))
        monday.app.review.claim(monday.people[SENIOR], case_id)
        at.page.clock.fast_forward(_RENEWED_AFTER)
        expect(at.page.get_by_role("alert")).to_contain_text("You no longer have this case")
        assert monday.view(case_id).claimed_by == SENIOR


def test_whoever_is_signed_out_elsewhere_is_told(monday: Office, browser: Browser) -> None:
    """A queue that stays open says that its sign-in ended, and shows nothing new from then on."""
    with window(browser, monday.url) as at, window(browser, monday.url) as elsewhere:
        at.sign_in(monday.ways[REVIEWER])
        at.open("/queue")
        elsewhere.sign_in(monday.ways[REVIEWER])
        elsewhere.open("/you")
        elsewhere.page.get_by_role("button", name="Sign out everywhere else").click()
        expect(elsewhere.page.locator(".up-said")).to_be_visible()
        expect(at.page.locator("#up-news")).to_have_text("You were signed out.", timeout=_SOON)
        expect(at.page.locator("#up-live")).to_have_text("You were signed out.")
        at.open("/queue")
        assert at.page.url.startswith(f"{monday.url}/sign-in")
