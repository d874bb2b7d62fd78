"""What a page that stays open is told: that something is new, in danger, or in other hands. Never words."""

from __future__ import annotations

from datetime import timedelta

from tests.judging import said
from tests.quiet import statements
from tests.unit.review.crowd import kept, several
from tests.unit.review.scene import Scene
from worker.ledger.audit import Actor
from worker.review import pages
from worker.review.counting import Count
from worker.review.handing_on import HandingOn
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t

_ON = timedelta(minutes=1)


def _decide(scene: Scene, who: Actor, case_id: int) -> None:
    with scene.store.read() as session:
        revision_id = session.get_one(t.Case, case_id).revision_id
    scene.review.decide(
        who, case_id, revision_id, "not_upheld", reason="Harmless.", particulars=said("not_upheld")
    )


def test_it_tells_how_many_cases_opened_since_and_still_wait(scene: Scene) -> None:
    """What was there before is not new, and what somebody decided meanwhile is no work."""
    scene.case("1")
    since = scene.clock.now()
    assert scene.review.pulse(scene.reviewer, since).new == Count(0)
    scene.clock.move(_ON)
    scene.case("2")
    decided, *_ = scene.case("3")
    assert scene.review.pulse(scene.reviewer, since).new == Count(2)
    _decide(scene, scene.second, decided)
    found = scene.review.pulse(scene.reviewer, since)
    assert (found.at, found.new, found.danger) == (scene.clock.now(), Count(1), Count(0))


def test_danger_is_told_until_somebody_took_the_call(scene: Scene) -> None:
    """Called about or not, it counts until somebody has it in hand, and again once it is raised anew."""
    case_id, *_ = scene.case("1", severity="immediate_danger")
    since = scene.clock.now()

    def danger() -> Count:
        return scene.review.pulse(scene.reviewer, since).danger

    def called() -> None:
        with scene.store.write() as session:
            pages.call_for(session, [case_id], now=scene.clock.now())

    assert danger() == Count(1)
    called()
    assert danger() == Count(1)
    with scene.store.write() as session:
        pages.acknowledge(session, scene.second, case_id, now=since, by="acknowledging")
    assert danger() == Count(0)
    called()
    assert danger() == Count(1)
    _decide(scene, scene.second, case_id)
    assert danger() == Count(0)


def test_a_claim_that_ran_out_is_told(scene: Scene) -> None:
    """Whoever thinks for longer than their claim lasts learns that it is over, and not of one they kept."""
    lost, renewed, given_back = several(scene, 3)
    for case_id in (lost, renewed, given_back):
        scene.review.claim(scene.reviewer, case_id)
    since = scene.clock.now()
    scene.clock.move(timedelta(minutes=4))
    scene.review.renew(scene.reviewer, renewed)
    scene.review.release(scene.reviewer, given_back)
    assert scene.review.pulse(scene.reviewer, since).mine_lost == ()
    scene.clock.move(_ON)
    assert scene.review.pulse(scene.reviewer, since).mine_lost == (lost,)
    assert scene.review.pulse(scene.second, since).mine_lost == ()
    assert scene.review.pulse(scene.reviewer, scene.clock.now()).mine_lost == (), "it is told once"


def test_a_case_in_other_hands_is_told(scene: Scene) -> None:
    """Taken by a colleague, handed on by a senior, decided by somebody: who had it is told, nobody else."""
    taken, handed_on, decided, own, free = several(scene, 5)
    for case_id in (taken, handed_on, decided, own):
        scene.review.claim(scene.reviewer, case_id)
    since = scene.clock.now()
    scene.clock.move(_ON)
    _decide(scene, scene.reviewer, own)
    senior = scene.people["senior_reviewer"]
    assert scene.second.person_id is not None
    HandingOn(scene.store, scene.clock, ReviewSettings()).reassign(senior, handed_on, scene.second.person_id)
    assert scene.review.pulse(scene.reviewer, since).mine_lost == (handed_on,)
    scene.clock.move(timedelta(minutes=5))
    scene.review.claim(scene.second, taken)
    _decide(scene, scene.second, decided)
    _decide(scene, scene.second, free)
    assert scene.review.pulse(scene.reviewer, since).mine_lost == (taken, handed_on, decided)
    assert scene.review.pulse(scene.second, since).mine_lost == ()


def test_what_was_given_up_or_is_long_ago_is_not_told(scene: Scene) -> None:
    """Who gave a case back, put it aside or had it yesterday does not wait for news of it."""
    given_back, aside, yesterday = several(scene, 3)
    scene.review.claim(scene.reviewer, yesterday)
    scene.clock.move(timedelta(hours=20))
    for case_id in (given_back, aside):
        scene.review.claim(scene.reviewer, case_id)
    scene.review.release(scene.reviewer, given_back)
    on = HandingOn(scene.store, scene.clock, ReviewSettings())
    on.snooze(scene.reviewer, aside, scene.clock.now() + timedelta(hours=1))
    since = scene.clock.now()
    scene.clock.move(_ON)
    for case_id in (given_back, aside, yesterday):
        _decide(scene, scene.second, case_id)
    assert scene.review.pulse(scene.reviewer, since).mine_lost == ()


def test_of_restricted_cases_it_tells_nothing(scene: Scene) -> None:
    """Neither that one opened, nor that it is dangerous, nor what became of it."""
    since = scene.clock.now()
    scene.clock.move(_ON)
    danger, *_ = scene.case("90", severity="immediate_danger")
    scene.review.claim(scene.reviewer, danger)
    kept(scene, danger)
    scene.clock.move(timedelta(minutes=6))
    found = scene.review.pulse(scene.reviewer, since)
    assert (found.new, found.danger, found.mine_lost) == (Count(0), Count(0), ())
    senior = scene.people["senior_reviewer"]
    found = scene.review.pulse(senior, since)
    assert (found.new, found.danger) == (Count(1), Count(1))
    _decide(scene, senior, danger)
    assert scene.review.pulse(scene.reviewer, since).mine_lost == ()


def test_it_is_cheap_and_leaves_no_trace(scene: Scene) -> None:
    """A page asks every few seconds: few statements, no entry, and as many with many cases as with none."""
    since, known = scene.clock.now(), scene.count(t.Audit)
    with statements(scene.store) as none:
        scene.review.pulse(scene.reviewer, since)
    several(scene, 8)
    with statements(scene.store) as many:
        scene.review.pulse(scene.reviewer, since)
    assert len(many) == len(none) <= 10
    assert scene.count(t.Audit) == known + 8, "the opening of eight cases, and nothing else"
