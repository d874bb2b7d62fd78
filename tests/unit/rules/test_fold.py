"""Folding undoes disguise and always knows where it came from."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.text.fold import fold
from rules.text.lexicon import Lexicon
from rules.text.words import normal_form, words

LEXICON = Lexicon.of(["kill", "you", "will", "stupid", "the", "pass"], ["shit", "fuck", "bitch", "ass"])
DISGUISES = [
    ("KILL", "kill"),
    ("ＫＩＬＬ", "kill"),
    ("𝓴𝓲𝓵𝓵", "kill"),
    ("кill", "kill"),
    ("kıll", "kill"),
    ("k\u200bi\u200dl\ufeffl", "kill"),
    ("k\u202eill\u202c", "kill"),
    ("k̶i̷l̸l̵", "kill"),
    ("k\u00adill", "kill"),
    ("🅺🅸🅻🅻", "kill"),
    ("ⓚⓘⓛⓛ", "kill"),
    ("k1ll", "kill"),
    ("ki11", "kill"),
    ("sh!t", "shit"),
    ("5h1t", "shit"),
    ("b1tch", "bitch"),
    ("@ss", "ass"),
    ("pa$$", "pass"),
    ("s.h.i.t", "shit"),
    ("s-h-i-t", "shit"),
    ("s h i t", "shit"),
    ("k i l l y o u", "kill you"),
    ("fu.ck", "fuck"),
    ("f**k", "fuck"),
    ("f*ck", "fuck"),
    ("s***", "shit"),
    ("shiiiiit", "shit"),
    ("killlll", "kill"),
    ("fuckkkk", "fuck"),
    ("u", "you"),
    ("i'll", "i will"),
    ("who're", "who are"),
    ("🔪you", "🔪 you"),
]


@pytest.mark.parametrize(("written", "read"), DISGUISES)
def test_disguise_is_undone(written: str, read: str) -> None:
    """A rule is written once, in plain words; ways of hiding the words are the fold's business."""
    assert words(fold(written), LEXICON).line == f" {read} "


@pytest.mark.parametrize(
    "text", ["A55", "covid19", "h1n1", "B12", "x.y.z", "10*10", "C# 5", "50%", "5g", "a*b"]
)
def test_ordinary_codes_are_left_alone(text: str) -> None:
    """A road, a virus or a vitamin does not become a word of a rule."""
    found = words(fold(text), LEXICON).line.split()
    assert not set(found) & LEXICON.words


@given(st.text())
def test_every_folded_character_knows_its_origin(text: str) -> None:
    """Any span of the folded text is a span of the original, in order, inside it, and never empty."""
    folded = fold(text)
    before = 0
    for index in range(len(folded.text)):
        start, end = folded.span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert start >= before
        before = start


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_span_folds_to_what_it_was_found_as(text: str) -> None:
    """What the reviewer sees marked is what the rule saw: the marked slice folds to what was matched."""
    folded = fold(text)
    for index in range(len(folded.text)):
        start, end = folded.span(index, index + 1)
        assert folded.text[index] in fold(text[start:end]).text


@given(
    st.lists(
        st.sampled_from(
            ["kill", "you", "é", "🔪", "\u200b", "ﬁ", "İ", "s h i t", "f**k", "ß", "a\u0301", "'"]
        )
    )
)
def test_words_stand_where_they_were_written(parts: list[str]) -> None:
    """Each word's place in the original folds back to that word's own place, in reading order."""
    text = " ".join(parts)
    read = words(fold(text), LEXICON)
    ends = [read.folded.span(start, end) for _, start, end in read.tokens]
    assert all(0 <= start < end <= len(text) for start, end in ends)
    assert ends == sorted(ends)
    assert read.line == f" {' '.join(token[0] for token in read.tokens)} "


@given(st.text(max_size=60), st.integers(2, 5))
def test_folding_is_character_by_character(text: str, times: int) -> None:
    """Folding looks at one character at a time, so its cost is linear in the length of the text."""
    assert fold(text * times).text == fold(text).text * times


def test_splitting_letters_looks_no_further_than_the_longest_word() -> None:
    """A page of single letters costs a bounded number of look-ups for each letter."""

    class Counting(frozenset[str]):
        looked = 0

        def __contains__(self, word: object) -> bool:
            type(self).looked += 1
            return super().__contains__(word)

    lexicon = Lexicon(Counting(LEXICON.words), {})
    for length in (100, 1000, 10000):
        Counting.looked = 0
        lexicon.split("killyou" * (length // 7))
        assert Counting.looked <= 20 * length


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_is_folded_the_same_beside_other_letters(text: str) -> None:
    """The short way for plain ASCII gives what the long way gives: an accent elsewhere changes nothing."""
    assert fold(text + "é").text == fold(text).text + "e"


PHRASE_WORDS = st.sampled_from(
    [written for written, _ in DISGUISES] + ["kill", "i", "a", "im", "dont", "cooool"]
)


@given(st.lists(PHRASE_WORDS | st.text(alphabet="aikls'-.*1é🔪", max_size=5), max_size=6))
@example(["im"])
def test_a_phrase_of_plain_words_is_read_like_any_text(parts: list[str]) -> None:
    """A phrase of a rule has the form that its words get in a comment: plain words are only read faster."""
    phrase = " ".join(parts)
    assert normal_form(phrase, LEXICON) == words(fold(phrase), LEXICON).line.strip()


@given(st.lists(PHRASE_WORDS | st.text(alphabet="aikls'-.*1é🔪", max_size=5), max_size=6))
def test_without_a_lexicon_words_are_read_one_by_one(parts: list[str]) -> None:
    """The words that rules look for may be read one by one: no word changes what the one beside it says."""
    nothing = Lexicon.of(())
    one_by_one = " ".join(normal_form(part, nothing) for part in parts)
    assert normal_form(" ".join(parts), nothing).split() == one_by_one.split()
