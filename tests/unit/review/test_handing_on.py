"""Cases change hands and wait: reassigning, putting aside, waking, and what "next case" makes of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.unit.review.scene import Scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.review.errors import ClaimHeld
from worker.review.handing_on import HandingOn
from worker.review.opening import Opening
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t


def _handing_on(scene: Scene) -> HandingOn:
    return HandingOn(scene.store, scene.clock, ReviewSettings())


def _id(scene: Scene, name: str) -> int:
    number = scene.people[name].person_id
    assert number is not None
    return number


def _sleeping(scene: Scene) -> list[int]:
    return [row.case_id for row in scene.review.queue(scene.reviewer).rows if row.snoozed_until]


def test_a_case_that_was_handed_on_comes_first_and_lasts_longer(scene: Scene) -> None:
    """The named person gets it before all else, for an hour, and taking it up does not shorten that."""
    worse, *_ = scene.case("1", severity="serious")
    case_id, *_ = scene.case("2", severity="routine")
    scene.review.claim(scene.reviewer, case_id)
    second = scene.second.person_id
    assert second is not None
    held = _handing_on(scene).reassign(scene.reviewer, case_id, second)
    assert held.until == scene.clock.now() + timedelta(minutes=60)
    with pytest.raises(ClaimHeld):
        scene.review.claim(scene.reviewer, case_id)
    taken = [scene.review.claim_next(scene.second) for _ in range(3)]
    assert [each.case_id if each else None for each in taken] == [case_id, worse, None]
    assert taken[0] is not None
    assert taken[0].until == held.until
    (row,) = scene.audited("reassigned")
    assert (row.object_id, row.detail["from"], row.detail["to"]) == (
        case_id,
        scene.reviewer.person_id,
        second,
    )


def test_only_the_holder_or_a_senior_hands_on_and_only_to_who_may_work_on_it(scene: Scene) -> None:
    """Nobody takes a case out of a colleague's hands, nor gives it to who may not decide or see it."""
    case_id, *_ = scene.case("1")
    scene.review.claim(scene.second, case_id)
    hands = _handing_on(scene)
    with pytest.raises(NotAllowed, match="somebody else has"):
        hands.reassign(scene.reviewer, case_id, _id(scene, "reviewer"))
    senior = scene.people["senior_reviewer"]
    with pytest.raises(NotAllowed, match="cannot work on cases"):
        hands.reassign(senior, case_id, _id(scene, "evidence_officer"))
    with pytest.raises(NotFound):
        hands.reassign(senior, case_id, 4711)
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = "safeguarding"
    with pytest.raises(NotAllowed, match="cannot be handed on"):
        hands.reassign(senior, case_id, _id(scene, "reviewer"))
    hands.reassign(senior, case_id, _id(scene, "on_call_manager"))
    assert [row.detail["to"] for row in scene.audited("reassigned")] == [_id(scene, "on_call_manager")]


def test_what_is_put_aside_is_passed_over_and_wakes_by_itself(scene: Scene) -> None:
    """The next case is another one, the queue shows it as put aside, and at its time it is there again."""
    case_id, *_ = scene.case("1")
    until = scene.clock.now() + timedelta(hours=3)
    scene.review.claim(scene.reviewer, case_id)
    _handing_on(scene).snooze(scene.reviewer, case_id, until)
    assert scene.review.claim_next(scene.second) is None
    assert _sleeping(scene) == [case_id]
    assert scene.review.queue(scene.reviewer).counts.snoozed.number == 1
    scene.clock.move(timedelta(hours=3))
    assert _sleeping(scene) == []
    held = scene.review.claim_next(scene.second)
    assert held is not None
    assert held.case_id == case_id
    assert [row.detail["until"] for row in scene.audited("snoozed")] == [until.isoformat()]


def test_danger_is_never_put_aside_nor_anything_for_long_or_from_under_a_colleague(scene: Scene) -> None:
    """Immediate danger waits for nobody; the rest for two weeks at most; a colleague's case is theirs."""
    hands, now = _handing_on(scene), scene.clock.now()
    danger, *_ = scene.case("1", severity="immediate_danger")
    other, *_ = scene.case("2")
    with pytest.raises(Conflict, match="never put aside"):
        hands.snooze(scene.reviewer, danger, now + timedelta(minutes=5))
    for until in (now, now + timedelta(days=14, seconds=1)):
        with pytest.raises(Conflict, match="at most 14 days"):
            hands.snooze(scene.reviewer, other, until)
    scene.review.claim(scene.second, other)
    with pytest.raises(ClaimHeld):
        hands.snooze(scene.reviewer, other, now + timedelta(hours=1))
    assert _sleeping(scene) == []


def test_new_words_a_higher_severity_or_a_person_wake_a_case(scene: Scene) -> None:
    """Nothing that changed stays put aside; each waking is on record."""
    tomorrow = scene.clock.now() + timedelta(days=1)
    cases = [scene.case(str(number), severity="concerning") for number in range(3)]
    for case_id, *_ in cases:
        _handing_on(scene).snooze(scene.reviewer, case_id, tomorrow)
    (_, edited, _), (_, raised, revision), (by_hand, _, _) = cases
    scene.open(Opening(edited, scene.edit(edited, "other words"), "concerning", 50))
    scene.open(Opening(raised, revision, "serious", 50))
    assert _sleeping(scene) == [by_hand]
    _handing_on(scene).wake(scene.second, by_hand)
    _handing_on(scene).wake(scene.second, by_hand)
    assert _sleeping(scene) == []
    assert len(scene.audited("woken")) == 3


def test_a_case_that_somebody_only_looks_at_is_handed_out_all_the_same(scene: Scene) -> None:
    """Where the last case is locked for a moment, it is waited for: "none is left" would be wrong."""
    if scene.store.dialect == "sqlite":
        pytest.skip("on SQLite every writer waits for the one before")
    case_id, *_ = scene.case("1")
    taken: list[int | None] = []

    def take() -> None:
        held = scene.review.claim_next(scene.second)
        taken.append(held.case_id if held else None)

    with scene.store.write() as session:
        session.get_one(t.Case, case_id).viewed_at = scene.clock.now()
        session.flush()
        thread = threading.Thread(target=take)
        thread.start()
        thread.join(0.3)
        assert taken == []
    thread.join()
    assert taken == [case_id]
