"""Replies: shown for a person to post, never posted by themselves; a posting is on record."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.action.errands import Errands
from tests.unit.action.reporting import Desk
from worker.errors import Conflict, NotAllowed, NotFound
from worker.store import tables as t


@pytest.fixture
def desk(waiting: Errands) -> Desk:
    """A case, on either database."""
    return Desk(waiting)


def test_a_reply_is_filled_shown_and_recorded(desk: Desk) -> None:
    """The look and the posting leave a trace (promise 7); no platform is asked, and nothing is rewritten."""
    replies, case_id, scene = desk.stages.replies, desk.errands.case_id, desk.errands.scene
    reply = replies.show(desk.reviewer, "complaint_pals", case_id)
    assert "020 7946 0123" in reply.words
    assert [row.detail for row in scene.audited("template_shown")] == [{"template": "complaint_pals"}]
    number = replies.posted(
        scene.people["communications_lead"], case_id, "complaint_pals", " https://f.test/9 "
    )
    with scene.store.read() as session:
        row = session.get_one(t.PostedReply, number)
    assert (row.template, row.address, row.case_id) == ("complaint_pals", "https://f.test/9", case_id)
    assert len(scene.audited("reply_posted")) == 1
    assert desk.errands.town.calls == 0
    for statement in ("UPDATE posted_replies SET template = 'x'", "DELETE FROM posted_replies"):
        with pytest.raises(DBAPIError), scene.store.write() as session:
            session.execute(text(statement))


def test_before_an_election_only_neutral_replies_are_given(desk: Desk) -> None:
    """A reply that is not neutral is neither listed nor shown then."""
    replies, case_id = desk.stages.replies, desk.errands.case_id
    assert "abusive" in replies.show(desk.reviewer, "hidden_abuse", case_id).words
    everything = len(replies.listing(desk.reviewer))
    desk.election = True
    with pytest.raises(Conflict, match="pre-election"):
        replies.show(desk.reviewer, "hidden_abuse", case_id)
    neutral = replies.listing(desk.reviewer)
    assert 0 < len(neutral) < everything
    assert all(each.neutral for each in neutral)
    assert replies.listing(desk.reviewer, "hidden")


def test_nobody_answers_where_abuse_imagery_is_suspected(desk: Desk) -> None:
    """The fixed instruction forbids it: no reply is shown for such a case."""
    scene = desk.errands.scene
    with scene.store.write() as session:
        session.get_one(t.Case, desk.errands.case_id).restriction = "imagery"
    with pytest.raises(Conflict, match="suspected"):
        desk.stages.replies.show(scene.people["senior_reviewer"], "false_account", desk.errands.case_id)


def test_who_may_not_use_replies_gets_none(desk: Desk) -> None:
    """The right and the access to the case are asked for; an unknown reply is none."""
    replies, scene, case_id = desk.stages.replies, desk.errands.scene, desk.errands.case_id
    for refused in ("administrator", "hr"):
        with pytest.raises(NotAllowed):
            replies.show(scene.people[refused], "complaint_pals", case_id)
        with pytest.raises(NotAllowed):
            replies.posted(scene.people[refused], case_id, "complaint_pals")
        with pytest.raises(NotAllowed):
            replies.listing(scene.people[refused])
    with pytest.raises(NotFound):
        replies.show(desk.reviewer, "no_such", case_id)
    with scene.store.write() as session:
        session.get_one(t.Case, case_id).restriction = "protected"
    with pytest.raises(NotAllowed):
        replies.show(desk.reviewer, "complaint_pals", case_id)
