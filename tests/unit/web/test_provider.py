"""Signing in with the Trust's identity provider: over HTTP with a whole one, and with one that lies."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc.jwk import RSAKey

from tests.stores import sqlite_store
from tests.unit.web.forger import EMAIL, Forger, forging
from tests.web import Browser, Shown, Site, site_over
from worker.clock import SystemClock
from worker.review.people import change_person
from worker.web.provider import BACK

# The mock provider itself still uses what its library gives up one day.
pytestmark = [
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.* is deprecated and will be removed:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """A whole identity provider; its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AuthlibDeprecationWarning)
        from oidc_provider_mock import run_server_in_thread

        with run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"


def site_with(folder: Path, issuer: str, more: Mapping[str, str]) -> Any:
    """The site at the time that it is, with a provider; the reviewer has an e-mail address."""
    settings = {
        "UPSTANDER_WEB__OIDC__ISSUER": issuer,
        "UPSTANDER_WEB__OIDC__CLIENT_ID": "upstander",
        "UPSTANDER_WEB__OIDC__CLIENT_SECRET": "shared-and-invented",
        "UPSTANDER_WEB__OIDC__NAME": "Northmoor account",
        **more,
    }
    return site_over(sqlite_store(folder), folder, settings, SystemClock())


@pytest.fixture
def federated(mock: str, tmp_path: Path) -> Iterator[Site]:
    """The site with that provider."""
    with site_with(tmp_path, mock, {}) as site:
        known(site)
        yield site


def known(site: Site) -> None:
    """Give the reviewer the address by which the provider knows them."""
    person = site.person("reviewer").person_id
    assert person is not None
    change_person(site.app.store, SystemClock(), site.scene.admin, person, email=EMAIL)


def tell(mock: str, subject: str, **claims: object) -> None:
    """Have the provider say something of somebody."""
    requests.put(f"{mock}/users/{subject}", json=claims, timeout=10).raise_for_status()


def sent(browser: Browser, path: str = "/sign-in/provider") -> str:
    """Where the site sends a browser to sign in."""
    answer = browser.http.get(f"{browser.url}{path}", allow_redirects=False, timeout=30)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def through(browser: Browser, subject: str, path: str = "/sign-in/provider") -> str:
    """Sign in at the provider as somebody; the path that it sends the browser back to."""
    answer = requests.post(sent(browser, path), data={"sub": subject}, allow_redirects=False, timeout=30)
    back = answer.headers["location"]
    assert back.startswith(f"{browser.url}{BACK}?")
    return back.removeprefix(browser.url)


def test_the_question_is_tied_to_this_browser(federated: Site) -> None:
    """State, nonce and a code challenge go along, each new every time, and the cookie shows none of them."""
    browser = federated.stranger()
    assert "Sign in with Northmoor account" in browser.get("/sign-in").words
    first, second = (parse_qs(urlsplit(sent(browser)).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert first["response_type"] == ["code"]
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    cookie = browser.http.cookies["upstander-journey"]
    assert not any(second[name][0] in cookie for name in ("state", "nonce"))


def test_somebody_whom_the_provider_knows_gets_in(federated: Site, mock: str) -> None:
    """By a verified address the first time; from then on the subject counts, whatever the address."""
    tell(mock, "ravi-1", email=EMAIL, email_verified=True)
    browser = federated.stranger()
    back = through(browser, "ravi-1", "/sign-in/provider?next=/you")
    page = browser.get(back)
    assert page.path == "/you"
    assert "The reviewer" in page.words
    assert "Northmoor account" in page.words
    tell(mock, "ravi-1", email="another@trust.example.test", email_verified=True)
    other = federated.stranger()
    assert other.get(through(other, "ravi-1")).path == "/queue"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@trust.example.test", "email_verified": True},
        {"email": EMAIL, "email_verified": False},
        {"email": EMAIL},
        {},
    ],
)
def test_whom_nobody_here_is_does_not_get_in(federated: Site, mock: str, claims: dict[str, object]) -> None:
    """An unknown or unverified address opens nothing, and the page says no more than for a wrong password."""
    tell(mock, "stranger-1", **claims)
    browser = federated.stranger()
    page = browser.get(through(browser, "stranger-1"), status=401)
    assert "did not sign you in" in page.words
    assert "upstander-session" not in browser.http.cookies
    assert federated.scene.audited("sign_in_refused")


def test_an_answer_is_good_for_the_browser_that_asked_and_once(federated: Site, mock: str) -> None:
    """Another browser with the same address, a changed state, and the same answer again open nothing."""
    tell(mock, "ravi-2", email=EMAIL, email_verified=True)
    browser, other = federated.stranger(), federated.stranger()
    back = through(browser, "ravi-2")
    other.get(back, status=401)
    through(other, "ravi-2")
    other.get(back, status=401)
    kept = dict(browser.http.cookies)
    assert browser.get(back).path == "/queue"
    again = federated.stranger()
    again.http.cookies.update({name: each for name, each in kept.items() if each})
    again.get(back, status=401)


