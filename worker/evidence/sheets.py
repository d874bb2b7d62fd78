"""Pictures on the sheets of a PDF: a tall picture runs over several, and each part says which one it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

#: The width of the text on the report's A4 sheet, and the most of a picture's height that fits on one.
_WIDTH_MM = 178.0
_HEIGHT_MM = 215.0
#: Beyond so many parts the file has to be opened: a feed without end is not printed.
_MOST_PARTS = 12
_STILLS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_SEEN = {
    "content": ("The live page, with the comment on it", "The live page as somebody not signed in saw it."),
    "wall": ("A log-in page, not the comment", "The log-in page. The comment is not on it."),
}
_OTHER = ("The live page, without the comment", "What the address showed. The comment is not on it.")
_REPLY = ("The platform's reply, drawn by this program", "Drawn by this program from the platform's reply.")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the report shows.

    Attributes:
        groups: for the template, under page, reply and media: name, alt, caption, file, height_mm and parts,
            each part its offset in mm.
        files: the pictures' bytes, by name.
    """

    groups: dict[str, list[dict[str, Any]]]
    files: dict[str, bytes]


def shown(facts: Mapping[str, Any], files: Mapping[str, bytes], drawn: Mapping[str, Any]) -> Shown:
    """Choose the pictures of a rendered snapshot's report.

    Args:
        facts: as custody.json has them.
        files: the payload so far.
        drawn: width and height of the drawn reply.
    """
    page, name = facts["page"], facts["page"].get("picture")
    groups: dict[str, list[dict[str, Any]]] = {"page": [], "media": []}
    if name in files and page.get("height"):
        groups["page"].append(_picture(name, _SEEN.get(page["seen"], _OTHER), page))
    groups["reply"] = [_picture("api-reply.png", _REPLY, drawn)]
    for item in facts["media"]:
        if item.get("type") in _STILLS and item.get("width") and not item.get("problem"):
            words = ("A picture that hangs on the comment", "As the platform gave it.")
            groups["media"].append(_picture(item["file"], words, item))
    names = [picture["name"] for group in groups.values() for picture in group]
    return Shown(groups, {name: files[name] for name in names})


def _picture(name: str, words: tuple[str, str], size: Mapping[str, Any]) -> dict[str, Any]:
    alt, caption = words
    width, height = float(size["width"]), float(size["height"])
    # Small pictures stay small: 96 pixels an inch, at most as wide as the text.
    width_mm = min(_WIDTH_MM, width * 25.4 / 96)
    height_mm = height * width_mm / width
    parts = max(1, ceil(height_mm / _HEIGHT_MM))
    if parts > _MOST_PARTS:
        parts = _MOST_PARTS
        caption += f" Only the upper part is printed here; the file has all {int(height)} pixels of height."
    elif size.get("cut"):
        caption += " The page went on below what a picture can hold."
    return {
        "name": name,
        "file": name,
        "alt": alt,
        "caption": caption,
        "width_mm": round(width_mm, 2),
        "parts": [
            {
                "offset_mm": round(number * _HEIGHT_MM, 2),
                "height_mm": round(min(_HEIGHT_MM, height_mm - number * _HEIGHT_MM), 2),
            }
            for number in range(parts)
        ],
    }
