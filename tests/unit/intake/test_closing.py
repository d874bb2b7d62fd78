"""What went to HR ends too: HR closes it, its time runs, two people end it, and no name of it is left."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from rules.evaluate import RuleSet
from tests.judging import said
from tests.unit.intake.handing_in import PDF, Desk, make_desk
from tests.unit.intake.test_hand_ins import REPORTER, everything_stored, given
from worker.errors import Conflict, NotAllowed, NotFound
from worker.evidence.keeping.stage import Keeping
from worker.intake.hand_in_closing import close_hand_in
from worker.intake.hand_in_views import show_hand_in
from worker.intake.hand_ins import HandedIn
from worker.review.errors import NeverJudged
from worker.review.restricting import note_conflict
from worker.settings_evidence import Retention
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.counts import Span, backlog, queued
from worker.summary.medians import medians

WORDS = "Juniper on nights calls me names in the kitchen"
MANAGER = "Perrin Holt"
GUARDIAN = "freedom_to_speak_up_guardian"
SERVICE, LINK, FILE = "Ward Larkspur", "https://social.example.test/juniper", "juniper-chat.pdf"


@pytest.fixture
def desk(store: Store, tmp_path: Path, ruleset: RuleSet) -> Desk:
    """A desk on either database."""
    return make_desk(store, tmp_path, ruleset)


def about_a_colleague(desk: Desk, *, protected: bool = False) -> HandedIn:
    """A sealed hand-in about a colleague who is a manager, with a file and a link."""
    done = desk.add(
        given(
            WORDS, staff_on_staff=True, protected=protected, about_manager=MANAGER, not_a_user=True,
            service=SERVICE, link=LINK,
        ),
        (FILE, PDF),
    )  # fmt: skip
    desk.seal()
    return done


def keeping_of(desk: Desk) -> Keeping:
    """The stage that ends keeping, over the desk's own evidence."""
    clock, shelf = desk.scene.clock, desk.evidence.shelf
    return Keeping(desk.store, clock, shelf, desk.folder / "exports", Retention())


def close(desk: Desk, done: HandedIn, kept_as: str = "not_upheld", by: str = "hr") -> None:
    """HR closes the matter."""
    close_hand_in(desk.store, desk.scene.clock, desk.person(by), done.hand_in_id, kept_as, "Mediated.")


def end(desk: Desk, done: HandedIn) -> None:
    """Who sees it and an evidence officer approve its destruction, and the worker carries it out."""
    keeping = keeping_of(desk)
    assert keeping.propose() == 1
    for role in (GUARDIAN, "evidence_officer"):
        keeping.approve(done.case_id, desk.person(role), "Its time is up.")
    keeping.carry_out(desk.case(done.case_id).comment_id, desk.finished.append)


@pytest.mark.parametrize(
    ("kept_as", "wait"), [("not_upheld", 90), ("upheld", 3653), ("serious", 7305)], ids=str
)
def test_its_time_runs_from_when_hr_closes_it(desk: Desk, kept_as: str, wait: int) -> None:
    """Nothing is proposed before: not while HR has it, however long, nor before its period is over."""
    done = about_a_colleague(desk)
    desk.scene.clock.move(timedelta(days=8000))
    assert keeping_of(desk).propose() == 0
    close(desk, done, kept_as)
    desk.scene.clock.move(timedelta(days=wait - 2))
    assert keeping_of(desk).propose() == 0
    desk.scene.clock.move(timedelta(days=2))
    assert keeping_of(desk).propose() == 1
    (waiting,) = keeping_of(desk).waiting(desk.person("hr"))
    assert (waiting.retention_class, waiting.obstacles) == (kept_as, ())


@pytest.mark.parametrize("names", [0, 1], ids=["named", "protected"])
def test_its_end_takes_words_files_and_names(desk: Desk, names: int) -> None:
    """Nothing in any table says who gave it, about whom, where, or what; the ledger keeps that it was."""
    protected = bool(names)
    done = about_a_colleague(desk, protected=protected)
    close(desk, done, by=GUARDIAN)
    desk.scene.clock.move(timedelta(days=90))
    bags = desk.bags(done.case_id)
    assert all(each.exists() for each in bags)
    end(desk, done)
    assert not any(each.exists() for each in bags)
    stored = everything_stored(desk)
    assert not [each for each in (WORDS, "Juniper", REPORTER, MANAGER, SERVICE, LINK, FILE) if each in stored]
    with desk.store.read() as session:
        assert [each.sealed for each in session.scalars(select(t.ProtectedName))] == [b""] * names
        verbs = list(session.scalars(select(t.Audit.verb)))
    assert {"handed_in", "matter_closed", "disposal_done", "destroyed"} <= set(verbs)
    view = show_hand_in(desk.store, desk.scene.clock, desk.person(GUARDIAN), done.hand_in_id)
    assert (view.text, view.link, view.row.given_by) == (None, None, None if protected else "")
    if protected:
        with pytest.raises(NotFound, match="was destroyed when its time was up"):
            desk.hand_ins.reveal(desk.person(GUARDIAN), done.hand_in_id, "A call back.")


