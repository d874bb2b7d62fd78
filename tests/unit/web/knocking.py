"""Requests as no browser of ours sends them: byte by byte, with whatever somebody likes to write."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse

from tests.web import Site

#: What every answer says of itself, whoever made it.
ALWAYS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        headers: by their names in small letters; cookies stand in `cookies`.
    """

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def knock(
    site: Site,
    path: str | bytes,
    method: str = "GET",
    body: bytes = b"",
    *,
    cookie: str = "",
    **headers: str,
) -> Answer:
    """Send one request and read the answer.

    Args:
        path: exactly as it is sent.
        cookie: the cookies, as one text.
        headers: further ones, with _ for -; an empty one is not sent, Host and Content-Length neither.
    """
    host = site.url.removeprefix("http://")
    made = {"Host": host, "Connection": "close"}
    if body:
        made["Content-Length"] = str(len(body))
    if cookie:
        made["Cookie"] = cookie
    made |= {name.replace("_", "-"): value for name, value in headers.items()}
    target = path.encode("utf-8") if isinstance(path, str) else path
    lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in made.items() if value)
    with socket.create_connection(
        (host.rpartition(":")[0], int(host.rpartition(":")[2])), timeout=60
    ) as line:
        line.sendall(method.encode() + b" " + target + b" HTTP/1.1\r\n" + lines + b"\r\n" + body)
        answer = HTTPResponse(line, method=method)
        answer.begin()
        # A page that stays open never ends: its beginning is enough.
        stays_open = (answer.getheader("content-type") or "").startswith("text/event-stream")
        content = answer.read(10 if stays_open else None)
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, tuple(answer.headers.get_all("Set-Cookie") or ()), content)


def cookie_of(site: Site, role: str) -> str:
    """The cookies of a role's browser, as one text."""
    return "; ".join(f"{each.name}={each.value}" for each in site.browse(role).http.cookies)
