"""What needs two people is carried out only while two stand behind it; the database holds it to that too."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.action.errands import Errands
from worker.ledger.audit import Actor
from worker.review.people import change_person
from worker.store import tables as t

BOTH = pytest.mark.parametrize("kind", ["delete", "block"])
ACTION = (
    "INSERT INTO actions (requested_action_id, snapshot_id, comment_id, snapshot_state, kind, state, calls,"
    " started_at) SELECT r.id, s.id, r.comment_id, 'sealed', r.kind, 'started', 0, r.requested_at"
    " FROM requested_actions r JOIN snapshots s ON s.comment_id = r.comment_id WHERE r.id = :id"
)
APPROVAL = (
    "INSERT INTO approvals (requested_action_id, person_id, verdict, reason, at)"
    " SELECT id, :person, :verdict, 'x', requested_at FROM requested_actions WHERE id = :id"
)
WAVED_ON = "UPDATE requested_actions SET state = 'requested' WHERE id = :id"


def run(errands: Errands, statement: str, **values: object) -> None:
    """Raw SQL as the application's own role."""
    with errands.scene.store.write() as session:
        session.connection().execute(text(statement), values)


def refused(errands: Errands, statement: str, **values: object) -> bool:
    """Whether the database refuses raw SQL."""
    try:
        run(errands, statement, **values)
    except DBAPIError:
        return True
    return False


def told(errands: Errands, asked: int) -> tuple[str, str, int]:
    """How it ended, why, and how often the platform was asked."""
    row = errands.asked(asked)
    return row.state, row.detail or "", errands.town.calls


def id_of(actor: Actor) -> int:
    """The number of a person."""
    assert actor.person_id is not None
    return actor.person_id


@BOTH
def test_before_it_is_approved_a_job_does_nothing(errands: Errands, kind: str) -> None:
    """A job by hand for what waits for a second person ends, and the platform hears nothing."""
    errands.scene.upheld(errands.case_id, errands.revision_id)
    asked = errands.asked_for(kind)
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls, errands.action()) == (
        "awaiting_approval",
        0,
        None,
    )


@BOTH
@pytest.mark.parametrize("who", ["asker", "second"])
def test_both_must_still_hold_their_rights_when_it_is_carried_out(
    errands: Errands, kind: str, who: str
) -> None:
    """Somebody who lost the right since has asked for nothing, and approved nothing."""
    asked, scene = errands.ask(kind), errands.scene
    person = scene.reviewer if who == "asker" else scene.people["senior_reviewer"]
    change_person(scene.store, scene.clock, scene.admin, id_of(person), roles=["pals"])
    errands.carry(asked)
    state, why, calls = told(errands, asked)
    assert (state, calls, errands.action()) == ("refused", 0, None)
    assert "any more" in why


@pytest.mark.parametrize("who", ["asker", "second"])
def test_a_conflict_of_interest_that_comes_to_light_takes_the_agreement_away(
    errands: Errands, who: str
) -> None:
    """Whoever turns out to be concerned has agreed to nothing."""
    asked, scene = errands.ask("delete"), errands.scene
    person = scene.reviewer if who == "asker" else scene.people["senior_reviewer"]
    with scene.store.write() as session:
        session.add(
            t.Conflict(
                case_id=errands.case_id,
                person_id=id_of(person),
                reason="The comment is about them.",
                noted_by=id_of(scene.second),
                noted_at=scene.clock.now(),
            )
        )
    errands.carry(asked)
    state, why, calls = told(errands, asked)
    assert (state, calls) == ("refused", 0)
    assert "conflict of interest" in why


def test_a_right_that_is_lost_right_before_the_platform_is_asked_stops_it(errands: Errands) -> None:
    """The last look is in the transaction in which the call is counted."""
    asked, scene = errands.ask("delete"), errands.scene

    def lost(step: str) -> None:
        if step == "act.receipt":
            change_person(
                scene.store, scene.clock, scene.admin, id_of(scene.people["senior_reviewer"]), active=False
            )

    errands.carry(asked, lost)
    assert told(errands, asked)[::2] == ("refused", 0)


