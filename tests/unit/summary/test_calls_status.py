"""The status shouts when nobody is on call, and while a call goes unanswered."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from tests.unit.review.scene import make_scene
from tests.unit.summary.handmade import NOW
from tests.unit.summary.installation import healthy, status
from worker.review.on_call import OnCallRota
from worker.review.pages import PROMPT
from worker.store import tables as t
from worker.store.session import Store


def test_nobody_on_call_is_a_problem_while_anything_is_watched(store: Store) -> None:
    """A gap in the rota makes the command leave with 1; an account that is paused needs nobody."""
    healthy(store)
    assert status(store).ok
    after = NOW + timedelta(days=31)
    assert any(said.startswith("Nobody is on call") for said in status(store, now=after).problems)
    with store.write() as session:
        session.execute(update(t.Account).values(paused=True))
    assert not any("on call" in said for said in status(store, now=after).problems)


def test_a_call_that_nobody_answered_is_the_first_thing_said(store: Store) -> None:
    """Case, since when, whether anybody was reached, and to call 999; silence once somebody has it."""
    scene = make_scene(store)
    case_id, *_ = scene.case("1", severity="immediate_danger")
    found = status(store, now=scene.clock.now())
    assert not found.ok
    first = found.problems[0]
    assert first.startswith(f"IMMEDIATE DANGER: case {case_id} has called since 9 November 2026 at 9:00am")
    assert PROMPT in first
    assert "NOBODY WAS REACHED" in first
    OnCallRota(store, scene.clock).acknowledge(scene.reviewer, case_id)
    assert not any("IMMEDIATE" in said for said in status(store, now=scene.clock.now()).problems)


def test_a_pile_on_is_told_while_it_goes_on(store: Store) -> None:
    """A spike under one post is seen on the status page, with where it is; afterwards it is not."""
    scene = make_scene(store)
    for number in range(5):
        scene.case(str(number))
    (said,) = [each for each in status(store, now=scene.clock.now()).notices if "pile-on" in each]
    assert said.startswith("A pile-on: 5 cases under one post of Facebook Northmoor within 30 minutes.")
    later = scene.clock.now() + timedelta(minutes=31)
    assert not any("pile-on" in each for each in status(store, now=later).notices)
