"""Asking a timestamp authority: bounded in time and size, discreet, and never taken at its word."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import rfc3161_client as rfc3161

from tests.services.tsa import SLOW_SECONDS, STAMPED, LoopbackAuthority, Trouble
from worker.errors import SettingsError
from worker.evidence.timestamp import (
    Authority,
    AuthorityRefused,
    AuthorityUnreachable,
    TimestampFault,
    TimestampWrong,
    read_certificates,
)

PASSWORD = "hunter2-not-for-logs"


@contextmanager
def answering(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that says fixed bytes to whoever connects, with a pause before each part; its address."""

    def say(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            for part in parts:
                time.sleep(pause)
                try:
                    connection.sendall(part)
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=say, args=(server,))
        thread.start()
        yield f"http://user:{PASSWORD}@127.0.0.1:{server.getsockname()[1]}/tsr?key={PASSWORD}"
        thread.join(10)


def test_only_the_hash_leaves_the_house(tsa: LoopbackAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority learns a SHA-256 and nothing of the content, and is asked for nonce and certificate."""
    seen: list[bytes] = []
    ask = Authority._ask

    def watched(self: Authority, query: bytes) -> bytes:
        seen.append(query)
        return ask(self, query)

    monkeypatch.setattr(Authority, "_ask", watched)
    tsa.authority().stamp(STAMPED)
    (query,) = seen
    read = rfc3161._rust.parse_timestamp_request(query)
    assert STAMPED not in query
    assert len(read.message_imprint.message) == 32
    assert read.nonce
    assert read.cert_req


@pytest.mark.parametrize(
    ("trouble", "kind", "words"),
    [
        ("rejects", AuthorityRefused, "status 2"),
        ("wrong nonce", TimestampWrong, "answers another query"),
        ("other message", TimestampWrong, "over other bytes"),
        ("garbage", TimestampWrong, "cannot be read"),
        ("giant", AuthorityRefused, "far longer"),
    ],
)
def test_what_is_not_as_asked_is_not_believed(
    trouble: Trouble, kind: type[TimestampFault], words: str, tsa: LoopbackAuthority
) -> None:
    """Whatever an authority, or somebody in its place, sends instead of the stamp asked for is named."""
    tsa.trouble = trouble
    with pytest.raises(kind, match=words) as told:
        tsa.authority().stamp(STAMPED)
    assert told.value.safe
    assert told.value.do


def test_an_authority_that_is_gone_is_named_and_comes_back(tsa: LoopbackAuthority) -> None:
    """Off the net it is unreachable, never a stamp that counts; back again it stamps."""
    tsa.server.stop()
    try:
        with pytest.raises(AuthorityUnreachable, match=r"127\.0\.0\.1 gave no answer.*pending"):
            tsa.authority().stamp(STAMPED)
    finally:
        tsa.server.start()
    assert tsa.authority().stamp(STAMPED).serial


def test_a_slow_authority_does_not_hold_the_worker(tsa: LoopbackAuthority) -> None:
    """Who does not answer in time is unreachable."""
    tsa.trouble = "slow"
    with pytest.raises(AuthorityUnreachable, match="Timeout"):
        tsa.authority(timeout_seconds=SLOW_SECONDS / 4).stamp(STAMPED)


def test_a_dripping_answer_does_not_hold_the_worker(tsr: bytes, tsa: LoopbackAuthority) -> None:
    """An answer that comes byte by byte is ended after the time for the whole."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
    with answering(head, *[b"0"] * 20, pause=0.05) as url:
        began = time.monotonic()
        with pytest.raises(AuthorityUnreachable, match="too long"):
            Authority(url, tsa.authority().roots, 0.2).stamp(STAMPED)
        assert time.monotonic() - began < 0.9


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", AuthorityRefused, "HTTP 503"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
            AuthorityRefused,
            "302",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n0", AuthorityUnreachable, "gave no answer"),
        (b"nonsense\r\n\r\n", AuthorityUnreachable, "gave no answer"),
    ],
    ids=["busy", "redirect", "cut off", "no HTTP"],
)
def test_a_broken_answer_is_named_without_the_address(
    answer: bytes, kind: type[TimestampFault], words: str, tsa: LoopbackAuthority
) -> None:
    """A broken answer is told by the host alone: user, password and key in the address reach no error."""
    with answering(answer) as url, pytest.raises(kind, match=words) as told:
        Authority(url, tsa.authority().roots, 2.0).stamp(STAMPED)
    shown = f"{told.value} {told.value!r} {told.value.__cause__!r}"
    assert PASSWORD not in shown
    assert "127.0.0.1" in shown


def test_an_address_that_is_none_is_told(tsa: LoopbackAuthority) -> None:
    """A mistyped setting is told in words too."""
    with pytest.raises(AuthorityUnreachable, match=r"evidence\.tsa_url"):
        replace(tsa.authority(), url="tsa.example.test").stamp(STAMPED)


def test_the_words_of_an_authority_are_harmless(
    tsa: LoopbackAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an authority writes into a refusal is shortened, and nothing in it acts on a terminal."""

    class Refusal:
        status = 2
        status_string = ("\x1b]0;owned\x07\u202e" + "x" * 5000,)

    monkeypatch.setattr(rfc3161, "decode_timestamp_response", lambda reply: Refusal)
    with pytest.raises(AuthorityRefused) as told:
        tsa.authority().stamp(STAMPED)
    assert len(told.value.happened) < 400
    assert told.value.happened.isprintable()


@pytest.mark.parametrize("content", [None, b"", b"no certificate\n"], ids=["missing", "empty", "text"])
def test_unusable_root_certificates_are_named(content: bytes | None, tmp_path: Path) -> None:
    """A wrong file of root certificates is told with the setting that names it."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"ca\.pem.*evidence\.tsa_ca_file"):
        read_certificates(path)


def test_proxies_come_from_the_settings_alone(
    tsa: LoopbackAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's proxy is not used; one that is handed in is."""
    seen: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.send_error(502)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert tsa.authority().stamp(STAMPED).serial
    with HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        thread = threading.Thread(target=proxy.handle_request)
        thread.start()
        through = replace(tsa.authority(), proxies={"http": f"http://127.0.0.1:{proxy.server_port}"})
        with pytest.raises(AuthorityRefused, match="502"):
            through.stamp(STAMPED)
        thread.join(10)
    assert seen == [tsa.server.url]
