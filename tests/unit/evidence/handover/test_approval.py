"""Two people, or one with a reason that another looks at; and nobody who has lost the right."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, text
from sqlalchemy import insert as insert_row
from sqlalchemy.exc import DBAPIError

from tests.unit.evidence.handover.scene import ASKER, REVIEWER, SECOND, Scene, person
from worker.errors import Conflict, NotAllowed, NotFound, UpstanderError
from worker.ledger.audit import Actor
from worker.store import tables as t

COLUMNS = {
    "purpose": "police",
    "legal_basis": "b",
    "recipient": "r",
    "reason": "r",
    "redacted": False,
    "particulars": "{}",
    "state": "asked",
    "asked_by": 1,
    "asked_at": "2026-11-16 10:00:00",
}
DECIDED = "decided_at = '2026-11-16 10:00:00'"


def insert(scene: Scene, **changes: Any) -> int:
    """A raw row of exports, as the application's role; its number."""
    values = COLUMNS | changes
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    with scene.store.write() as session:
        statement = text(f"INSERT INTO exports ({names}) VALUES ({marks}) RETURNING id")
        return int(session.connection().execute(statement, values).scalar_one())


def update(scene: Scene, statement: str) -> None:
    """Raw SQL, as the application's role."""
    with scene.store.write() as session:
        session.connection().execute(text(statement))


def ask(scene: Scene, **changes: Any) -> int:
    """An export that the first person asked for."""
    return scene.stage.ask(scene.people[ASKER], scene.request(**changes), os_user="blarch")


def change(scene: Scene, name: str, *, active: bool = True, role: str | None = None) -> None:
    """Somebody's place in the Trust changes."""
    with scene.store.write() as session:
        row = session.get_one(t.Person, scene.people[name].person_id)
        row.active = active
        if role is not None:
            session.execute(delete(t.PersonRole).where(t.PersonRole.person_id == row.id))
            session.execute(insert_row(t.PersonRole).values(person_id=row.id, role=role))


def test_two_people_hand_over_and_both_stand_in_the_audit(any_scene: Scene) -> None:
    """Each step is audited with purpose, basis, recipient and cases, and with no word of the comment."""
    number = any_scene.approved()
    made = any_scene.stage.make(any_scene.people[ASKER], number)
    (row,) = any_scene.exports()
    assert (row.state, row.file_sha256, row.file_bytes) == ("made", made.sha256, made.size)
    for verb in ("export_asked", "export_approved", "export_made"):
        (detail,) = any_scene.world.audits(verb)
        assert detail["cases"] == any_scene.cases
        assert detail["purpose"] == "police"
        assert detail["legal_basis"] == "DPA 2018 Schedule 2 paragraph 2"
        assert detail["recipient"] == "PC 4521, Northmoor Police"
        assert "find you" not in str(detail)
    assert any_scene.world.audits("export_made")[0]["file_sha256"] == made.sha256


def test_nobody_approves_what_they_asked_for(scene: Scene) -> None:
    """The same person, under whatever user of the computer, is no second person; the refusal is audited."""
    number = ask(scene)
    with pytest.raises(NotAllowed, match="cannot approve it"):
        scene.stage.approve(scene.people[ASKER], number, os_user="another")
    assert scene.exports()[0].state == "asked"
    assert {"right": "approve_export", "why": "NotAllowed"} in scene.world.audits("refused")


@pytest.mark.parametrize("step", ["approve", "review"])
def test_one_user_of_the_computer_is_not_two_people(scene: Scene, step: str) -> None:
    """At a command line a name is only claimed: one operating-system user cannot be both people."""
    number = ask(scene)
    if step == "review":
        scene.stage.break_glass(scene.people[ASKER], number, "They stand at the door", os_user="blarch")
    with pytest.raises(NotAllowed, match="same user of this computer"):
        getattr(scene.stage, step)(scene.people[SECOND], number, os_user="blarch")
    with pytest.raises(NotAllowed, match="operating system's user"):
        getattr(scene.stage, step)(scene.people[SECOND], number, os_user=None)
    getattr(scene.with_(one_os_user_will_do=True), step)(scene.people[SECOND], number, os_user="blarch")


def test_people_who_sign_in_need_no_user_of_the_computer(scene: Scene) -> None:
    """On the site a sign-in proves who it is: there the operating system's user says nothing."""
    asker, second = (Actor(scene.people[name].person_id, "web") for name in (ASKER, SECOND))
    number = scene.stage.ask(asker, scene.request(), os_user=None)
    scene.stage.approve(second, number, os_user=None)
    assert scene.exports()[0].state == "approved"