def test_a_hand_in_that_was_judged_leaves_no_name_either(desk: Desk) -> None:
    """What anybody hands in is emptied like this when its time is up, not only what went to HR."""
    done = desk.add(given(link=LINK, service=SERVICE), (FILE, PDF))
    desk.seal()
    case = desk.case(done.case_id)
    desk.scene.review.decide(
        desk.person("reviewer"), done.case_id, case.revision_id, "not_upheld",
        categories=[], severity=None, reason="Judged.", particulars=said("not_upheld"),
    )  # fmt: skip
    desk.scene.clock.move(timedelta(days=90))
    keeping = keeping_of(desk)
    assert keeping.propose() == 1
    keeping.approve(done.case_id, desk.person("evidence_officer"), "Its time is up.")
    keeping.carry_out(case.comment_id, desk.finished.append)
    stored = everything_stored(desk)
    assert not [each for each in (REPORTER, SERVICE, LINK, FILE) if each in stored]


def test_only_hr_and_the_guardian_close_and_not_whom_it_concerns(desk: Desk) -> None:
    """Nobody else even sees it, and one of HR who is concerned in it does not close it."""
    done = about_a_colleague(desk)
    for role in sorted(set(desk.scene.people) - {"hr", "freedom_to_speak_up_guardian"}):
        with pytest.raises(NotAllowed):
            close(desk, done, by=role)
    guardian, hr = desk.person("freedom_to_speak_up_guardian"), desk.person("hr")
    assert hr.person_id is not None
    note_conflict(desk.store, desk.scene.clock, guardian, done.case_id, hr.person_id, "About them.")
    with pytest.raises(NotAllowed, match="is restricted"):
        close(desk, done)
    assert desk.case(done.case_id).state == "routed"
    close(desk, done, by="freedom_to_speak_up_guardian")
    assert desk.case(done.case_id).state == "closed"


def test_a_matter_is_closed_once_with_a_reason_and_its_tasks_end(desk: Desk) -> None:
    """A slip is refused in words; what nobody took over yet is not asked of them any more."""
    done, hr = about_a_colleague(desk), desk.person("hr")
    judged = desk.add(given())
    for number, kept_as, why, match in (
        (done.hand_in_id, "not_upheld", " ", "with a reason"),
        (done.hand_in_id, "for_ever", "Why.", "no period"),
        (4711, "upheld", "Why.", "no hand-in 4711"),
    ):
        with pytest.raises((Conflict, NotFound), match=match):
            close_hand_in(desk.store, desk.scene.clock, hr, number, kept_as, why)
    with pytest.raises(NotAllowed):  # an open case is not HR's to see
        close(desk, judged)
    close(desk, done)
    with pytest.raises(Conflict, match="closed already"):
        close(desk, done)
    with desk.store.read() as session:
        assert not session.scalars(select(t.Task).where(t.Task.done_at.is_(None))).all()


def test_what_is_closed_is_still_never_judged(desk: Desk) -> None:
    """By nobody who sees it: HR's matter does not come back as a decision."""
    done = about_a_colleague(desk)
    close(desk, done)
    revision = desk.case(done.case_id).revision_id
    with desk.store.write() as session:
        session.add(t.PersonRole(person_id=desk.person("hr").person_id, role="senior_reviewer"))
    with pytest.raises(NeverJudged):
        desk.scene.review.decide(
            desk.person("hr"), done.case_id, revision, "not_upheld",
            categories=[], severity=None, reason="Judged.", particulars=said("not_upheld"),
        )  # fmt: skip


def test_what_went_to_hr_is_never_counted_as_a_case_of_the_queue(desk: Desk) -> None:
    """Nor after HR closed it: the summaries count as opened and waiting what the team has to judge."""
    start = desk.scene.clock.now()
    done = about_a_colleague(desk)
    desk.scene.clock.move(timedelta(hours=1))
    between = desk.scene.clock.now()
    desk.scene.review.show(desk.person("hr"), done.case_id)
    desk.scene.clock.move(timedelta(hours=1))
    for end in (False, True):
        if end:
            close(desk, done)
            desk.scene.clock.move(timedelta(hours=1))
        span = Span(start, desk.scene.clock.now())
        with desk.store.read() as session:
            assert queued(session, span) == {}
            assert not any(backlog(session, between).by_severity.values())
            assert medians(session, span)["opened_to_viewed"] is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases SET state = 'closed' WHERE state = 'routed'",
        "UPDATE cases SET state = 'decided' WHERE state = 'routed'",
        "UPDATE hand_ins SET given_by = 'somebody else'",
        "UPDATE hand_ins SET given_by = '', service = '', link = NULL, about_manager = NULL",
        "UPDATE hand_ins SET staff_on_staff = false",
        "UPDATE hand_in_files SET name = ''",
        "UPDATE hand_in_files SET sha256 = 'x'",
        "UPDATE protected_names SET sealed = substr(sealed, 1, 0)",
        "DELETE FROM protected_names",
        "DELETE FROM hand_ins",
        "INSERT INTO hand_in_closings SELECT id, 'upheld', 'x', 1, opened_at FROM cases WHERE state = 'open'",
    ],
)
def test_the_database_lets_nothing_be_emptied_before_its_words(desk: Desk, statement: str) -> None:
    """Closing without a reason, a changed name, a name emptied early: refused below the program."""
    about_a_colleague(desk)
    desk.hand_ins.add(desk.person("hr"), given(WORDS, protected=True), [(FILE, io.BytesIO(PDF))])
    with pytest.raises(DBAPIError), desk.store.write() as session:
        session.connection().execute(text(statement))
