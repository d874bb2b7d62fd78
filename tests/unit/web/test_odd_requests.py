"""Requests that nobody sends who means well: refused, never broken, and each answer guards the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.responses import Response

from tests.stores import sqlite_store
from tests.unit.web.knocking import ALWAYS, Answer, cookie_of, knock
from tests.web import Site, site_over
from worker.web import fields, routing
from worker.web.headers import local_path
from worker.web.pages import PAGES
from worker.web.visit import Visit

_FORM = "application/x-www-form-urlencoded"
_OTHER_SITES = [
    "https://elsewhere.example.test/",
    "//elsewhere.example.test",
    "///elsewhere.example.test",
    "/\\elsewhere.example.test",
    "\\\\elsewhere.example.test",
    "/\t/elsewhere.example.test",
    "\t//elsewhere.example.test",
    "/\n/elsewhere.example.test",
    "javascript:alert(1)",
    "/queue\r\nSet-Cookie: a=b",
    "elsewhere.example.test",
    "",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all of these: none of them changes anything."""
    folder: Path = tmp_path_factory.mktemp("odd")
    store = sqlite_store(folder)
    with site_over(store, folder) as made:
        yield made
    store.close()


def guards(answer: Answer) -> bool:
    """Whether an answer tells the browser what it may not do with it."""
    policy = answer.headers.get("content-security-policy", "")
    return (
        all(answer.headers.get(name) == value for name, value in ALWAYS.items())
        and "default-src 'none'" in policy
        and "unsafe" not in policy
        and answer.headers["x-frame-options"] == "DENY"
    )


@pytest.mark.parametrize("role", [None, "administrator", "reviewer"])
def test_every_route_guards_the_browser_and_is_kept_nowhere(site: Site, role: str | None) -> None:
    """Pages, refusals, redirections, of every route: a policy, no framing, no sniffing, in no cache."""
    cookie = cookie_of(site, role) if role else ""
    for page in PAGES:
        path = page.path.replace("{number:int}", "1").replace("{row:int}", "1").replace("{name:path}", "x")
        answer = knock(site, path, page.method, cookie=cookie, Origin=site.url)
        assert guards(answer), page
        assert answer.headers["cache-control"] == "no-store", page
        assert answer.status < 500, page


@pytest.mark.parametrize("path", ["/static/site.css", "/static/site.js", "/assets/nhsuk-frontend.min.css"])
def test_files_and_what_is_missing_guard_the_browser_too(site: Site, path: str) -> None:
    """A style sheet, no page, a wrong host, an address that is too long, and the page that stays open."""
    assert knock(site, path).headers["cache-control"] == "no-cache"
    assert "immutable" in knock(site, f"{path}?v=1").headers["cache-control"]
    answers = [
        knock(site, path),
        knock(site, f"{path}x"),
        knock(site, path, Host="elsewhere.example.test"),
        knock(site, path + "x" * 5000),
        knock(site, "/queue/live"),
        knock(site, "/queue/live", cookie=cookie_of(site, "reviewer")),
    ]
    assert [each.status for each in answers] == [200, 404, 400, 414, 401, 200]
    assert all(guards(each) for each in answers)


def test_what_breaks_guards_the_browser_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody thought of says nothing of itself, and comes with the same guards."""

    def broken(_visit: Visit, _template: str, **_context: object) -> Response:
        monkeypatch.undo()
        message = "words of a comment"
        raise RuntimeError(message)

    monkeypatch.setattr(Visit, "page", broken)
    answer = knock(site, "/sign-in")
    assert answer.status == 500
    assert guards(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert "words of a comment" not in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "elsewhere.example.test",
        "127.0.0.1.elsewhere.example.test",
        "127.0.0.1@elsewhere.example.test",
        "127.0.0.1/elsewhere",
        "127.0.0.1:80/you/password?",
        "127.0.0.1#",
        "",
        "[::1",
    ],
)
def test_another_host_is_not_answered(site: Site, host: str) -> None:
    """A name that is not the site's, however it is dressed up, reaches no page and is repeated nowhere."""
    answer = knock(site, "/queue", cookie=cookie_of(site, "reviewer"), Host=host)
    assert answer.status == 400
    assert "elsewhere" not in answer.text


