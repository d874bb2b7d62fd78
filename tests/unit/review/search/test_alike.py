"""Whatever is written and whatever is typed: both databases answer as plain Python does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from rules.text.fold import fold
from tests.services.postgres import PostgresDatabase
from tests.stores import postgres_store, sqlite_store
from tests.unit.review.scene import make_scene
from worker.review.search.query import terms_of
from worker.review.search.snippets import snippet
from worker.store import tables as t
from worker.store.searching import Term, matching
from worker.store.session import Store
from worker.store.wording import pieces, words_of

_WORDS = (
    "nurse",
    "nursing",
    "car",
    "park",
    "don't",
    "dont",
    "ÇA",
    "ca",
    "a",
    "🤡",
    "护士",
    "NEAR",
    "or",
    "é*",
)
_SIGNS = (
    " ",
    " ",
    "-",
    '"',
    "*",
    ":",
    "'",
    "’",
    "_",
    "(",
    ")",
    "^",
    "+",
    "|",
    "&",
    "!",
    "\x00",
    "\\",
    "%",
    ";",
)
_MADE = st.lists(st.sampled_from(_WORDS + _SIGNS), max_size=14).map("".join)
_ANY = st.text(max_size=30)
#: How many texts there are at a time.
_TEXTS = 3


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: object, postgres_template: PostgresDatabase
) -> Iterator[tuple[Store, Store]]:
    """One SQLite and one PostgreSQL database with as many wordings as there are texts."""
    with postgres_server.database(template=postgres_template.name) as database:  # type: ignore[attr-defined]  # as conftest has it
        stores = (sqlite_store(tmp_path_factory.mktemp("alike")), postgres_store(database))
        for store in stores:
            scene = make_scene(store)
            for number in range(_TEXTS):
                scene.comment(str(number), "word")
        yield stores
        for store in stores:
            store.close()


def _answers(store: Store, texts: Sequence[str], terms: tuple[Term, ...]) -> list[int]:
    """The places of the texts that a database finds."""
    with store.write() as session:
        numbers = session.scalars(
            select(t.RevisionWords.revision_id).order_by(t.RevisionWords.revision_id)
        ).all()
        for number, text in zip(numbers, texts, strict=True):
            same = t.RevisionWords.revision_id == number
            session.execute(update(t.RevisionWords).where(same).values(words=words_of(text)))
        found = matching(store.dialect, terms)
        answer = session.scalars(select(found.number).where(found.holds).order_by(found.number)).all()
    return [numbers.index(number) for number in answer]


def _expected(text: str, terms: Sequence[Term]) -> bool:
    """Whether each term stands somewhere in a text, by going through its words one after the other."""
    said = [piece.word for piece in pieces(fold(text))]

    def at(place: int, term: Term) -> bool:
        here = said[place : place + len(term.words)]
        if len(here) < len(term.words) or here[:-1] != list(term.words[:-1]):
            return False
        return here[-1].startswith(term.words[-1]) if term.prefix else here[-1] == term.words[-1]

    return all(any(at(place, term) for place in range(len(said))) for term in terms)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(_MADE | _ANY, min_size=_TEXTS, max_size=_TEXTS), typed=_MADE | _ANY)
def test_both_databases_answer_as_plain_python_does(
    both: tuple[Store, Store], texts: list[str], typed: str
) -> None:
    """No sign in a text or in a search makes one database find what the other does not."""
    terms = terms_of(typed)
    if not terms:
        return
    expected = [place for place, text in enumerate(texts) if _expected(text, terms)]
    assert [_answers(store, texts, terms) for store in both] == [expected, expected]


@settings(max_examples=200, deadline=None)
@given(text=_MADE | _ANY)
def test_every_text_is_found_by_itself(text: str) -> None:
    """Whoever pastes a comment finds it, as words and, where it holds no quote, as a phrase."""
    assert _expected(text, terms_of(text.replace("*", " ")))
    assert _expected(text, terms_of(f'"{text}"'))


@settings(max_examples=200, deadline=None)
@given(text=_MADE | _ANY, typed=_MADE | _ANY)
def test_a_stretch_shows_what_was_written_and_marks_a_match(text: str, typed: str) -> None:
    """Nothing is made up: the stretch stands in the text, and something is marked where all of it matches."""
    terms = terms_of(typed)
    shown = snippet(text, terms)
    plain = "".join(segment.text for segment in shown).strip("…")
    assert plain.split() == text.split()
    if terms and _expected(text, terms):
        assert any(segment.matched for segment in shown)
