"""The words of a folded text, with disguise undone, as one line with a single space around each word.

A phrase with a space at both ends therefore matches whole words only: no word hides inside another.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from rules.text.fold import Folded, fold
from rules.text.lexicon import Lexicon

# Ways of writing that mean the same to every rule; applied to phrases and texts alike.
_SAME_WRITTEN = """
    u=you ya=you yer=your yous=you youse=you ye=you yall=you ur=your youre=your r=are urself=yourself
    yourselves=yourself yaself=yourself gonna=going+to gunna=going+to gona=going+to gon=going+to
    finna=going+to imma=i+am+going+to ima=i+am+going+to im=i+am wanna=want+to gotta=got+to ive=i+have
    theyre=they+are whats=what+is cos=because i'll=i+will we'll=we+will he'll=he+will she'll=she+will
    who're=who+are we're=we+are you'll=you+will youll=you+will they'll=they+will fkn=fucking
    fuckin=fucking fking=fucking effing=fucking fk=fuck fuk=fuck fukin=fucking fuking=fucking
    fcking=fucking fck=fuck phuck=fuck b4=before ppl=people m8=mate dr=doctor drs=doctors u're=your
"""
_SAME = {
    written: tuple(meant.split("+"))
    for written, _, meant in (pair.partition("=") for pair in _SAME_WRITTEN.split())
}
_CHUNK = re.compile(r"\S+")
_EDGES = "\"'.,!?;:()[]{}<>~-_…"
_LEAD_EDGES = _EDGES + "*#@&=/"
_PIECE = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s!-/:-@\[-`{-~£€]")
_SEPARATORS = re.compile(r"[.\-_*/~+|,=:]+")
_STRETCH = re.compile(r"([^\W\d_])\1\1")
_THREE_APART = re.compile(r"(?<!\S)[^\W\d_] [^\W\d_] [^\W\d_](?!\S)")
_LINK = re.compile(r"://|^www\.|^[\w.+-]+@[\w-]+\.\w")

#: A word with the folded span [start, end) it came from.
Token = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Words:
    """`line` is " word word … " and `tokens` says where each of its words stood in the folded text."""

    folded: Folded
    line: str
    tokens: tuple[Token, ...]

    def starts(self) -> list[int]:
        """Where each word starts in `line`."""
        return list(accumulate((len(token[0]) + 1 for token in self.tokens), initial=1))[:-1]

    def span(self, start: int, end: int, starts: list[int]) -> tuple[int, int]:
        """Turn a span of `line` that touches at least one word into a span of the original text."""
        while end > start + 1 and self.line[end - 1] == " ":
            end -= 1
        while start < end - 1 and self.line[start] == " ":
            start += 1
        first = bisect_right(starts, start) - 1
        last = bisect_right(starts, end - 1) - 1
        return self.folded.span(self.tokens[first][1], self.tokens[last][2])


def words(folded: Folded, lexicon: Lexicon) -> Words:
    """Find the words of a folded text. Linear in its length."""
    tokens: list[Token] = []
    stretched = _STRETCH.search(folded.text) is not None
    for chunk in _CHUNK.finditer(folded.text):
        written = chunk.group()
        if written.isalpha():
            tokens.append((written, chunk.start(), chunk.end()))
        else:
            _take_apart(written, chunk.start(), lexicon, tokens)
    if stretched:
        tokens = [_unstretched(token, lexicon) for token in tokens]
    if _THREE_APART.search(" ".join(token[0] for token in tokens)):
        tokens = _join_letters(tokens, lexicon)
    if any(token[0] in _SAME for token in tokens) or "'" in folded.text:
        tokens = [
            (word, token[1], token[2])
            for token in tokens
            for word in _SAME.get(token[0])
            or (_without_apostrophe(token[0]) if "'" in token[0] else (token[0],))
        ]
    line = f" {' '.join([token[0] for token in tokens])} "
    return Words(folded, line, tuple(tokens))


def normal_form(phrase: str, lexicon: Lexicon) -> str:
    """A phrase of a rule as it stands in `Words.line`, without the spaces at its ends."""
    # A pack has tens of thousands of phrases made of a few thousand words, nearly all of them plain.
    if all(map(_stands, phrase.split(" "))):
        return phrase
    return words(fold(phrase), lexicon).line.strip()


@lru_cache(maxsize=8192)
def _stands(word: str) -> bool:
    """Whether `words` leaves a word as it is written, whatever the lexicon and the words beside it."""
    plain = word.isascii() and word.isalpha() and word.islower()
    return plain and len(word) > 1 and word not in _SAME and not _STRETCH.search(word)


def _without_apostrophe(word: str) -> tuple[str, ...]:
    bare = word.replace("'", "")
    return _SAME.get(bare) or (bare,)


def _unstretched(token: Token, lexicon: Lexicon) -> Token:
    word, start, end = token
    if _STRETCH.search(word) and word not in lexicon.words:
        return lexicon.unstretch(word), start, end
    return token


def _take_apart(written: str, at: int, lexicon: Lexicon, tokens: list[Token]) -> None:
    """Words of one run of non-spaces that is not plain letters: punctuation, disguise, links, emoji."""
    bare = written.strip(_EDGES)
    if "@" in written and (found := lexicon.unleet(bare)) is not None:
        tokens.append((found, at + written.index(bare), at + written.index(bare) + len(bare)))
        return
    core = written.lstrip(_LEAD_EDGES)
    start = at + len(written) - len(core)
    core = core.rstrip(_EDGES)
    if core.isalpha():
        tokens.append((core, start, start + len(core)))
        return
    if core and core.isascii() and not _LINK.search(core):
        whole = _undisguised(core, written, lexicon)
        if whole is not None:
            tokens.extend((word, start, start + len(core)) for word in whole)
            return
    for piece in _PIECE.finditer(written):
        word = piece.group()
        if not word.isalpha():
            word = lexicon.unleet(word) or word
        tokens.append((word, at + piece.start(), at + piece.end()))


def _undisguised(core: str, written: str, lexicon: Lexicon) -> list[str] | None:
    """What a disguised run says, if it is one: stars, digits for letters, or letters set apart."""
    if "*" in core or "#" in core:
        bare = core.rstrip("*") if written.startswith("*") else core
        found = lexicon.unmask(bare) if bare.replace("*", "").replace("#", "").isalpha() else None
        if found is not None:
            return [found]
    if "'" not in core and (found := lexicon.unleet(core)) is not None:
        return [found]
    parts = [part for part in _SEPARATORS.split(core) if part]
    if len(parts) < 2 or not all(part.isalpha() for part in parts):
        return None
    joined = "".join(parts)
    if len(parts) > 2 and all(len(part) == 1 for part in parts):
        return lexicon.split(joined)
    if joined in lexicon.words and not all(part in lexicon.words for part in parts):
        return [joined]
    return None


def _join_letters(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    """Put words back together that were written with a space between the letters ("k i l l")."""
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        end = index
        while end < len(tokens) and len(tokens[end][0]) == 1 and tokens[end][0].isalpha():
            end += 1
        cut = lexicon.split("".join(token[0] for token in tokens[index:end])) if end - index > 2 else None
        if cut is None:
            joined.extend(tokens[index : max(end, index + 1)])
        else:
            for word in cut:
                joined.append((word, tokens[index][1], tokens[index + len(word) - 1][2]))
                index += len(word)
        index = max(end, index + 1) if cut is None else end
    return joined
