"""What a form brought: texts and files, each asked for by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from worker.clock import LONDON
from worker.errors import UpstanderError

#: More than any form of ours has; a longer one is refused before it is read to its end.
_MOST_FIELDS, _LONGEST_TEXT = 2_000, 256 * 1024
#: So many files one form brings at most.
MOST_FILES = 4
#: What is read of a body that nobody has to be signed in for: more than the words of any form, and no file.
WORDS_ALONE = 2 * 1024 * 1024
#: A body that is too large is read on for so long, and dropped: a browser shows no answer before all is sent.
_DROPPED = 128 * 1024 * 1024


class BadForm(UpstanderError):
    """A form held something that cannot be read; nothing was done."""


@dataclass(frozen=True)
class Fields:
    """The fields of one form, or of an address after its question mark.

    Args:
        texts_of: every text, by name, in the order given.
        files_of: every file, by name.
    """

    texts_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files_of: Mapping[str, UploadFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The field's text without space around it; empty where it is not there."""
        return self.texts(name)[-1].strip() if self.texts(name) else ""

    def secret(self, name: str) -> str:
        """The field's text exactly as it was typed: a password may begin or end with a blank."""
        return self.texts_of.get(name, ("",))[-1]

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value that was given under this name and is not empty."""
        return tuple(each for each in self.texts_of.get(name, ()) if each.strip())

    def one(self, name: str) -> str | None:
        """The field's text, or None where there is none."""
        return self.text(name) or None

    def flag(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.text(name))

    def number(self, name: str) -> int | None:
        """A whole number, or None where there is none.

        Raises:
            BadForm: it is no number that could be ours.
        """
        text = self.text(name)
        if not text:
            return None
        if not text.isascii() or not text.isdecimal() or len(text) > 18:
            raise BadForm(f"“{text[:40]}” is not a number.", safe="Nothing was done.")
        return int(text)

    def day(self, name: str) -> date | None:
        """A date as browsers send it, 2026-11-24, or None.

        Raises:
            BadForm: there is no such day.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadForm(
                f"“{text[:40]}” is not a date.", safe="Nothing was done.", do="Write it as 2026-11-24."
            ) from error

    def moment(self, name: str, at: time = time()) -> datetime | None:
        """A time in London as browsers send it, 2026-11-24T09:00, or a date alone; None where there is none.

        Args:
            at: the time of a date alone.

        Raises:
            BadForm: there is no such time.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            if len(text) == 10:
                return datetime.combine(date.fromisoformat(text), at, tzinfo=LONDON)
            return datetime.fromisoformat(text).replace(tzinfo=LONDON)
        except ValueError as error:
            raise BadForm(
                f"“{text[:40]}” is not a time.", safe="Nothing was done.", do="Write it as 2026-11-24T09:00."
            ) from error

    def upload(self, name: str) -> UploadFile | None:
        """A file that was chosen, or None."""
        return self.files_of.get(name)

    def those(self, unwanted: Iterable[str]) -> list[tuple[str, str]]:
        """Every text but those under some names, as it came, but no `secret_`: to be shown or sent again."""
        kept = set(unwanted)
        return [
            (name, each)
            for name, texts in self.texts_of.items()
            if name not in kept and not name.startswith("secret_")
            for each in texts
        ]


async def read_fields(request: Request, most_bytes: int = WORDS_ALONE) -> tuple[Fields, FormData | None]:
    """The fields of a request: of its form where it posts one, else of its address.

    Args:
        most_bytes: of the whole body.

    Returns:
        The fields, and what has to be closed when they are no longer needed.

    Raises:
        BadForm: the form is too large or cannot be read.
    """
    if request.method in ("GET", "HEAD"):
        asked = request.query_params.multi_items()
        if len(asked) > _MOST_FIELDS:
            raise _unread()
        return Fields(_grouped(asked)), None
    body = _Body(request.receive, most_bytes)
    limited = Request(request.scope, body.receive)
    try:
        form = await limited.form(max_files=MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_TEXT)
    except (HTTPException, UnicodeError, _TooLargeError) as error:
        await body.drop()
        raise _unread() from error
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    files = {name: value for name, value in form.multi_items() if isinstance(value, UploadFile)}
    return Fields(_grouped(texts), {name: each for name, each in files.items() if each.filename}), form


class _TooLargeError(Exception):
    """A body has more bytes than it may."""


class _Body:
    """The body of a request, up to so many bytes.

    Args:
        receive: what brings it.
        most: so many.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._got = 0
        self._comes = True

    async def receive(self) -> Message:
        """The next piece.

        Raises:
            _TooLargeError: it is one too many.
        """
        message = await self._receive()
        self._got += len(message.get("body", b""))
        self._comes = bool(message.get("more_body"))
        if self._got > self._most:
            raise _TooLargeError
        return message

    async def drop(self) -> None:
        """Read on without keeping anything, within reason."""
        while self._comes and self._got < _DROPPED:
            with suppress(_TooLargeError):
                await self.receive()


def _unread() -> BadForm:
    return BadForm("What was sent is too large or cannot be read.", safe="Nothing was done.")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(_plain(name), []).append(_plain(value))
    return {name: tuple(values) for name, values in found.items()}


def _plain(text: str) -> str:
    """A text as a database can keep it: no NUL, no half of a character; lines as we keep them."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\x00", "").replace("\r\n", "\n")
