"""What a page received, listened to from beside it and kept as a WACZ.

Nothing is held up for it: Chromium itself puts the bytes aside while they come, so that what is kept is
neither decoded nor drawn anew, and is asked for them when everything else of the page is safe.
"""

from __future__ import annotations

import base64
import re
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession
from playwright.sync_api import Error as PlaywrightError

from worker.evidence.render.relay import ANSWERED_BY, GUARD
from worker.evidence.render.wacz import Reply, write_wacz

#: The most of one body, and of all of them with their headers.
MOST_EACH = 8_000_000
MOST_ALL = 24_000_000
_MOST_REPLIES = 1_000
#: What Chromium puts aside before the oldest has to go, the page's own reply first: more than the guard lets
#: a page fetch.
_ASIDE = 200_000_000
#: What asking for bodies leaves of the job's time for writing: running over would lose the whole page.
_SPARE_SECONDS = 5.0
_NO_PAGE = "the page's own reply could not be had whole"
_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,8000}\Z")


@dataclass(slots=True)
class _Heard:
    """What was heard of one reply so far.

    Attributes:
        method, url: of the request.
        answer: what Chromium tells of it.
        began: by Chromium's own count of seconds.
        size: of the body as far as it came, in bytes, any compression undone.
        whole: the browser read it to its end.
    """

    method: str
    url: str
    answer: dict[str, Any]
    began: float
    size: int = 0
    whole: bool = False


class Received:
    """Listens to one page from before it is opened.

    A fault in here never costs the page: it is told when the WACZ is asked for.

    Args:
        line: Chromium's, for that page.
        at: this moment, by the clock that was handed in.
    """

    def __init__(self, line: CDPSession, at: datetime) -> None:
        self._line = line
        self._at = at
        self._began = time.monotonic()
        self._first: float | None = None
        self._under_way: dict[str, tuple[str, str]] = {}
        self._heard: dict[str, _Heard] = {}
        self._left_out: Counter[str] = Counter()
        self._problem: str | None = None
        for event, listener in (
            ("requestWillBeSent", self._asked),
            ("responseReceived", self._answered),
            ("dataReceived", self._came),
            ("loadingFinished", self._ended),
        ):
            line.on(f"Network.{event}", listener)
        try:
            # One byte: what Chromium keeps by itself, it keeps as text that was decoded and may be mended.
            line.send("Network.enable", {"maxTotalBufferSize": 1, "maxResourceBufferSize": 1})
            aside = {"maxTotalBufferSize": _ASIDE, "maxResourceBufferSize": MOST_EACH}
            line.send("Network.configureDurableMessages", aside)
        except PlaywrightError:
            self._problem = "this Chromium does not put aside what it receives"

    def save(self, path: Path, document: str, title: str, until: float) -> dict[str, Any]:
        """Write the WACZ, if there is something to put in it.

        Args:
            document: Chromium's number of the one that was judged; its reply has the same.
            until: when the job must be over, by the monotonic clock.

        Returns:
            Facts: `problem` (None where it was written), how many `replies` are in it, and of those that are
            `left_out` how many for which reason.
        """
        replies: list[Reply] = []
        problem = self._problem
        if problem is None:
            try:
                problem = self._save(path, document, title, until - _SPARE_SECONDS, replies)
            except Exception as error:  # noqa: BLE001 - the page is safe already, and stays so whatever this does
                problem = f"it could not be written ({type(error).__name__})"
        if problem is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        kept = 0 if problem else len(replies)
        return {"problem": problem, "replies": kept, "left_out": dict(sorted(self._left_out.items()))}

    def _save(self, path: Path, document: str, title: str, until: float, replies: list[Reply]) -> str | None:
        if document not in self._heard:
            return _NO_PAGE
        left = MOST_ALL
        for number, heard in sorted(self._heard.items(), key=lambda pair: pair[0] != document):
            why = _left_out(heard, left) if time.monotonic() < until else "out of time"
            body = self._body(number, heard.size) if why is None else None
            if body is not None:
                reply = self._reply(heard, body)
                left -= len(body) + sum(len(name) + len(value) for name, value in reply.headers)
                replies.append(reply)
                continue
            self._left_out[why or "not put aside by the browser"] += 1
            if number == document:
                return _NO_PAGE
        made_at = self._at + timedelta(seconds=time.monotonic() - self._began)
        path.write_bytes(write_wacz(replies, replies[0], title, made_at))
        return None

    def _reply(self, heard: _Heard, body: bytes) -> Reply:
        answer = heard.answer
        headers = tuple(
            (str(name), value)
            for name, values in answer["headers"].items()
            for value in str(values).split("\n")  # several of one name come in one text
        )
        at = self._at + timedelta(seconds=heard.began - (self._first or heard.began))
        return Reply(heard.url, int(answer["status"]), str(answer["statusText"]), headers, body, at)

    def _body(self, number: str, size: int) -> bytes | None:
        """A body's bytes; None where they are not all there, or not as they came."""
        try:
            given = self._line.send("Network.getResponseBody", {"requestId": number})
        except PlaywrightError:
            return None
        text = str(given["body"])
        body = base64.b64decode(text) if given["base64Encoded"] else text.encode("utf-8", "replace")
        return body if len(body) == size else None

    def _asked(self, event: dict[str, Any]) -> None:
        number, request = str(event["requestId"]), event["request"]
        if "redirectResponse" in event:  # it goes on under the same number, and has lost its first body
            self._left_out["redirected"] += 1
        if self._first is None:
            self._first = float(event["timestamp"])
        url = str(request["url"]).partition("#")[0]
        if url.startswith(("http:", "https:")):
            self._under_way[number] = (str(request["method"]), url)

    def _answered(self, event: dict[str, Any]) -> None:
        number = str(event["requestId"])
        asked = self._under_way.pop(number, None)
        if asked is None:
            return
        if len(self._heard) < _MOST_REPLIES:
            self._heard[number] = _Heard(*asked, event["response"], float(event["timestamp"]))
        else:
            self._left_out["too many"] += 1

    def _came(self, event: dict[str, Any]) -> None:
        heard = self._heard.get(str(event["requestId"]))
        if heard is not None:
            heard.size += int(event["dataLength"])

    def _ended(self, event: dict[str, Any]) -> None:
        heard = self._heard.get(str(event["requestId"]))
        if heard is not None:
            heard.whole = True


def _left_out(heard: _Heard, left: int) -> str | None:
    """Why a reply is not for the archive; None where it is.

    Args:
        left: how many bytes may still come into it.
    """
    headers = {str(name).lower(): value for name, value in heard.answer["headers"].items()}
    if headers.get(ANSWERED_BY.lower()) == GUARD:
        return "refused by our guard"
    if heard.method != "GET":
        return "not asked for by GET"
    if not _plain(heard.url):
        return "at an odd address"
    if not heard.whole:
        return "not read to the end"
    return "too large" if heard.size > min(MOST_EACH, left) else None


def _plain(url: str) -> bool:
    if _ADDRESS.match(url) is None:
        return False
    try:
        parts = urlsplit(url)
        return parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
