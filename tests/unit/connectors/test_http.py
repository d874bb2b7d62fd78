"""The adapter under every client library: where it calls, what it keeps, what it never shows."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from connectors.calls import Limits
from connectors.errors import PlatformUnavailable, RateLimited, UnexpectedResponse
from connectors.http import PlatformAdapter, Reply, Route, make_session
from connectors.options import ConnectorOptions
from connectors.redaction import Redactor, guard_library_logs
from connectors.usage import read_usage

TOKEN = "made-up-token-123"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Respond = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """A small HTTP server on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        def log_message(self, *_: object) -> None:  # quiet
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def connected(base: str, options: ConnectorOptions | None = None) -> tuple[requests.Session, PlatformAdapter]:
    """A session through an adapter that judges nothing and signs with a header."""

    def judge(_: requests.Response, __: Reply) -> None:
        return None

    def authorise(request: requests.PreparedRequest) -> None:
        request.headers["Authorization"] = f"Bearer {TOKEN}"

    route = Route.to("https://graph.example.test", base)
    chosen = options or ConnectorOptions(read_timeout=0.5)
    adapter = PlatformAdapter(route, chosen, Redactor([TOKEN]), judge, authorise, lambda: NOW)
    return make_session(adapter), adapter


def reply(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Answer with a body."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize(
    "address",
    [
        "http://graph.example.test",
        "http://10.0.0.1:8000",
        "http://localhost.example.test",
        "ftp://127.0.0.1",
        "https://user:pass@graph.example.test",
        "https://graph.example.test?x=1",
        "graph.example.test",
        "",
    ],
)
def test_a_base_address_that_would_show_tokens_is_refused(address: str) -> None:
    """Tokens travel by https only, or on loopback; never to an address with a password or query in it."""
    with pytest.raises(ValueError, match="base address"):
        Route.to("https://graph.example.test", address)


@pytest.mark.parametrize(
    "address", ["https://api.x.com", "http://127.0.0.1:8001", "http://localhost:1", "http://[::1]:1"]
)
def test_https_and_loopback_are_allowed(address: str) -> None:
    """Real platforms and the sandbox can be reached."""
    assert (
        Route.to("https://a.example.test/", address + "/").real("https://a.example.test/v1/x")
        == f"{address}/v1/x"
    )


def test_no_other_host_is_called() -> None:
    """Whatever a library or a reply asks for, nothing leaves for another host."""
    with serving(lambda handler: reply(handler, b"{}")) as base:
        session, _ = connected(base)
        for other in (
            "https://other.example.test/x",
            "https://graph.example.test.evil.example.test/",
            base + "/x",
        ):
            with pytest.raises(UnexpectedResponse):
                session.get(other)


def test_a_redirect_is_refused() -> None:
    """A platform's redirect is not followed: the token would go along."""
    with serving(
        lambda handler: reply(handler, b"", 302, Location="https://graph.example.test/else")
    ) as base:
        session, _ = connected(base)
        with pytest.raises(UnexpectedResponse, match="redirect"):
            session.get("https://graph.example.test/x")


def test_what_is_kept_is_the_reply_as_received_without_secrets() -> None:
    """Body and headers are kept byte for byte, less tokens and cookies."""
    body = f'{{"next":"https://graph.example.test/f?access_token={TOKEN}&after=Q","a":"\u00e9"}}'.encode()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, body, Set_Cookie="session=1", X_Echo=f"Bearer {TOKEN}")

    with serving(respond) as base:
        session, adapter = connected(base)
        got = session.get(f"https://graph.example.test/x?access_token={TOKEN}&limit=1")
    assert got.content == body
    kept = adapter.last
    assert kept is not None
    assert kept.body == body.replace(TOKEN.encode(), b"[removed]")
    assert kept.redacted
    assert kept.received_at == NOW
    assert kept.request.endswith("/x?access_token=[removed]&limit=1")
    assert "set-cookie" not in {name.lower() for name, _ in kept.headers}
    assert TOKEN not in repr(kept)
    assert not session.cookies


def test_a_reply_without_secrets_is_not_marked_redacted() -> None:
    """An untouched body is the body as received."""
    with serving(lambda handler: reply(handler, b'{"data":[]}')) as base:
        session, adapter = connected(base)
        session.get("https://graph.example.test/x")
    assert adapter.last is not None
    assert (adapter.last.body, adapter.last.redacted) == (b'{"data":[]}', False)


