"""Signing in and out by the pages: what opens the site, what does not, and what is asked first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from tests.web import PASSWORD, Browser, Site, site_over
from worker.clock import SystemClock
from worker.store.session import Store


def signing_in(browser: Browser, site: Site, role: str, status: int = 200, **more: str) -> str:
    """Fill the sign-in page in; where the browser is then, and what it says."""
    form = {"user_name": site.user_name(role), "password": PASSWORD, **more}
    shown = browser.submit("/sign-in", "/sign-in", form, status=status)
    return f"{shown.path} {shown.words}"


def test_nobody_sees_a_page_without_signing_in(site: Site) -> None:
    """A stranger is led to the sign-in page, which leads on to where they wanted to go."""
    browser = site.stranger()
    led = browser.get("/queue?severity=serious")
    assert led.path == "/sign-in?next=/queue%3Fseverity%3Dserious"
    site.let_in("reviewer")
    form = {"user_name": "THE.Reviewer ", "password": PASSWORD}
    assert browser.submit(led, "/sign-in", form).path == "/queue?severity=serious"


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example.test/", "//elsewhere.example.test", "/\\elsewhere.example.test"]
)
def test_signing_in_leads_to_no_other_site(site: Site, to: str) -> None:
    """What stands behind next= is followed on this site alone."""
    site.let_in("reviewer")
    form = {"user_name": site.user_name("reviewer"), "password": PASSWORD, "next": to}
    assert site.stranger().submit("/sign-in", "/sign-in", form).path == "/queue"


def test_a_wrong_password_says_what_an_unknown_name_says(site: Site) -> None:
    """Nobody learns from the page which user names there are, and what was typed as a name is not lost."""
    site.let_in("reviewer")
    browser = site.stranger()
    wrong = signing_in(browser, site, "reviewer", 401, password="a heron elsewhere")
    unknown = signing_in(browser, site, "reviewer", 401, user_name="nobody.here")
    assert wrong == unknown
    assert "a heron elsewhere" not in wrong
    form = browser.submit(
        "/sign-in", "/sign-in", {"user_name": "<b>x</b>", "password": "y"}, status=401
    ).form("/sign-in")
    assert ("user_name", "<b>x</b>") in form.filled({})
    assert ("password", "") in form.filled({})


def test_too_many_refusals_are_told_with_the_time(site: Site) -> None:
    """Somebody who is locked out reads until when, even with the right password."""
    site.let_in("reviewer")
    browser = site.stranger()
    for _ in range(site.app.settings.web.lockout_failures):
        signing_in(browser, site, "reviewer", 401, password="wrong every time")
    assert "possible again on" in signing_in(browser, site, "reviewer", 429)
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.lockout_minutes))
    assert signing_in(browser, site, "reviewer").startswith("/queue")


def test_the_cookie_is_for_the_browser_alone(site: Site, tmp_path: Path) -> None:
    """No script reads the session's cookie, and no other site's form carries it."""
    browser = site.browse("reviewer")
    cookie = next(each for each in browser.http.cookies if each.name == "upstander-session")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    assert cookie.expires is None


def test_signing_out_ends_the_session_wherever_the_cookie_is(site: Site) -> None:
    """A copy of the cookie opens nothing once its owner signed out."""
    browser, thief = site.browse("reviewer"), site.stranger()
    thief.http.cookies.update(browser.http.cookies)
    assert thief.get("/you").path == "/you"
    assert browser.submit("/you", "/sign-out").path == "/sign-in"
    assert thief.get("/you").path == "/sign-in?next=/you"


def test_what_was_typed_is_shown_to_whoever_was_signed_out(site: Site) -> None:
    """A long text that is sent after the session ended comes back to be copied, harmless and not stored."""
    browser = site.browse("reviewer")
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.idle_minutes))
    words = "She was very upset <script>alert(1)</script>"
    told = browser.post("/you/preferences", [("language", words), ("password", "p" * 30)], status=401)
    assert words in told.words
    assert "<script>alert" not in told.raw
    assert "p" * 30 not in told.raw


def test_a_one_time_password_opens_nothing_but_its_change(site: Site) -> None:
    """Whoever was given a password chooses their own before any page opens to them."""
    person = site.person("reviewer").person_id
    assert person is not None
    made = site.app.sign_ins.create(site.scene.admin, person, "ravi")
    browser = site.stranger()
    form = {"user_name": "ravi", "password": made.password}
    at = browser.submit("/sign-in", "/sign-in", form, next="/queue")
    assert at.path == "/you/password"
    assert "/queue" not in at.html.hrefs()
    assert browser.get("/queue").path == "/you/password"
    assert browser.get("/queue/live", status=401).path == "/queue/live"
    given = {"password": made.password, "new_password": PASSWORD, "again": PASSWORD}
    assert browser.submit(at, "/you/password", given).path == "/you"
    assert browser.get("/queue").path == "/queue"


@pytest.fixture
def strict(store: Store, tmp_path: Path) -> Iterator[Site]:
    """A site where everybody shows a second factor, on either database, at the time that it is."""
    settings = {"UPSTANDER_WEB__SECOND_FACTOR": "required"}
    with site_over(store, tmp_path, settings, SystemClock()) as made:
        yield made


def test_a_second_factor_is_set_up_and_then_asked_for(strict: Site) -> None:
    """The first time it is set up before anything else; afterwards the password alone opens nothing."""
    strict.let_in("reviewer")
    browser = strict.stranger()
    begun = browser.submit(
        "/sign-in", "/sign-in", {"user_name": strict.user_name("reviewer"), "password": PASSWORD}
    )
    assert begun.path == "/you/second-factor"
    assert 'class="up-square"' in begun.raw
    secret = "".join(begun.raw.partition('class="up-secret">')[2].partition("</code>")[0].split())
    wrong = browser.submit(begun, "/you/second-factor", code="000000", status=422)
    assert "not the code" in wrong.words
    assert secret in "".join(wrong.words.split())
    app = pyotp.TOTP(secret)
    codes = browser.submit(wrong, "/you/second-factor", code=app.now())
    recovery = [each for each in codes.words.split() if each.count("-") == 2]
    assert len(recovery) == 8
    assert browser.get("/queue").path == "/queue"
    other = strict.stranger()
    assert "is needed as well" in signing_in(other, strict, "reviewer", 401)
    assert "did not sign you in" in signing_in(other, strict, "reviewer", 401, code="000000")
    assert signing_in(other, strict, "reviewer", code=recovery[0]).startswith("/queue")
    assert "did not sign you in" in signing_in(strict.stranger(), strict, "reviewer", 401, code=recovery[0])
