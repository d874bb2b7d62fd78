"""Immediate danger calls whoever is on call, over a real mail server and a real webhook, until one comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.unit.review.calling import FALLBACK, Desk, calling, words
from tests.unit.review.scene import CLOCKS, Scene
from worker.errors import NotAllowed, NotFound
from worker.review.flags import Flags
from worker.review.opening import Opening, follow_edit, open_cases
from worker.review.pages import PROMPT
from worker.settings import Settings
from worker.store import tables as t
from worker.summary.calls import call_notices, call_problems

FIRST, SECOND = "first@northmoor.example.test", "second@northmoor.example.test"
MANAGER, SENIOR = "manager@northmoor.example.test", "senior@northmoor.example.test"


@pytest.fixture
def desk(scene: Scene) -> Iterator[Desk]:
    """A Trust with nobody on call yet."""
    with calling(scene) as made:
        yield made


def both_on_call(desk: Desk) -> None:
    """A reviewer is called first, a second one next."""
    desk.on_call(desk.scene.reviewer, FIRST, rank=1)
    desk.on_call(desk.scene.second, SECOND, rank=2)


def problems(desk: Desk) -> str:
    """What the status shouts."""
    with desk.scene.store.read() as session:
        return "\n".join(call_problems(session, desk.scene.clock.now()))


def test_immediate_danger_calls_the_first_on_call_at_once(desk: Desk) -> None:
    """Mail and webhook say what case it is and to call 999; never what was written, nor by whom."""
    both_on_call(desk)
    case_id = desk.danger()
    assert desk.run() == 1
    (mail,) = desk.post.mails
    said = words(mail)
    assert (mail["To"], PROMPT in said) == (FIRST, True)
    assert mail.get_content().startswith(PROMPT)
    for fact in (f"Case {case_id}", "facebook", "Northmoor", "9 November 2026 at 9:00am"):
        assert fact in said
    assert f'upstander on-call acknowledge {case_id} --as "The reviewer"' in said
    (facts,) = desk.hook.facts
    assert (facts["case"], facts["prompt"], facts["on_call"]) == (case_id, PROMPT, "The reviewer")
    for secret in ("north gate", "someone", "A Person", "777"):
        assert secret not in said
        assert secret not in str(facts)
    assert [(row.channel, row.fault, row.turn) for row in desk.sendings()] == [
        ("webhook", None, 1),
        ("email", None, 1),
    ]
    assert len(desk.scene.audited("page_sent")) == 2


def test_the_page_is_written_with_the_case_or_not_at_all(scene: Scene) -> None:
    """Case, page and the job that sends it are one transaction; opening twice calls once."""
    comment_id, revision_id = scene.comment("1", "words")
    opening = Opening(comment_id, revision_id, "immediate_danger", 90)
    with scene.store.write() as session:
        open_cases(session, [opening], now=scene.clock.now(), clocks=CLOCKS)
        session.rollback()
    assert (scene.count(t.Case), scene.count(t.Page)) == (0, 0)
    scene.open(opening)
    scene.open(opening)
    assert scene.count(t.Page) == 1
    with scene.store.read() as session:
        assert len(session.scalars(select(t.Job).where(t.Job.kind == "page")).all()) == 1


def test_without_an_answer_the_next_is_called_and_then_round_again_until_one_acknowledges(
    desk: Desk,
) -> None:
    """Nobody sleeps through it: each five minutes another person, and silence only once somebody has it."""
    both_on_call(desk)
    case_id = desk.danger()
    assert desk.later(timedelta()) == [FIRST]
    assert desk.later(FALLBACK - timedelta(seconds=1)) == []
    assert desk.later(timedelta(seconds=1)) == [SECOND]
    assert desk.later(FALLBACK) == [FIRST]
    assert desk.later(FALLBACK) == [SECOND]
    assert len(desk.hook.posts) == 4
    assert desk.rota.acknowledge(desk.scene.second, case_id)
    assert not desk.rota.acknowledge(desk.scene.reviewer, case_id)
    assert desk.later(FALLBACK) == []
    assert desk.later(timedelta(hours=2)) == []
    (row,) = desk.scene.audited("page_acknowledged")
    assert (row.person_id, row.detail["by"]) == (desk.scene.second.person_id, "acknowledging")


def test_deciding_acknowledges(desk: Desk) -> None:
    """Whoever decides has seen it: nobody else is woken."""
    both_on_call(desk)
    case_id, _, revision_id = desk.scene.case("1", severity="immediate_danger")
    desk.run()
    desk.scene.upheld(case_id, revision_id)
    assert desk.later(FALLBACK) == []
    assert [row.detail["by"] for row in desk.scene.audited("page_acknowledged")] == ["deciding"]


def test_nobody_on_call_is_shouted_and_all_managers_are_mailed(desk: Desk) -> None:
    """A gap in the rota is a problem before anything happens, and when it does nobody is left out."""
    desk.address(desk.scene.people["on_call_manager"], MANAGER)
    assert "Nobody is on call" in problems(desk)
    assert "1 on-call manager would be mailed" in problems(desk)
    case_id = desk.danger()
    assert desk.later(timedelta()) == [MANAGER]
    assert "nobody on call could be reached" in words(desk.post.mails[0]).replace("=\n", "")
    assert desk.later(FALLBACK) == [MANAGER]
    assert f"case {case_id} has called since" in problems(desk)
    desk.on_call(desk.scene.reviewer, FIRST)
    assert desk.later(FALLBACK) == [FIRST, MANAGER], "nobody answered so far: whoever was told is told again"
    assert "Nobody is on call" not in problems(desk)


def test_where_nobody_answers_each_later_call_reaches_further(desk: Desk) -> None:
    """That a mail went out is not that anybody came: one person who sleeps never is all that is tried."""
    desk.on_call(desk.scene.reviewer, FIRST)
    desk.address(desk.scene.people["on_call_manager"], MANAGER)
    desk.address(desk.scene.people["senior_reviewer"], SENIOR)
    case_id = desk.danger()
    assert desk.later(timedelta()) == [FIRST]
    assert desk.later(FALLBACK) == [FIRST, MANAGER]
    assert desk.later(FALLBACK) == [FIRST, MANAGER, SENIOR]
    assert desk.later(FALLBACK) == [FIRST, MANAGER, SENIOR]
    assert all(f"case {case_id}" in str(mail["Subject"]) for mail in desk.post.mails)
    assert desk.rota.acknowledge(desk.scene.people["senior_reviewer"], case_id)
    assert desk.later(FALLBACK) == []


def test_what_cannot_be_sent_goes_to_the_next_at_once_and_is_tried_again_for_ever(desk: Desk) -> None:
    """A refused address costs nobody five minutes; a dead mail server and webhook never end the call."""
    both_on_call(desk)
    desk.post.refuse, desk.hook.status = {FIRST}, 500
    desk.danger()
    assert desk.later(timedelta()) == [SECOND]
    desk.post.refuse = {FIRST, SECOND}
    assert desk.later(FALLBACK) == []
    assert desk.scene.audited("page_not_sent")
    for _ in range(8):
        assert desk.later(timedelta(minutes=1)) == []
    assert desk.later(timedelta(minutes=1)) == []
    assert desk.later(timedelta(minutes=4)) == []
    desk.post.refuse = set()
    assert desk.later(timedelta(minutes=1)) in ([FIRST], [SECOND])
    faults = sorted({row.fault for row in desk.sendings() if row.fault is not None})
    assert faults[0].endswith("refused every recipient (code 550).")
    assert faults[1:] == ["The webhook answered with HTTP 500."]


def test_nobody_reached_at_all_is_shouted_with_the_reason(desk: Desk) -> None:
    """No rota, no manager, no webhook: the status says that somebody has to phone."""
    desk.hook.status = 500
    desk.danger()
    desk.run()
    said = problems(desk)
    assert "NOBODY WAS REACHED" in said
    assert PROMPT in said
    assert "nobody would hear of it" in said


def test_a_conflict_of_interest_is_passed_over_and_may_not_silence_the_call(desk: Desk) -> None:
    """Who is named in a case is not told of it, and cannot make it quiet."""
    both_on_call(desk)
    case_id = desk.danger()
    with desk.scene.store.write() as session:
        session.add(_conflict(desk, case_id))
    assert desk.later(timedelta()) == [SECOND]
    assert desk.hook.facts[0]["on_call"] == "Sam Okafor"
    with pytest.raises(NotAllowed, match=f"Case {case_id} is restricted"):
        desk.rota.acknowledge(desk.scene.reviewer, case_id)
    assert desk.later(FALLBACK) == [SECOND]


def _conflict(desk: Desk, case_id: int) -> t.Conflict:
    return t.Conflict(
        case_id=case_id,
        person_id=desk.scene.reviewer.person_id,
        reason="Named in it.",
        noted_by=desk.scene.second.person_id,
        noted_at=desk.scene.clock.now(),
    )


def test_a_crash_after_sending_sends_the_same_mail_again_rather_than_none(desk: Desk) -> None:
    """What was sent and not written down is sent once more, under the same Message-ID."""
    both_on_call(desk)
    desk.danger()
    with desk.scene.store.read() as session:
        page_id = session.scalars(select(t.Page.id)).one()

    def dies(_session: Session) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        desk.paging.send(page_id, dies)
    assert desk.sendings() == []
    desk.run()
    first, second = desk.post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["To"] == second["To"]


def test_a_page_whose_job_was_lost_gets_another(desk: Desk) -> None:
    """No stuck or lost job ends a call."""
    both_on_call(desk)
    desk.danger()
    with desk.scene.store.write() as session:
        session.execute(text("UPDATE outbox SET state = 'stuck' WHERE kind = 'page'"))
    assert desk.run() == 0
    assert desk.paging.schedule() == 1
    assert desk.later(timedelta()) == [FIRST]


def test_a_case_that_becomes_immediate_danger_calls_once(desk: Desk) -> None:
    """Raised by an edit or by a reviewer's flag; a harmless edit afterwards wakes nobody again."""
    both_on_call(desk)
    scene = desk.scene
    case_id, comment_id, _ = scene.case("1", severity="serious")
    assert scene.count(t.Page) == 0
    scene.open(Opening(comment_id, scene.edit(comment_id, "worse"), "immediate_danger", 95))
    assert scene.count(t.Page) == 1
    desk.rota.acknowledge(scene.reviewer, case_id)
    edits = {comment_id: scene.edit(comment_id, "Have a nice day")}
    with scene.store.write() as session:
        assert follow_edit(session, edits, now=scene.clock.now(), clocks=CLOCKS) == {comment_id: case_id}
    assert scene.count(t.Page) == 1
    other, *_ = scene.case("2", severity="concerning")
    flags = Flags(scene.store, scene.clock, CLOCKS)
    flags.put(scene.reviewer, other, "at_risk_now")
    flags.put(scene.reviewer, other, "at_risk_now")
    with scene.store.read() as session:
        case = session.get_one(t.Case, other)
        pages = session.scalars(select(t.Page.case_id).order_by(t.Page.id)).all()
    assert (case.severity, case.severity_rank) == ("immediate_danger", 0)
    assert case.due_at == scene.clock.now() + timedelta(minutes=15)
    assert pages == [case_id, other]