@pytest.mark.parametrize("who", [ASKER, SECOND])
@pytest.mark.parametrize("lost", [{"active": False}, {"role": "reviewer"}])
def test_who_lost_the_right_since_has_approved_nothing(scene: Scene, who: str, lost: dict[str, Any]) -> None:
    """Rights are looked at when it is approved and again when it is made, for the asker and the approver."""
    third = person(scene.store, "Third Keeper", "on_call_manager")
    number = ask(scene)
    if who == ASKER:
        change(scene, who, **lost)
        with pytest.raises(NotAllowed):
            scene.stage.approve(scene.people[SECOND], number, os_user="selder")
        change(scene, who, role="evidence_officer")
    scene.stage.approve(scene.people[SECOND], number, os_user="selder")
    change(scene, who, **lost)
    with pytest.raises(NotAllowed):
        scene.stage.make(third, number)
    assert not list(scene.folder.glob("exports/*"))


def test_a_reviewer_neither_asks_nor_approves(scene: Scene) -> None:
    """Only those with the right hand evidence over, and each refusal leaves a trace."""
    number = ask(scene)
    for attempt in (
        lambda: scene.stage.ask(scene.people[REVIEWER], scene.request(), os_user="r"),
        lambda: scene.stage.approve(scene.people[REVIEWER], number, os_user="r"),
        lambda: scene.stage.break_glass(scene.people[REVIEWER], number, "x", os_user="r"),
        lambda: scene.stage.make(scene.people[REVIEWER], number),
        lambda: scene.stage.show(scene.people[REVIEWER], number),
        lambda: scene.stage.list(scene.people[REVIEWER]),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert len(scene.world.audits("refused")) == 6


def test_breaking_the_glass_takes_a_reason_and_is_reviewed_by_another(scene: Scene) -> None:
    """One person goes ahead only with a typed reason; it waits for somebody else's review, once."""
    number = ask(scene)
    with pytest.raises(Conflict, match="needs a reason"):
        scene.stage.break_glass(scene.people[ASKER], number, "  ", os_user="blarch")
    with pytest.raises(NotAllowed, match="Only the person who asked"):
        scene.stage.break_glass(scene.people[SECOND], number, "hurry", os_user="selder")
    scene.stage.break_glass(
        scene.people[ASKER], number, "A threat for tonight, nobody answers", os_user="blarch"
    )
    with pytest.raises(NotAllowed, match="cannot review it"):
        scene.stage.review(scene.people[ASKER], number, os_user="other")
    scene.stage.review(scene.people[SECOND], number, os_user="selder")
    with pytest.raises(Conflict, match="does not wait for a review"):
        scene.stage.review(scene.people[SECOND], number, os_user="selder")
    view = scene.stage.show(scene.people[SECOND], number)
    assert (view.alone_because, view.reviewed_by) == ("A threat for tonight, nobody answers", SECOND)
    assert len(scene.world.audits("export_glass_broken")) == len(scene.world.audits("export_reviewed")) == 1


def test_what_was_refused_or_decided_stays_so(scene: Scene) -> None:
    """A refused export is neither approved nor made nor refused again; one that is made is not refused."""
    number = ask(scene)
    with pytest.raises(Conflict, match="needs a reason"):
        scene.stage.refuse(scene.people[SECOND], number, "", os_user="selder")
    scene.stage.refuse(scene.people[SECOND], number, "No basis given", os_user="selder")
    for attempt in (
        lambda: scene.stage.approve(scene.people[SECOND], number, os_user="selder"),
        lambda: scene.stage.make(scene.people[ASKER], number),
        lambda: scene.stage.refuse(scene.people[ASKER], number, "again", os_user="blarch"),
    ):
        with pytest.raises(Conflict):
            attempt()
    other = scene.approved()
    scene.stage.make(scene.people[ASKER], other)
    with pytest.raises(Conflict, match="made already"):
        scene.stage.refuse(scene.people[SECOND], other, "late", os_user="selder")
    with pytest.raises(NotFound):
        scene.stage.approve(scene.people[SECOND], 99, os_user="selder")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cases": ()}, "No case"),
        ({"cases": (99,)}, "no case 99"),
        ({"purpose": "press"}, "no purpose"),
        ({"legal_basis": " "}, "legal basis"),
        ({"recipient": ""}, "Nobody was named to hand"),
        ({"reason": ""}, "reason is missing"),
        ({"witness": None}, "as a witness"),
        ({"purpose": "subject_access"}, "always redacted"),
        ({"purpose": "hr"}, "redacted copy is made"),
        ({"keep": ("x",)}, "in a redacted copy only"),
        ({"recipient": "x" * 3000}, "too long"),
    ],
)
def test_what_cannot_be_asked_for(scene: Scene, changes: dict[str, Any], words: str) -> None:
    """Nothing is asked for without purpose, basis, recipient, reason; nor unredacted for subject access."""
    with pytest.raises(UpstanderError, match=words):
        ask(scene, **changes)
    assert scene.exports() == []


