"""Who may do what, in full; a refusal leaves a trace."""

from __future__ import annotations

import pytest

from tests.clocks import StoppedClock
from tests.unit.review.scene import START, Scene
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger.audit import Actor
from worker.review.people import add_person, change_person, find_person, list_people
from worker.review.rights import HOLDERS, Right, permitted, require, rights_of
from worker.store import tables as t
from worker.store.session import Store

#: The whole table, written out: a change of rights must be made twice, on purpose.
RIGHTS = {
    "reviewer": "view_restricted_evidence read_rules "
    "flag_case view_on_call acknowledge_page read_referred work_tasks refer record_in_datix "
    "hand_in request_report file_report post_reply "
    "log_appeal "
    "view_queue claim decide request_hide request_unhide request_delete request_block request_unblock"
    " request_mute break_glass view_evidence read_summary"
    " mark_media add_supplement restrict_case write_notes",
    "senior_reviewer": "view_restricted_evidence read_audit read_rules "
    "hold_restricted dispose_restricted "
    "approve_action manage_switches "
    "flag_case view_on_call acknowledge_page reassign read_referred work_tasks refer record_in_datix "
    "hand_in run_incident request_report file_report post_reply "
    "log_appeal decide_appeal "
    "view_queue claim decide request_hide request_unhide request_delete request_block request_unblock"
    " request_mute break_glass view_evidence verify_evidence"
    " read_summary retry_jobs mark_media add_supplement ask_export approve_export verify_ledger"
    " restrict_case lift_restriction write_notes",
    "on_call_manager": "view_restricted_evidence read_rules "
    "hold_restricted dispose_restricted "
    "approve_action manage_switches "
    "flag_case view_on_call manage_on_call acknowledge_page reassign read_referred work_tasks refer "
    "record_in_datix "
    "hand_in run_incident request_report file_report post_reply "
    "log_appeal decide_appeal "
    "view_queue claim decide request_hide request_unhide request_delete request_block request_unblock"
    " request_mute break_glass view_evidence verify_evidence"
    " read_summary retry_jobs mark_media add_supplement ask_export approve_export verify_ledger"
    " restrict_case lift_restriction write_notes",
    "communications_lead": "view_on_call read_referred work_tasks read_rules "
    "hand_in run_incident post_reply "
    "log_appeal "
    "view_queue read_summary send_summary",
    "evidence_officer": "view_restricted_evidence read_audit read_rules "
    "hold_restricted dispose_restricted "
    "read_referred work_tasks refer record_in_datix "
    "hand_in log_appeal answer_subjects "
    "view_queue view_evidence verify_evidence read_summary mark_media add_supplement"
    " ask_export approve_export hold dispose verify_ledger back_up"
    " fetch_evidence restrict_case write_notes",
    "referral_reader": "read_referred work_tasks hand_in",
    "safeguarding_lead": "view_restricted_evidence acknowledge_page "
    "hold_restricted dispose_restricted mark_media "
    "read_referred work_tasks refer "
    "hand_in view_queue restrict_case lift_restriction write_notes",
    "hr": "view_restricted_evidence acknowledge_page "
    "hold_restricted dispose_restricted close_hand_in mark_media "
    "read_referred work_tasks refer hand_in view_queue restrict_case lift_restriction write_notes",
    "freedom_to_speak_up_guardian": "view_restricted_evidence acknowledge_page "
    "hold_restricted dispose_restricted close_hand_in mark_media "
    "read_referred work_tasks refer "
    "hand_in reveal_name view_queue restrict_case lift_restriction write_notes",
    "security_specialist": "read_referred work_tasks hand_in",
    "legal": "read_referred work_tasks hand_in",
    "pals": "read_referred work_tasks hand_in",
    "it": "read_referred work_tasks hand_in",
    "occupational_health": "read_referred work_tasks hand_in",
    "administrator": "read_audit read_rules manage_switches view_on_call manage_on_call read_referred"
    " work_tasks hand_in verify_evidence read_summary send_summary manage_people manage_accounts retry_jobs"
    " verify_ledger back_up",
}


def test_the_table_of_rights_is_this_one() -> None:
    """Every role holds exactly these rights, and nobody else holds any."""
    assert {role: set(words.split()) for role, words in RIGHTS.items()} == {
        role: {right.value for right in rights_of([role])} for role in t.ROLES
    }
    assert set(HOLDERS) == set(Right)


