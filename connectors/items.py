"""Small helpers for reading one item of a platform's reply, whatever state it is in. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from connectors.contract import Comment, Platform

#: What no database takes as text: NUL and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: Control characters that have no business in a comment (tab and line ends have).
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
#: The longest text any platform here documents (X, 25,000 characters).
_LONG = 25_000


def raw_bytes(item: object, includes: dict[str, Any] | None = None) -> bytes:
    """Return an item as bytes for safe keeping: JSON in ASCII, so that odd Unicode survives.

    Args:
        item: the item as parsed.
        includes: the parts of the reply that belong to this item but stand elsewhere in it.
    """
    whole = item if includes is None else {"item": item, "includes": includes}
    return json.dumps(whole, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def storable(value: object) -> str | None:
    """Return a string that a database can hold, or None for anything that is not a string."""
    if not isinstance(value, str):
        return None
    plain = value.isascii() and "\0" not in value
    return value if plain else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def identifier(value: object) -> str | None:
    """Return a platform id as text; ids sometimes come as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return storable(value) or None


def whole(value: object) -> int | None:
    """Return a count, or None where it is not one that can be stored."""
    ok = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if ok and isinstance(value, int) else None


def moment(value: object) -> datetime | None:
    """Return a platform's time as aware UTC, or None where it makes no sense."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def record(value: object) -> dict[str, Any]:
    """Return a JSON object, or an empty one where something else stands in its place."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """Return a JSON array, or an empty one where something else stands in its place."""
    return value if isinstance(value, list) else []


def text_flaws(value: object) -> tuple[str, ...]:
    """Name what is odd about a text as the platform sent it."""
    if not isinstance(value, str):
        return ("missing_text",)
    flaws = []
    if len(value) > _LONG:
        flaws.append("long_text")
    if _CONTROL.search(value):
        flaws.append("control_characters")
    return tuple(flaws)


def unreadable(platform: Platform, item: object) -> Comment:
    """Keep an item that has no id or is no object at all, under an id made from its bytes."""
    raw = raw_bytes(item)
    return Comment(
        platform=platform,
        external_id=f"unreadable-{hashlib.sha256(raw).hexdigest()[:16]}",
        kind="comment",
        text=None,
        raw=raw,
        flaws=("unreadable",),
    )
