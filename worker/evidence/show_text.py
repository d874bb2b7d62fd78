"""Hostile text made safe to look at: nothing hidden, nothing reordered, nothing that a browser acts on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

#: What a reader cannot see or what reorders what they see: control characters, marks of direction, blanks
#: of no width, tag characters, halves of surrogate pairs. Joiners stay: emoji and several scripts need
#: them. So do the flags of England, Scotland and Wales, which are spelt with tag characters.
_HIDDEN = re.compile(
    "(?P<flag>\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f)|"
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e007f]"
)


#: What is shown as one and must not be taken apart: the end of a line, and a flag.
_WHOLE = re.compile("\r\n|\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f")


def visible(text: str) -> Markup:
    """Text for a page: escaped, and every hidden character written out as U+ and its number."""
    text = text.replace("\r\n", "\n")
    found: list[Markup] = []
    at = 0
    for match in _HIDDEN.finditer(text):
        found += [escape(text[at : match.start()]), _named(match)]
        at = match.end()
    found.append(escape(text[at:]))
    return Markup("").join(found)


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """Text for a page with some stretches of it marked.

    Without its marks it is what `visible` gives, so a span that ends inside a whole is stretched over it.

    Args:
        spans: from and to, in characters of the text; they may overlap, and odd ones are left out.
    """
    wholes = {
        at: match.span() for match in _WHOLE.finditer(text) for at in range(match.start() + 1, match.end())
    }
    found: list[Markup] = []
    at = 0
    for start, end in sorted(spans):
        first, last = max(wholes.get(start, (start, 0))[0], at), wholes.get(end, (0, end))[1]
        if not 0 <= start < end <= len(text) or first >= last:
            continue
        found += [visible(text[at:first]), Markup("<mark>{}</mark>").format(visible(text[first:last]))]
        at = last
    found.append(visible(text[at:]))
    return Markup("").join(found)


def _named(match: re.Match[str]) -> Markup:
    if match["flag"]:
        return escape(match[0])
    return Markup('<span class="hidden">U+{:04X}</span>').format(ord(match[0]))