def test_only_who_was_called_about_can_be_acknowledged_and_only_by_those_who_may(desk: Desk) -> None:
    """An acknowledgement is a person's word that somebody acts: no other case, no other role."""
    case_id, *_ = desk.scene.case("1", severity="serious")
    with pytest.raises(NotFound):
        desk.rota.acknowledge(desk.scene.reviewer, case_id)
    danger = desk.danger()
    with pytest.raises(NotAllowed):
        desk.rota.acknowledge(desk.scene.people["communications_lead"], danger)
    assert f"case {danger} has called" in problems(desk)


def test_the_database_keeps_what_was_sent_and_who_acknowledged(desk: Desk) -> None:
    """No program that uses the database makes a call unsent, or takes an acknowledgement back."""
    both_on_call(desk)
    case_id = desk.danger()
    desk.run()
    desk.rota.acknowledge(desk.scene.reviewer, case_id)
    for statement in (
        "UPDATE pages SET state = 'calling', acknowledged_by = NULL, acknowledged_at = NULL",
        "UPDATE pages SET acknowledged_by = 1",
        "UPDATE page_sendings SET fault = 'x'",
        "DELETE FROM page_sendings",
        "DELETE FROM pages",
        "DELETE FROM on_call",
        "UPDATE on_call SET rank = 9",
    ):
        with pytest.raises(DatabaseError), desk.scene.store.write() as session:
            session.execute(text(statement))


def test_a_rota_that_ends_soon_is_told_before_it_does(desk: Desk) -> None:
    """Whoever keeps the rota hears of the gap before it opens."""
    both_on_call(desk)
    now = desk.scene.clock.now()
    with desk.scene.store.read() as session:
        assert "ends on 9 November 2026 at 9:00pm" in "".join(call_notices(session, Settings(), now))
    next_turn = now + timedelta(hours=12)
    person = desk.scene.people["on_call_manager"]
    number = desk.address(person, MANAGER)
    desk.rota.add(person, number, rank=1, from_at=next_turn, until_at=next_turn + timedelta(days=7))
    with desk.scene.store.read() as session:
        assert not list(call_notices(session, Settings(), now))
