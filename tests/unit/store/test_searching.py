"""The index of words: made of what is there, kept by the database, emptied with the words, and used."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.stores import sqlite_store
from tests.unit.review.scene import Scene, make_scene
from tests.unit.store.older import ROWS, postgresql_at, sqlite_at
from worker.evidence.keeping.erasing import erase
from worker.evidence.keeping.scrubbing import scrub
from worker.review.search.query import terms_of
from worker.store import searching
from worker.store import tables as t
from worker.store.searching import matching
from worker.store.session import Store


@pytest.fixture
def scene(store: Store) -> Scene:
    """People, an account and no comments yet, on either database."""
    return make_scene(store)


def _found(store: Store, typed: str) -> list[int]:
    with store.read() as session:
        found = matching(store.dialect, terms_of(typed))
        return list(session.scalars(select(found.number).where(found.holds).order_by(found.number)))


def _erase(scene: Scene, comment_id: int) -> None:
    with scene.store.write() as session:
        erase(session, [comment_id], now=scene.clock.now())


def test_erased_words_are_found_no_more(scene: Scene) -> None:
    """All wordings of the comment leave the index in the transaction that erases them; others stay."""
    comment_id, _ = scene.comment("1", "zebra")
    scene.edit(comment_id, "zebra again")
    other = scene.comment("2", "zebra too")[1]
    _erase(scene, comment_id)
    assert _found(scene.store, "zebra") == [other]
    with scene.store.read() as session:
        assert session.scalars(select(t.RevisionWords.words)).all() == ["zebra too"]


def test_the_index_forgets_whoever_empties_a_text(scene: Scene) -> None:
    """It is the database that does it: no part of the program can leave the words behind."""
    _, revision_id = scene.comment("1", "zebra")
    emptied = "UPDATE revisions SET text = NULL, raw = :raw, media = '[]', erased_at = :now WHERE id = :id"
    with scene.store.write() as session:
        at = session.scalar(text("SELECT seen_at FROM revisions"))
        session.execute(text(emptied), {"raw": b"", "now": at, "id": revision_id})
    assert _found(scene.store, "zebra") == []
    with scene.store.read() as session:
        assert session.scalars(select(t.RevisionWords)).all() == []


def test_erased_words_are_in_no_page_of_the_index(tmp_path: Path) -> None:
    """After the nightly job neither the SQLite file nor its log holds them; what is kept is found."""
    store = sqlite_store(tmp_path)
    scene = make_scene(store)
    gone = [scene.comment(f"gone-{number}", f"ephemeral{number} chatter")[0] for number in range(300)]
    kept = scene.comment("kept", "lasting wording")[1]
    for comment_id in gone[::2]:
        _erase(scene, comment_id)
    for comment_id in gone[1::2]:
        _erase(scene, comment_id)
    scrub(store.engine)
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.rglob("upstander.db*")))
    assert b"lasting" in files
    # The index keeps the words of one row after the other by what is new in each: the ends alone as well.
    assert [word for word in (b"ephemeral", b"phemeral", b"chatter", b"hatter") if word in files] == []
    assert _found(store, "lasting") == [kept]
    assert _found(store, "chatter") == []
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("migration", [rows.stem for rows in ROWS])
def test_what_an_older_database_holds_is_found_after_an_upgrade(
    kind: str, migration: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every wording that has words, however many batches that takes, and none that was erased."""
    monkeypatch.setattr(searching, "_BATCH", 2)
    old = (
        sqlite_at(migration, tmp_path)
        if kind == "sqlite"
        else postgresql_at(migration, request.getfixturevalue("postgres_database"))
    )
    worded = old.ask("SELECT id FROM revisions WHERE text IS NOT NULL ORDER BY id")
    texts = old.ask("SELECT text FROM revisions WHERE text IS NOT NULL ORDER BY id")
    old.upgrade()
    store = Store(str(old.app.url.render_as_string(hide_password=False)))
    for number, said in zip(worded, texts, strict=True):
        assert number in _found(store, f'"{said}"')
    assert old.ask("SELECT revision_id FROM revision_words ORDER BY 1") == worded
    assert len(worded) > 2
    store.close()
    old.owner.dispose()
    old.app.dispose()
