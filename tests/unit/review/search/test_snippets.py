"""The stretch of words that a result shows."""

from __future__ import annotations

from worker.review.search.query import terms_of
from worker.review.search.snippets import snippet


def _marked(text: str, typed: str) -> str:
    """The stretch, with bars around what is marked."""
    shown = snippet(text, terms_of(typed))
    return "".join(f"|{segment.text}|" if segment.matched else segment.text for segment in shown)


def test_matches_are_marked_as_they_were_written() -> None:
    """Capitals, accents and apostrophes stay; a phrase is one match, words side by side are two."""
    assert _marked("The NURSE’S car-park, nurse!", "nurses") == "The |NURSE’S| car-park, nurse!"
    assert _marked("The car-park", '"car park"') == "The |car-park|"
    assert _marked("car park", "car park") == "|car| |park|"
    assert _marked("Ça va, nursing", "ca nurs*") == "|Ça| va, |nursing|"


def test_a_phrase_is_marked_only_where_it_stands() -> None:
    """Its words by themselves are not what was searched for."""
    assert _marked("park the car in the car park", '"car park"') == "park the car in the |car park|"


def test_a_long_text_is_cut_around_the_first_match() -> None:
    """The match is in view with some words before it, on one line; what is left out is told."""
    shown = _marked("before " * 50 + "clown\n" + "after " * 100, "clown")
    assert shown.startswith("…before before")
    assert "|clown| after" in shown
    assert shown.endswith("…")
    assert 200 < len(shown) < 250


def test_without_words_to_look_for_it_is_the_beginning() -> None:
    """A list by filters alone shows how each comment begins, markup and all, as plain text."""
    assert _marked("<b>You</b> & you\r\nthere", "") == "<b>You</b> & you there"
    assert snippet(None, ()) == snippet("", ()) == ()
    assert len(_marked("word " * 100, "")) == 241
