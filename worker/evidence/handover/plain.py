"""Hostile text for places without markup: text files, spreadsheets, word processors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

from worker.clock import LONDON
from worker.evidence.show_text import visible

#: How `visible` marks a hidden character; everything else in its answer is escaped text.
_MARKED = re.compile(r'<span class="hidden">(U\+[0-9A-F]+)</span>')
#: No XML may hold these two, and `visible` lets them pass.
_NOT_XML = re.compile("[\ufffe\uffff]")
#: What a spreadsheet takes for the beginning of a formula, its full-width twins included.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
#: A spreadsheet refuses cells of more than 32,767 characters.
_LONGEST_CELL = 30_000


def written_out(text: str) -> str:
    """Text with every character that hides or reorders written out, as in [U+202E]. Lines stay."""
    shown = unescape(_MARKED.sub(r"[\1]", str(visible(text))))
    return _NOT_XML.sub(lambda found: f"[U+{ord(found[0]):04X}]", shown)


def cell(value: object) -> str:
    """A value for a spreadsheet: on one line, and never a formula."""
    if value is None:
        return ""
    text = " / ".join(part for part in re.split(r"[\r\n\t]+", written_out(str(value))) if part)
    if len(text) > _LONGEST_CELL:
        text = f"{text[:_LONGEST_CELL]} [cut here: the sealed evidence has it whole]"
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def utc(moment: datetime | None, missing: str = "not given by the platform") -> str:
    """A moment to the second, in UTC."""
    if moment is None:
        return missing
    return f"{moment.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC".lstrip("0")


def london(moment: datetime | None) -> str:
    """The same moment as clocks in the United Kingdom showed it."""
    return "" if moment is None else f"{moment.astimezone(LONDON):%d %B %Y, %H:%M:%S %Z}".lstrip("0")
