"""Reports to platforms, from filing to the end: filed once, followed, stopped when the decision changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.judging import said
from tests.unit.action.errands import Errands
from tests.unit.action.reporting import Desk
from worker.errors import Conflict
from worker.review.machine import IllegalMove
from worker.review.reports import Filing, FilingIncomplete
from worker.store import tables as t
from worker.summary.counts import Span
from worker.summary.platform_reports import report_figures
from worker.summary.status import read_status


@pytest.fixture
def desk(errands: Errands) -> Desk:
    """A case with sealed evidence, on either database."""
    return Desk(errands)


@pytest.fixture
def small_desk(small: Errands) -> Desk:
    """The same on SQLite alone."""
    return Desk(small)


def test_a_report_is_filed_once_with_who_when_and_the_reference(desk: Desk) -> None:
    """A second filing is refused: what was noted first stays, and a correction is added beside it."""
    number, reports = desk.prepared(), desk.stages.reports
    at = desk.now - timedelta(minutes=10)
    reports.file(desk.reviewer, number, Filing(at, " X-4711 "))
    with pytest.raises(Conflict, match="filed already"):
        reports.file(desk.errands.scene.second, number, Filing(desk.now, "X-4712"))
    filed = desk.newest()
    assert (filed.state, filed.filed_at, filed.filed_by) == ("filed", at, desk.reviewer.person_id)
    assert (filed.reference, desk.tasks("report_to_file")) == ("X-4711", [])
    (row,) = desk.errands.scene.audited("filed")
    assert (row.detail["has_reference"], "X-4711" in str(row.detail)) == (True, False)
    reports.correct(desk.reviewer, number, "Misread the number.", at=None, reference="X-4712")
    (shown,) = reports.listing(desk.reviewer)
    assert (shown.reference, shown.filed_at, desk.newest().reference) == ("X-4712", at, "X-4711")


@pytest.mark.parametrize(
    ("filing", "wrong"),
    [
        (Filing, "Nothing says that the platform took"),
        (lambda now: Filing(now, "  "), "Nothing says that the platform took"),
        (lambda now: Filing(now + timedelta(minutes=1), "X-1"), "future"),
        (lambda now: Filing(now - timedelta(days=30), "X-1"), "posted on"),
    ],
)
def test_a_filing_that_nothing_shows_is_not_noted(
    small_desk: Desk, filing: Callable[..., Filing], wrong: str
) -> None:
    """A reference, a screenshot or a note; at a time that can be."""
    number = small_desk.prepared()
    with pytest.raises(FilingIncomplete, match=wrong):
        small_desk.stages.reports.file(small_desk.reviewer, number, filing(small_desk.now))
    assert small_desk.newest().state == "prepared"


def test_an_overturned_decision_stops_what_was_not_filed(desk: Desk) -> None:
    """Withdrawn in the decision's own transaction, with its task; it cannot be filed any more."""
    number = desk.prepared()
    desk.overturn()
    assert (desk.newest().state, desk.newest().ended_by, desk.tasks("report_to_file")) == (
        "withdrawn",
        None,
        [],
    )
    with pytest.raises(Conflict, match="no longer wanted"):
        desk.stages.reports.file(desk.reviewer, number, Filing(desk.now, "X-1"))


def test_an_overturned_decision_on_what_was_filed_becomes_a_task(desk: Desk) -> None:
    """Somebody has to tell the platform; the status says so until they did, or the case is upheld again."""
    number, scene = desk.filed(), desk.errands.scene
    desk.overturn()
    (task,) = desk.tasks("report_mistake")
    assert (task.about_id, desk.newest().state) == (number, "filed")
    assert "overturned" in desk.problems()
    desk.stages.reports.withdraw(desk.reviewer, number, "Told X by its form.")
    assert (desk.newest().state, desk.tasks("report_mistake"), desk.tasks("report_answer")) == (
        "withdrawn",
        [],
        [],
    )
    assert desk.problems() == ""
    assert scene.audited("withdrawn")[-1].detail == {
        "case_id": desk.errands.case_id,
        "before": "filed",
        "after": "withdrawn",
    }


def test_upholding_again_ends_the_task_to_tell_the_platform(small_desk: Desk) -> None:
    """What was no mistake after all is not called one."""
    small_desk.filed()
    small_desk.overturn()
    errands = small_desk.errands
    with errands.scene.store.read() as session:
        latest = session.scalars(select(t.Decision.id).order_by(t.Decision.id.desc()).limit(1)).one()
    errands.scene.review.decide(
        errands.scene.reviewer,
        errands.case_id,
        errands.revision_id,
        "upheld",
        categories=["insult"],
        severity="serious",
        reason="It is abuse after all.",
        supersedes=latest,
        particulars=said("upheld"),
    )
    assert small_desk.tasks("report_mistake") == []


