"""Words that a page shows masked are uncovered by whoever may see the case, and that is on record."""

from __future__ import annotations

import pytest

from tests.unit.review.crowd import kept
from tests.unit.review.scene import Scene
from worker.errors import NotAllowed, NotFound


def test_who_uncovers_words_is_on_record(scene: Scene) -> None:
    """Promise 7: who, when, of which case and which wording; the words themselves are in no entry."""
    case_id, comment_id, first = scene.case("1", "the older words")
    newest = scene.edit(comment_id, "the newer words")
    assert scene.review.reveal(scene.second, case_id, first) == "the older words"
    assert scene.review.reveal(scene.second, case_id, newest) == "the newer words"
    rows = scene.audited("revealed")
    assert [(row.person_id, row.object_type, row.object_id) for row in rows] == [
        (scene.second.person_id, "case", case_id)
    ] * 2
    assert [row.detail for row in rows] == [
        {"revision_id": each, "restriction": None} for each in (first, newest)
    ]


def test_a_wording_of_another_case_is_not_uncovered(scene: Scene) -> None:
    """A number that somebody guesses shows nothing, and that they tried is on record."""
    case_id, *_ = scene.case("1")
    _, _, other = scene.case("2", "words of another case")
    for revision_id in (other, 4711):
        with pytest.raises(NotFound, match=f"Case {case_id} has no revision {revision_id}"):
            scene.review.reveal(scene.reviewer, case_id, revision_id)
    with pytest.raises(NotFound):
        scene.review.reveal(scene.reviewer, 4711, other)
    assert scene.audited("revealed") == []
    assert len(scene.audited("refused")) == 3


def test_who_may_not_see_a_case_uncovers_nothing_of_it(scene: Scene) -> None:
    """A restricted case, and every case for those who do not work the queue, stays covered."""
    case_id, _, revision_id = scene.case("1")
    with pytest.raises(NotAllowed):
        scene.review.reveal(scene.admin, case_id, revision_id)
    kept(scene, case_id)
    with pytest.raises(NotAllowed, match="restricted"):
        scene.review.reveal(scene.reviewer, case_id, revision_id)
    assert scene.audited("revealed") == []
    assert len(scene.audited("refused")) == 2
    assert scene.review.reveal(scene.people["safeguarding_lead"], case_id, revision_id) == "made-up words"
    (row,) = scene.audited("revealed")
    assert row.detail["restriction"] == "safeguarding"
