"""One character at a time: what it looks like to a reader, in plain lower-case letters."""

import unicodedata
from functools import lru_cache

# Letters of other alphabets that readers take for Latin ones. Small on purpose: what people really use.
_LOOKALIKE_GROUPS = {
    "a": "аαɑᴀ",
    "b": "вβьʙ",
    "c": "сᴄ",
    "d": "ԁđᴅ",
    "e": "еєεᴇə",
    "f": "ꜰƒ",
    "g": "ɡɢ",
    "h": "һħнʜ",
    "i": "іıɩɪι",
    "j": "јᴊ",
    "k": "кκᴋ",
    "l": "ӏłʟ",
    "m": "мᴍ",
    "n": "ηɴп",
    "o": "оοσøⲟօᴏ",
    "p": "рρᴘþ",
    "q": "ԛ",
    "r": "гʀ",
    "s": "ѕꜱ",
    "t": "тτŧᴛ",
    "u": "υᴜ",
    "v": "ѵνᴠ",
    "w": "ԝωᴡш",
    "x": "хχ",
    "y": "уγұʏ",
    "z": "зᴢζ",
}
_LOOKALIKES = {other: latin for latin, others in _LOOKALIKE_GROUPS.items() for other in others}
_PUNCTUATION_GROUPS = {"'": "‘’ʼ´ʻ", '"': "“”„«»", "-": "‐‑–—−", ".": "•·", "*": "∗✱＊⁎"}
_PUNCTUATION = {other: plain for plain, others in _PUNCTUATION_GROUPS.items() for other in others}
# Kept, because a pattern may ask for the end of a line. Other controls go.
_LINE_SPACES = {
    "\t": "\t",
    "\n": "\n",
    "\r": "\r",
    "\v": "\v",
    "\f": "\f",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
}
# Hangul fillers count as letters but show as nothing.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
# Emoji letters (white on a coloured disc or square) that Unicode does not decompose: first, last.
_EMOJI_LETTERS = ((0x1F150, 0x1F169), (0x1F170, 0x1F189))


@lru_cache(maxsize=8192)
def fold_character(character: str) -> str:
    """Return the plain lower-case form of one character: none, one or several characters.

    Empty for what a reader does not see: zero-width and bidirectional controls, combining marks, skin tones.
    """
    if character in _LINE_SPACES:
        return _LINE_SPACES[character]
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    code = ord(character)
    for first, last in _EMOJI_LETTERS:
        if first <= code <= last:
            return chr(ord("a") + code - first)
    parts = unicodedata.normalize("NFKD", character).casefold()
    return "".join(_visible(part) for part in unicodedata.normalize("NFKD", parts))


def is_invisible(character: str) -> bool:
    """Whether the character folds to nothing, so that it belongs to the character before it."""
    return not character.isascii() and fold_character(character) == ""


def _visible(part: str) -> str:
    if part in _BLANK_LETTERS or ord(part) in _SKIN_TONES:
        return ""
    if unicodedata.category(part) in ("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"):
        return ""
    if part.isspace():
        return " "
    return _LOOKALIKES.get(part, part)
