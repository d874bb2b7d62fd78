"""Referrals: made without waiting for anybody, read by whom they were made to, chased, closed, taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.unit.review.desk import WORDS, Desk
from tests.unit.review.scene import START
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger.audit import Actor
from worker.review.machine import IllegalMove
from worker.review.referral_words import Handed, NewReferral, ReferralIncomplete
from worker.review.restricting import tighten
from worker.store import tables as t


def conflict(desk: Desk, person: Actor) -> None:
    """Note that a person has a conflict of interest in the case."""
    with desk.scene.store.write() as session:
        session.add(
            t.Conflict(
                case_id=desk.case,
                person_id=person.person_id,
                reason="Named in it.",
                noted_by=desk.reviewer.person_id,
                noted_at=START,
            )
        )


def restrict(desk: Desk, kind: str) -> None:
    """Restrict the case."""
    now = desk.scene.clock.now()
    with desk.scene.store.write() as session:
        case = session.get_one(t.Case, desk.case)
        tighten(session, Actor(None, "test"), case, kind, "For named roles.", now=now)


def export(desk: Desk, *, purpose: str = "police", state: str = "made", case: int | None = None) -> int:
    """An export as the stage of handing over leaves it."""
    people = desk.scene.people
    with desk.scene.store.write() as session:
        row = t.Export(
            purpose=purpose,
            legal_basis="DPA 2018 Schedule 2",
            recipient="Police",
            reason="Asked for.",
            redacted=False,
            particulars={},
            state="asked",
            asked_by=people["evidence_officer"].person_id,
            asked_at=START,
        )
        session.add(row)
        session.flush()
        session.add(t.ExportCase(export_id=row.id, case_id=case or desk.case))
        session.flush()
        if state == "made":
            row.state, row.decided_by, row.decided_at = (
                "approved",
                people["senior_reviewer"].person_id,
                START,
            )
            session.flush()
            row.state, row.made_at, row.file_name = "made", START, "export-1.zip"
            row.file_sha256, row.file_bytes = "0" * 64, 10
        return row.id


def test_a_referral_goes_from_made_to_closed_and_every_step_is_audited(desk: Desk) -> None:
    """Made, chased, acknowledged, closed: nobody approves, and the state goes its one way."""
    number = desk.refer("police_101")
    referrals = desk.of.referrals
    assert referrals.chase(desk.reviewer, number, "Phoned the desk.") == 1
    with pytest.raises(Conflict, match="was not acknowledged yet"):
        referrals.close(desk.reviewer, number, "Nothing came of it.")
    referrals.acknowledge(desk.reviewer, number, "PC 1234 called back.", reference="CR/100/26")
    with pytest.raises(IllegalMove):
        referrals.acknowledge(desk.reviewer, number, "Again.")
    referrals.close(desk.reviewer, number, "Words of advice given.")
    for again in (
        lambda: referrals.withdraw(desk.reviewer, number, "Too late."),
        lambda: referrals.chase(desk.reviewer, number, "Too late."),
    ):
        with pytest.raises(Conflict):
            again()
    view = desk.of.referred.show(desk.reviewer, number)
    assert (view.row.state, view.row.reference, view.row.chases) == ("closed", "CR/100/26", 1)
    assert (view.outcome, view.chases[0].note) == ("Words of advice given.", "Phoned the desk.")
    for verb in ("referred", "chased", "acknowledged", "closed"):
        (row,) = desk.scene.audited(verb)
        assert (row.person_id, row.detail["case_id"]) == (desk.reviewer.person_id, desk.case)
        assert "PC 1234" not in str(row.detail)


def test_calling_999_waits_for_nobody_and_is_noted_in_one_step(desk: Desk) -> None:
    """A reviewer alone, on an undecided case, notes the call with its incident number."""
    number = desk.refer("police_999", acknowledged="Call taken.", reference="INC 42")
    row = desk.of.referred.show(desk.reviewer, number).row
    assert (row.state, row.reference, row.overdue) == ("acknowledged", "INC 42", False)
    with desk.scene.store.read() as session:
        assert session.get_one(t.Case, desk.case).state == "open"


def test_a_recipient_sees_what_was_referred_and_nothing_else(desk: Desk) -> None:
    """HR reads the words that were referred, not the author, not the queue, and not what was said later."""
    number = desk.refer("hr", sees=["words"])
    desk.scene.edit(1, "something else by now")
    hr = desk.person("hr")
    view = desk.of.referred.show(hr, number)
    assert view.shown.words == WORDS
    assert (view.shown.author, view.shown.evidence, view.shown.files) == (None, None, None)
    assert [row.id for row in desk.of.referred.list(hr)] == [number]
    assert desk.scene.review.queue(hr).rows == ()
    (look,) = desk.scene.audited("viewed")
    assert (look.object_type, look.detail["as_recipient"], look.detail["sees"]) == (
        "referral",
        True,
        ["words"],
    )


@pytest.mark.parametrize(
    ("sees", "shown"), [([], set()), (["author"], {"author"}), (["evidence"], {"evidence"})]
)
def test_each_thing_is_shown_only_where_it_was_given(desk: Desk, sees: list[str], shown: set[str]) -> None:
    """The closed list is held one by one."""
    number = desk.refer("it", sees=sees)
    view = desk.of.referred.show(desk.person("it"), number).shown
    given = {"words": view.words, "author": view.author, "evidence": view.evidence, "files": view.files}
    assert {name for name, value in given.items() if value is not None} == shown
    assert view.address is None


def test_nobody_reads_what_was_referred_to_somebody_else(desk: Desk) -> None:
    """Neither other recipients, nor who has a conflict of interest, nor anybody after it was taken back."""
    to_role = desk.refer("hr")
    to_one = desk.refer("other", person_id=desk.person("it").person_id)
    with pytest.raises(NotAllowed, match="was not made to you"):
        desk.of.referred.show(desk.person("legal"), to_role)
    with pytest.raises(NotAllowed):
        desk.of.referred.show(desk.person("hr"), to_one)
    assert desk.of.referred.list(desk.person("pals")) == ()
    desk.of.referrals.withdraw(desk.reviewer, to_one, "Not theirs after all.")
    with pytest.raises(NotAllowed):
        desk.of.referred.show(desk.person("it"), to_one)
    conflict(desk, desk.person("hr"))
    with pytest.raises(NotAllowed):
        desk.of.referred.show(desk.person("hr"), to_role)
    assert desk.of.referred.list(desk.person("hr")) == ()
    assert {row.detail["why"] for row in desk.scene.audited("refused")} == {"NotAllowed"}


def test_only_who_may_refer_and_see_the_case_refers_it(desk: Desk) -> None:
    """Rights and access are asked in the stage; nobody with a conflict of interest receives."""
    new = NewReferral("hr", "HR", "They should know.")
    for role in ("legal", "administrator", "communications_lead"):
        with pytest.raises(NotAllowed):
            desk.of.referrals.make(desk.person(role), desk.case, new)
    conflict(desk, desk.person("it"))
    with pytest.raises(Conflict, match="cannot be referred to this person"):
        desk.refer("other", person_id=desk.person("it").person_id)
    with pytest.raises(NotFound):
        desk.refer("other", person_id=4711)
    restrict(desk, "protected")
    with pytest.raises(NotAllowed, match="restricted"):
        desk.of.referrals.make(desk.reviewer, desk.case, new)
    assert desk.scene.count(t.Referral) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "astrologer"}, "no recipient astrologer"),
        ({"recipient": "  "}, "recipient needs words"),
        ({"reason": ""}, "reason needs words"),
        ({"sees": ["everything"]}, "no everything to show"),
        ({"notice_at": START}, "goes to legal"),
        ({"kind": "legal", "notice_at": START + timedelta(days=1)}, "in the future"),
        ({"kind": "legal", "notice_at": START + timedelta(days=1)}, "Give the London time"),
        ({"reference": "CR/1"}, "say how they acknowledged.* --acknowledged"),
    ],
)
def test_what_is_not_whole_is_refused(desk: Desk, given: dict[str, object], said: str) -> None:
    """Nothing is written, and the person reads what is missing."""
    whole: dict[str, object] = {"kind": "hr", "recipient": "HR", "reason": "They should know."}
    with pytest.raises(ReferralIncomplete, match=said):
        desk.of.referrals.make(desk.reviewer, desk.case, NewReferral(**(whole | given)))  # type: ignore[arg-type]  # wrong on purpose
    assert desk.scene.count(t.Referral) == 0


def test_of_suspected_imagery_only_address_ids_and_times_go_anywhere(desk: Desk) -> None:
    """Promise 8: neither by default nor on request, nor where it was restricted after it was referred."""
    before = desk.refer("safeguarding")
    restrict(desk, "imagery")
    lead, senior = desk.person("safeguarding_lead"), desk.person("senior_reviewer")
    new = NewReferral("police_101", "Police", "Suspected imagery.")
    number = desk.of.referrals.make(senior, desk.case, new)
    for view in (desk.of.referred.show(lead, before), desk.of.referred.show(senior, number)):
        shown = view.shown
        assert (shown.words, shown.author, shown.evidence, shown.files) == (None,) * 4
        assert shown.comment == "900_1"
    with pytest.raises(ReferralIncomplete, match="only address, ids and times"):
        desk.of.referrals.make(senior, desk.case, NewReferral("hr", "HR", "Why not.", sees=["words"]))


def test_clocks_are_those_of_the_guide(desk: Desk) -> None:
    """Minutes run at all hours, working days do not: a Friday's referral to HR is due on Tuesday."""
    desk.scene.clock.move(timedelta(days=4, hours=6))  # Friday 13 November, 3pm
    desk.refer("police_999")
    desk.refer("hr")
    due = [row.due_at for row in desk.of.referred.list(desk.reviewer)]
    assert due == [
        datetime(2026, 11, 13, 15, 15, tzinfo=UTC),
        datetime(2026, 11, 17, 15, 0, tzinfo=UTC),
    ]