def test_the_provider_is_told_to_ask_anew(federated: Site, mock: str) -> None:
    """Showing again who it is leads to the provider, which asks again, and back to where one was."""
    tell(mock, "ravi-3", email=EMAIL, email_verified=True)
    browser = federated.stranger()
    browser.get(through(browser, "ravi-3"))
    asked = parse_qs(urlsplit(sent(browser, "/sign-in/provider/confirm?next=/you")).query)
    assert asked["prompt"] == ["login"]
    assert asked["max_age"] == ["0"]
    assert browser.get(through(browser, "ravi-3", "/sign-in/provider/confirm?next=/you")).path == "/you"
    assert len(federated.scene.audited("confirmed")) == 1


def test_a_provider_that_does_not_answer_is_said(tmp_path: Path) -> None:
    """Nobody waits for long, and the password of Upstander's own still works."""
    with site_with(tmp_path, "http://127.0.0.1:9", {}) as site:
        page = site.stranger().get("/sign-in/provider", status=401)
        assert "sign-in service could not be used" in page.words
        assert site.browse("reviewer").get("/queue").path == "/queue"


@pytest.fixture
def forger() -> Iterator[Forger]:
    """A provider that is honest unless a test changes it."""
    with forging() as made:
        yield made


def answered(site: Site, forger: Forger, browser: Browser | None = None, **more: str) -> Shown:
    """Go to the provider and come back with its answer, whatever the site makes of it."""
    mine = browser or site.stranger()
    question = parse_qs(urlsplit(sent(mine, more.pop("path", "/sign-in/provider"))).query)
    forger.nonce = question["nonce"][0]
    extra = "".join(f"&{name}={each}" for name, each in more.items())
    answer = mine.http.get(f"{site.url}{BACK}?code=c0de&state={question['state'][0]}{extra}", timeout=30)
    return mine.get("/you") if answer.status_code == 200 else mine.get("/queue")


def test_an_honest_answer_opens_and_confirms(forger: Forger, tmp_path: Path) -> None:
    """So that what follows is refused for what is wrong with it alone; asked again, it confirms who it is."""
    with site_with(tmp_path, forger.address, {}) as site:
        known(site)
        browser = site.stranger()
        assert answered(site, forger, browser).path == "/you"
        assert answered(site, forger, browser, path="/sign-in/provider/confirm").path == "/you"
        assert len(site.scene.audited("confirmed")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"iss": "http://127.0.0.1:9"}},
        {"claims": {"aud": "somebody-else", "azp": "upstander"}},
        {"claims": {"aud": ["somebody-else", "upstander"], "azp": "somebody-else"}},
        {"claims": {"nonce": "of another question"}},
        {"claims": {"nonce": None}},
        {"claims": {"exp": 1}},
        {"claims": {"iat": None}},
        {"claims": {"sub": None}},
        {"header": {"alg": "none"}},
        {"key": "another"},
        {"about": {"issuer": "http://127.0.0.1:9"}},
    ],
    ids=[
        "issuer",
        "audience",
        "azp",
        "nonce",
        "no-nonce",
        "old",
        "no-iat",
        "no-sub",
        "unsigned",
        "key",
        "about",
    ],
)
def test_an_answer_that_is_not_right_opens_nothing(
    forger: Forger, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    """Each claim, the signature, and the provider's own name are checked."""
    with site_with(tmp_path, forger.address, {}) as site:
        known(site)
        browser = site.stranger()
        if "about" in wrong:
            forger.about = wrong["about"]
            browser.get("/sign-in/provider", status=401)
            return
        if "key" in wrong:
            forger.key = RSAKey.generate_key(2048, {"kid": "1"})
        forger.claims = wrong.get("claims", {})
        forger.header = wrong.get("header", forger.header)
        assert answered(site, forger, browser).path.startswith("/sign-in")


@pytest.mark.parametrize("said", [{"auth_time": None}, {"auth_time": 1}, {"sub": "somebody-else"}])
def test_a_provider_that_did_not_ask_anew_confirms_nothing(
    forger: Forger, tmp_path: Path, said: dict[str, Any]
) -> None:
    """An old answer, one that does not say when, and somebody else's leave what bites closed."""
    with site_with(tmp_path, forger.address, {}) as site:
        known(site)
        browser = site.stranger()
        answered(site, forger, browser)
        forger.claims = said
        answered(site, forger, browser, path="/sign-in/provider/confirm")
        assert site.scene.audited("confirmed") == []
        assert "You sign in with Northmoor account" in browser.get("/you").words


def test_an_answer_of_another_provider_opens_nothing(forger: Forger, tmp_path: Path) -> None:
    """Where the answer names who it is from, it must be from whom was asked."""
    with site_with(tmp_path, forger.address, {}) as site:
        known(site)
        assert answered(site, forger, iss="http://127.0.0.1:9").path.startswith("/sign-in")


def test_a_journey_ends(forger: Forger, tmp_path: Path) -> None:
    """Whoever stays at the provider for too long begins again."""
    from worker.web.provider import PATIENCE, Journey, read_journey

    now = SystemClock().now()
    journey = Journey("s", "n", "v", "/", confirming=False, until=(now + PATIENCE).timestamp())
    assert read_journey(journey.text(), now) == journey
    assert read_journey(journey.text(), now + PATIENCE + timedelta(seconds=1)) is None
