"""What was asked of a platform and did not come to be is told until somebody deals with it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

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
        (told,) = undone(session)
    assert f"Case {case}" in told
    assert state in told
    assert f"upstander act hide {case}" in told


def test_a_comment_that_is_visible_again_is_told(store: Store) -> None:
    """A colleague or the platform undid it: the page that shows it makes it known."""
    hide(store, "carried_out", hidden=False)
    with store.read() as session:
        (told,) = undone(session)
    assert "visible again" in told


def test_what_is_hidden_or_in_the_queue_is_not_told(store: Store) -> None:
    """A hide that holds needs nobody; one whose comment waits in the queue is seen there."""
    case = hide(store, "failed", hidden=True)
    with store.write() as session:
        session.execute(update(t.Case).where(t.Case.id == case).values(state="open", closed_at=None))
        assert list(undone(session)) == []
        session.execute(
            update(t.Case).where(t.Case.id == case).values(state="decided", closed_at=at(3, "11:00:00"))
        )
        session.execute(update(t.RequestedAction).values(state="carried_out"))
        assert list(undone(session)) == []