def test_the_platforms_answer_is_asked_for_after_days_and_then_every_week(desk: Desk) -> None:
    """Filed without an answer: a task after reports.remind_days, again weekly, until there is an end."""
    number, reports = desk.filed(), desk.stages.reports
    (first,) = desk.tasks("report_answer")
    assert first.due_at - desk.now == timedelta(days=7)
    desk.later(days=8)
    assert "without an answer" in desk.problems()
    reports.follow()
    assert [task.id for task in desk.tasks("report_answer")] == [first.id]
    reports.note_outcome(desk.reviewer, number, "no_answer")
    (again,) = desk.tasks("report_answer")
    assert (again.id != first.id, again.due_at - desk.now) == (True, timedelta(days=7))
    with desk.errands.scene.store.write() as session:
        session.execute(
            update(t.Task).where(t.Task.id == again.id).values(done_at=desk.now, outcome="Looked.")
        )
    reports.follow()
    reports.follow()
    (third,) = desk.tasks("report_answer")
    assert third.due_at - desk.now == timedelta(days=7)
    reports.close(desk.reviewer, number, "X does not answer.")
    reports.follow()
    assert (desk.newest().state, desk.newest().outcome, desk.tasks("report_answer")) == (
        "closed",
        "no_answer",
        [],
    )


def test_an_outcome_goes_only_the_ways_there_are(small_desk: Desk) -> None:
    """Nothing is removed that was not filed, and what is closed stays closed."""
    reports, who = small_desk.stages.reports, small_desk.reviewer
    number = small_desk.prepared()
    for outcome in ("removed", "kept", "no_answer"):
        with pytest.raises(IllegalMove):
            reports.note_outcome(who, number, outcome)
    reports.file(who, number, Filing(small_desk.now, note="X showed a tick."))
    with pytest.raises(IllegalMove):
        reports.close(who, number, "No outcome yet.")
    reports.note_outcome(who, number, "kept")
    reports.note_outcome(who, number, "removed")
    reports.close(who, number, "Done.")
    with pytest.raises(IllegalMove):
        reports.note_outcome(who, number, "kept")
    assert small_desk.newest().outcome == "removed"


def test_a_comment_that_is_gone_while_filed_is_noted(small_desk: Desk) -> None:
    """Polling found it gone: written once, with an audit row, and shown in the list."""
    small_desk.filed()
    scene = small_desk.errands.scene
    with scene.store.write() as session:
        session.get_one(t.Comment, small_desk.errands.comment_id).gone_at = small_desk.now
    small_desk.stages.reports.follow()
    small_desk.stages.reports.follow()
    assert small_desk.newest().gone_noted_at == small_desk.now
    assert len(scene.audited("gone_noted")) == 1
    (row,) = small_desk.stages.reports.listing(small_desk.reviewer)
    assert row.gone_at == small_desk.now


def test_a_prepared_report_that_nobody_files_is_a_problem(small_desk: Desk) -> None:
    """After two working days, a weekend between; not before."""
    small_desk.prepared()
    small_desk.later(days=2)
    assert small_desk.problems() == ""
    small_desk.later(hours=1)
    assert "prepared and not filed" in small_desk.problems()


def test_the_status_and_the_weekly_figures_have_the_reports(small_desk: Desk) -> None:
    """What nobody filed stands in the status; the week counts what was prepared, filed and answered."""
    number = small_desk.prepared()
    small_desk.later(days=3)
    scene = small_desk.errands.scene
    said = read_status(scene.store, scene.clock, small_desk.settings).problems
    assert any("prepared and not filed" in problem for problem in said)
    start = small_desk.now - timedelta(days=4)
    small_desk.stages.reports.file(small_desk.reviewer, number, Filing(small_desk.now, "X-1"))
    small_desk.stages.reports.note_outcome(small_desk.reviewer, number, "removed")
    with scene.store.read() as session:
        week = report_figures(session, Span(start, start + timedelta(days=7)))
        next_week = report_figures(session, Span(start + timedelta(days=7), start + timedelta(days=14)))
    assert week == {"prepared": 1, "filed": 1, "removed": 1, "kept": 0, "no_answer": 0}
    assert set(next_week.values()) == {0}


def test_a_report_that_was_refused_is_a_problem(small_desk: Desk) -> None:
    """Somebody asked for it and believes it is on its way."""
    asked = small_desk.ask()
    for custody in small_desk.errands.bags.glob("2*/*/*/data/custody.json"):
        custody.chmod(0o644)
        custody.write_bytes(b"{}")
    small_desk.prepare(asked)
    assert "was refused" in small_desk.problems()
    small_desk.overturn()
    assert small_desk.problems() == ""


def test_only_an_upheld_comment_that_is_there_is_reported_and_once(small_desk: Desk) -> None:
    """A report is asked for on a decision; asked twice, it stays one; under way, it is not asked again."""
    reports, case_id = small_desk.stages.reports, small_desk.errands.case_id
    with pytest.raises(Conflict, match="not upheld"):
        reports.ask(small_desk.reviewer, case_id, "")
    asked = small_desk.ask()
    assert reports.ask(small_desk.errands.scene.second, case_id, "") == asked
    small_desk.prepare(asked)
    with pytest.raises(Conflict, match="under way"):
        reports.ask(small_desk.reviewer, case_id, "")