def test_each_person_is_let_through_or_refused_as_the_table_says(scene: Scene) -> None:
    """The stage asks the table for every right and every role, and audits each refusal on its own."""
    refused = 0
    for role, person in scene.people.items():
        for right in Right:
            if right.value in RIGHTS[role].split():
                require(scene.store, scene.clock, person, right, "case", 1)
                continue
            with pytest.raises(NotAllowed):
                require(scene.store, scene.clock, person, right, "case", 1)
            refused += 1
    rows = scene.audited("refused")
    assert len(rows) == refused
    assert all(row.person_id is not None and row.detail["why"] == "NotAllowed" for row in rows)


@pytest.mark.parametrize("person_id", [None, 4711])
def test_nobody_in_particular_may_do_nothing(scene: Scene, person_id: int | None) -> None:
    """The worker itself, and numbers that belong to nobody, hold no right: the guard fails closed."""
    with pytest.raises(NotAllowed):
        scene.review.queue(Actor(person_id, "test"))
    assert [row.person_id for row in scene.audited("refused")] == [None]


def test_a_person_who_left_or_lost_the_role_loses_the_right_at_once(scene: Scene) -> None:
    """Rights are looked up each time: a role that was taken away no longer decides."""
    assert scene.reviewer.person_id is not None
    assert scene.second.person_id is not None
    change_person(scene.store, scene.clock, scene.admin, scene.reviewer.person_id, active=False)
    change_person(scene.store, scene.clock, scene.admin, scene.second.person_id, roles=["referral_reader"])
    for person in (scene.reviewer, scene.second):
        with pytest.raises(NotAllowed):
            scene.review.queue(person)


def test_what_is_refused_inside_a_change_rolls_back_and_is_audited(scene: Scene) -> None:
    """A refused change leaves nothing behind but the row that says so."""
    with pytest.raises(NotFound):
        _write_and_refuse(scene)
    assert scene.count(t.Author) == 1
    assert [row.detail["why"] for row in scene.audited("refused")] == ["NotFound"]


def _write_and_refuse(scene: Scene) -> None:
    with permitted(scene.store, scene.clock, scene.reviewer, Right.DECIDE, "case", 1) as session:
        session.add(t.Author(platform="x", external_id="1", first_seen_at=scene.clock.now()))
        session.flush()
        raise NotFound("There is no such thing.")


def test_only_the_very_first_person_is_added_by_nobody_and_must_administer(store: Store) -> None:
    """Somebody has to begin; from then on an administrator is asked."""
    clock, nobody = StoppedClock(START), Actor(None, "cli")
    with pytest.raises(Conflict, match="administrator"):
        add_person(store, clock, nobody, "Rowan Ashby", ["reviewer"])
    add_person(store, clock, nobody, "Rowan Ashby", ["administrator", "reviewer"])
    with pytest.raises(NotAllowed):
        add_person(store, clock, nobody, "Sam Okafor", ["reviewer"])
    assert [person.name for person in list_people(store)] == ["Rowan Ashby"]


def test_people_are_added_by_an_administrator_with_known_roles_and_names_of_their_own(scene: Scene) -> None:
    """Nobody but an administrator gives rights; a role outside the list does not exist."""
    with pytest.raises(NotAllowed):
        add_person(scene.store, scene.clock, scene.reviewer, "Sly", ["administrator"])
    with pytest.raises(NotFound, match="wizard"):
        add_person(scene.store, scene.clock, scene.admin, "Wiz", ["wizard"])
    with pytest.raises(Conflict, match="already"):
        add_person(scene.store, scene.clock, scene.admin, " Rowan Ashby ", ["reviewer"])
    with pytest.raises(Conflict, match="needs a name"):
        add_person(scene.store, scene.clock, scene.admin, "  ", ["reviewer"])
    person = find_person(scene.store, "Sam Okafor")
    assert [role.role for role in person.roles] == ["reviewer"]
    with pytest.raises(NotFound):
        find_person(scene.store, "Nobody")


def test_the_last_administrator_stays(scene: Scene) -> None:
    """Upstander cannot be locked out of its own people."""
    assert scene.admin.person_id is not None
    other = scene.people["administrator"].person_id
    assert other is not None
    change_person(scene.store, scene.clock, scene.admin, other, roles=["reviewer"])
    with pytest.raises(Conflict, match="no active administrator"):
        change_person(scene.store, scene.clock, scene.admin, scene.admin.person_id, active=False)
    (row,) = scene.audited("person_changed")
    assert row.detail["before"]["roles"] == ["administrator"]
    assert row.detail["after"]["roles"] == ["reviewer"]
