"""The doors of the site: who gets in, with which cookie, for how long, and whose forms are carried out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stores import sqlite_store
from tests.unit.web.knocking import knock
from tests.web import PASSWORD, Browser, Shown, Site, site_over
from worker.review.people import change_person
from worker.web.pages import PAGES
from worker.web.routing import CHANGE_PASSWORD, SECOND_FACTOR, SIGN_OUT, Page

_FORM = "/you/preferences"
_ELSEWHERE = "https://elsewhere.example.test"


def _filled(browser: Browser, language: str = "cy") -> dict[str, str]:
    """The form of preferences as somebody fills it in."""
    return dict(browser.get("/you").form(_FORM).filled({"language": language}))


def _chosen(browser: Browser) -> str:
    return browser.get("/you").raw.partition('<html lang="')[2][:2]


def _thief(site: Site, browser: Browser) -> Browser:
    """Somebody with a copy of a browser's cookies."""
    thief = site.stranger()
    thief.http.cookies.update(browser.http.cookies)
    return thief


def _is_out(browser: Browser) -> bool:
    return browser.get("/you").path == "/sign-in?next=/you"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": _ELSEWHERE},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "{url}"},
        {"Origin": "{url}.example.test"},
        {"Referer": "{url}/you"},
    ],
    ids=str,
)
def test_a_form_that_another_site_sends_does_nothing(site: Site, said: dict[str, str]) -> None:
    """Even with the right mark: a browser says where a form comes from; one that says nothing is refused."""
    browser = site.browse("reviewer")
    pairs = list(_filled(browser).items())
    headers = {name: value.format(url=site.url) for name, value in said.items()}
    assert "did not come from" in browser.post(_FORM, pairs, headers=headers, status=400).words
    assert _chosen(browser) == "en"


def test_a_form_without_the_mark_of_this_session_does_nothing(site: Site) -> None:
    """Neither none, nor a made-up one, nor one of somebody else, nor of one's own other session."""
    browser, other, again = site.browse("reviewer"), site.browse("second"), site.stranger()
    again.submit("/sign-in", "/sign-in", {"user_name": site.user_name("reviewer"), "password": PASSWORD})
    good = _filled(browser)
    for mark in ("", "0" * 96, good["csrf"][:-1] + "g", _filled(other)["csrf"], _filled(again)["csrf"], "é"):
        browser.post(_FORM, list({**good, "csrf": mark}.items()), status=400)
    browser.post(_FORM, [(name, value) for name, value in good.items() if name != "csrf"], status=400)
    assert _chosen(browser) == "en"
    browser.post(_FORM, list(good.items()))
    assert _chosen(browser) == "cy"


def test_a_form_is_sent_once_and_an_old_one_never_again(site: Site) -> None:
    """Sent twice it says so; and a page from before signing out sends nothing after signing in again."""
    browser = site.browse("reviewer")
    old, sent = _filled(browser, "cy"), _filled(browser, "en")
    browser.post(_FORM, list(sent.items()))
    browser.post(_FORM, list({**old, "form": sent["form"]}.items()), status=400)
    assert _chosen(browser) == "en"
    browser.submit("/you", "/sign-out")
    browser.post(_FORM, list(old.items()), status=401)
    browser.submit("/sign-in", "/sign-in", {"user_name": site.user_name("reviewer"), "password": PASSWORD})
    browser.post(_FORM, list(old.items()), status=400)
    assert _chosen(browser) == "en"


def test_nobody_is_signed_in_by_another_site(site: Site) -> None:
    """The sign-in page has no session to carry a mark of: where its form comes from is asked all the same."""
    site.let_in("reviewer")
    pairs = [("user_name", site.user_name("reviewer")), ("password", PASSWORD)]
    for said in ({}, {"Origin": _ELSEWHERE}, {"Sec-Fetch-Site": "cross-site"}):
        browser = site.stranger()
        browser.post("/sign-in", pairs, headers=said, status=400)
        assert _is_out(browser)


