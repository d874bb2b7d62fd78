"""Hostile text made harmless for people's eyes: what acts on a terminal is written out as its code."""

from __future__ import annotations

import re

#: C0 and C1 controls, marks and overrides of direction, invisible separators, tags, lone surrogates.
#: The two joiners stay: emoji and several scripts need them, and they move nothing.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
UNSAFE_BUT_LINES = re.compile(UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def visible(text: str, *, lines: bool = False) -> str:
    """The text with every character that could act on a terminal written out as its code.

    Args:
        lines: keep line feeds, for a text shown over several lines.
    """
    return (UNSAFE_BUT_LINES if lines else UNSAFE).sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"
