"""Reports to platforms are guarded: by rights and access in the stage, and by the database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.action.errands import Errands
from tests.unit.action.reporting import Desk
from worker.errors import NotAllowed
from worker.review.reports import Filing
from worker.store import tables as t


@pytest.fixture
def desk(errands: Errands) -> Desk:
    """A case with sealed evidence, on either database."""
    return Desk(errands)


@pytest.fixture
def small_desk(small: Errands) -> Desk:
    """The same on SQLite alone."""
    return Desk(small)


def test_rights_and_access_are_asked_for_everywhere(small_desk: Desk) -> None:
    """Whoever may not work cases, or not see this one, neither reads nor changes a report; it is audited."""
    number, scene = small_desk.prepared(), small_desk.errands.scene
    stages = small_desk.stages

    def everything(who: object) -> tuple[Callable[[], object], ...]:
        reports = stages.reports
        return (
            lambda: reports.ask(who, small_desk.errands.case_id, ""),  # type: ignore[arg-type]  # an actor
            lambda: reports.file(who, number, Filing(small_desk.now, "X")),  # type: ignore[arg-type]  # as above
            lambda: reports.note_outcome(who, number, "kept"),  # type: ignore[arg-type]  # as above
            lambda: reports.withdraw(who, number, "x"),  # type: ignore[arg-type]  # as above
            lambda: reports.correct(who, number, "x", at=None, reference="y"),  # type: ignore[arg-type]  # as above
        )

    for call in everything(scene.people["communications_lead"]):
        with pytest.raises(NotAllowed):
            call()
    with scene.store.write() as session:
        session.get_one(t.Case, small_desk.errands.case_id).restriction = "manager"
    for call in everything(small_desk.reviewer):
        with pytest.raises(NotAllowed):
            call()
    assert len(scene.audited("refused")) == 10
    assert stages.reports.listing(small_desk.reviewer) == ()
    assert len(stages.reports.listing(scene.people["senior_reviewer"])) == 1


COPY = (
    "INSERT INTO platform_reports (requested_action_id, comment_id, kind, state, category, prepared_at)"
    " SELECT {request}, comment_id, {kind}, '{state}', 'insult', requested_at FROM requested_actions"
    " WHERE id = {of}"
)


def test_the_database_holds_reports_to_the_same_rules(desk: Desk) -> None:
    """Raw SQL: no report without its action on sealed evidence, none filed twice, rewritten, removed."""
    number, errands = desk.filed(), desk.errands
    asked = desk.newest().requested_action_id
    with errands.scene.store.write() as session:
        hide = session.execute(
            text(
                "INSERT INTO requested_actions (case_id, comment_id, revision_id, decision_id, verdict, kind,"
                " state, requested_by, requested_at) SELECT case_id, comment_id, revision_id, decision_id,"
                " verdict, 'platform_report', 'requested', requested_by, requested_at"
                " FROM requested_actions RETURNING id"
            )
        ).scalar_one()
    for statement in (
        COPY.format(request=hide, kind="'platform_report'", state="prepared", of=asked),
        COPY.format(request=asked, kind="'platform_report'", state="prepared", of=asked),
        COPY.format(request=hide, kind="'hide'", state="prepared", of=asked),
        "UPDATE platform_reports SET reference = 'another'",
        "UPDATE platform_reports SET filed_by = filed_by + 1",
        "UPDATE platform_reports SET filing_note = 'more'",
        "UPDATE platform_reports SET state = 'prepared'",
        "UPDATE platform_reports SET state = 'closed'",
        "UPDATE platform_reports SET state = 'removed'",
        "UPDATE platform_reports SET category = 'threat'",
        "DELETE FROM platform_reports",
    ):
        with pytest.raises(DBAPIError), errands.scene.store.write() as session:
            session.execute(text(statement))
    desk.stages.reports.correct(desk.reviewer, number, "Misread.", at=None, reference="X-9")
    for statement in (
        "UPDATE platform_report_corrections SET reason = 'x'",
        "DELETE FROM platform_report_corrections",
    ):
        with pytest.raises(DBAPIError), errands.scene.store.write() as session:
            session.execute(text(statement))
