"""Restricted cases are for named roles; a conflict of interest closes a case to a person."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.judging import procedure
from tests.unit.review.scene import CLOCKS, Scene
from worker.errors import Conflict, NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import FINDER_GOES_ON, SEES, conflicted, may_see
from worker.review.case_file import CaseFile
from worker.review.counting import Count
from worker.review.opening import Opening
from worker.review.rights import HOLDERS, Right
from worker.store import tables as t
from worker.store.casework import RESTRICTIONS

#: The whole table, written out: who sees what is changed twice, on purpose.
SEEN_BY = {
    "imagery": {"senior_reviewer", "on_call_manager", "evidence_officer", "safeguarding_lead"},
    "protected": {"freedom_to_speak_up_guardian", "safeguarding_lead", "senior_reviewer"},
    "manager": {"hr", "freedom_to_speak_up_guardian", "senior_reviewer"},
    "intimate_image": {"senior_reviewer", "on_call_manager", "evidence_officer", "safeguarding_lead"},
    "safeguarding": {"safeguarding_lead", "senior_reviewer", "on_call_manager"},
    None: {"reviewer", "senior_reviewer", "on_call_manager", "communications_lead", "evidence_officer"},
}


def file_of(scene: Scene) -> CaseFile:
    """The stage."""
    return CaseFile(scene.store, scene.clock, procedure(CLOCKS))


def named(scene: Scene, person: Actor) -> str:
    """A person's name."""
    with scene.store.read() as session:
        return session.get_one(t.Person, person.person_id).name


def seen_in_queue(scene: Scene, person: Actor, case_id: int) -> bool:
    """Whether the queue shows a case, and counts it."""
    page = scene.review.queue(person)
    assert page.matching == page.counts.total == Count(len(page.rows))
    return case_id in [row.case_id for row in page.rows]


def test_the_table_of_who_sees_what_is_this_one(scene: Scene) -> None:
    """Each kind of case is seen by exactly these roles: in the queue, in its counts, and one by one."""
    assert set(SEES) == set(RESTRICTIONS)
    for number, (kind, roles) in enumerate(SEEN_BY.items()):
        case_id, *_ = scene.case(str(number))
        with scene.store.write() as session:
            session.get_one(t.Case, case_id).restriction = kind
        for role in HOLDERS[Right.VIEW_QUEUE]:
            person = scene.people[role]
            assert seen_in_queue(scene, person, case_id) is (role in roles), (kind, role)
            if role in roles:
                assert scene.review.show(person, case_id).restriction == kind
                continue
            with pytest.raises(NotAllowed, match=f"Case {case_id} is restricted"):
                scene.review.show(person, case_id)


def test_a_restricted_case_is_neither_handed_out_nor_worked_on(scene: Scene) -> None:
    """Next case passes over it; claiming, deciding, asking for actions and noting are refused and audited."""
    case_id, _, revision_id = scene.case("1", severity="immediate_danger")
    free, *_ = scene.case("2", severity="routine")
    file = file_of(scene)
    scene.review.claim(scene.reviewer, case_id)
    file.restrict(scene.reviewer, case_id, "safeguarding", "A child is named.")
    assert scene.count(t.Claim) == 0, "whoever cannot see it does not keep it"
    held = scene.review.claim_next(scene.reviewer)
    assert held is not None
    assert held.case_id == free
    before = len(scene.audited("refused"))
    for attempt in (
        lambda: scene.review.claim(scene.reviewer, case_id),
        lambda: scene.upheld(case_id, revision_id),
        lambda: scene.review.request_hide(scene.reviewer, case_id, "Hide it."),
        lambda: file.note(scene.reviewer, case_id, "x"),
        lambda: file.unrestrict(scene.people["hr"], case_id, "Let me see."),
    ):
        with pytest.raises(NotAllowed, match="restricted"):
            attempt()
    assert len(scene.audited("refused")) == before + 5
    senior = scene.review.claim_next(scene.people["senior_reviewer"])
    assert senior is not None
    assert senior.case_id == case_id
    (row,) = scene.audited("restricted")
    assert row.detail == {"kind": "safeguarding", "before": None, "after": "safeguarding"}, "no reason in it"


def test_a_look_at_a_restricted_case_says_so_in_the_audit(scene: Scene) -> None:
    """Reads of restricted cases leave a trace that tells them apart."""
    case_id, *_ = scene.case("1")
    file_of(scene).restrict(scene.reviewer, case_id, "manager", "It accuses a manager.")
    scene.review.show(scene.people["hr"], case_id)
    assert [row.detail["restriction"] for row in scene.audited("viewed")] == ["manager"]


def test_a_thread_does_not_tell_the_words_of_a_restricted_case(scene: Scene) -> None:
    """Beside another comment stand neither words nor author of a case that is kept from whoever looks."""
    kept, kept_comment, _ = scene.case("1", "words of a child")
    case_id, comment_id, _ = scene.case("2", "other words")
    with scene.store.write() as session:
        for each in (kept_comment, comment_id):
            session.get_one(t.Comment, each).parent_external_id = "900"
    file_of(scene).restrict(scene.reviewer, kept, "safeguarding", "It is of a child.")
    (told,) = scene.review.show(scene.reviewer, case_id).thread
    assert (told.comment_id, told.text, told.author, told.kept) == (kept_comment, None, None, True)
    (told,) = scene.review.show(scene.people["senior_reviewer"], case_id).thread
    assert (told.text, told.kept) == ("words of a child", False)