def test_signing_in_makes_a_cookie_that_nobody_knew_before(site: Site) -> None:
    """A cookie that somebody planted in a browser never becomes the one that opens (session fixation)."""
    site.let_in("reviewer")
    browser, thief = site.stranger(), site.stranger()
    browser.http.cookies.set("upstander-session", "planted", domain="127.0.0.1", path="/")
    thief.http.cookies.update(browser.http.cookies)
    form = {"user_name": site.user_name("reviewer"), "password": PASSWORD}
    browser.submit("/sign-in", "/sign-in", form)
    first = browser.http.cookies["upstander-session"]
    assert "planted" not in first
    assert _is_out(thief)
    browser.submit(browser.get("/sign-in"), "/sign-in", form)
    assert browser.http.cookies["upstander-session"] != first


def test_a_changed_password_throws_out_who_has_a_copy_of_any_cookie(site: Site) -> None:
    """Of this session too: whoever changes it goes on with another cookie, and nobody else goes on."""
    browser, second = site.browse("reviewer"), site.stranger()
    second.submit("/sign-in", "/sign-in", {"user_name": site.user_name("reviewer"), "password": PASSWORD})
    thief = _thief(site, browser)
    new = "pewter kettle under blue rain"
    browser.submit("/you/password", "/you/password", password=PASSWORD, new_password=new, again=new)
    assert _is_out(thief)
    assert _is_out(second)
    assert browser.get("/you").path == "/you"


def test_who_left_is_out_at_once(site: Site) -> None:
    """Made inactive, the cookie opens nothing, no form is carried out, and the live page ends."""
    browser, admin = site.browse("reviewer"), site.scene.admin
    person = site.person("reviewer").person_id
    assert person is not None
    pairs = list(_filled(browser).items())
    change_person(site.scene.store, site.scene.clock, admin, person, active=False)
    browser.post(_FORM, pairs, status=401)
    browser.get("/queue/live", status=401)
    assert _is_out(browser)
    change_person(site.scene.store, site.scene.clock, admin, person, active=True)
    assert _is_out(browser)


def test_a_session_ends_when_nobody_uses_it_and_when_it_is_old(site: Site) -> None:
    """What a page asks by itself keeps nobody signed in, and using it all the time lasts twelve hours."""
    idle, web = timedelta(minutes=site.app.settings.web.idle_minutes), site.app.settings.web
    case_id, *_ = site.scene.case("c1")
    browser = site.browse("reviewer")
    mark = _filled(browser)["csrf"]
    site.scene.clock.move(idle - timedelta(seconds=1))
    browser.get(f"/cases/{case_id}/questions")
    browser.post(f"/cases/{case_id}/renew", [("csrf", mark)], status=409)
    site.scene.clock.move(timedelta(seconds=1))
    assert browser.get(f"/cases/{case_id}/questions").path.startswith("/sign-in")
    assert _is_out(browser)
    second = site.browse("second")
    for _ in range(int(timedelta(hours=web.absolute_hours) / (idle / 2)) - 1):
        site.scene.clock.move(idle / 2)
        assert not _is_out(second)
    site.scene.clock.move(idle / 2)
    assert _is_out(second)


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Site]:
    """The site as it stands behind something that speaks HTTPS."""
    store = sqlite_store(tmp_path)
    with site_over(store, tmp_path, {"UPSTANDER_WEB__PUBLIC_URL": "https://upstander.example.test"}) as made:
        yield made
    store.close()


def test_over_https_cookies_belong_to_this_host_alone(encrypted: Site) -> None:
    """They never leave an encrypted connection, no script reads them, and no neighbour can plant one."""
    encrypted.let_in("reviewer")
    form = f"user_name={encrypted.user_name('reviewer')}&password={PASSWORD.replace(' ', '+')}".encode()
    sent = {"Content_Type": "application/x-www-form-urlencoded", "Host": "upstander.example.test"}
    answer = knock(encrypted, "/sign-in", "POST", form, Origin="https://upstander.example.test", **sent)
    assert answer.status == 303
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    (cookie,) = answer.cookies
    name_and_value, *attributes = cookie.split("; ")
    assert name_and_value.startswith("__Host-upstander-session=")
    assert {each.lower() for each in attributes} == {"httponly", "path=/", "samesite=lax", "secure"}
    held = name_and_value.partition("=")[2]
    assert knock(encrypted, "/you", cookie=name_and_value).status == 200
    assert knock(encrypted, "/you", cookie=f"upstander-session={held}").status == 303
    assert (
        knock(encrypted, "/sign-in", "POST", form, Origin="http://upstander.example.test", **sent).status
        == 400
    )


