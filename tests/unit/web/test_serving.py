"""How the site is served: what every reply says of itself, who is believed, and what breaks quietly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.stores import sqlite_store
from tests.web import Site, site_over
from worker.web.visit import Visit

PUBLIC = "https://upstander.example.test"


def test_every_reply_says_what_browsers_must_not_do(site: Site) -> None:
    """Pages, refusals, forms and files: nothing is framed, guessed, kept or loaded from elsewhere."""
    browser = site.browse("reviewer")
    replies = [
        browser.get("/you"),
        browser.get("/nowhere", status=404),
        browser.get("/queue/live/nothing", status=404),
        browser.post("/you/preferences", [], status=400),
    ]
    for reply in replies:
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert "unsafe" not in reply.headers["content-security-policy"]
        assert "strict-transport-security" not in reply.headers


def test_files_are_kept_by_browsers_and_pages_name_them_by_content(site: Site) -> None:
    """Each file that a page names is there, and its address changes with it."""
    browser = site.stranger()
    page = browser.get("/sign-in")
    named = re.findall(r'(?:href|src)="(/(?:static|assets)/[^"]+\?v=[0-9a-f]{12})"', page.raw)
    assert len(named) >= 4
    for address in named:
        file = browser.get(address)
        assert "immutable" in file.headers["cache-control"]


def test_no_page_has_script_or_style_of_its_own_but_the_one_with_the_nonce(site: Site) -> None:
    """What the policy would block is not there, and the nonce is another one each time."""
    browser = site.browse("administrator")
    nonces = set()
    for path in ("/you", "/people", "/accounts", "/settings", "/audit"):
        page = browser.get(path)
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page.raw)
        (inline,) = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", page.raw)
        nonces |= set(re.findall(r'nonce="([^"]+)"', inline))
        assert (
            f"'nonce-{re.findall(r'nonce=.([^ >]+?).>', inline)[0]}'"
            in page.headers["content-security-policy"]
        )
    assert len(nonces) == 5


def test_only_the_hosts_own_name_is_answered(site: Site) -> None:
    """A request for another host is not answered, so that no address of ours is made from one."""
    answer = site.stranger().http.get(
        f"{site.url}/sign-in", headers={"Host": "elsewhere.example.test"}, timeout=30
    )
    assert answer.status_code == 400
    assert "Upstander" not in answer.text


def test_over_https_cookies_are_kept_to_it(tmp_path: Path) -> None:
    """The session's cookie is bound to the host and to HTTPS, and browsers are told to stay there."""
    store = sqlite_store(tmp_path)
    with site_over(store, tmp_path, {"UPSTANDER_WEB__PUBLIC_URL": PUBLIC}) as site:
        site.let_in("reviewer")
        form = [("user_name", site.user_name("reviewer")), ("password", "heron under the iron bridge")]
        answer = site.stranger().http.post(
            f"{site.url}/sign-in",
            data=form,
            headers={"Host": "upstander.example.test", "Origin": PUBLIC},
            allow_redirects=False,
            timeout=30,
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-upstander-session=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    store.close()


@pytest.mark.parametrize("believed", [True, False])
def test_a_proxy_is_believed_only_where_the_settings_name_it(tmp_path: Path, *, believed: bool) -> None:
    """Nobody gets around the count of refusals by claiming to come from elsewhere."""
    store = sqlite_store(tmp_path)
    settings = {"UPSTANDER_WEB__ADDRESS_FAILURES": "5"}
    if believed:
        settings["UPSTANDER_WEB__TRUSTED_PROXIES"] = "127.0.0.1"
    with site_over(store, tmp_path, settings) as site:
        codes = []
        for number in range(6):
            answer = site.stranger().http.post(
                f"{site.url}/sign-in",
                data={"user_name": f"nobody{number}", "password": "wrong all the time"},
                headers={"Origin": site.url, "X-Forwarded-For": f"192.0.2.{number}"},
                timeout=30,
            )
            codes.append(answer.status_code)
        assert codes == [401] * 6 if believed else codes == [401] * 5 + [429]
    store.close()


def test_what_breaks_says_nothing_of_why(
    site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the page nor the log holds the words of an error, which may quote a comment."""
    browser = site.browse("reviewer")

    def broken(_visit: Visit, _right: str) -> bool:
        raise RuntimeError("words of a comment")

    with monkeypatch.context() as patch:
        patch.setattr(Visit, "may", broken)
        answer = browser.http.get(f"{site.url}/queue", timeout=30)
    out, errors = capfd.readouterr()
    assert answer.status_code == 500
    assert "words of a comment" not in answer.text + out + errors
    assert "request_failed" in out + errors
    assert "RuntimeError" in out + errors
    assert browser.get("/queue").path == "/queue"
