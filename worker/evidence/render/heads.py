"""Reading the head of a request and of an answer, strictly: what is odd is refused, never mended."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import NoReturn

_REQUEST = re.compile(rb"([A-Z]{3,10}) ([\x21-\x7e]{1,8192}) HTTP/1\.([01])\Z")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*\Z")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:/?#@\\%]+)(?::(?P<port>[0-9]{1,5}))?\Z")
_ABSOLUTE = re.compile(r"http://(?P<authority>[^/?#\\]*)(?P<path>[^#\\]*)\Z", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\x00-\x08\x0a-\x1f\x7f]*)?\Z")
#: Between two machines only, never passed on.
_HOP = frozenset(
    {"connection", "proxy-connection", "keep-alive", "te", "trailer", "proxy-authorization", "upgrade"}
    | {"proxy-authenticate", "alt-svc"}
)


class OddRequest(Exception):
    """This is no request that an honest browser makes.

    Args:
        why: what is odd.
        host: whom it asked for, where that could be read.
        port: and at which port; 0 where unknown.
    """

    def __init__(self, why: str, host: str = "", port: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.host = host
        self.port = port


@dataclass(frozen=True, slots=True)
class Wish:
    """What one request asks of the guard.

    Attributes:
        tunnel: it is a CONNECT.
        onward: the head to send on; empty for a tunnel.
    """

    tunnel: bool
    host: str
    port: int
    onward: bytes


def read_pass(head: bytes) -> tuple[str, str] | None:
    """The name and password that a request shows in Proxy-Authorization; None where it shows none."""
    lines = head.split(b"\r\n")
    given = [line for line in lines if line[:20].lower() == b"proxy-authorization:"]
    scheme, _, text = (given[0][20:].strip() if len(given) == 1 else b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, password = base64.b64decode(text, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


def read_wish(head: bytes) -> Wish:
    """Read a request's head, up to and with the empty line.

    Raises:
        OddRequest: it is not exactly what a browser sends to a proxy.
    """
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    request = _REQUEST.match(first)
    if request is None:
        raise OddRequest("the request line is odd")
    method, target = request[1], request[2].decode("ascii")
    headers = [_header(line) for line in lines]
    tunnel = method == b"CONNECT"
    if request[3] == b"0" and not tunnel:
        raise OddRequest("the version is odd")
    host, port, path = _tunnel(target) if tunnel else _absolute(target)
    _check(method, headers, host, port)
    onward = b"" if tunnel else _onward(method, path, headers)
    return Wish(tunnel, host, port, onward)


def read_answer(head: bytes) -> tuple[int, bytes]:
    """Read an answer's head.

    Returns:
        Its status, and the head to hand on: the connection ends with this answer.

    Raises:
        OddRequest: it is no HTTP/1.x answer.
    """
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    status = _STATUS.match(first)
    if status is None:
        raise OddRequest("the answer's first line is odd")
    kept = [(name, value) for name, value in map(_header, lines) if name.lower() not in _HOP]
    if sum(name.lower() == "content-length" for name, _ in kept) > 1:
        raise OddRequest("the answer has two lengths")
    if {"content-length", "transfer-encoding"} <= {name.lower() for name, _ in kept}:
        raise OddRequest("the answer has two lengths")
    return int(status[1]), _join(first, kept)


def _header(line: bytes) -> tuple[str, bytes]:
    header = _HEADER.match(line)
    if header is None:
        raise OddRequest("a header is odd")
    return header[1].decode("ascii"), header[2]


def _tunnel(target: str) -> tuple[str, int, str]:
    host, port = _authority(target, 0)
    if port == 0:
        raise OddRequest("the port is missing", host)
    return host, port, ""


def _absolute(target: str) -> tuple[str, int, str]:
    parts = _ABSOLUTE.match(target)
    if parts is None:
        raise OddRequest("the address is not a whole http address")
    host, port = _authority(parts["authority"], 80)
    path = parts["path"]
    return host, port, path if path.startswith("/") else "/" + path


def _authority(text: str, port: int) -> tuple[str, int]:
    if "@" in text:
        raise OddRequest("the address holds a user's name", text.rpartition("@")[2])
    parts = _AUTHORITY.match(text)
    if parts is None:
        raise OddRequest("the host is odd", text)
    number = int(parts["port"]) if parts["port"] else port
    if number > 65535:
        raise OddRequest("the port is odd", parts["host"])
    return parts["host"].lower().removeprefix("[").removesuffix("]"), number


def _check(method: bytes, headers: list[tuple[str, bytes]], host: str, port: int) -> None:
    def odd(why: str) -> NoReturn:
        raise OddRequest(why, host, port)

    names = [name.lower() for name, _ in headers]
    hosts = [value for name, value in headers if name.lower() == "host"]
    # Python's own client opens tunnels without a Host until 3.12.
    if len(hosts) != 1 and not (method == b"CONNECT" and not hosts):
        odd("there is not exactly one Host")
    for each in hosts:
        try:
            named = _authority(each.decode("ascii"), 443 if method == b"CONNECT" else 80)
        except (OddRequest, UnicodeDecodeError):
            odd("the Host is odd")
        if named != (host, port):
            odd("the Host is another than the address's")
    if method not in {b"CONNECT", b"GET", b"HEAD"}:
        odd("only reading is allowed")
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    if "transfer-encoding" in names or len(lengths) > 1 or any(value != b"0" for value in lengths):
        odd("a body was to be sent")
    if "upgrade" in names:
        odd("another protocol was asked for")


def _onward(method: bytes, path: str, headers: list[tuple[str, bytes]]) -> bytes:
    kept = [(name, value) for name, value in headers if name.lower() not in _HOP]
    return _join(method + b" " + path.encode("ascii") + b" HTTP/1.1", kept)


def _join(first: bytes, headers: list[tuple[str, bytes]]) -> bytes:
    lines = [first, *(name.encode("ascii") + b": " + value for name, value in headers), b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n"