def _sent_to(page: Page) -> str:
    return page.path.replace("{number:int}", "1").replace("{row:int}", "1").replace("{name:path}", "x.png")


def test_every_page_asks_who_it_is(site: Site) -> None:
    """But for the few that are open: a stranger sees none and sends none, whatever its number."""
    browser = site.stranger()
    for page in (each for each in PAGES if not each.open):
        sent = browser.http.request(
            page.method,
            f"{site.url}{_sent_to(page)}",
            allow_redirects=False,
            headers={"Origin": site.url},
            timeout=60,
        )
        led = sent.headers.get("location", "").partition("?")[0]
        assert (sent.status_code, led) in ((303, "/sign-in"), (401, "")), page
    assert {each.path for each in PAGES if each.open} == {
        "/sign-in",
        "/sign-in/provider",
        "/sign-in/provider/back",
        "/help",
        "/keys",
        "/accessibility",
    }


@pytest.mark.parametrize("first", [CHANGE_PASSWORD, SECOND_FACTOR])
def test_what_is_to_be_done_first_is_all_that_can_be_done(tmp_path: Path, first: str) -> None:
    """With a one-time password, or without the second factor that is due, nothing else opens."""
    store = sqlite_store(tmp_path)
    due = first == SECOND_FACTOR
    with site_over(store, tmp_path, {"UPSTANDER_WEB__SECOND_FACTOR": "required"} if due else None) as site:
        person = site.person("administrator").person_id
        assert person is not None
        made = site.app.sign_ins.create(site.scene.admin, person, "ada")
        me = site.app.sign_ins.sign_in("ada", made.password, None, "127.0.0.1")
        if due:
            me = site.app.sign_ins.change_password(me, made.password, PASSWORD)
        browser = site.stranger()
        browser.http.cookies.set("upstander-session", me.token)
        allowed = {CHANGE_PASSWORD, SECOND_FACTOR, SIGN_OUT, "/you/confirm"}
        for page in (each for each in PAGES if not each.open and each.path not in allowed):
            fields = {"csrf": me.csrf, "form": page.path, "confirm_password": PASSWORD}
            answer = browser.http.request(
                page.method,
                f"{site.url}{_sent_to(page)}",
                data=fields if page.method == "POST" else None,
                headers={"Origin": site.url},
                allow_redirects=False,
                timeout=60,
            )
            assert (answer.status_code, answer.headers.get("location")) == (303, first), page
    store.close()


def test_what_bites_is_asked_for_again_after_a_while(site: Site) -> None:
    """Each confirmed form, of somebody long signed in: asked first, and never done with a wrong password."""
    browser = site.browse("administrator")
    mark = _filled(browser)["csrf"]
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.confirm_minutes))
    confirmed = [each for each in PAGES if each.confirmed]
    assert confirmed
    for page in confirmed:
        pairs = [("csrf", mark), ("form", page.path)]
        asked = browser.post(_sent_to(page), pairs, status=401)
        assert "Confirm that it is you" in asked.words, page
        assert asked.form(_sent_to(page)).filled({"confirm_password": "x"})
    wrong = [("csrf", mark), ("form", "x"), ("confirm_password", "not the password")]
    assert "Confirm that it is you" in browser.post(_sent_to(confirmed[0]), wrong, status=401).words


def test_what_was_typed_goes_along_once_somebody_confirms(site: Site) -> None:
    """The form is carried out with what was in it, and the password is nowhere on the page."""
    browser = site.browse("administrator")
    page = browser.get("/people")
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.confirm_minutes))
    asked: Shown = browser.submit(page, "/people", {"name": "<b>Lin Moor</b>"}, status=401)
    assert "<b>Lin" not in asked.raw
    again = browser.submit(asked, "/people", confirm_password="not the password", status=401)
    assert "not the password" not in again.raw
    browser.submit(again, "/people", confirm_password=PASSWORD, status=200)
    assert "<b>Lin Moor</b>" in browser.get("/people").words