@pytest.mark.parametrize(
    "path", ["/queue/", "//elsewhere.example.test/queue", "//elsewhere.example.test/", "/."]
)
def test_no_address_leads_to_another_host(site: Site, path: str) -> None:
    """Neither a slash too many nor a host in the path sends a browser anywhere."""
    answer = knock(site, path, cookie=cookie_of(site, "reviewer"))
    assert answer.status == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("to", _OTHER_SITES)
def test_next_leads_nowhere_but_here(site: Site, to: str) -> None:
    """Whatever stands behind next=, in the form of the sign-in page is a path of this site."""
    assert local_path(to, "/") == "/"
    shown = site.stranger().get(f"/sign-in?next={quote(to)}")
    (form,) = [each for each in shown.html.forms if each.action == "/sign-in"]
    assert dict(form.filled({}))["next"] == "/"


@pytest.mark.parametrize(
    "to", ["/queue?severity=serious&page=2", "/cases/7#notes", "/evidence/cases/1?clear=a%2Fb"]
)
def test_next_leads_to_every_page_of_ours(to: str) -> None:
    """An address of ours stays as it is."""
    assert local_path(to, "/") == to


@pytest.mark.parametrize(
    "number", ["0", "-1", str(2**63), str(10**30), "9" * 900, "9" * 5000, "1.5", quote("٣"), "%00"]
)
def test_a_number_that_nothing_has_is_not_found(site: Site, number: str) -> None:
    """Below one, above what a database can keep, or no number at all: in every path with a place for it."""
    cookie = cookie_of(site, "senior_reviewer")
    for page in PAGES:
        if page.method == "GET" and "{number:int}" in page.path:
            path = page.path.replace("{number:int}", number).replace("{row:int}", number)
            answer = knock(site, path.replace("{name:path}", "x"), cookie=cookie)
            assert answer.status in (400, 403, 404, 414), path
            assert guards(answer)


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"]
)
def test_methods_that_no_page_has_are_refused(site: Site, method: str) -> None:
    """Nothing is changed, repeated or told by them, with a sign-in or without."""
    for path in ("/queue", "/sign-in", "/cases/1/decide", "/static/site.css", "/queue/live"):
        for cookie in ("", cookie_of(site, "reviewer")):
            answer = knock(site, path, method, cookie=cookie)
            assert 400 <= answer.status < 500, path
            assert cookie not in answer.text or not cookie
    head = knock(site, "/queue", "HEAD", cookie=cookie_of(site, "reviewer"))
    assert (head.status, head.body) == (200, b"")


def _sent(site: Site, body: bytes, kind: str, **headers: str) -> Answer:
    """What a stranger gets who sends a body to the sign-in page."""
    return knock(site, "/sign-in", "POST", body, Origin=site.url, Content_Type=kind, **headers)


def _part(more: str, content: bytes = b"x") -> bytes:
    return f"--b\r\nContent-Disposition: form-data; {more}\r\n\r\n".encode() + content + b"\r\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (_FORM, b"a&" * 2_001),
        (_FORM, b"a=" + b"x" * 300_000),
        (_FORM, b"&".join(b"a%d=%s" % (at, b"x" * 200_000) for at in range(12))),
        (
            "multipart/form-data; boundary=b",
            b"".join(_part(f'name="{at}"') for at in range(2_001)) + b"--b--",
        ),
        ("multipart/form-data; boundary=b", _part('name="a"', b"x" * 300_000) + b"--b--"),
        ("multipart/form-data; boundary=b", _part('name="a"; filename="a"') * 5 + b"--b--"),
        ("multipart/form-data; boundary=b", _part('name="a"; filename="a"', b"x" * 3_000_000) + b"--b--"),
        ("multipart/form-data; boundary=b", b"no parts at all"),
        ("multipart/form-data; boundary=b", _part("filename=a") + b"--b--"),
        ("multipart/form-data", b"--b--"),
        ("multipart/form-data; boundary=b; charset=undefined", _part('name="a"') + b"--b--"),
    ],
    ids=lambda given: given[:46] if isinstance(given, str) else str(len(given)),
)
def test_a_body_that_cannot_be_a_form_is_refused(site: Site, kind: str, body: bytes) -> None:
    """Too many fields or files, too long, too large, or cut to pieces: refused before anything is done."""
    answer = _sent(site, body, kind)
    assert answer.status == 400
    assert "too large or cannot be read" in answer.text
    assert guards(answer)