def test_what_is_not_acknowledged_in_time_is_asked_after_once_a_working_day(desk: Desk) -> None:
    """One task until somebody chases, another if that did not help; none once it is acknowledged."""
    number = desk.refer("safeguarding")
    desk.of.referrals.schedule()
    assert "chase_referral" not in desk.waiting()
    desk.scene.clock.move(timedelta(hours=5))
    desk.of.referrals.schedule()
    desk.of.referrals.schedule()
    (task,) = desk.tasks("chase_referral")
    assert (task.for_person, task.about_id) == (desk.reviewer.person_id, number)
    desk.of.referrals.chase(desk.reviewer, number, "Left a message.")
    desk.of.referrals.schedule()
    assert "chase_referral" not in desk.waiting()
    desk.scene.clock.move(timedelta(days=1))
    desk.of.referrals.schedule()
    assert len(desk.tasks("chase_referral")) == 2
    desk.of.referrals.acknowledge(desk.person("safeguarding_lead"), number, "Mine.")
    assert not {"chase_referral", "read_referral"} & desk.waiting()


def test_the_security_specialist_is_to_call_the_police_unless_somebody_has(desk: Desk) -> None:
    """A timed task for them; a call to the police by anybody ends it, and then none is added."""
    desk.refer("security_specialist")
    (task,) = desk.tasks("call_police")
    assert (task.for_role, task.due_at) == ("security_specialist", START + timedelta(minutes=240))
    desk.refer("police_101")
    assert "call_police" not in desk.waiting()
    desk.refer("security_specialist")
    assert len(desk.tasks("call_police")) == 1


