"""Fetching one picture or video through the guard, exactly as the platform gives it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.kinds import kind_of

_REDIRECTS = 5
_READ_BYTES = 65_536
_ANSWER_SECONDS = 15.0
_HEADERS = {
    "Accept": "image/jpeg,image/png,image/gif,image/webp,video/mp4,*/*;q=0.1",
    "Accept-Encoding": "identity",
    "User-Agent": "Mozilla/5.0 (compatible; Upstander evidence capture)",
}
#: Headers of the answer that say something about the bytes, and nothing secret.
_KEPT = ("Content-Type", "Content-Length", "Last-Modified", "ETag", "Date", "Age")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One picture or video to fetch.

    Attributes:
        proxy: the guard's address with the pass in it.
        most_bytes: more than these are not taken.
        seconds: for all of it.
    """

    url: str
    proxy: str
    most_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came.

    Attributes:
        data: the bytes, as received.
        facts: about them, for the custody facts.
    """

    data: bytes
    facts: dict[str, Any]


def fetch(wanted: Wanted, *, ticks: Callable[[], float] = time.monotonic) -> Fetched:
    """Fetch one picture or video.

    Query strings of media addresses hold tokens: the facts have the address without its query, and the
    SHA-256 of the whole, so that it can be matched with the platform's reply without being told.

    Raises:
        RenderFailed: it did not come whole, or is no picture or video that is taken.
    """
    until = ticks() + wanted.seconds
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": wanted.proxy, "https": wanted.proxy}
        address, before = wanted.url, 0
        while True:
            left = _left(until, ticks)
            with _ask(session, address, min(left, _ANSWER_SECONDS)) as answer:
                onward = _redirect(answer, address)
                if onward is None:
                    data = _read(answer, wanted.most_bytes, until, ticks)
                    return Fetched(data, _facts(wanted.url, address, before, answer, data))
            address, before = onward, before + 1
            if before > _REDIRECTS:
                raise RenderFailed("refused", "The platform redirected too often.")


def _left(until: float, ticks: Callable[[], float]) -> float:
    left = until - ticks()
    if left <= 0:
        raise RenderFailed("too_slow", "The media took too long to come.")
    return left


def _ask(session: requests.Session, address: str, seconds: float) -> requests.Response:
    _split(address)
    try:
        return session.get(address, headers=_HEADERS, timeout=seconds, stream=True, allow_redirects=False)
    except (requests.RequestException, HTTPError, ValueError) as error:  # its text may hold the pass
        slow = isinstance(error, requests.Timeout)
        raise RenderFailed(
            "too_slow" if slow else "unreachable", "The media's address did not answer."
        ) from None


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        odd = parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc
    except ValueError:
        odd, parts = True, SplitResult("", "", "", "", "")
    if odd:
        raise RenderFailed("blocked", "The media's address is no plain web address.")
    return parts


def _redirect(answer: requests.Response, address: str) -> str | None:
    """Where an answer leads on to; None where it is the thing itself."""
    status = answer.status_code
    if status in {301, 302, 303, 307, 308} and answer.headers.get("Location"):
        onward = urljoin(address, answer.headers["Location"])
        if address.startswith("https:") and not onward.startswith("https:"):
            raise RenderFailed("refused", "The platform redirected to an address without encryption.")
        return onward
    if status in {404, 410}:
        raise RenderFailed("gone", f"The platform says that the media are not there ({status}).")
    if status != 200:
        raise RenderFailed("refused", f"The platform answered {status} where the media should be.")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RenderFailed("refused", "The platform sent the media in another form than asked for.")
    return None


def _read(answer: requests.Response, most: int, until: float, ticks: Callable[[], float]) -> bytes:
    """The body as it came over the wire, chunking removed."""
    parts: list[bytes] = []
    size = 0
    try:
        while data := answer.raw.read(_READ_BYTES, decode_content=False):
            parts.append(data)
            size += len(data)
            if size > most:
                raise RenderFailed("too_large", f"The media are larger than {most} bytes.")
            _left(until, ticks)
    except (HTTPError, OSError):
        raise RenderFailed("damaged", "The media did not come whole.") from None
    return b"".join(parts)


def _facts(asked: str, final: str, redirects: int, answer: requests.Response, data: bytes) -> dict[str, Any]:
    # Its decoders are loaded where media are fetched, in a child, and nowhere else.
    from worker.evidence.render.likeness import likeness  # noqa: PLC0415 -- see above

    kind = kind_of(data)
    if kind is None:
        raise RenderFailed("not_media", "What came is no picture or video of a kind that is taken.")
    return {
        "asked": _plain(asked),
        "asked_sha256": hashlib.sha256(asked.encode()).hexdigest(),
        "final": _plain(final),
        "final_sha256": hashlib.sha256(final.encode()).hexdigest(),
        "redirects": redirects,
        "headers": {
            name: _printable(answer.headers[name]) for name in _KEPT if answer.headers.get(name) is not None
        },
        "type": kind.type,
        "end": kind.end,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        **likeness(data, kind),
    }


def _plain(address: str) -> str:
    """An address without its query and fragment."""
    return _printable(_split(address)._replace(query="", fragment="").geturl(), most=2_000)


def _printable(text: str, *, most: int = 200) -> str:
    return "".join(each if " " <= each <= "~" else "?" for each in text[:most])