def test_what_was_asked_for_cannot_be_changed_under_the_approver(any_scene: Scene) -> None:
    """The database refuses to change what was asked for, before and after it was approved."""
    number = ask(any_scene)
    for _ in range(2):
        for column in ("recipient = 'another'", "particulars = '{}'", "purpose = 'platform'", "asked_by = 2"):
            with pytest.raises(DBAPIError):
                update(any_scene, f"UPDATE exports SET {column}")
        if any_scene.exports()[0].state == "asked":
            any_scene.stage.approve(any_scene.people[SECOND], number, os_user="selder")


def test_a_request_that_was_altered_all_the_same_is_not_made(scene: Scene) -> None:
    """Even with the guard gone, what is made is what was approved: the audit keeps its fingerprint."""
    number = scene.approved()
    update(scene, "DROP TRIGGER exports_go_forward")
    update(scene, "UPDATE exports SET recipient = 'A newspaper'")
    with pytest.raises(Conflict, match="its row was altered"):
        scene.stage.make(scene.people[ASKER], number)


def test_a_case_that_was_slipped_in_is_not_handed_over(scene: Scene) -> None:
    """A case added to an approved export by hand stops it."""
    number = scene.approved()
    update(scene, f"INSERT INTO export_cases (export_id, case_id) VALUES ({number}, {scene.world.case_id})")
    with pytest.raises(Conflict, match="its row was altered"):
        scene.stage.make(scene.people[ASKER], number)


WRONG_REQUESTS: list[dict[str, Any]] = [
    {"purpose": "press"},
    {"state": "approved", "decided_by": 2, "decided_at": "2026-11-16 10:00:00"},
    {"purpose": "subject_access"},
    {"legal_basis": " "},
    {"recipient": ""},
    {"reason": ""},
    {"decided_by": 2},
    {"break_glass_reason": "why"},
    {"reviewed_by": 2, "reviewed_at": "2026-11-16 10:00:00"},
    {"made_at": "2026-11-16 10:00:00"},
]


def test_the_database_refuses_a_wrong_request(any_scene: Scene) -> None:
    """Raw SQL cannot begin an export decided or made, without a basis, or a subject's unredacted."""
    for changes in WRONG_REQUESTS:
        with pytest.raises(DBAPIError):
            insert(any_scene, **changes)
    assert any_scene.exports() == []


ALONE = f"state = 'approved', decided_by = asked_by, {DECIDED}"
MADE = "made_at = '2026-11-16 10:00:00', file_name = 'f', file_sha256 = '0', file_bytes = 1"
REVIEWED = "reviewed_at = '2026-11-16 10:00:00'"
APPROVE = f"state = 'approved', decided_by = 2, {DECIDED}"
#: What is set on an export one after the other; the last of each must be refused.
WRONG_STEPS = (
    (ALONE,),
    (f"{ALONE}, break_glass_reason = ' '",),
    (f"{APPROVE}, break_glass_reason = 'not mine to break'",),
    ("state = 'approved'",),
    (f"state = 'refused', decided_by = 2, {DECIDED}",),
    (f"state = 'made', decided_by = 2, {DECIDED}, {MADE}",),
    (APPROVE, "state = 'asked', decided_by = NULL, decided_at = NULL"),
    (APPROVE, "decided_by = 3"),
    (APPROVE, "state = 'made'"),
    (APPROVE, f"reviewed_by = 2, {REVIEWED}"),
    (f"{ALONE}, break_glass_reason = 'w'", f"reviewed_by = asked_by, {REVIEWED}"),
    (APPROVE, f"state = 'made', {MADE}", "file_sha256 = '1'"),
)


def test_the_database_refuses_one_person_and_steps_back(any_scene: Scene) -> None:
    """Raw SQL cannot approve with one person, review by the asker, skip the approval, go back or remove."""
    for steps in WRONG_STEPS:
        number = insert(any_scene)
        for step in steps[:-1]:
            update(any_scene, f"UPDATE exports SET {step} WHERE id = {number}")
        with pytest.raises(DBAPIError):
            update(any_scene, f"UPDATE exports SET {steps[-1]} WHERE id = {number}")
    with pytest.raises(DBAPIError):
        update(any_scene, "DELETE FROM exports")


def test_the_plain_way_is_open_to_raw_sql(any_scene: Scene) -> None:
    """So that the refusals above are refusals of what is wrong and of nothing else."""
    number = insert(any_scene)
    for step in (APPROVE, f"state = 'made', {MADE}"):
        update(any_scene, f"UPDATE exports SET {step} WHERE id = {number}")
    assert any_scene.exports()[0].state == "made"
    number = insert(any_scene)
    for step in (f"{ALONE}, break_glass_reason = 'w'", f"reviewed_by = 2, {REVIEWED}"):
        update(any_scene, f"UPDATE exports SET {step} WHERE id = {number}")
