"""The queue with the cases of one group as one row: shorter, and nothing lost or told that should not be."""

from __future__ import annotations

import random

import pytest

from tests.quiet import statements
from tests.unit.review.crowd import alone, in_group, kept, several
from tests.unit.review.scene import Scene
from worker.ledger.audit import Actor
from worker.review import folding
from worker.review.counting import Count
from worker.review.folding import GroupOf
from worker.review.queue import QueueFilter
from worker.store import tables as t


def _rows(scene: Scene, who: Actor | None = None, **wanted: int) -> list[tuple[int, GroupOf | None]]:
    """The rows of a grouped page: the case that each stands at, and the group that it stands for."""
    page = scene.review.queue(who or scene.reviewer, grouped=True, **wanted)  # type: ignore[arg-type]  # limit, offset
    return [(row.case_id, row.group) for row in page.rows]


def test_a_group_is_one_row_where_the_first_of_it_stands(scene: Scene) -> None:
    """A pile-on takes one line of the queue, with how many it is; what is not of it keeps its own."""
    first, second, third, fourth, fifth = several(scene, 5)
    group = in_group(scene, "text", (second, fourth, fifth))
    assert _rows(scene) == [(first, None), (second, GroupOf(group, "text", Count(3))), (third, None)]
    page = scene.review.queue(scene.reviewer, grouped=True)
    assert page.matching == page.counts.total == Count(5), "every case is counted"
    single = scene.review.queue(scene.reviewer)
    assert [row.case_id for row in single.rows] == [first, second, third, fourth, fifth]
    assert {row.group for row in single.rows} == {None}


def test_a_case_in_several_groups_stands_for_the_closest(scene: Scene) -> None:
    """One text says more than one author, one author more than one burst; nobody is in two rows."""
    first, second, third, fourth = several(scene, 4)
    burst = in_group(scene, "thread", (first, second, third, fourth), about=1)
    text = in_group(scene, "text", (first, fourth), about=2)
    assert _rows(scene) == [
        (first, GroupOf(text, "text", Count(2))),
        (second, GroupOf(burst, "thread", Count(4))),
    ]


@pytest.mark.parametrize("severity", ["serious", "immediate_danger"])
@pytest.mark.parametrize("kind", ["author", "thread"])
def test_what_is_serious_stands_behind_nothing_that_says_something_else(
    scene: Scene, kind: str, severity: str
) -> None:
    """A threat or a cry for help in a burst has a row of its own; the same words again have not."""
    grave = [alone(scene, str(number), severity=severity) for number in (0, 1, 2)]
    mild = [alone(scene, str(number)) for number in (3, 4)]
    burst = in_group(scene, kind, (*grave, *mild), about=1)
    same = in_group(scene, "text", grave[1:], about=2)
    assert _rows(scene) == [
        (grave[0], None),
        (grave[1], GroupOf(same, "text", Count(2))),
        (mild[0], GroupOf(burst, kind, Count(5))),
    ]


def test_a_group_is_none_where_one_case_of_it_waits(scene: Scene) -> None:
    """What is decided, or says something else by now, is no reason to fold the one that is left."""
    first, second, third = several(scene, 3)
    in_group(scene, "picture", (first, second), about=1)
    in_group(scene, "text", (first, third), about=2)
    with scene.store.read() as session:
        one, other = (session.get_one(t.Case, each) for each in (second, third))
    scene.not_upheld(second, one.revision_id)
    newest = scene.edit(other.comment_id, "quite other words than before")
    with scene.store.write() as session:
        session.get_one(t.Case, third).revision_id = newest
    assert _rows(scene) == [(first, None), (third, None)]


def test_what_says_something_else_by_now_keeps_its_own_row(scene: Scene) -> None:
    """A case whose words were edited is not folded away with what it said before."""
    first, second, third = several(scene, 3)
    group = in_group(scene, "text", (first, second, third))
    with scene.store.read() as session:
        comment_id = session.get_one(t.Case, third).comment_id
    newest = scene.edit(comment_id, "quite other words than before")
    with scene.store.write() as session:
        session.get_one(t.Case, third).revision_id = newest
    assert _rows(scene) == [(first, GroupOf(group, "text", Count(2))), (third, None)]