def test_a_decision_not_to_refer_is_on_record_too(desk: Desk) -> None:
    """Considered, not referred because: a row with the person and the reason, and no task is left."""
    desk.decided("harassment")
    assert "consider_police" in desk.waiting()
    desk.of.referrals.considered(desk.reviewer, desk.case, "police_101", "One remark; nobody is afraid.")
    assert "consider_police" not in desk.waiting()
    with desk.scene.store.read() as session:
        row = session.scalars(select(t.NotReferred)).one()
    assert (row.kind, row.considered_by) == ("police_101", desk.reviewer.person_id)
    (audited,) = desk.scene.audited("not_referred")
    assert audited.detail == {"case_id": desk.case, "kind": "police_101"}


def test_a_notice_of_complaint_has_two_working_days(desk: Desk) -> None:
    """Section 5: 48 hours from when it came in, days that are not worked left out."""
    desk.refer("legal", notice_at=datetime(2026, 11, 6, 16, 0, tzinfo=UTC))  # the Friday before
    (task,) = desk.tasks("answer_notice")
    assert task.due_at == datetime(2026, 11, 10, 16, 0, tzinfo=UTC)


def test_the_hand_over_log_takes_only_files_that_were_made_for_it(desk: Desk) -> None:
    """An export that was not made, is of another case or for somebody else was not handed over with it."""
    number = desk.refer("police_101")
    other, _, _ = desk.scene.case("900_2")
    for wrong, said in (
        ({"state": "asked"}, "was not made"),
        ({"purpose": "hr"}, "not for the police"),
        ({"case": other}, "holds nothing of case"),
    ):
        with pytest.raises(Conflict, match=said):
            desk.of.referrals.handed_over(desk.reviewer, number, Handed(export(desk, **wrong), "PC 1234"))
    made = export(desk)
    desk.of.referrals.handed_over(desk.reviewer, number, Handed(made, "PC 1234", "on an encrypted stick"))
    (entry,) = desk.of.referred.show(desk.reviewer, number).shown.files or ()
    assert (entry.export_id, entry.handed_to, entry.file_sha256) == (made, "PC 1234", "0" * 64)
    with pytest.raises(Conflict, match="lets nobody see files"):
        desk.refer("hr", handed=Handed(made, "HR"))
    assert desk.scene.count(t.Referral) == 1
