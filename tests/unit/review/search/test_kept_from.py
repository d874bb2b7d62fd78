"""Search shows nobody more than the lists do: not by a row, a word, a wording, or a number."""

from __future__ import annotations

import pytest

from tests.judging import procedure
from tests.unit.review.scene import CLOCKS, Scene
from tests.unit.review.search.asking import found, search
from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import WORK_THE_QUEUE, may_see
from worker.review.case_file import CaseFile
from worker.review.counting import Count
from worker.review.rights import HOLDERS, Right
from worker.store import tables as t
from worker.store.casework import RESTRICTIONS

#: Who reads words in lists.
READERS = {"reviewer", "senior_reviewer", "on_call_manager", "evidence_officer"}


def _restrict(scene: Scene, case_id: int, kind: str) -> None:
    with scene.store.write() as session:
        session.add(t.Restriction(case_id=case_id, kind=kind, reason="x", noted_at=scene.clock.now()))
        session.get_one(t.Case, case_id).restriction = kind


def _closed_to(scene: Scene, person: Actor, case_id: int) -> bool:
    with scene.store.read() as session:
        return not may_see(session, person.person_id or 0, case_id)


def test_a_case_is_found_by_those_who_may_see_it(scene: Scene) -> None:
    """For every restriction and every role: found by filters, and counted, exactly where it is seen."""
    for number, kind in enumerate((None, *RESTRICTIONS)):
        case_id, _, revision_id = scene.case(str(number), f"words of {number}")
        if kind is not None:
            _restrict(scene, case_id, kind)
        for role in HOLDERS[Right.VIEW_QUEUE]:
            person = scene.people[role]
            page = search(scene, by=person, handle="someone")
            there = revision_id in [row.revision_id for row in page.rows]
            assert there is not _closed_to(scene, person, case_id), (kind, role)
            assert page.total == Count(len(page.rows))
            if role in READERS:
                assert found(scene, f'"words of {number}"', by=person) == [revision_id] * there, (kind, role)


def test_whoever_may_not_see_the_queue_may_not_search(scene: Scene) -> None:
    """Every other role is refused, and the refusal is audited."""
    others = set(t.ROLES) - HOLDERS[Right.VIEW_QUEUE]
    for role in others:
        with pytest.raises(NotAllowed):
            search(scene, "words", by=scene.people[role])
    assert len(others) == len(scene.audited("refused")) > 0
    assert scene.audited("searched") == []


def test_a_comment_whose_case_is_closed_to_them_is_not_there_at_all(scene: Scene) -> None:
    """Not as a bare comment, not by an older or a newer wording, not by an older case, not by its number."""
    case_id, comment_id, first = scene.case("1", "older zebra")
    scene.upheld(case_id, first)
    second = scene.edit(comment_id, "newer zebra")
    other = scene.comment("2", "another zebra")[1]
    assert found(scene, "zebra") == [other, second, first]
    _restrict(scene, case_id, "safeguarding")
    for filters in ({"words": "zebra"}, {"words": "older"}, {"handle": "someone"}, {"category": "insult"}):
        page = search(scene, **filters)  # type: ignore[arg-type]  # a filter of any name
        expected = [other] if {"zebra", "someone"} & set(filters.values()) else []
        assert [row.revision_id for row in page.rows] == expected
        assert page.total == Count(len(expected))
    assert found(scene, "zebra", by=scene.people["senior_reviewer"]) == [other, second, first]


def test_a_conflict_of_interest_closes_a_comment_in_search_too(scene: Scene) -> None:
    """Whoever is concerned finds nothing of it; their colleague does."""
    case_id, _, revision_id = scene.case("1", "zebra")
    with scene.store.read() as session:
        name = session.get_one(t.Person, scene.second.person_id).name
    file = CaseFile(scene.store, scene.clock, procedure(CLOCKS))
    file.note_conflict(scene.reviewer, case_id, name, "Her brother wrote it.")
    assert found(scene, "zebra", by=scene.second) == found(scene, handle="someone", by=scene.second) == []
    assert found(scene, "zebra") == [revision_id]


def test_words_of_a_restricted_case_stay_closed_in_a_list(scene: Scene) -> None:
    """Whoever may see it finds it and opens it; that a search by words met it is in the audit."""
    case_id, comment_id, first = scene.case("1", "older zebra")
    second = scene.edit(comment_id, "newer zebra")
    _restrict(scene, case_id, "safeguarding")
    senior = scene.people["senior_reviewer"]
    rows = search(scene, "zebra", by=senior).rows
    assert [(row.revision_id, row.snippet) for row in rows] == [(second, None), (first, None)]
    (entry,) = scene.audited("searched")
    assert entry.detail["matched_unseen"] == [case_id]
    assert scene.audited("viewed") == []


@pytest.mark.parametrize("role", sorted(HOLDERS[Right.VIEW_QUEUE] - READERS))
def test_who_reads_no_words_in_lists_does_not_search_by_words(scene: Scene, role: str) -> None:
    """An answer would tell them the words, guess by guess; by filters they get rows without any."""
    case_id, *_ = scene.case("1", "zebra")
    _restrict(scene, case_id, "protected")
    scene.case("2", "zebra")
    person = scene.people[role]
    with pytest.raises(NotAllowed, match="Search without words"):
        search(scene, "zebra", by=person)
    (refused,) = scene.audited("refused")
    assert (refused.object_type, refused.person_id) == ("search", person.person_id)
    assert {row.snippet for row in search(scene, by=person, handle="someone").rows} <= {None}
    assert scene.audited("viewed") == []


def test_what_never_became_a_case_is_for_those_who_work_the_queue(scene: Scene) -> None:
    """HR and others whom single cases are kept for have no business with everything that is polled."""
    bare = scene.comment("1", "words")[1]
    for role in HOLDERS[Right.VIEW_QUEUE]:
        there = found(scene, by=scene.people[role], handle="someone") == [bare]
        assert there is (role in WORK_THE_QUEUE), role
