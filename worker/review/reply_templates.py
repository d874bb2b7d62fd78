"""Reply templates: what a person may post under a comment, from a file that a Trust keeps up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules.schema import Category
from worker.errors import UpstanderError
from worker.review.entries import Entry, read_entries, refuse_problems

#: The file in the folder of reference data.
TABLE = "reply-templates.yaml"
_TOP = "reply_templates"
_KEYS = ("title", "reasons", "neutral", "text", "x")
#: When a reply fits, beside the categories.
OCCASIONS = (
    "house_rule",
    "hidden",
    "shown_again",
    "warning",
    "criticism",
    "welfare",
    "appeal_changed",
    "appeal_stands",
    "political",
)
REASONS = (*(category.value for category in Category), *OCCASIONS)
#: The places that a template may have, and the setting that fills each.
PLACES: Mapping[str, str] = {
    "trust": "trust_name",
    "pals_phone": "replies.pals_phone",
    "pals_email": "replies.pals_email",
    "house_rules": "replies.house_rules",
    "review_contact": "replies.review_contact",
    "facts_page": "replies.facts_page",
}
#: The longest that X takes; it counts every address as so many characters, however long it is.
X_LONGEST = 280
_X_ADDRESS = 23
_PLACE = re.compile(r"\{([^{}]*)\}")
_ADDRESS = re.compile(r"https?://\S+")
_ID = re.compile(r"[a-z][a-z0-9_]{1,59}")


class ReplyIncomplete(UpstanderError):
    """A reply cannot be used as it is: a place in it is not filled, or it is too long."""


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """One reply, before its places are filled.

    Attributes:
        reasons: when it fits; see REASONS.
        neutral: whether it may be used in a pre-election period.
        x: its short form.
    """

    id: str
    title: str
    reasons: tuple[str, ...]
    neutral: bool
    text: str
    x: str


def load_reply_templates(path: Path) -> tuple[ReplyTemplate, ...]:
    """Read the file, in its order.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file, entries = read_entries(path, _TOP)
    templates = tuple(_template(entry) for entry in entries)
    refuse_problems(file, path, "The reply templates")
    return templates


def templates_for(
    templates: Iterable[ReplyTemplate], reason: str, *, neutral: bool
) -> tuple[ReplyTemplate, ...]:
    """The templates that fit a reason, in the file's order.

    Args:
        reason: a category's id, or one of OCCASIONS.
        neutral: only those that may be used in a pre-election period.
    """
    return tuple(each for each in templates if reason in each.reasons and (each.neutral or not neutral))


def fill(template: ReplyTemplate, values: Mapping[str, str | None], *, short: bool) -> str:
    """A template's words, ready to post.

    Args:
        values: what fills each place; see PLACES.
        short: its short form, for X.

    Raises:
        ReplyIncomplete: a place has nothing to fill it, or the short form is too long.
    """
    words = template.x if short else template.text
    empty = sorted({name for name in _PLACE.findall(words) if not (values.get(name) or "").strip()})
    if empty:
        raise ReplyIncomplete(
            f"The reply {template.id} has places that nothing fills: {', '.join(empty)}.",
            safe="Nothing was shown, so that nobody posts it half empty.",
            do=f"An administrator sets {', '.join(PLACES[name] for name in empty)} in the settings.",
        )
    filled = _PLACE.sub(lambda found: (values[found.group(1)] or "").strip(), words)
    if short and x_length(filled) > X_LONGEST:
        raise ReplyIncomplete(
            f"The reply {template.id} is {x_length(filled)} characters long; X takes {X_LONGEST}.",
            safe="Nothing was shown.",
            do=f"Shorten its `x` in {TABLE}, or what fills it in the settings.",
        )
    return filled


def x_length(words: str) -> int:
    """How long a text is as X counts it, or a little more: an address counts 23, other scripts double."""
    bare = _ADDRESS.sub("x" * _X_ADDRESS, words)
    return sum(1 if ord(letter) < 0x1100 or 0x2000 <= ord(letter) <= 0x2037 else 2 for letter in bare)


def _template(entry: Entry) -> ReplyTemplate:
    entry.known(_KEYS)
    if _ID.fullmatch(entry.name) is None:
        entry.wrong(None, f'"{entry.name}" is no id; write lower-case words with underscores')
    reasons = entry.texts("reasons")
    for reason in reasons:
        if reason not in REASONS:
            entry.wrong("reasons", f'there is no reason "{reason}"')
    template = ReplyTemplate(
        entry.name,
        entry.text("title"),
        reasons,
        entry.flag("neutral"),
        entry.text("text"),
        entry.text("x"),
    )
    for name in ("text", "x"):
        words = template.text if name == "text" else template.x
        for place in _PLACE.findall(words):
            if place not in PLACES:
                entry.wrong(name, f"there is no place {{{place}}}; known are {', '.join(PLACES)}")
        if set("{}") & set(_PLACE.sub("", words)):
            entry.wrong(name, "a brace stands alone")
    if x_length(_PLACE.sub("", template.x)) > X_LONGEST:
        entry.wrong("x", f"longer than {X_LONGEST} characters")
    return template
