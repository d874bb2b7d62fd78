"""A hand-in before it is stored: what somebody gives, and what is asked of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.errors import UpstanderError
from worker.store.handins import HAND_IN_KINDS

#: More than anybody types, less than anything that would be a burden.
MOST_CHARACTERS = 100_000
_SHORT = 500
FORMAT = "upstander-hand-in/1"
#: Somebody wrote down how to sign in somewhere.
_CREDENTIAL = re.compile(
    r"\b(?:pass\s?(?:word|code|phrase)|pwd|pin(?:\s(?:code|number))?|log-?in|user\s?name)\s*(?:is\b|[:=])\s*\S",
    re.IGNORECASE,
)


class HandInIncomplete(UpstanderError):
    """A hand-in lacks something, or says too much of it; nothing was kept."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that was checked and written aside; it counts once the hand-in is stored.

    Attributes:
        token: what it is found by again.
        name: as it came, made harmless to show.
        receipt: what the evidence stage knows of it.
    """

    token: str
    name: str
    media_type: str
    size: int
    sha256: str
    receipt: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody hands in, without its files.

    Attributes:
        what: message, screenshot, email, call or other: by which means it reached them.
        text: the words, or what was said in a call.
        link: an address, kept as text and never fetched.
        service: which service or department it is about.
        name: who gives it, with their role; for a protected one it is encrypted and kept apart.
        protected: whether the name is to be protected.
        staff_on_staff: it is about a colleague: for HR, never judged here.
        speak_up: have the Freedom to Speak Up Guardian told as well.
        about_manager: the name of the manager whom it is about, as `upstander people list` shows it.
        not_a_user: that manager does not work in Upstander. Without this, a name that nobody has is refused.
    """

    what: str
    text: str | None
    link: str | None
    service: str
    name: str = field(repr=False)
    protected: bool = False
    staff_on_staff: bool = False
    speak_up: bool = False
    about_manager: str | None = None
    not_a_user: bool = False

    def check(self, files: int) -> None:
        """Refuse what cannot be worked with.

        Raises:
            HandInIncomplete: with what is missing or too long.
        """
        if self.what not in HAND_IN_KINDS:
            raise _incomplete(f"There is no means {self.what}. Known: {', '.join(HAND_IN_KINDS)}.")
        if not (self.words or self.link or files):
            raise _incomplete("There is nothing in it: no words, no link and no file.")
        if len(self.text or "") > MOST_CHARACTERS:
            raise _incomplete(f"The words are longer than {MOST_CHARACTERS:,} characters.")
        for what, said in (
            ("name and role of whoever hands it in", self.name),
            ("service or department", self.service),
        ):
            if not said.strip():
                raise _incomplete(f"It does not say the {what}.")
        if self.not_a_user and not self.about_manager:
            raise _incomplete("It does not say which manager is no user of Upstander.")
        short = (self.name, self.service, self.link or "", self.about_manager or "")
        if any(len(said) > _SHORT for said in short):
            raise _incomplete(f"A name, a service and a link have at most {_SHORT} characters each.")

    @property
    def words(self) -> str | None:
        """The words, or None where there are none."""
        return self.text if self.text and self.text.strip() else None

    @property
    def holds_credentials(self) -> bool:
        """Whether it looks as if somebody wrote down a password or the like. We never ask for one."""
        return _CREDENTIAL.search(self.text or "") is not None

    @property
    def restrictions(self) -> tuple[str, ...]:
        """Why its case is for named roles only, the gravest reason first; all of them stand.

        What HR has to take on HR sees, handed in under protection or not: the name is sealed apart, and no
        role of HR's opens it.
        """
        reasons = {
            "staff_on_staff": self.staff_on_staff,
            "protected": self.protected and not self.staff_on_staff,
            "manager": self.about_manager is not None,
        }
        return tuple(kind for kind, holds in reasons.items() if holds)


def as_received(given: Given, files: Sequence[HeldFile], now: datetime) -> bytes:
    """The hand-in as canonical JSON, which its evidence is sealed from.

    It says who gave it unless that is protected, and never who wrote what was handed in: nobody knows.
    """
    said: dict[str, Any] = {
        "format": FORMAT,
        "provenance": "handed in",
        "received_at": now.isoformat(),
        "what": given.what,
        "text": given.words,
        "link": given.link,
        "service": given.service,
        "given_by": None if given.protected else given.name,
        "protected": given.protected,
        "about_a_colleague": given.staff_on_staff,
        "about_a_manager": given.about_manager is not None,
        "files": [
            {"name": each.name, "media_type": each.media_type, "bytes": each.size, "sha256": each.sha256}
            for each in files
        ],
    }
    return json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def _incomplete(happened: str) -> HandInIncomplete:
    return HandInIncomplete(happened, safe="Nothing was handed in.")
