"""What was asked of a platform and did not come to be is told until somebody deals with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.unit.summary.maker import Maker, at
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.hides import undone


def hide(store: Store, state: str, *, hidden: bool | None = None) -> int:
    """A decided case whose hide ended in this state; the case's number."""
    with store.write() as session:
        make = Maker(session)
        make.people()
        make.account("facebook", "feed", caught_up_at=at(3))
        make.post = make.add(
            t.Post(account_id=make.accounts["facebook"], external_id="p", first_seen_at=at(3))
        ).id
        of = make.comment("facebook", "c1", at(3), at(3))
        case = make.case(of, "serious", at(3), at(4), closed=at(3, "10:00:00"))
        decision = make.decision(
            case, "upheld", at(3, "10:00:00"), severity="serious", categories=("threat",)
        )
        make.request(case, decision, "hide", at(3, "10:00:00"), state, at(3, "10:01:00"))
        session.execute(update(t.Comment).values(hidden=hidden))
        return int(case.id)


@pytest.mark.parametrize("state", ["failed", "refused", "outside"])
def test_a_hide_that_did_not_come_to_be_is_told_with_what_to_do(store: Store, state: str) -> None:
    """Nobody goes on believing that a threat is hidden."""
    case = hide(store, state)
    with store.read() as session:
        (told,) = undone(session, at(4))
    assert f"Case {case}" in told
    assert state in told
    assert f"upstander act hide {case}" in told


def test_a_comment_that_is_visible_again_is_told(store: Store) -> None:
    """A colleague or the platform undid it: the page that shows it makes it known."""
    hide(store, "carried_out", hidden=False)
    with store.read() as session:
        (told,) = undone(session, at(4))
    assert "visible again" in told


def test_what_is_hidden_or_in_the_queue_is_not_told(store: Store) -> None:
    """A hide that holds needs nobody; one whose comment waits in the queue is seen there."""
    case = hide(store, "failed", hidden=True)
    with store.write() as session:
        session.execute(update(t.Case).where(t.Case.id == case).values(state="needs_advice", closed_at=None))
        assert list(undone(session, at(4))) == []


def test_a_hide_that_holds_is_not_told(store: Store) -> None:
    """Carried out, and hidden as last read."""
    hide(store, "carried_out", hidden=True)
    assert told(store) == []


def told(store: Store) -> list[str]:
    """What is told a day later."""
    with store.read() as session:
        return list(undone(session, at(4)))


def open_another(store: Store) -> None:
    """The comment gets a case that nobody has decided yet."""
    with store.write() as session:
        old = session.scalars(select(t.Case)).one()
        Maker(session).case((old.comment_id, old.revision_id), "serious", at(3, "11:00:00"), at(4))


@pytest.mark.parametrize(("state", "lines"), [("refused", 0), ("failed", 1), ("outside", 1)])
def test_only_a_refusal_is_settled_by_a_new_case(store: Store, state: str, lines: int) -> None:
    """Refused because the words changed, and their new case is queued; a failed hide stays a failed hide."""
    hide(store, state)
    open_another(store)
    assert len(told(store)) == lines


def test_what_was_mended_by_hand_or_is_gone_is_not_told(store: Store) -> None:
    """Once the platform shows it as wished, or not at all, nobody has to do anything."""
    hide(store, "failed", hidden=True)
    assert told(store) == []
    with store.write() as session:
        session.execute(update(t.Comment).values(hidden=False))
    assert len(told(store)) == 1
    with store.write() as session:
        session.execute(update(t.Comment).values(gone_at=at(3, "12:00:00")))
    assert told(store) == []


def test_a_hide_that_is_no_longer_wanted_is_told_only_if_it_may_have_been_sent(store: Store) -> None:
    """A corrected decision leaves nothing to do, unless the platform may have hidden it all the same."""
    case = hide(store, "failed")
    with store.write() as session:
        make = Maker(session)
        first = session.scalars(select(t.Decision)).one()
        make.person = first.person_id
        row = session.get_one(t.Case, case)
        make.decision(row, "not_upheld", at(3, "11:00:00"), supersedes=first.id)
    assert told(store) == []
    with store.write() as session:
        row = session.get_one(t.Case, case)
        snapshot = Maker(session).snapshot(row, at(3), at(3))
        asked = session.scalars(select(t.RequestedAction)).one()
        session.add(
            t.Action(
                requested_action_id=asked.id,
                snapshot_id=snapshot,
                comment_id=row.comment_id,
                snapshot_state="sealed",
                kind="hide",
                state="failed",
                calls=1,
                started_at=at(3),
            )
        )
    assert len(told(store)) == 1


def test_a_request_that_waits_too_long_is_told_with_what_it_waits_for(store: Store) -> None:
    """An action whose token is refused waits quietly for ever: not without the status saying so."""
    case = hide(store, "requested")
    with store.write() as session:
        asked = session.scalars(select(t.RequestedAction)).one()
        asked.finished_at = None
        session.add(
            t.Job(
                kind="act",
                key=f"act:{asked.id}",
                payload={},
                state="waiting",
                created_at=at(3),
                due_at=at(5),
                last_error="Facebook refused the token.",
            )
        )
        session.flush()
        assert list(undone(session, asked.requested_at + timedelta(minutes=10))) == []
    (said,) = told(store)
    assert f"Case {case}: the request to hide" in said
    assert "waits since 3 November 2026 at 10:00am. Facebook refused the token." in said
    with store.write() as session:
        session.execute(update(t.Job).values(state="stuck"))
    assert told(store) == [], "a stuck job does not go on by itself, and is told as such"
