"""How a person reports a comment in each platform's own app, from a table that a Trust keeps up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from rules.schema import Category
from worker.review.entries import Entry, read_entries, refuse_problems

#: The table's file in the folder of reference data.
TABLE = "report-forms.yaml"
_TOP = "report_forms"
_KEYS = ("name", "steps", "confirmation", "link", "forms")
_FILLED = ("{comment_id}", "{author_id}")


@dataclass(frozen=True, slots=True)
class Form:
    """A page of the platform's on which a category is reported.

    Attributes:
        checked_on: when somebody last opened it; None where nobody has.
    """

    address: str
    checked_on: date | None


@dataclass(frozen=True, slots=True)
class ReportForm:
    """How one platform is reported to.

    Attributes:
        steps: what a person does in its app, in order.
        confirmation: how it confirms and answers; empty where that is not known.
        link: opens one comment, with places to fill; empty where the comment's own address does.
        forms: pages by category.
    """

    platform: str
    name: str
    steps: tuple[str, ...]
    confirmation: str
    link: str
    forms: Mapping[str, Form]

    def deep_link(self, comment_id: str, author_id: str | None) -> str | None:
        """The address that opens one comment; None where none is known, or an id is missing for it."""
        if not self.link or ("{author_id}" in self.link and author_id is None):
            return None
        filled = self.link.replace("{comment_id}", quote(comment_id, safe=""))
        return filled.replace("{author_id}", quote(author_id or "", safe=""))


def load_report_forms(path: Path) -> Mapping[str, ReportForm]:
    """Read the table, by platform.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file, entries = read_entries(path, _TOP)
    forms = {entry.name: _form(entry) for entry in entries}
    refuse_problems(file, path, "The table of report forms")
    return forms


def _form(entry: Entry) -> ReportForm:
    entry.known(_KEYS)
    link = entry.text("link", needed=False)
    bare = link
    for place in _FILLED:
        bare = bare.replace(place, "")
    if link and ("{" in bare or "}" in bare):
        entry.wrong("link", f"a link has no other places than {' and '.join(_FILLED)}")
    if link:
        _must_be_secure(entry, "link", link)
    return ReportForm(
        platform=entry.name,
        name=entry.text("name"),
        steps=entry.texts("steps"),
        confirmation=entry.text("confirmation", needed=False),
        link=link,
        forms={each.name: _page(each) for each in entry.below("forms")},
    )


def _page(page: Entry) -> Form:
    page.known(("address", "checked_on"))
    if page.name not in tuple(Category):
        page.wrong(None, f'there is no category "{page.name}"')
    address = page.text("address")
    if address:
        _must_be_secure(page, "address", address)
    written = page.text("checked_on", needed=False)
    checked = None
    if written:
        try:
            checked = date.fromisoformat(written)
        except ValueError:
            page.wrong("checked_on", f'"{written}" is no day; write it as 2026-12-25')
    return Form(address, checked)


def _must_be_secure(entry: Entry, name: str, address: str) -> None:
    if not address.startswith("https://"):
        entry.wrong(name, "an address begins with https://")
