"""Every search leaves a trace, and the trace tells nobody what was typed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from tests.unit.review.scene import Scene
from tests.unit.review.search.asking import search
from worker.errors import StoreNotReady


def test_a_search_is_recorded_without_what_was_typed(scene: Scene) -> None:
    """Which filters, and how many were found; no word, handle or rule: the audit is never erased."""
    scene.case("1", "zebra crossing")
    search(scene, "zebra", handle="someone", since=date(2026, 11, 1), platform="facebook", decided=False)
    search(scene, rule_id="some.rule", before=7)
    typed, by_rule = scene.audited("searched")
    assert typed.detail == {
        "filters": {
            "words": True,
            "handle": True,
            "platform": "facebook",
            "since": "2026-11-01",
            "decided": False,
        },
        "found": 1,
        "more": False,
        "before": None,
        "matched_unseen": [],
    }
    assert by_rule.detail["filters"] == {"rule_id": True}
    assert typed.person_id == scene.reviewer.person_id
    everything = json.dumps([row.detail for verb in ("searched", "viewed") for row in scene.audited(verb)])
    assert not [each for each in ("zebra", "someone", "some.rule") if each in everything]


def test_a_look_at_words_is_recorded_with_whose_they_were(scene: Scene) -> None:
    """As in the list of the queue, and of comments that never became cases too."""
    case_id, _, revision_id = scene.case("1", "zebra")
    bare = scene.comment("2", "zebra")[1]
    empty = scene.comment("3", None)[1]
    assert [row.revision_id for row in search(scene, handle="someone").rows] == [empty, bare, revision_id]
    (look,) = scene.audited("viewed")
    assert (look.object_type, look.detail) == (
        "search",
        {"revisions": [bare, revision_id], "cases": [case_id]},
    )


def test_a_search_that_cannot_be_recorded_shows_nothing(scene: Scene) -> None:
    """Read only, as a full disk leaves it: the person is told, and where the queue still is."""
    scene.case("1", "zebra")

    def begin(connection: Any, _record: Any) -> None:
        sqlite = scene.store.dialect == "sqlite"
        connection.cursor().execute(
            "PRAGMA query_only=ON" if sqlite else "SET default_transaction_read_only=on"
        )
        connection.commit()

    scene.store.engine.dispose()
    event.listen(scene.store.engine, "connect", begin)
    with pytest.raises(StoreNotReady, match="Nothing of what was found is shown"):
        search(scene, "zebra")
