"""Whatever comes in can be searched for by its words."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from rules.evaluate import RuleSet
from tests.unit.intake.conftest import THREAT, Bench, comment, page
from tests.unit.intake.handing_in import make_desk
from tests.unit.intake.test_hand_ins import given
from worker.store import tables as t
from worker.store.session import Store
from worker.store.wording import words_of


def _words(store: Store) -> list[tuple[int, str]]:
    with store.read() as session:
        rows = select(t.RevisionWords.revision_id, t.RevisionWords.words).order_by(
            t.RevisionWords.revision_id
        )
        return [(number, words) for number, words in session.execute(rows)]


def _wordings(store: Store) -> list[tuple[int, str]]:
    with store.read() as session:
        rows = (
            select(t.Revision.id, t.Revision.text).where(t.Revision.text.is_not(None)).order_by(t.Revision.id)
        )
        return [(number, words_of(text or "")) for number, text in session.execute(rows)]


def test_every_polled_wording_is_indexed(bench: Bench) -> None:
    """Comments that become cases and those that do not, and their later wordings; no row for no words."""
    bench.poll(
        page(comment("1", THREAT), comment("2", "Thank you"), comment("3", None), comment("4", "…")),
        page(comment("2", "Thank you all")),
    )
    with_words = [each for each in _wordings(bench.store) if each[1]]
    assert _words(bench.store) == with_words
    assert len(with_words) == 3


def test_what_is_handed_in_is_indexed(store: Store, tmp_path: Path, ruleset: RuleSet) -> None:
    """Its words are found like any others, by those who may see the case."""
    desk = make_desk(store, tmp_path, ruleset)
    desk.add(given())
    assert _words(store) == _wordings(store)
    assert len(_words(store)) == 1
