"""How alike texts are: dress does not count, words do, and bands find what likeness would."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.text.sketch import likeness, sketch, unpacked

INSULT = "Nurse Kelly Hargreaves on ward 7 is a lazy thieving cow who should be sacked"


@pytest.mark.parametrize(
    "dressed",
    [
        INSULT.upper(),
        INSULT.replace(" ", "  "),
        " ".join(INSULT),
        INSULT.replace("lazy", "l.a.z.y").replace("cow", "c0w"),
        INSULT.replace("e", "е").replace("o", "о"),  # Cyrillic
        INSULT.replace("a", "a\u200b") + " \U0001f602\U0001f44d\U0001f3fd!!!",
        INSULT.replace("lazy", "laaaaaazy"),
    ],
)
def test_dress_does_not_count(dressed: str) -> None:
    """Case, spaces, dots, digits for letters, lookalikes, invisible marks and emoji leave a text the same."""
    assert sketch(dressed).exact == sketch(INSULT).exact


def test_words_count() -> None:
    """A few words added keep texts alike; others about the same person, or thanks, are not."""

    def alike(one: str, other: str) -> float:
        return likeness(sketch(one).smallest, sketch(other).smallest)

    assert alike(INSULT, f"{INSULT} today, share this") > 0.75
    assert alike(INSULT, "Nurse Kelly Hargreaves on ward 7 is a wonderful woman, thank her") < 0.6
    assert alike("thank you so much", "thank you so very much for everything") < 0.6
    assert alike(INSULT, "") == 0.0


@given(st.text(), st.text())
def test_any_text_is_sketched_and_only_its_letters_count(one: str, other: str) -> None:
    """Whatever people type, a text is wholly like itself, and no pair is more than that."""
    mine, theirs = sketch(one), sketch(other)
    assert unpacked(mine.packed()) == mine.smallest
    assert 0.0 <= likeness(mine.smallest, theirs.smallest) <= 1.0
    if mine.smallest:
        assert likeness(mine.smallest, mine.smallest) == 1.0


def test_what_is_much_alike_shares_a_band() -> None:
    """Texts that share no band are not compared; of those with one word changed, that misses next to none."""
    chance = random.Random(7)
    missed = alike = 0
    for _ in range(200):
        words = ["".join(chance.choices("abcdefghiklmnoprstuw", k=chance.randint(3, 8))) for _ in range(20)]
        one = sketch(" ".join(words))
        words[chance.randrange(20)] = "umbrella"
        two = sketch(" ".join(words))
        if likeness(one.smallest, two.smallest) >= 0.75:
            alike += 1
            missed += not set(one.bands()) & set(two.bands())
    assert alike > 150
    assert missed <= 2
