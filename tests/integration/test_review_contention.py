"""Many reviewers at once: each case is handed to one of them, and decided once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.judging import said
from tests.unit.review.scene import Scene, make_scene
from worker.errors import Conflict
from worker.ledger.audit import Actor
from worker.review.errors import AlreadyDecided, ClaimHeld, RevisionChanged
from worker.review.opening import Opening
from worker.store import tables as t
from worker.store.session import Store

REVIEWERS = 8


@pytest.fixture
def scene(store: Store) -> Scene:
    """A furnished scene on either database."""
    return make_scene(store)


def _reviewers(scene: Scene) -> list[Actor]:
    with scene.store.write() as session:
        people = [
            t.Person(
                name=f"Reviewer {number}",
                active=True,
                created_at=scene.clock.now(),
                roles=[t.PersonRole(role="reviewer")],
            )
            for number in range(REVIEWERS)
        ]
        session.add_all(people)
        session.flush()
        return [Actor(person.id, "test") for person in people]


def _together(work: list[Callable[[], None]]) -> None:
    """Run everything at the same moment, each in a thread of its own."""
    gate, problems = threading.Barrier(len(work)), list[BaseException]()

    def run(one: Callable[[], None]) -> None:
        gate.wait()
        try:
            one()
        except BaseException as problem:  # noqa: BLE001 -- handed to the test below
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems


def test_eight_reviewers_asking_for_the_next_case_never_get_the_same(scene: Scene) -> None:
    """Two reviewers never get the same case, and none is left over."""
    cases = {scene.case(str(number))[0] for number in range(40)}
    handed: list[int] = []

    def work(who: Actor) -> None:
        while (held := scene.review.claim_next(who)) is not None:
            handed.append(held.case_id)

    _together([lambda who=who: work(who) for who in _reviewers(scene)])  # type: ignore[misc]  # bound early
    assert Counter(handed) == Counter(cases)


def test_taking_the_next_and_taking_a_certain_one_at_once_block_nobody(scene: Scene) -> None:
    """Some ask for the next case, some for one by its number, some give back: nobody waits for ever."""
    cases = [scene.case(str(number))[0] for number in range(6)]
    held: list[tuple[int, int | None]] = []

    def work(who: Actor, number: int) -> None:
        for turn in range(6):
            wanted = cases[(number + turn) % len(cases)]
            try:
                taken = scene.review.claim_next(who) if number % 2 else scene.review.claim(who, wanted)
            except ClaimHeld:
                continue
            if taken is not None and turn < 5:
                scene.review.release(who, taken.case_id)
            elif taken is not None:
                held.append((taken.case_id, who.person_id))

    people = enumerate(_reviewers(scene))
    _together([lambda n=number, who=who: work(who, n) for number, who in people])  # type: ignore[misc]  # bound early
    with scene.store.read() as session:
        claims = session.execute(select(t.Claim.case_id, t.Claim.person_id)).all()
    assert {tuple(row) for row in claims} >= set(held)
    assert len({case_id for case_id, _ in held}) == len(held)


def test_of_eight_decisions_on_one_case_at_once_one_stands(scene: Scene) -> None:
    """A revision is decided once, its action requested once; everybody else is told who or what was first."""
    case_id, _, revision_id = scene.case("1")
    outcomes: list[str] = []

    def work(who: Actor) -> None:
        try:
            scene.review.decide(
                who,
                case_id,
                revision_id,
                "upheld",
                categories=["threat"],
                severity="serious",
                reason="A threat.",
                actions=["hide"],
                particulars=said("upheld"),
            )
            outcomes.append("decided")
        except (AlreadyDecided, ClaimHeld):
            outcomes.append("refused")

    _together([lambda who=who: work(who) for who in _reviewers(scene)])  # type: ignore[misc]  # bound early
    assert Counter(outcomes) == {"decided": 1, "refused": REVIEWERS - 1}
    assert (scene.count(t.Decision), scene.count(t.RequestedAction)) == (1, 1)


def test_an_edit_and_a_decision_at_once_end_in_one_of_two_orders(scene: Scene) -> None:
    """Either the decision came first and the edit has a case of its own, or it was refused."""
    cases = [scene.case(str(number)) for number in range(12)]
    refused: list[int] = []

    def decide(case_id: int, revision_id: int) -> None:
        try:
            scene.upheld(case_id, revision_id)
        except RevisionChanged:
            refused.append(case_id)

    def edit(comment_id: int) -> None:
        from tests.unit.review.scene import CLOCKS, write_revision
        from worker.review.opening import open_cases

        with scene.store.write() as session:
            revision_id = write_revision(session, comment_id, "edited", scene.clock.now())
            opening = Opening(comment_id, revision_id, "serious", 50)
            open_cases(session, [opening], now=scene.clock.now(), clocks=CLOCKS)

    for case_id, comment_id, revision_id in cases:
        _together([lambda c=case_id, r=revision_id: decide(c, r), lambda c=comment_id: edit(c)])  # type: ignore[misc]  # bound early
    with scene.store.read() as session:
        for case_id, comment_id, revision_id in cases:
            rows = session.scalars(
                select(t.Case).where(t.Case.comment_id == comment_id).order_by(t.Case.id)
            ).all()
            if case_id in refused:
                assert [row.state for row in rows] == ["open"]
                assert rows[0].revision_id != revision_id
            else:
                assert [(row.state, row.revision_id == revision_id) for row in rows] == [
                    ("decided", True),
                    ("open", False),
                ]
    assert issubclass(RevisionChanged, Conflict)