def test_lifting_is_for_those_who_see_such_cases_and_takes_a_reason(scene: Scene) -> None:
    """A lifted restriction leaves both rows behind."""
    case_id, *_ = scene.case("1")
    file, guardian = file_of(scene), scene.people["freedom_to_speak_up_guardian"]
    file.restrict(scene.reviewer, case_id, "protected", "Handed in under protection.")
    with pytest.raises(Conflict, match="with a reason only"):
        file.unrestrict(guardian, case_id, "  ")
    assert file.unrestrict(guardian, case_id, "The name was made public by themselves.") == ()
    assert seen_in_queue(scene, scene.reviewer, case_id)
    assert scene.count(t.Restriction) == 2


def test_no_case_that_waits_is_kept_for_hr_alone(scene: Scene) -> None:
    """It would wait for ever: HR decides on nothing, and nobody who decides would see it."""
    case_id, _, revision_id = scene.case("1")
    with pytest.raises(Conflict, match="nobody could decide"):
        file_of(scene).restrict(scene.reviewer, case_id, "staff_on_staff", "It is about a colleague.")
    scene.upheld(case_id, revision_id)


def test_a_conflict_of_interest_closes_the_case_whatever_the_roles(scene: Scene) -> None:
    """The person concerned is told no more than that it is restricted, and cannot lift it themselves."""
    case_id, _, revision_id = scene.case("1")
    manager, file = scene.people["on_call_manager"], file_of(scene)
    file.note_conflict(scene.reviewer, case_id, named(scene, manager), "It is about her team.")
    file.note_conflict(scene.reviewer, case_id, named(scene, manager), "Twice changes nothing.")
    with scene.store.read() as session:
        assert conflicted(session, case_id) == {manager.person_id}
        assert manager.person_id is not None
        assert not may_see(session, manager.person_id, case_id)
    assert not seen_in_queue(scene, manager, case_id)
    assert scene.review.claim_next(manager) is None
    for attempt in (
        lambda: scene.review.show(manager, case_id),
        lambda: scene.review.claim(manager, case_id),
        lambda: file.withdraw_conflict(manager, case_id, named(scene, manager), "I am fine."),
    ):
        with pytest.raises(NotAllowed, match=f"^Case {case_id} is restricted"):
            attempt()
    with pytest.raises(NotAllowed):
        file.withdraw_conflict(scene.reviewer, case_id, named(scene, manager), "Not mine to take back.")
    file.withdraw_conflict(
        scene.people["senior_reviewer"], case_id, named(scene, manager), "It is another team."
    )
    assert seen_in_queue(scene, manager, case_id)
    assert scene.count(t.Conflict) == 2
    scene.upheld(case_id, revision_id)


def test_whoever_found_an_intimate_image_goes_on_and_nobody_else(scene: Scene) -> None:
    """They have seen it and it must come down; for other restrictions the finder steps back as all do."""
    # Nobody restricts a case by hand as being about a colleague: it is handed in so.
    for number, kind in enumerate(set(RESTRICTIONS) - {"staff_on_staff"}):
        case_id, *_ = scene.case(str(number))
        file_of(scene).restrict(scene.reviewer, case_id, kind, "Found.")
        assert seen_in_queue(scene, scene.reviewer, case_id) is (kind in FINDER_GOES_ON)
        assert not seen_in_queue(scene, scene.second, case_id)
        if kind in FINDER_GOES_ON:
            with pytest.raises(NotAllowed):
                file_of(scene).unrestrict(scene.reviewer, case_id, "I found it.")


def test_a_new_case_of_the_same_comment_is_no_way_around(scene: Scene) -> None:
    """An edit after the decision opens a case that is as restricted, and closed to the same people."""
    case_id, comment_id, revision_id = scene.case("1")
    file, senior = file_of(scene), scene.people["senior_reviewer"]
    scene.upheld(case_id, revision_id)
    file.note_conflict(senior, case_id, named(scene, scene.second), "Her brother wrote it.")
    file.restrict(senior, case_id, "safeguarding", "A child is named.")
    newest = scene.edit(comment_id, "other words")
    opened = scene.open(Opening(comment_id, newest, "serious", 50))[comment_id]
    assert opened != case_id
    assert not seen_in_queue(scene, scene.reviewer, opened)
    assert seen_in_queue(scene, senior, opened)
    with scene.store.read() as session:
        assert conflicted(session, opened) == {scene.second.person_id}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE conflicts SET reason = 'nothing'",
        "DELETE FROM conflicts",
        "UPDATE restrictions SET kind = NULL",
        "DELETE FROM restrictions",
        (
            "INSERT INTO conflicts (case_id, person_id, withdraws_id, reason, noted_by, noted_at)"
            " SELECT case_id, person_id, id, 'I am fine', person_id, noted_at FROM conflicts"
        ),
        # Lifts nothing by name; lifts what is another case's; opens a case whose restriction stands.
        (
            "INSERT INTO restrictions (case_id, reason, noted_by, noted_at)"
            " SELECT case_id, 'All of them', noted_by, noted_at FROM restrictions"
        ),
        (
            "INSERT INTO restrictions (case_id, lifts_id, reason, noted_by, noted_at)"
            " SELECT other.id, row.id, 'That one', row.noted_by, row.noted_at"
            " FROM restrictions AS row, cases AS other WHERE other.id <> row.case_id"
        ),
        "UPDATE cases SET restriction = NULL WHERE restriction = 'manager'",
    ],
)
def test_the_database_keeps_who_was_kept_out(scene: Scene, statement: str) -> None:
    """Rows are only added, and nobody takes back a conflict of interest of their own."""
    case_id, *_ = scene.case("1")
    file = file_of(scene)
    scene.case("2")
    file.note_conflict(scene.reviewer, case_id, named(scene, scene.second), "Her brother wrote it.")
    file.restrict(scene.reviewer, case_id, "manager", "It accuses a manager.")
    with pytest.raises(DBAPIError), scene.store.write() as session:
        session.execute(text(statement))
