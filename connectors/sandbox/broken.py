"""Items that are wrong on purpose, as platforms sometimes send them."""

from __future__ import annotations

from typing import Any

#: 64 KB of text.
LONG_TEXT = "made-up long text " * 3641
#: A lone surrogate, NUL, a bell, bidirectional overrides, a zero-width joiner and a combining pile.
ODD_UNICODE = "odd \ud800 text \x00\x07 \u202egnidaer\u202c \u200d e\u0301\u0327\u0323 \ufffe"


def text_of(broken: frozenset[str], text: str | None) -> str | None:
    """The text to show for a comment with these faults."""
    if "long_text" in broken:
        return LONG_TEXT
    if "odd_unicode" in broken:
        return ODD_UNICODE
    return text


def spoil(item: dict[str, Any], broken: frozenset[str]) -> None:
    """Make an item, as a platform would send it, wrong in the ways named."""
    text_key = "text" if "text" in item else "message"
    if "missing_author" in broken:
        item.pop("author_id", None)
        item.pop("from", None)
    if "null_text" in broken and text_key in item:
        item[text_key] = None
    if "missing_text" in broken:
        item.pop(text_key, None)
    if "unknown_fields" in broken:
        item["made_up_field"] = {"nested": [1, None, {"deeper": "\u2603"}]}
    if "date_without_fraction" in broken and "created_at" in item:
        item["created_at"] = item["created_at"].partition(".")[0].removesuffix("Z") + "Z"
    if "number_id" in broken:
        item["id"] = int(item["id"].rpartition("_")[2])