def test_restricted_cases_are_in_no_group_of_who_may_not_see_them(scene: Scene) -> None:
    """Neither the size of a group nor that there is one tells of a case that is kept for named roles."""
    first, second, third, fourth, fifth = several(scene, 5)
    group = in_group(scene, "text", (first, second, third), about=1)
    pair = in_group(scene, "text", (fourth, fifth), about=2)
    kept(scene, first, fifth)
    assert _rows(scene) == [(second, GroupOf(group, "text", Count(2))), (fourth, None)]
    senior = scene.people["senior_reviewer"]
    assert _rows(scene, senior) == [
        (first, GroupOf(group, "text", Count(3))),
        (fourth, GroupOf(pair, "text", Count(2))),
    ]
    assert _rows(scene, scene.people["safeguarding_lead"]) == [(first, None), (fifth, None)]


def test_a_filter_narrows_the_rows_and_not_what_a_group_is(scene: Scene) -> None:
    """Of a group that is half mine the row says how many wait in all: so many are decided together."""
    first, second, third = several(scene, 3)
    group = in_group(scene, "author", (first, second, third))
    scene.review.claim(scene.reviewer, second)
    mine = QueueFilter(claimed_by=scene.reviewer.person_id)
    page = scene.review.queue(scene.reviewer, mine, grouped=True)
    assert [(row.case_id, row.group) for row in page.rows] == [(second, GroupOf(group, "author", Count(3)))]
    assert page.matching == Count(1)


def test_decided_cases_are_listed_one_by_one(scene: Scene) -> None:
    """A group is of what waits."""
    cases = several(scene, 3)
    in_group(scene, "text", cases)
    for case_id in cases[:2]:
        with scene.store.read() as session:
            revision_id = session.get_one(t.Case, case_id).revision_id
        scene.not_upheld(case_id, revision_id)
    page = scene.review.queue(scene.reviewer, QueueFilter(state="decided"), grouped=True)
    assert sorted(row.case_id for row in page.rows) == cases[:2]


@pytest.mark.parametrize("seed", range(4))
def test_pages_one_after_the_other_are_the_whole(scene: Scene, seed: int) -> None:
    """However long pages are, each row comes once, in the order of the whole, and every case is in one."""
    draw = random.Random(seed)
    cases = [alone(scene, str(number), priority=draw.randrange(4)) for number in range(14)]
    members = {
        in_group(scene, kind, draw.sample(cases, draw.randrange(2, 6)), about=about): kind
        for about, kind in enumerate(("text", "author", "picture", "thread", "text"))
    }
    whole = _rows(scene, limit=50)
    with scene.store.read() as session:
        of = {(row.group_id, row.case_id) for row in session.query(t.GroupMember)}
    stands = {group.id for _, group in whole if group is not None}
    assert stands <= members.keys()
    shown = {case_id for case_id, _ in whole}
    for case_id in cases:
        assert case_id in shown or any((group, case_id) in of for group in stands), case_id
    assert len(shown) == len(whole)
    for limit in (1, 3, 5):
        pages = [
            scene.review.queue(scene.reviewer, grouped=True, limit=limit, offset=at)
            for at in range(0, len(whole), limit)
        ]
        assert [(row.case_id, row.group) for page in pages for row in page.rows] == whole
        assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


def test_a_page_reads_on_past_a_long_group(scene: Scene) -> None:
    """What stands behind a pile-on that is longer than any page is on the first page all the same."""
    pile_on, behind = several(scene, 12), alone(scene, "99", priority=1)
    group = in_group(scene, "text", pile_on)
    assert _rows(scene, limit=2) == [(pile_on[0], GroupOf(group, "text", Count(12))), (behind, None)]


def test_groups_cost_as_many_statements_however_many_there_are(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with six groups asks no more of the database than one with one group."""
    cases = several(scene, 12)
    in_group(scene, "text", cases[:2], about=1)
    with statements(scene.store) as one:
        _rows(scene)
    for about in range(2, 7):
        in_group(scene, "text", cases[2 * about - 2 : 2 * about], about=about)
    with statements(scene.store) as six:
        assert len(_rows(scene)) == 6
    assert len(six) == len(one)
    monkeypatch.setattr(folding, "_STRIDE", 3)
    assert len(_rows(scene, limit=3)) == 3
