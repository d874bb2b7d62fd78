"""The guard: requests that no honest browser makes, and answers that can be read in two ways."""

from __future__ import annotations

import re

import pytest

from tests.unit.evidence.render.wires import PAGE, Network, Platform, get, send, with_pass
from worker.evidence.render.guard import Guard
from worker.evidence.render.passes import Pass


def asked(first: str, *headers: str, body: str = "") -> str:
    """A request with the pass in it; `$` stands for the platform's host."""
    lines = [f"{first} HTTP/1.1", *headers, "{pass}"]
    return "\r\n".join(lines).replace("$", PAGE) + "\r\n\r\n" + body


ODD = {
    "userinfo": asked("GET http://a:b@$/", "Host: $"),
    "userinfo for a host": asked("GET http://$@evil.test/", "Host: evil.test"),
    "backslash": asked("GET http://$\\@evil.test/", "Host: evil.test"),
    "no host": asked("GET http://$/"),
    "two hosts": asked("GET http://$/", "Host: $", "Host: b.test"),
    "another host": asked("GET http://$/", "Host: b.test"),
    "another port": asked("GET http://$/", "Host: $:81"),
    "origin form": asked("GET /", "Host: $"),
    "another scheme": asked("GET ftp://$/", "Host: $"),
    "https in the open": asked("GET https://$/", "Host: $"),
    "port off the list": asked("GET http://$:22/", "Host: $:22"),
    "port too high": asked("GET http://$:99999/", "Host: $"),
    "posting": asked("POST http://$/", "Host: $"),
    "both lengths": asked(
        "GET http://$/", "Host: $", "Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\nGET /x"
    ),
    "a length": asked("GET http://$/", "Host: $", "Content-Length: 4", body="abcd"),
    "two lengths": asked("GET http://$/", "Host: $", "Content-Length: 0", "Content-Length: 0"),
    "chunks": asked("GET http://$/", "Host: $", "Transfer-Encoding: chunked"),
    "folded header": asked("GET http://$/", "Host: $", "A: b\r\n c"),
    "bare line feed": asked("GET http://$/", "Host: $", "A: b\nC: d"),
    "space before colon": asked("GET http://$/", "Host : $"),
    "null": asked("GET http://$/", "Host: $", "A: \0"),
    "upgrade": asked("GET http://$/", "Host: $", "Upgrade: websocket"),
    "old version": asked("GET http://$/", "Host: $").replace("HTTP/1.1", "HTTP/1.0"),
    "two spaces": asked("GET  http://$/", "Host: $"),
    "tunnel to 22": asked("CONNECT $:22", "Host: $:22"),
    "tunnel to 80": asked("CONNECT $:80", "Host: $:80"),
    "tunnel nowhere": asked("CONNECT $", "Host: $"),
    "tunnel to an address": asked("CONNECT http://$/", "Host: $"),
    "tunnel and another host": asked("CONNECT $:443", "Host: b.test:443"),
}


@pytest.mark.parametrize("request_", ODD.values(), ids=ODD.keys())
def test_odd_requests_are_refused(request_: str, guard: Guard, held: Pass, net: Network) -> None:
    """What no honest browser sends is refused and written down; not even a name is looked up."""
    assert re.match(rb"HTTP/1\.1 40[03] ", send(guard, with_pass(held, request_)))
    assert len(held.refusals()) == 1
    assert (net.asked, net.dialled) == ([], [])


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n",
        b"220 mail.example.test ESMTP\r\n\r\n",
    ],
)
def test_odd_answers_are_refused(says: bytes, guard: Guard, held: Pass, site: Platform) -> None:
    """An answer that two readers could read in two ways, or that is no HTTP, is not passed on."""
    site.says = says
    assert send(guard, get(held, f"http://{PAGE}/", PAGE)).startswith(b"HTTP/1.1 502 ")
    assert len(held.refusals()) == 1


def test_hints_before_the_answer_are_left_out(guard: Guard, held: Pass, site: Platform) -> None:
    """Early hints and cookies between machines do not reach the browser; the answer does."""
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    site.says = hints + b"HTTP/1.1 200 OK\r\nAlt-Svc: h3\r\nContent-Length: 2\r\n\r\nok"
    answer = send(guard, get(held, f"http://{PAGE}/", PAGE))
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