@BOTH
def test_an_approval_without_its_audit_row_counts_for_nothing(errands: Errands, kind: str) -> None:
    """Whoever can write rows can write "approved": the audit has to say it too."""
    errands.scene.upheld(errands.case_id, errands.revision_id)
    asked = errands.asked_for(kind)
    senior = id_of(errands.scene.people["senior_reviewer"])
    run(errands, APPROVAL, id=asked, person=senior, verdict="approved")
    run(errands, WAVED_ON, id=asked)
    errands.carry(asked)
    state, why, calls = told(errands, asked)
    assert (state, calls) == ("refused", 0)
    assert "nothing in the audit says" in why


@BOTH
def test_going_ahead_alone_is_carried_out(errands: Errands, kind: str) -> None:
    """Break-glass: one person with a typed reason; the database lets that through as well."""
    errands.scene.upheld(errands.case_id, errands.revision_id)
    asked = errands.asked_for(kind)
    errands.approving().break_glass(errands.scene.reviewer, asked, "Nobody else is there at night.")
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.is_made(kind)) == ("carried_out", True)


@BOTH
def test_the_database_lets_no_action_exist_without_a_second_person(errands: Errands, kind: str) -> None:
    """Raw SQL, with sealed evidence there: refused without an approval, and with the asker's own."""
    errands.scene.upheld(errands.case_id, errands.revision_id)
    asked = errands.asked_for(kind)
    run(errands, WAVED_ON, id=asked)
    assert refused(errands, ACTION, id=asked)
    asker = id_of(errands.scene.reviewer)
    second = id_of(errands.scene.second)
    for person, verdict in ((asker, "approved"), (asker, "reviewed"), (second, "broke_glass")):
        assert refused(errands, APPROVAL, id=asked, person=person, verdict=verdict)
    run(errands, APPROVAL, id=asked, person=second, verdict="refused")
    assert refused(errands, ACTION, id=asked)
    senior = id_of(errands.scene.people["senior_reviewer"])
    run(errands, APPROVAL, id=asked, person=senior, verdict="approved")
    run(errands, ACTION, id=asked)


def test_an_action_that_needs_nobody_does_not_become_one_that_needs_two(errands: Errands) -> None:
    """A hide's row is not turned into a deletion's, nor a request into another."""
    hide = errands.hide()
    run(errands, ACTION, id=hide)
    delete = errands.asked_for("delete")
    turned = "UPDATE actions SET kind = 'delete', requested_action_id = :id"
    assert refused(errands, turned, id=delete)
    for change in ("kind = 'hide'", "requested_by = requested_by + 1", "reason = 'another'"):
        assert refused(errands, f"UPDATE requested_actions SET {change} WHERE id = :id", id=delete)


@pytest.mark.parametrize("table", ["approvals", "block_terms", "switches"])
def test_what_people_said_stays_as_they_said_it(errands: Errands, table: str) -> None:
    """Approvals, terms of blocks and turns of switches are only ever added."""
    errands.ask("block")
    run(
        errands,
        "INSERT INTO switches (switch, setting, reason, person_id, at) SELECT 'stop', 'takedowns', 'x', id,"
        " created_at FROM people WHERE id = 1",
    )
    assert refused(errands, f"UPDATE {table} SET id = id")
    assert refused(errands, f"DELETE FROM {table}")


def test_a_state_goes_only_the_ways_there_are(errands: Errands) -> None:
    """What was withdrawn or refused is not waved on, and nothing begins as done."""
    asked = errands.hide()
    for state in ("carried_out", "requested"):
        if state == "carried_out":
            run(errands, "UPDATE requested_actions SET state = 'withdrawn' WHERE id = :id", id=asked)
        assert refused(errands, f"UPDATE requested_actions SET state = '{state}' WHERE id = :id", id=asked)
    with errands.scene.store.read() as session:
        assert session.get_one(t.RequestedAction, asked).state == "withdrawn"
