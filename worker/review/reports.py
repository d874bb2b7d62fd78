"""Reports to the platforms: asked for by a person, filed by a person, and followed until there is an outcome.

No platform here lets a program report anything. The worker prepares a packet (`worker.action.preparing`);
everything after that is what people did, in their own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock, for_people
from worker.errors import Conflict, NotFound, UpstanderError
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import held_case
from worker.review.history import latest_decision
from worker.review.machine import must_lead
from worker.review.report_asking import KIND, ask_for_report
from worker.review.report_following import follow, to_follow
from worker.review.report_forms import ReportForm
from worker.review.report_rows import ReportRow, report_rows
from worker.review.report_tasks import (
    AGAIN,
    ANSWER,
    TO_FILE,
    add_report_task,
    case_of,
    end_report,
    end_report_tasks,
)
from worker.review.rights import Right, permitted, require
from worker.settings_review import Reports as ReportSettings
from worker.store import tables as t
from worker.store.session import Store

_LONGEST = 500


class FilingIncomplete(UpstanderError):
    """What somebody says of a filing does not do: nothing shows that it happened, or its time is wrong."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What a person says about filing a report in the platform's own app.

    Attributes:
        at: when they filed it.
        reference: the platform's number for it, where it gave one.
        screenshot_id: the supplement that holds a screenshot of the confirmation.
        note: how the platform confirmed it, where there is neither.
    """

    at: datetime
    reference: str | None = None
    screenshot_id: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class Reports:
    """The stage of platform reports. Each function raises NotAllowed where right or access is missing.

    Attributes:
        forms: how each platform is reported to; read when first asked for.
    """

    store: Store
    clock: Clock
    settings: ReportSettings
    forms: Callable[[], Mapping[str, ReportForm]]

    def ask(self, actor: Actor, case_id: int, reason: str) -> int:
        """Ask for a report on an upheld case. See `report_asking.ask_for_report` for what is refused.

        Returns:
            The requested action's id; the worker prepares the packet.
        """
        with permitted(self.store, self.clock, actor, Right.REQUEST_REPORT, "case", case_id) as session:
            held_case(session, actor, case_id)
            return ask_for_report(session, actor, case_id, reason, forms=self.forms(), now=self.clock.now())

    def listing(
        self, actor: Actor, state: str | None = None, *, case_id: int | None = None
    ) -> tuple[ReportRow, ...]:
        """The reports on cases that the actor may see, the newest first; of one case, where it is named."""
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, KIND)
        with self.store.read() as session:
            return report_rows(session, actor, state, case_id)

    def check_may_file(self, actor: Actor, report_id: int, at: datetime) -> int:
        """Refuse a filing before anything of it is kept.

        Returns:
            The case that the report is about.

        Raises:
            NotFound: there is no such report.
            Conflict: it was filed, is no longer wanted, or has ended.
            FilingIncomplete: the time does not do.
        """
        with self._on(actor, report_id) as (session, report):
            self._check_filing(session, report, at)
            return case_of(session, report)

    def file(self, actor: Actor, report_id: int, filing: Filing) -> None:
        """Note that a person filed a report; once. `correct` adds what was noted wrongly.

        Raises:
            NotFound: there is no such report.
            Conflict: it was filed, is no longer wanted, or has ended.
            FilingIncomplete: the time does not do, or there is no reference, screenshot or note.
        """
        now = self.clock.now()
        reference, note = _text(filing.reference), _text(filing.note)
        if reference is None and note is None and filing.screenshot_id is None:
            raise FilingIncomplete(
                "Nothing says that the platform took the report.",
                safe="Nothing was noted.",
                do="Give its reference or a screenshot of its confirmation. Where there is neither, say in a"
                " note how the platform confirmed it.",
            )
        with self._on(actor, report_id) as (session, report):
            self._check_filing(session, report, filing.at)
            must_lead(KIND, report.state, "filed")
            report.state, report.filed_at, report.filed_by = "filed", filing.at, actor.person_id
            report.recorded_at, report.reference = now, reference
            report.screenshot_id, report.filing_note = filing.screenshot_id, note
            end_report_tasks(session, actor, report_id, (TO_FILE,), "Filed.", now=now)
            due = max(now, filing.at + timedelta(days=self.settings.remind_days))
            add_report_task(session, actor, report, ANSWER, due=due, now=now)
            detail = {
                "case_id": case_of(session, report),
                "filed_at": filing.at.isoformat(),
                "has_reference": reference is not None,
                "screenshot_id": filing.screenshot_id,
                "before_packet": filing.at < report.prepared_at,
            }
            audit.record(session, actor, "filed", KIND, report_id, now=now, detail=detail)

    def correct(
        self, actor: Actor, report_id: int, reason: str, *, at: datetime | None, reference: str | None
    ) -> None:
        """Add to a filed report what was noted wrongly. The first words stay as they were written.

        Raises:
            Conflict: it was never filed.
            FilingIncomplete: there is no reason, nothing to correct, or the time does not do.
        """
        now, new = self.clock.now(), _text(reference)
        if not reason.strip() or (at is None and new is None):
            raise FilingIncomplete(
                "A correction needs a reason, and another time or reference.", safe="Nothing was changed."
            )
        with self._on(actor, report_id) as (session, report):
            if report.filed_at is None:
                raise Conflict(f"Report {report_id} was not filed.", safe="Nothing was changed.")
            if at is not None:
                self._check_time(session, report, at)
            said = reason.strip()[:_LONGEST]
            row = t.ReportCorrection(
                report_id=report_id,
                filed_at=at,
                reference=new,
                reason=said,
                corrected_by=actor.person_id,
                corrected_at=now,
            )
            session.add(row)
            session.flush()
            detail = {"case_id": case_of(session, report), "correction_id": row.id}
            audit.record(session, actor, "corrected", KIND, report_id, now=now, detail=detail)

    def note_outcome(self, actor: Actor, report_id: int, outcome: str) -> None:
        """Note what came of a report: removed, kept or no_answer. A later answer is noted over it.

        Raises:
            NotFound: there is no such report.
            IllegalMove: it was not filed, has ended, or this is its outcome already.
        """
        now = self.clock.now()
        with self._on(actor, report_id) as (session, report):
            before = report.state
            must_lead(KIND, before, outcome)
            report.state = report.outcome = outcome
            report.outcome_at, report.outcome_by = now, actor.person_id
            said = f"Noted: {outcome.replace('_', ' ')}."
            end_report_tasks(session, actor, report_id, (ANSWER,), said, now=now)
            if outcome == "no_answer":
                add_report_task(session, actor, report, ANSWER, due=now + AGAIN, now=now)
            detail = {"case_id": case_of(session, report), "before": before, "after": outcome}
            audit.record(session, actor, "outcome_noted", KIND, report_id, now=now, detail=detail)

    def withdraw(self, actor: Actor, report_id: int, reason: str) -> None:
        """End a report that is not wanted: before filing, or once the platform was told so.

        Raises:
            IllegalMove: it has ended.
            FilingIncomplete: there is no reason.
        """
        self._end(actor, report_id, "withdrawn", reason)

    def close(self, actor: Actor, report_id: int, reason: str) -> None:
        """End a report that has an outcome: nobody is reminded of it any more.

        Raises:
            IllegalMove: it has no outcome yet, or has ended.
            FilingIncomplete: there is no reason.
        """
        self._end(actor, report_id, "closed", reason)

    def follow(self) -> None:
        """Note comments that are gone, and remind of answers, on schedule. Twice changes nothing."""
        with self.store.read() as session:
            wanting = to_follow(session)
        remind = timedelta(days=self.settings.remind_days)
        for report_id, case_id in wanting:
            with self.store.write() as session:
                follow(session, report_id, case_id, remind=remind, now=self.clock.now())

    def _end(self, actor: Actor, report_id: int, state: str, reason: str) -> None:
        said = _text(reason)
        if said is None:
            raise FilingIncomplete("To end a report needs a reason.", safe="Nothing was changed.")
        with self._on(actor, report_id) as (session, report):
            end_report(session, actor, report, state, said, now=self.clock.now())

    @contextmanager
    def _on(self, actor: Actor, report_id: int) -> Iterator[tuple[Session, t.PlatformReport]]:
        """A write about one report, whose case is kept from being decided meanwhile."""
        with permitted(self.store, self.clock, actor, Right.FILE_REPORT, KIND, report_id) as session:
            report = session.get(t.PlatformReport, report_id)
            if report is None:
                raise NotFound(f"There is no report {report_id}.", do="`upstander report list` shows them.")
            case_id = case_of(session, report)
            held_case(session, actor, case_id)
            fresh = (
                select(t.PlatformReport)
                .where(t.PlatformReport.id == report_id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
            yield session, session.scalars(fresh).one()

    def _check_filing(self, session: Session, report: t.PlatformReport, at: datetime) -> None:
        if report.filed_at is not None:
            raise Conflict(
                f"Report {report.id} was filed already, on {for_people(report.filed_at)}.",
                safe="Nothing was changed.",
                do=f"`upstander report correct {report.id}` adds what was noted wrongly.",
            )
        decision = latest_decision(session, case_of(session, report))
        if report.state != "prepared" or decision is None or decision.verdict != "upheld":
            why = report.ended_reason or "The decision behind it was overturned."
            raise Conflict(
                f"Report {report.id} is no longer wanted. {why}",
                safe="Nothing was noted.",
                do="Do not file it. If you have filed it, tell the platform that it was a mistake, and write"
                " a note on the case.",
            )
        self._check_time(session, report, at)

    def _check_time(self, session: Session, report: t.PlatformReport, at: datetime) -> None:
        posted = session.get_one(t.Comment, report.comment_id).posted_at
        if at > self.clock.now():
            raise FilingIncomplete("That time lies in the future.", safe="Nothing was noted.")
        if posted is not None and at < posted:
            raise FilingIncomplete(
                f"The comment was posted on {for_people(posted)}, after that time.", safe="Nothing was noted."
            )


def _text(given: str | None) -> str | None:
    """A text as it is kept: on one line, not endless; None where there is none."""
    return " ".join((given or "").split())[:_LONGEST] or None
