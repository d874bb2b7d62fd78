"""Naming the language of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.text.language import language_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The nurses on ward six were wonderful to my dad", "en"),
        ("Diolch yn fawr i bawb ar y ward am eu gofal", "cy"),
        ("To jest skandal, czekałem dziewięć godzin na lekarza", "pl"),
    ],
)
def test_a_sentence_is_named(text: str, code: str) -> None:
    """English, Welsh and what else people write under a Trust's posts is told apart."""
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text", [None, "", "lol", "👏👏👏👏👏👏👏👏👏👏👏👏👏", "@someone #ward https://example.test/abcdefgh"]
)
def test_too_little_to_tell_is_not_guessed(text: str | None) -> None:
    """Where a few letters could be anything, nothing is claimed."""
    assert language_of(text) is None


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_is_answered(text: str) -> None:
    """No text breaks it, whatever characters it holds."""
    code = language_of(text)
    assert code is None or code.isascii()
