"""One contract for both databases: what is typed means the same, and finds the same."""

from __future__ import annotations

import pytest

from tests.unit.review.scene import Scene
from tests.unit.review.search.asking import found, search
from worker.review.search.wanted import SearchRefused

_TEXTS = (
    "That nurse should never have been in the car park.",
    "Park the car. Nursing is hard, don't I know it!",
    "It's a car-park (the nurse's own) #ShameOnYou @bad_actor",
    "Ça va très bien, naïve café — ΜΟΣΧΑ",
    "You 🤡🤡 clown 👩🏽‍⚕️ of a doctor",
    "这个护士很坏 and more",
    "See https://example.test/a-b?c=1 or call 07700 900123",
    "near or not and: carpark*",
)

#: What is typed, and the places of the texts above that it finds.
_FINDS = {
    "nurse": {0},
    "NURSE": {0},
    "nurs*": {0, 1, 2},
    "car park": {0, 1, 2},
    "park car": {0, 1, 2},
    '"car park"': {0, 2},
    "“car park”": {0, 2},
    '"park car"': set(),
    '"park the car"': {1},
    "car-park": {0, 2},
    "car-par*": {0, 2},
    '"car par*"': set(),
    "carpark": {7},
    "dont": {1},
    "don't": {1},
    "don’t": {1},
    "nurses": {2},
    "#shameonyou": {2},
    "shame": set(),
    "@bad_actor": {2},
    "actor": {2},
    "ca tres cafe": {3},
    "Μοσχα": {3},
    "🤡": {4},
    "🤡🤡": {4},
    '"🤡 clown"': {4},
    "⚕": {4},
    "👩": {4},
    "护士": {5},
    "士护": set(),
    "护*": {5},
    "https://example.test/a-b?c=1": {6},
    "example.test": {6},
    "test.example": set(),
    "07700 900123": {6},
    "0770*": {6},
    "near": {7},
    "nurse NEAR park": set(),
    "nurse OR clown": set(),
    "not": {7},
    "nurse NOT car": set(),
    "words:nurse": set(),
    "nurse:": {0},
    "-nurse": {0},
    "^nurse": {0},
    "nurse & | ! ( ) { } + : ;": {0},
    "nurse\x00": {0},
    "nu\x00rse": {0},
    "'nurse'": {0},
    "\\nurse\\": {0},
    '"nurse': {0},
    'nurse "': {0},
    '"car park" "nurse': {0},
    'nurse"car park"': {0},
    'park" car': {0, 1, 2},
    "%nurse%": {0},
    "n_rse": set(),
    "nurse; DROP TABLE revision_words": set(),
    "NEAR(or not, 2)": set(),
    "nurse AND park": set(),
    "\ud800nurse": {0},
    "nur*se": set(),
    "*nurse": {0},
    "nurse.*": {0},
}


@pytest.fixture
def wordings(scene: Scene) -> list[int]:
    """Comments with the texts above; the numbers of their wordings."""
    return [scene.comment(str(place), text)[1] for place, text in enumerate(_TEXTS)]


def test_what_is_typed_finds_the_same_on_both_databases(scene: Scene, wordings: list[int]) -> None:
    """Words are AND, a star is any end, quotes are a phrase; every other sign is plain text."""
    places = {number: place for place, number in enumerate(wordings)}
    answers = {typed: {places[number] for number in found(scene, typed)} for typed in _FINDS}
    assert answers == _FINDS


@pytest.mark.parametrize("typed", ["", "   ", '"', "* * *", "…—!?", "\x00", "\ud800", '""', "'"])
def test_a_search_for_nothing_is_refused_in_words(scene: Scene, wordings: list[int], typed: str) -> None:
    """It neither shows everything nor fails: the person is told what to type."""
    with pytest.raises(SearchRefused, match="Nothing was searched") as refused:
        search(scene, typed)
    assert refused.value.do


def test_a_text_of_64_kb_is_found_by_its_ends_and_by_itself(scene: Scene) -> None:
    """Nothing of a long text is left out, and a search as long as that text means what it says."""
    middle = " ".join(f"word{number}" for number in range(7_500))
    whole = f"first {middle} last"
    long_one = scene.comment("1", whole)[1]
    other = scene.comment("2", f"{middle} first last")[1]
    assert len(whole) > 64_000
    assert found(scene, "first last word42") == [other, long_one]
    assert found(scene, '"word7499 last"') == [long_one]
    assert found(scene, whole) == [other, long_one]
    assert found(scene, f'"{whole}"') == [long_one]
    assert found(scene, f"{whole} else") == []


@pytest.mark.parametrize("letter", ["a", "é", "🤡", "中", "ﷺ", "͏"])
def test_64_kb_of_one_sign_are_stored_and_searched(scene: Scene, letter: str) -> None:
    """No text is too odd for an index: it is stored, and what is typed of it does not fail."""
    odd = scene.comment("1", letter * 65_536 + " tail")[1]
    expected = [] if letter == "ﷺ" else [odd]  # its eighteen letters each are more than is indexed
    assert found(scene, "tail") == expected
    assert found(scene, f"{letter * 65_536} x") == []


def test_words_that_begin_alike_for_64_letters_are_one(scene: Scene) -> None:
    """Of a longer word no more is kept, in what is stored and in what is typed."""
    wordy = scene.comment("1", "x" * 64 + "abc")[1]
    assert found(scene, "x" * 64 + "def") == found(scene, "x" * 99 + "*") == [wordy]
    assert found(scene, "x" * 63) == []


def test_every_wording_of_an_edited_comment_is_found(scene: Scene) -> None:
    """What somebody wrote and then took back is found as well, each wording by its own words."""
    comment_id, first = scene.comment("1", "You are a clown")
    second = scene.edit(comment_id, "You are a saint")
    assert found(scene, "clown") == [first]
    assert found(scene, "saint") == [second]
    assert found(scene, "you are") == [second, first]
