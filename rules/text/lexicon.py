"""The words that rules look for. Disguise is undone only where one of them comes out.

This keeps "A55" a road and "covid19" a virus: nothing is rewritten unless it becomes a word of a rule.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

# What people star out, most usual first; a rule's own keywords come after these.
_USUALLY_MASKED = """
    fuck fucking fuckin fucked fucker fuckers fucks shit shite cunt cunts bitch bitches twat wanker
    bastard bastards bollocks arse arsehole asshole dick dickhead cock nigger niggers nigga paki pakis
    slut sluts whore faggot kill rape die murder suicide
"""
_LEET = str.maketrans("013457896@$!|+", "oieastbggasiit")
_LEET_L = str.maketrans("1|!", "lll")
_LONGEST_RUN_CHOICE = 4


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The vocabulary of a pack: `words` as rules write them; `masked` by length and first letter."""

    words: frozenset[str]
    masked: dict[tuple[int, str], tuple[str, ...]] = field(repr=False)

    @classmethod
    def of(cls, words: Iterable[str], keywords: Iterable[str] = ()) -> "Lexicon":
        """Build from the words of all rules; `keywords` are those that matter on their own."""
        vocabulary = frozenset(words) | frozenset(keywords)
        masked: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        usual = [word for word in _USUALLY_MASKED.split() if word in vocabulary]
        for word in dict.fromkeys(usual + sorted(set(keywords))):
            masked[len(word), word[0]].append(word)
        return cls(vocabulary, {key: tuple(found) for key, found in masked.items()})

    def unmask(self, token: str) -> str | None:
        """The word that a token with stars stands for ("f**k"), if one fits. The first letter must show."""
        shown = sum(character.isalpha() for character in token)
        if len(token) < 3 or shown < 1 or (len(token) == 3 and shown < 2):
            return None
        for word in self.masked.get((len(token), token[0]), ()):
            if all(mask in ("*", "#") or mask == letter for mask, letter in zip(token, word, strict=True)):
                return word
        return None

    def unleet(self, token: str) -> str | None:
        """The word that digits and signs spell ("sh1t"), if a rule has it. At least two real letters."""
        if sum(character.isalpha() for character in token) < 2:
            return None
        for spelt in (token.translate(_LEET), token.translate(_LEET_L).translate(_LEET)):
            if spelt in self.words:
                return spelt
            shorter = self.unstretch(spelt)
            if shorter in self.words:
                return shorter
        return None

    def unstretch(self, word: str) -> str:
        """Shorten runs of three letters or more to two or one, whichever gives a word of a rule."""
        runs: list[tuple[str, ...]] = []
        last, count = "", 0
        for letter in word + "\0":
            if letter == last:
                count += 1
                continue
            if last:
                runs.append((last * count,) if count < 3 else (last * 2, last))
            last, count = letter, 1
        if sum(len(run) > 1 for run in runs) <= _LONGEST_RUN_CHOICE:
            for choice in product(*runs):
                if (shorter := "".join(choice)) in self.words:
                    return shorter
        return "".join(run[-1] for run in runs)

    def split(self, letters: str) -> list[str] | None:
        """Cut letters written apart ("killyou") into the fewest words of rules, or None if they do not fit.

        Linear: at each place only as many lengths are tried as the longest word has.
        """
        best: list[tuple[int, int] | None] = [(0, 0)] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for length in range(1, min(end, _LONGEST_WORD) + 1):
                before = best[end - length]
                word = letters[end - length : end]
                if before is None or not (word in self.words or word in ("a", "i", "u")):
                    continue
                current = best[end]
                if current is None or before[0] + 1 < current[0]:
                    best[end] = (before[0] + 1, length)
        if best[-1] is None:
            return None
        words: list[str] = []
        end = len(letters)
        while end:
            step = best[end]
            if step is None:
                return None
            words.append(letters[end - step[1] : end])
            end -= step[1]
        return words[::-1]


_LONGEST_WORD = 20
