"""Major incidents: one lead, one end, roles that run out with it, routine work folded away."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.judging import said
from tests.unit.review.scene import Scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.review.incidents import Incidents
from worker.review.people import change_person
from worker.review.queue import QueueFilter
from worker.store import tables as t

LEAD, HELPER = "The communications lead", "The pals"


@pytest.fixture
def incidents(scene: Scene) -> Incidents:
    """The stage over a small Trust."""
    return Incidents(scene.store, scene.clock)


def start(scene: Scene, incidents: Incidents, hours: int = 8) -> datetime:
    """Declare one; when it ends."""
    until = scene.clock.now() + timedelta(hours=hours)
    incidents.start(scene.people["senior_reviewer"], LEAD, until, "A fire at the Royal")
    return until


def test_one_is_on_at_a_time_and_ends_by_itself(scene: Scene, incidents: Incidents) -> None:
    """A second is refused; when the time is over it is over, at that time, whoever looks when."""
    until = start(scene, incidents)
    with pytest.raises(Conflict, match="on already"):
        start(scene, incidents)
    scene.clock.move(timedelta(hours=9))
    assert incidents.show(scene.reviewer) is None
    incidents.schedule()
    incidents.schedule()
    with scene.store.read() as session:
        row = session.get_one(t.MajorIncident, 1)
        assert (row.state, row.ended_at, row.ended_by) == ("over", until, None)
    assert len(scene.audited("incident_ended")) == 1
    start(scene, incidents)
    assert incidents.end(scene.people["on_call_manager"]) == 2
    with pytest.raises(NotFound):
        incidents.end(scene.people["on_call_manager"])


def test_only_those_who_may_declare_one(scene: Scene, incidents: Incidents) -> None:
    """A reviewer declares none; it needs a lead who works here, a reason, and an end in the future."""
    until = scene.clock.now() + timedelta(hours=1)
    with pytest.raises(NotAllowed):
        incidents.start(scene.reviewer, LEAD, until, "Fire")
    senior = scene.people["senior_reviewer"]
    with pytest.raises(NotFound):
        incidents.start(senior, "Nobody Here", until, "Fire")
    for wrong in ((scene.clock.now(), "Fire"), (until, " ")):
        with pytest.raises(Conflict):
            incidents.start(senior, LEAD, *wrong)
    assert scene.count(t.MajorIncident) == 0


def test_a_temporary_reviewer_reviews_only_while_it_runs(scene: Scene, incidents: Incidents) -> None:
    """The role counts until the end time and not a minute longer, though nothing has run since."""
    helper = scene.people["pals"]
    case_id, _, revision_id = scene.case("1")
    start(scene, incidents, hours=1)
    incidents.add_reviewer(scene.people["senior_reviewer"], HELPER)
    incidents.add_reviewer(scene.people["senior_reviewer"], HELPER)
    view = incidents.show(scene.reviewer)
    assert view is not None
    assert view.reviewers == (HELPER,)
    assert scene.review.claim_next(helper) is not None
    scene.clock.move(timedelta(hours=1))
    with pytest.raises(NotAllowed):
        scene.review.decide(
            helper, case_id, revision_id, "not_upheld", reason="No.", particulars=said("not_upheld")
        )
    assert len(scene.audited("temporary_role_given")) == 1


def test_a_temporary_reviewer_hides_and_deletes_nothing(scene: Scene, incidents: Incidents) -> None:
    """A hide can be asked for at once; what needs two people is asked for by those who may for good."""
    helper = scene.people["pals"]
    start(scene, incidents)
    incidents.add_reviewer(scene.people["senior_reviewer"], HELPER)

    def uphold(number: str, action: str) -> int:
        case_id, _, revision_id = scene.case(number)
        return scene.review.decide(
            helper,
            case_id,
            revision_id,
            "upheld",
            categories=["insult"],
            severity="serious",
            reason="Insults a named nurse.",
            actions=[action],
            particulars=said("upheld"),
        )

    assert uphold("1", "hide") > 0
    with pytest.raises(NotAllowed):
        uphold("2", "delete")
    with pytest.raises(NotAllowed):
        scene.review.request(helper, 1, "delete", "It must go.")


def test_nobody_makes_themselves_a_reviewer(scene: Scene, incidents: Incidents) -> None:
    """Who declares an incident does not so come to judge cases: somebody else gives the role."""
    start(scene, incidents)
    lead = scene.people["communications_lead"]
    with pytest.raises(NotAllowed, match="themselves"):
        incidents.add_reviewer(lead, LEAD)
    assert scene.count(t.TemporaryRole) == 0
    incidents.add_reviewer(scene.people["senior_reviewer"], LEAD)


@pytest.mark.parametrize("how", ["ended", "taken back", "left"])
def test_a_temporary_role_ends_at_once(scene: Scene, incidents: Incidents, how: str) -> None:
    """With the incident, when it is taken back, and when the person leaves."""
    helper, senior = scene.people["pals"], scene.people["senior_reviewer"]
    scene.case("1")
    start(scene, incidents)
    incidents.add_reviewer(senior, HELPER)
    if how == "ended":
        incidents.end(senior)
    elif how == "taken back":
        incidents.remove_reviewer(senior, HELPER)
    else:
        change_person(scene.store, scene.clock, scene.admin, helper.person_id or 0, active=False)
    with pytest.raises(NotAllowed):
        scene.review.claim_next(helper)


def test_routine_work_is_folded_and_counted(scene: Scene, incidents: Incidents) -> None:
    """The list leaves routine cases out and says how many; whoever asks for them sees them, with a banner."""
    serious, *_ = scene.case("1", severity="serious")
    scene.case("2", severity="routine")
    assert scene.review.queue(scene.reviewer).banners == ()
    start(scene, incidents)
    page = scene.review.queue(scene.reviewer)
    assert ([row.case_id for row in page.rows], str(page.folded), str(page.counts.total)) == (
        [serious],
        "1",
        "2",
    )
    assert "A fire at the Royal" in page.banners[0]
    assert len(scene.review.queue(scene.reviewer, unfolded=True).rows) == 2
    assert len(scene.review.queue(scene.reviewer, QueueFilter(severity="routine")).rows) == 1


def test_the_database_keeps_what_was_declared(scene: Scene, incidents: Incidents) -> None:
    """No second one is on, none is removed, none begins over or comes back, whatever the program does."""
    start(scene, incidents)
    insert = (
        "INSERT INTO major_incidents (state, lead_id, reason, started_by, started_at, until, ended_at)"
        " SELECT {state}, lead_id, reason, started_by, started_at, until, {ended} FROM major_incidents"
    )
    for statement in (
        insert.format(state="'on'", ended="NULL"),
        insert.format(state="'over'", ended="until"),
        "DELETE FROM major_incidents",
        "UPDATE major_incidents SET reason = 'A drill'",
    ):
        with pytest.raises(DBAPIError), scene.store.write() as session:
            session.execute(text(statement))
    incidents.end(scene.people["senior_reviewer"])
    back = "UPDATE major_incidents SET state = 'on', ended_at = NULL"
    with pytest.raises(DBAPIError), scene.store.write() as session:
        session.execute(text(back))
