"""With a million comments a search must not read them one by one: the indexes are used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.unit.review.scene import Scene
from tests.unit.review.search.asking import search
from worker.store.session import Store


@contextmanager
def _asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The statements that begin a page: the number of what is found, and the page's numbers."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "revision_words" in statement or "LIMIT" in statement:
            seen.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


def _plan(store: Store, statement: str, parameters: Any) -> str:
    """How the database goes about a statement, once it does not take a table for small."""
    sqlite = store.dialect == "sqlite"
    with store.engine.connect() as connection:
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_indexscan = off")
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        rows = connection.exec_driver_sql(explain + statement, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


@pytest.fixture
def plans(scene: Scene) -> Any:
    """Searches, and gives how each of its statements is gone about."""
    for number in range(30):
        scene.case(str(number), f"the words of {number}")

    def search_for(words: str | None = None, **more: Any) -> list[str]:
        with _asked(scene.store) as asked:
            search(scene, words, limit=5, **more)
        return [_plan(scene.store, *each) for each in asked]

    return search_for


@pytest.mark.parametrize("words", ["zebra", "zeb*", '"two zebras"', "zebra " * 300])
def test_words_are_looked_up_in_the_index(scene: Scene, plans: Any, words: str) -> None:
    """To count and to show a page: the full-text index is read, no table from one end to the other."""
    found = plans(words)
    assert len(found) >= 2
    for plan in found:
        if scene.store.dialect == "postgresql":
            assert "Bitmap Index Scan on ix_revision_words_words" in plan
            continue
        assert "SCAN revision_words_fts VIRTUAL TABLE INDEX" in plan
        assert not [table for table in ("revisions", "comments", "cases") if f"SCAN {table}" in plan], plan
        assert "TEMP B-TREE" not in plan, "the index is read newest first, and no further than the page"


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"rule_id": "a.rule"}, "ix_findings_rule_id"),
        ({"category": "insult"}, "ix_findings_category"),
    ],
)
def test_filters_alone_look_up_what_is_rare(
    scene: Scene, plans: Any, filters: dict[str, Any], index: str
) -> None:
    """Of a rule and of a category the few wordings are found by an index of theirs."""
    assert index in "\n".join(plans(**filters))
