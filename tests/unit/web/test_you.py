"""One's own page: sessions, preferences, password, recovery codes, and showing again that it is you."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from tests.web import PASSWORD, Site

NEW = "a lamp behind the blue door"


def test_the_page_tells_who_you_are_and_where_you_are_signed_in(site: Site) -> None:
    """Name, roles, and each session, with the one in use marked."""
    browser = site.browse("senior_reviewer")
    page = browser.get("/you")
    assert "The senior reviewer" in page.words
    assert "Senior reviewer" in page.words
    assert page.words.count("(this one)") == 1
    assert "/you/sessions/end" not in page.actions()


def test_other_sessions_are_ended_and_this_one_goes_on(site: Site) -> None:
    """Somebody who forgot to sign out elsewhere does it from here."""
    browser, other = site.browse("reviewer"), site.stranger()
    form = {"user_name": site.user_name("reviewer"), "password": PASSWORD}
    other.submit("/sign-in", "/sign-in", form)
    assert "one other place" in browser.submit("/you", "/you/sessions/end").words
    assert other.get("/you").path.startswith("/sign-in")
    assert browser.get("/you").path == "/you"


def test_preferences_are_kept(site: Site) -> None:
    """What is unticked stays unticked, and the pages say so to the scripts; no other language is taken."""
    browser = site.browse("reviewer")
    assert 'data-single-keys="yes"' in browser.get("/you").raw
    browser.submit("/you", "/you/preferences", blur=[], single_keys=[], language="cy")
    me = site.app.sign_ins.who(browser.http.cookies["upstander-session"])
    assert me is not None
    assert (me.preferences.blur, me.preferences.greyscale, me.preferences.single_keys) == (False, True, False)
    page = browser.get("/you")
    assert 'data-single-keys="no"' in page.raw
    assert ("language", "cy") in page.form("/you/preferences").filled({})
    pairs = page.form("/you/preferences").filled({})
    wrong = [(name, "xx" if name == "language" else value) for name, value in pairs]
    browser.post("/you/preferences", wrong, status=400)
    assert ("language", "cy") in browser.get("/you").form("/you/preferences").filled({})


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("not mine", NEW, NEW, "did not sign you in"),
        (PASSWORD, "short", "short", "at least 12"),
        (PASSWORD, NEW, NEW + "?", "not typed the same way twice"),
    ],
)
def test_a_password_is_not_changed_by_halves(site: Site, old: str, new: str, again: str, told: str) -> None:
    """The page says what was wrong, shows no password again, and the old one goes on working."""
    browser = site.browse("reviewer")
    given = {"password": old, "new_password": new, "again": again}
    page = browser.submit("/you/password", "/you/password", given, status=422)
    assert told in page.words
    assert page.path == "/you/password"
    assert not any(f'value="{each}"' in page.raw for each in (old, new, again))
    form = {"user_name": site.user_name("reviewer"), "password": PASSWORD}
    assert site.stranger().submit("/sign-in", "/sign-in", form).path == "/queue"


def test_a_changed_password_opens_and_the_old_one_does_not(site: Site) -> None:
    """A password is taken as it was typed, blanks at its ends and all."""
    browser = site.browse("reviewer")
    given = {"password": PASSWORD, "new_password": f" {NEW} ", "again": f" {NEW} "}
    assert "was changed" in browser.submit("/you/password", "/you/password", given).words
    name = site.user_name("reviewer")
    stranger = site.stranger()
    stranger.submit("/sign-in", "/sign-in", {"user_name": name, "password": PASSWORD}, status=401)
    stranger.submit("/sign-in", "/sign-in", {"user_name": name, "password": NEW}, status=401)
    form = {"user_name": name, "password": f" {NEW} "}
    assert stranger.submit("/sign-in", "/sign-in", form).path == "/queue"


def test_an_authenticator_app_is_shown_only_to_whoever_just_showed_who_they_are(site: Site) -> None:
    """Somebody at an unlocked screen cannot put their own telephone in the place of its owner's."""
    browser = site.browse("reviewer")
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.confirm_minutes))
    asked = browser.get("/you/second-factor", status=401)
    assert "Confirm that it is you" in asked.words
    assert "up-square" not in asked.raw
    wrong = browser.submit(asked, "/you/confirm", confirm_password="not it", status=401)
    assert "did not sign you in" in wrong.words
    assert "up-square" in browser.submit(wrong, "/you/confirm", confirm_password=PASSWORD).raw


def test_recovery_codes_are_renewed(site: Site) -> None:
    """The old ones end with that; the new ones are shown once."""
    browser = site.browse("reviewer")
    begun = browser.get("/you/second-factor")
    secret = "".join(begun.raw.partition('class="up-secret">')[2].partition("</code>")[0].split())
    app = pyotp.TOTP(secret)
    first = browser.submit(begun, "/you/second-factor", code=app.at(site.scene.clock.now()))
    again = browser.submit("/you/second-factor", "/you/recovery-codes")
    codes = [each for each in again.words.split() if each.count("-") == 2]
    assert len(codes) == 8
    assert not set(codes) & set(first.words.split())
    form = {"user_name": site.user_name("reviewer"), "password": PASSWORD}
    old = next(each for each in first.words.split() if each.count("-") == 2)
    site.stranger().submit("/sign-in", "/sign-in", form, code=old, status=401)
    assert site.stranger().submit("/sign-in", "/sign-in", form, code=codes[0]).path == "/queue"
