"""The queue's numbers are exact as far as people plan by them, and cost no more in a long queue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.quiet import statements
from tests.unit.review.crowd import kept, several
from tests.unit.review.scene import Scene
from worker.review import counting
from worker.review.counting import Count, told
from worker.review.queue import QueueFilter
from worker.store import tables as t


def test_a_number_is_exact_to_a_thousand() -> None:
    """1,000 is told as it is, and one more as 1,000+: people see where counting stopped."""
    assert [str(told(each)) for each in (0, 7, 1_000, 1_001)] == ["0", "7", "1,000", "1,000+"]
    assert told(1_001) == Count(1_000, more=True)
    assert not told(0)
    assert told(1)


def test_each_number_of_the_queue_says_where_it_stopped(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a bound of two: two are two, three are 2+, in the whole, by severity and under a filter."""
    monkeypatch.setattr(counting, "EXACT", 2)
    several(scene, 2)
    page = scene.review.queue(scene.reviewer)
    assert page.matching == page.counts.total == Count(2)
    third, *_ = scene.case("100", severity="routine")
    scene.review.claim(scene.reviewer, third)
    scene.clock.move(timedelta(days=20))
    page = scene.review.queue(scene.reviewer, QueueFilter(severity="concerning"))
    assert page.matching == Count(2)
    assert page.counts.total == page.counts.overdue == Count(2, more=True)
    assert page.counts.by_severity == {"concerning": Count(2), "routine": Count(1)}
    assert page.counts.claimed == Count(0), "it ran out"


def test_needs_advice_put_aside_and_claimed_are_counted_each(scene: Scene) -> None:
    """What waits for advice, is put aside or has somebody at it is told beside the whole."""
    asked, aside, mine, _ = several(scene, 4)
    with scene.store.write() as session:
        session.get_one(t.Case, asked).state = "needs_advice"
        session.get_one(t.Case, aside).snoozed_until = scene.clock.now() + timedelta(hours=1)
    scene.review.claim(scene.second, mine)
    counts = scene.review.queue(scene.reviewer).counts
    assert counts.total == Count(4)
    assert [counts.needs_advice, counts.snoozed, counts.claimed] == [Count(1)] * 3
    scene.clock.move(timedelta(hours=1))
    counts = scene.review.queue(scene.reviewer).counts
    assert [counts.snoozed, counts.claimed] == [Count(0)] * 2


def test_restricted_cases_are_in_nobody_elses_numbers(scene: Scene) -> None:
    """Not even that there are such cases is told by a number: of those that one may see all are counted."""
    cases = several(scene, 4)
    scene.review.claim(scene.second, cases[0])
    kept(scene, *cases[:3])
    scene.clock.move(timedelta(days=20))
    counts = scene.review.queue(scene.reviewer).counts
    told = (counts.total, counts.by_severity, counts.overdue)
    assert told == (Count(1), {"concerning": Count(1)}, Count(1))
    lead = scene.people["safeguarding_lead"]
    page = scene.review.queue(lead, QueueFilter(restricted=True))
    assert page.matching == page.counts.total == page.counts.overdue == Count(3)
    assert scene.review.queue(scene.reviewer, QueueFilter(restricted=True)).rows == ()
    senior = scene.review.queue(scene.people["senior_reviewer"], QueueFilter(restricted=True))
    assert [row.case_id for row in senior.rows] == cases[:3]
    assert senior.counts.total == Count(4)


def test_claims_on_restricted_cases_are_not_counted_for_others(scene: Scene) -> None:
    """That somebody works on a case that one may not see is not told either."""
    case_id, free = several(scene, 2)
    scene.review.claim(scene.people["senior_reviewer"], case_id)
    kept(scene, case_id)
    assert scene.review.queue(scene.reviewer).counts.claimed == Count(0)
    scene.review.claim(scene.second, free)
    assert scene.review.queue(scene.reviewer).counts.claimed == Count(1)
    assert scene.review.queue(scene.people["senior_reviewer"]).counts.claimed == Count(2)


def test_decided_cases_come_the_last_decided_first(scene: Scene) -> None:
    """A page of decided cases begins with what was decided just now, and says whether more follow."""
    decided: list[int] = []
    for number in range(3):
        case_id, _, revision_id = scene.case(str(number))
        scene.clock.move(timedelta(minutes=1))
        scene.not_upheld(case_id, revision_id)
        decided.insert(0, case_id)
    first = scene.review.queue(scene.reviewer, QueueFilter(state="decided"), limit=2)
    rest = scene.review.queue(scene.reviewer, QueueFilter(state="decided"), limit=2, offset=2)
    assert [row.case_id for row in (*first.rows, *rest.rows)] == decided
    assert (first.more, rest.more, first.matching) == (True, False, Count(3))


def _plan(scene: Scene, sent: list[tuple[str, list[None]]]) -> str:
    with scene.store.engine.connect() as connection:
        cursor = connection.connection.cursor()
        rows = [cursor.execute(f"EXPLAIN QUERY PLAN {each}", given).fetchall() for each, given in sent]
    return "\n".join(str(row[-1]) for plan in rows for row in plan)


def test_neither_the_first_page_nor_the_next_case_goes_through_the_whole_queue(scene: Scene) -> None:
    """SQLite reads the queue by the indexes that stand in its order, and sorts nothing for it."""
    if scene.store.dialect != "sqlite":
        pytest.skip("a plan of PostgreSQL follows how much there is: `make bench ARGS=queue` measures it")
    several(scene, 3)
    for look in (
        lambda: scene.review.queue(scene.reviewer),
        lambda: scene.review.queue(scene.reviewer, grouped=True),
        lambda: scene.review.queue(scene.reviewer, QueueFilter(severity="routine")),
        lambda: scene.review.queue(scene.reviewer, QueueFilter(state="needs_advice")),
        lambda: scene.review.queue(scene.people["safeguarding_lead"], QueueFilter(restricted=True)),
        lambda: scene.review.claim_next(scene.reviewer),
    ):
        with statements(scene.store) as sent:
            look()
        about_cases = [each for each in sent if "FROM cases" in each and each.startswith("SELECT")]
        assert about_cases
        for each in about_cases:
            plan = _plan(scene, [(each, [None] * each.count("?"))])
            read = [line for line in plan.splitlines() if " cases " in f"{line} "]
            assert "ix_cases_closed_at" not in plan, plan
            assert not [line for line in read if line == "SCAN cases"], plan
            if "ORDER BY cases.severity_rank" in each and "cases.id IN" not in each:
                assert "TEMP B-TREE FOR ORDER BY" not in plan, plan


def test_more_costs_as_many_statements(scene: Scene) -> None:
    """A page asks as much of the database with thirty cases as with three."""
    several(scene, 3)
    with statements(scene.store) as few:
        scene.review.queue(scene.reviewer)
    for number in range(3, 30):
        scene.case(str(number), f"words of their own {number}")
    with statements(scene.store) as many:
        scene.review.queue(scene.reviewer)
    assert len(many) == len(few)