def test_a_body_of_unknown_length_is_not_read_for_ever(site: Site) -> None:
    """One that comes piece by piece is counted as it comes."""
    piece = b"%x\r\n" % 1_000_000 + b"x" * 1_000_000 + b"\r\n"
    answer = knock(
        site, "/sign-in", "POST", piece * 4 + b"0\r\n\r\n",
        Origin=site.url, Content_Type="multipart/form-data; boundary=b",
        Transfer_Encoding="chunked", Content_Length="",
    )  # fmt: skip
    assert answer.status == 400


def test_only_who_is_signed_in_sends_files(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's file is not kept; of somebody's body, as much is read as its files may have."""
    monkeypatch.setattr(fields, "WORDS_ALONE", 1_000)
    monkeypatch.setattr(routing, "WORDS_ALONE", 1_000)
    body = _part('name="file_1"; filename="a.png"', b"x" * 2_000) + b"--b--"
    kind = {"Content_Type": "multipart/form-data; boundary=b", "Origin": site.url}
    stranger = knock(site, "/hand-ins/new", "POST", body, **kind)
    assert (stranger.status, "too large" in stranger.text) == (400, True)
    made_up = knock(site, "/hand-ins/new", "POST", body, cookie="upstander-session=made-up", **kind)
    assert (made_up.status, "too large" in made_up.text) == (400, True)
    known = knock(site, "/hand-ins/new", "POST", body, cookie=cookie_of(site, "reviewer"), **kind)
    assert (known.status, "too large" in known.text) == (400, False)
    large = _part('name="file_1"; filename="a.png"', b"x" * 4_000) + b"--b--"
    monkeypatch.setattr(routing, "MOST_FILES", 0)
    limited = knock(site, "/hand-ins/new", "POST", large, cookie=cookie_of(site, "reviewer"), **kind)
    assert (limited.status, "too large" in limited.text) == (400, True)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", ";;;=", "multipart/", "a" * 5_000])
def test_what_is_no_form_brings_no_field(site: Site, kind: str) -> None:
    """A body of another kind is not read: nobody is signed in by it."""
    answer = _sent(site, b'{"user_name": "a", "password": "b"}', kind)
    assert answer.status in (400, 401, 429)


@pytest.mark.parametrize(
    "query", ["a&" * 2_001, "a=" + "x" * 40_000, "%ed%a0%80=%ed%a0%80&%00=%00", "%", "=&=&;"]
)
def test_a_strange_question_is_answered_in_good_order(site: Site, query: str) -> None:
    """More fields than any form has are refused; half characters and NUL are read as nothing worse."""
    for path in ("/sign-in", "/queue", "/tasks"):
        answer = knock(site, f"{path}?{query}", cookie=cookie_of(site, "reviewer"))
        assert answer.status == (400 if query.count("&") > 2_000 else 200)


@pytest.mark.parametrize("value", ["\xff\xfe", "x" * 20_000, "\x7f", "'; --", "é"])
def test_a_made_up_cookie_opens_nothing(site: Site, value: str) -> None:
    """Whatever stands in it, for every cookie of ours."""
    for name in ("session", "journey", "said"):
        cookie = f"upstander-{name}={value}"
        assert knock(site, "/you", cookie=cookie).status == 303
        assert knock(site, "/sign-in/provider/back?code=1&state=2", cookie=cookie).status == 401
        assert knock(site, "/queue/live", cookie=cookie).status == 401
