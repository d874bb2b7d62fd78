"""What is asked for: which cases, for what, on what legal basis, to whom, and how much of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from worker.errors import Conflict
from worker.store import tables as t
from worker.store.custody import PURPOSES

#: For a purpose that may get whole bags: whose names of staff stand in the report, and who gets a statement.
NAMES_STAFF = frozenset({"police", "solicitor", "hr"})
IN_COURT = frozenset({"police", "solicitor"})
#: Where a copy is redacted unless a reason is given not to; for subject access there is no such reason.
REDACTED = frozenset({"hr", "subject_access"})

_REGION = re.compile(r"(?P<file>[^:]+)(?::(?P<x>\d+),(?P<y>\d+),(?P<w>\d+),(?P<h>\d+))?")
_PICTURE = re.compile(r"\d+-\d+/[A-Za-z0-9][A-Za-z0-9._/-]*")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Region:
    """A picture to include in a redacted copy, and a part of it to black out.

    Attributes:
        file: `<case>-<snapshot>/<name below data/>`.
        box: left, top, width, height in pixels of the picture as it is seen; None: all of it stays.
    """

    file: str
    box: tuple[int, int, int, int] | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `FILE` or `FILE:x,y,w,h`.

        Raises:
            Conflict: it is neither.
        """
        found = _REGION.fullmatch(text)
        file = found["file"].removeprefix("bags/").replace("/data/", "/") if found else ""
        if found is None or not _PICTURE.fullmatch(file) or ".." in file:
            raise Conflict(
                f"{text!r} names no picture, or no part of one.",
                safe="Nothing was asked for.",
                do="Write CASE-SNAPSHOT/NAME, and for a part of it CASE-SNAPSHOT/NAME:x,y,width,height.",
            )
        if found["x"] is None:
            return cls(file, None)
        box = (int(found["x"]), int(found["y"]), int(found["w"]), int(found["h"]))
        if not box[2] or not box[3]:
            raise Conflict(f"{text!r} is a part of no size.", safe="Nothing was asked for.")
        return cls(file, box)


@dataclass(frozen=True, slots=True)
class Request:
    """One hand-over as it is asked for. All of it is frozen in the row once it is asked.

    Attributes:
        cases: by number.
        purpose: one of worker.store.custody.PURPOSES.
        redacted: a working copy without other people's names instead of the sealed bags.
        unredacted_reason: why a purpose that gets redacted copies shall get whole bags.
        witness, occupation, exhibit: for the draft statement and the label; for police and solicitors.
        intimate: that cases with an intimate image are meant to be handed over.
        damaged_reason: why evidence that does not verify shall go along, with a warning.
        keep: names, handles or ids of the people whom a redacted copy is about; they stay.
        replace: names that stand in the words and that no program can know; they are replaced.
        regions: pictures for a redacted copy, and what to black out in them.
    """

    cases: tuple[int, ...]
    purpose: str
    legal_basis: str
    recipient: str
    reason: str
    redacted: bool
    unredacted_reason: str | None = None
    witness: str | None = None
    occupation: str | None = None
    exhibit: str | None = None
    intimate: bool = False
    damaged_reason: str | None = None
    keep: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    regions: tuple[Region, ...] = field(default=())

    def check(self) -> None:
        """Refuse what cannot be asked for.

        Raises:
            Conflict: in words.
        """
        for wrong, words in (
            (not self.cases, "No case was named."),
            (len(set(self.cases)) != len(self.cases), "A case was named twice."),
            (self.purpose not in PURPOSES, f"There is no purpose {self.purpose!r}."),
            (not self.legal_basis.strip(), "The legal basis is missing."),
            (not self.recipient.strip(), "Nobody was named to hand it to."),
            (not self.reason.strip(), "The reason is missing."),
            (any(len(text) > _LONGEST for text in self._texts()), "One of the texts is too long."),
            (
                self.purpose == "subject_access" and not self.redacted,
                "A copy for subject access is always redacted: others have rights in it too.",
            ),
            (
                self.purpose in REDACTED and not self.redacted and not (self.unredacted_reason or "").strip(),
                f"For {self.purpose} a redacted copy is made, unless there is a reason to hand over it all.",
            ),
            (
                self.purpose in IN_COURT and not self.redacted and not (self.witness or "").strip(),
                "Nobody was named who will produce the evidence as a witness.",
            ),
            (
                not self.redacted and bool(self.keep or self.replace or self.regions),
                "Names and pictures are redacted in a redacted copy only: the sealed bags stay as they are.",
            ),
        ):
            if wrong:
                raise Conflict(words, safe="Nothing was asked for.")

    def particulars(self) -> dict[str, Any]:
        """All that the row has no column for, as JSON."""
        columns = {"purpose", "legal_basis", "recipient", "reason", "redacted"}
        given = {name: value for name, value in asdict(self).items() if name not in columns}
        plain: dict[str, Any] = json.loads(json.dumps(given))
        return plain

    @classmethod
    def of(cls, row: t.Export) -> Self:
        """The request that a row holds."""
        given = dict(row.particulars)
        given["regions"] = tuple(
            Region(each["file"], None if each["box"] is None else _box(each["box"]))
            for each in given["regions"]
        )
        given |= {name: tuple(given[name]) for name in ("cases", "keep", "replace")}
        return cls(
            purpose=row.purpose,
            legal_basis=row.legal_basis,
            recipient=row.recipient,
            reason=row.reason,
            redacted=row.redacted,
            **given,
        )

    def fingerprint(self) -> str:
        """SHA-256 of all of it, in hex: the audit keeps it, so that what was approved is what is made."""
        text = json.dumps(_plain(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _texts(self) -> tuple[str, ...]:
        single = (self.legal_basis, self.recipient, self.reason, self.unredacted_reason, self.damaged_reason)
        named = (self.witness, self.occupation, self.exhibit)
        return tuple(text for text in (*single, *named, *self.keep, *self.replace) if text is not None)


def _box(given: list[int]) -> tuple[int, int, int, int]:
    left, top, width, height = given
    return left, top, width, height


def _plain(request: Request) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(request)))
    return found
