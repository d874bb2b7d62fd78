"""How accounts do, for whoever may read the summary."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.review.scene import Scene, make_scene
from worker.errors import NotAllowed
from worker.review.switches import Switches
from worker.settings import Polling
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.account_states import AccountStates


@pytest.fixture
def scene(store: Store) -> Scene:
    """A Trust with one Facebook Page, on either database."""
    return make_scene(store)


def test_an_account_tells_what_is_wrong_with_it(scene: Scene) -> None:
    """Its token, how long it was not read, whether it is late, and which switches are on."""
    states = AccountStates(scene.store, scene.clock, Polling())
    (fresh,) = states.show(scene.people["communications_lead"]).accounts
    assert (fresh.token, fresh.unread, fresh.feeds[0].late) == (None, timedelta(), False)
    scene.clock.move(timedelta(hours=3))
    with scene.store.write() as session:
        feed = session.get_one(t.Feed, scene.feed_id)
        feed.caught_up_at = scene.clock.now() - timedelta(hours=2)
        feed.fault_kind, feed.fault_since = "credentials_rejected", scene.clock.now()
    Switches(scene.store, scene.clock).stop(scene.people["senior_reviewer"], "A wrong rule")
    view = states.show(scene.people["communications_lead"])
    (state,) = view.accounts
    assert state.token is not None
    assert "token" in state.token
    assert state.feeds[0].late
    assert state.unread >= timedelta(hours=1)
    assert [each.switch for each in view.switches] == ["stop"]


def test_whoever_may_not_read_the_summary_is_refused(scene: Scene) -> None:
    """The refusal is recorded."""
    with pytest.raises(NotAllowed):
        AccountStates(scene.store, scene.clock, Polling()).show(scene.people["legal"])
    assert len(scene.audited("refused")) == 1