def test_a_reply_that_drips_is_given_up() -> None:
    """A server that sends a byte now and then cannot hold a worker for ever."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.02)

    with serving(respond) as base:
        session, _ = connected(base, ConnectorOptions(read_timeout=1.0, total_timeout=0.1))
        with pytest.raises(PlatformUnavailable, match="too long"):
            session.get("https://graph.example.test/x")


def test_environment_proxies_and_passwords_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy nor a .netrc from the environment changes where or how we call."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(lambda handler: reply(handler, b"{}")) as base:
        session, _ = connected(base)
        assert session.get("https://graph.example.test/x").status_code == 200


def test_library_logs_hold_neither_token_nor_comment(caplog: pytest.LogCaptureFixture) -> None:
    """The libraries' debug records are dropped, and addresses in their warnings lose their query."""
    guard_library_logs()
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("urllib3.connectionpool")
    log.debug("GET /x?access_token=%s", TOKEN)
    log.warning("odd headers (url=%s)", f"https://graph.example.test/x?access_token={TOKEN}")
    assert TOKEN not in caplog.text
    assert "odd headers" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "https://g.example.test/x?access_token=abc123&limit=1",
        "access_token%3Dabc123%26limit",
        "appsecret_proof=abc123",
        "Authorization: Bearer abc123abc123",
        "oauth_token=abc123, oauth_signature=abc123",
    ],
)
def test_what_is_named_like_a_secret_is_removed(text: str) -> None:
    """Even a token that is not ours is taken out where its name gives it away."""
    assert "abc123" not in Redactor([]).text(text)


def test_a_secret_is_found_however_it_is_written() -> None:
    """Plain, escaped for an address, and escaped for JSON."""
    secret = "a/b+c=d|e-secret"
    redactor = Redactor([secret])
    for form in (secret, "a%2Fb%2Bc%3Dd%7Ce-secret", "a\\/b+c=d|e-secret"):
        assert redactor.body(f"x {form} y".encode()) == (b"x [removed] y", True)
        assert redactor.text(f"x {form} y") == "x [removed] y"
    assert secret not in repr(redactor)


def test_a_platforms_words_are_made_fit_to_show() -> None:
    """One line, no control characters, no address query, cut short."""
    words = Redactor([TOKEN]).words(f"a\x1b[31m\nb {TOKEN} https://x.example.test/p?q=secret " + "z" * 500)
    assert "\x1b" not in words
    assert "\n" not in words
    assert "secret" not in words
    assert TOKEN not in words
    assert len(words) <= 200


def test_a_limit_is_remembered_for_its_family_and_no_longer() -> None:
    """Calls of a limited family are refused until the time is up; others go on."""
    moment = [NOW]
    limits = Limits(lambda: moment[0])
    limits.note("mentions", NOW + timedelta(minutes=5))
    limits.note("search", None)
    with pytest.raises(RateLimited) as caught:
        limits.check("mentions")
    assert caught.value.until == NOW + timedelta(minutes=5)
    limits.check("search")
    moment[0] = NOW + timedelta(minutes=5)
    limits.check("mentions")


def test_the_reset_time_is_told_by_our_clock() -> None:
    """A platform whose clock runs an hour ahead does not make us wait an hour longer."""
    headers = {
        "Date": "Fri, 20 Nov 2026 10:00:00 GMT",
        "x-rate-limit-reset": str(int((NOW + timedelta(hours=1, minutes=15)).timestamp())),
    }
    assert read_usage(headers, NOW).reset == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("value", ["", "soon", "-1", "9" * 30, "\u0663", "0"])
def test_a_reset_time_that_makes_no_sense_counts_as_absent(value: str) -> None:
    """A broken header is no reason to fail, nor to wait for ever."""
    assert read_usage({"x-rate-limit-reset": value}, NOW).reset is None


@pytest.mark.parametrize("value", ["", "{", "[]", "7", '{"1":[{"call_count":"x"}]}', "[" * 100_000])
def test_usage_headers_that_make_no_sense_count_as_absent(value: str) -> None:
    """The same for Graph's JSON headers."""
    usage = read_usage({"X-Business-Use-Case-Usage".lower(): value}, NOW)
    assert usage.percent is None
    assert usage.regain is None
