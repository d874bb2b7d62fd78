"""Are the words that the database holds for a comment those that were sealed?"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from worker.evidence.bag import PAYLOAD
from worker.evidence.show_text import visible
from worker.evidence.verify import read_small

#: More than any report of ours: a planted giant is not read.
_LONGEST = 32 * 1024 * 1024


def told_as_sealed(folder: Path, text: str | None) -> bool:
    """Whether the report in a bag shows exactly this text as the comment's.

    Args:
        folder: the bag.
        text: what the database holds, or None where the platform gave no text.
    """
    report = read_small(folder / PAYLOAD / "report.html", _LONGEST)
    if report is None:
        return False
    try:
        sealed = _words(report.decode())
    except UnicodeDecodeError:
        return False
    return sealed == (None if text is None else _words(f'<div class="words main">{visible(text)}</div>'))


def _words(page: str) -> str | None:
    reader = _Words()
    reader.feed(page)
    reader.close()
    return reader.found


class _Words(HTMLParser):
    """Reads what stands in the one part of a report that holds the comment's words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: str | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """The words begin at the first part of that class; there is no second."""
        if tag == "div" and dict(attrs).get("class") == "words main" and self.found is None:
            self.found, self._inside = "", True

    def handle_endtag(self, tag: str) -> None:
        """The words end where their part ends; nothing in them can open another."""
        if tag == "div":
            self._inside = False

    def handle_data(self, data: str) -> None:
        """Some of the words."""
        if self._inside:
            self.found = (self.found or "") + data
