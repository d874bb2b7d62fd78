"""Preparing a report to a platform: only on the strength of evidence that is sealed and verified (promise 1).

No platform is asked for anything here. What comes of it is a packet for a person, who files it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from connectors.contract import Account, ActionKind, ActionRequest, Platform
from connectors.errors import ReceiptRefused
from rules.schema import Category, CategoryInfo
from worker import outbox
from worker.clock import Clock
from worker.errors import EvidenceFault, NotFound, NotYet
from worker.evidence.stage import Evidence
from worker.evidence.standing import usable
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.ask_again import leave_to_others
from worker.review.history import overturned_since
from worker.review.locked import locked
from worker.review.machine import NOT_YET, must_lead
from worker.review.report_asking import KIND, report_under_way
from worker.review.report_forms import ReportForm
from worker.review.report_tasks import TO_FILE, add_report_task
from worker.review.requests import asker_fell
from worker.settings_review import Reports as ReportSettings
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

_ITSELF = Actor(None, "prepare_report")
_WAIT = 5.0
_NOTHING = "No packet was prepared."

log = get("action")


@dataclass(frozen=True)
class Preparing:
    """The stage that prepares packets.

    Attributes:
        forms: how each platform is reported to.
        categories: what each category means, and the platforms' own reasons for it.
        working_days: which days are worked, for when a packet should be filed.
    """

    store: Store
    clock: Clock
    evidence: Evidence
    settings: ReportSettings
    forms: Callable[[], Mapping[str, ReportForm]]
    categories: Callable[[], Mapping[Category, CategoryInfo]]
    working_days: Callable[[], WorkingDays]

    def prepare(self, requested_action_id: int, finish: outbox.Finish) -> None:
        """Prepare the packet that was asked for. Running it again does nothing.

        Raises:
            NotFound: there is no such request for a report.
            NotYet: its evidence is still being sealed.
            LeaseLost: another process has this job now.
        """
        with self.store.read() as session:
            asked = _load(session, requested_action_id)
            why = self._refusal(session, asked) or self._fell(session, asked)
            evidence = _sealed(session, asked)
            coming = _being_sealed(session, asked)
        if asked.state != "requested":
            with self.store.write() as session:
                finish(session)
            return
        if why is None and evidence is None and coming:
            raise NotYet("The evidence of this comment is not sealed yet.", seconds=_WAIT)
        if why is None:
            why = self._proven(asked, evidence)
        with self.store.write() as session:
            self._write(session, requested_action_id, evidence, why)
            finish(session)

    def _proven(self, asked: t.RequestedAction, evidence: int | None) -> str | None:
        """Get a receipt for this very report and use it up; why there is none, in words, or None."""
        if evidence is None:
            return "There is no sealed evidence of what was decided on. Tell the evidence officer."
        with self.store.read() as session:
            request = _request(session, asked)
        try:
            receipt = self.evidence.receipt_for(evidence, request, _ITSELF)
            self.evidence.receipts.admit(request, receipt)
        except EvidenceFault as fault:
            return f"{fault.happened} {fault.do}"
        except ReceiptRefused as refusal:
            return str(refusal)
        return None

    def _write(
        self, session: Session, requested_action_id: int, evidence: int | None, why: str | None
    ) -> None:
        """Write how it ended, once; what somebody decided meanwhile counts."""
        now = self.clock.now()
        locked(session, _load(session, requested_action_id).case_id)
        asked = session.scalars(
            select(t.RequestedAction)
            .where(t.RequestedAction.id == requested_action_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if asked.state != "requested":
            return
        refused = self._refusal(session, asked)
        fell = None if refused else self._fell(session, asked)
        why = refused or fell or why
        if why is None and evidence is not None:
            report_id = self._add(session, asked, evidence, now)
            after, said = (
                "outside",
                f"Report {report_id} is prepared: a person files it in the platform's app.",
            )
        else:
            after, said = "refused", f"{_NOTHING} {why}"
        must_lead("requested_action", asked.state, after)
        asked.state, asked.detail, asked.finished_at = after, said, now
        if fell:
            leave_to_others(session, asked, asker_fell=True, now=now)
        detail = {"kind": KIND, "case_id": asked.case_id, "prepared": after == "outside"}
        audit.record(session, _ITSELF, after, "requested_action", asked.id, now=now, detail=detail)
        log.info("report_prepared", requested_action=asked.id, state=after)

    def _add(self, session: Session, asked: t.RequestedAction, evidence: int, now: datetime) -> int:
        """Add the action, which the database lets exist only with sealed evidence, and then its report."""
        must_lead(KIND, NOT_YET, "prepared")
        session.execute(
            insert(t.Action).values(
                requested_action_id=asked.id,
                snapshot_id=evidence,
                comment_id=asked.comment_id,
                snapshot_state="sealed",
                kind=KIND,
                state="outside",
                calls=0,
                outcome="A packet for a person was prepared.",
                started_at=now,
                finished_at=now,
            )
        )
        platform = session.get_one(t.Comment, asked.comment_id).platform
        info = self._gravest(session, asked.decision_id)
        report = t.PlatformReport(
            requested_action_id=asked.id,
            comment_id=asked.comment_id,
            kind=KIND,
            state="prepared",
            category=info.id.value,
            reason=info.platform_reports.get(platform),
            prepared_at=now,
        )
        session.add(report)
        session.flush()
        due = self.working_days().days_after(now, self.settings.file_working_days)
        add_report_task(session, _ITSELF, report, TO_FILE, due=due, now=now)
        detail = {"case_id": asked.case_id, "requested_action_id": asked.id, "snapshot_id": evidence}
        audit.record(session, _ITSELF, "prepared", KIND, report.id, now=now, detail=detail)
        return report.id

    def _gravest(self, session: Session, decision_id: int) -> CategoryInfo:
        """The gravest category of a decision: a form takes one."""
        chosen = session.scalars(
            select(t.DecisionCategory.category)
            .where(t.DecisionCategory.decision_id == decision_id)
            .order_by(t.DecisionCategory.category)
        ).all()
        known = self.categories()
        infos = [known[Category(name)] for name in chosen] or [known[Category.OTHER]]
        return max(infos, key=lambda info: info.severity.rank)

    def _fell(self, session: Session, asked: t.RequestedAction) -> str | None:
        """Why who asked does not stand behind it any more, in words; None where they do."""
        why = asker_fell(session, asked.requested_by, asked.case_id, KIND, self.clock.now())
        return None if why is None else f"{why[0].upper()}{why[1:]}."

    def _refusal(self, session: Session, asked: t.RequestedAction) -> str | None:
        """Why no packet is prepared, in words; None where one is."""
        comment = session.get_one(t.Comment, asked.comment_id)
        if overturned_since(session, asked.case_id, asked.decision_id):
            return "The decision was corrected, which did not uphold the case any more."
        later = _later(session, asked)
        if later is not None:
            return f"A later request ({later}) for a report on it counts instead."
        if comment.platform not in self.forms():
            return (
                f"Upstander does not know how a comment from {comment.platform} is reported. Report it in the"
                " app where it was seen, and note that on the case."
            )
        if comment.gone_at is not None:
            return "The comment is gone: there is nothing left to report."
        if comment.revision_id != asked.revision_id:
            return "The comment was changed since the decision. Look at what it says now and decide again."
        there = report_under_way(session, comment.id, asked.revision_id)
        return None if there is None else f"Report {there} on the same words is under way."


def _load(session: Session, requested_action_id: int) -> t.RequestedAction:
    asked = session.get(t.RequestedAction, requested_action_id)
    if asked is None or asked.kind != KIND:
        raise NotFound(f"There is no request {requested_action_id} for a report.")
    return asked


def _later(session: Session, asked: t.RequestedAction) -> int | None:
    """A later request for a report on the comment, which is on its way."""
    found: int | None = session.scalar(
        select(t.RequestedAction.id)
        .where(
            t.RequestedAction.comment_id == asked.comment_id,
            t.RequestedAction.kind == KIND,
            t.RequestedAction.state == "requested",
            t.RequestedAction.id > asked.id,
        )
        .limit(1)
    )
    return found


def _sealed(session: Session, asked: t.RequestedAction) -> int | None:
    """The newest usable core snapshot of the very words that were judged."""
    found: int | None = session.scalar(
        select(t.Snapshot.id)
        .where(
            t.Snapshot.comment_id == asked.comment_id,
            t.Snapshot.revision_id == asked.revision_id,
            t.Snapshot.kind == "core",
            t.Snapshot.state == "sealed",
            t.Snapshot.destroyed_at.is_(None),
            usable(),
        )
        .order_by(t.Snapshot.id.desc())
        .limit(1)
    )
    return found


def _being_sealed(session: Session, asked: t.RequestedAction) -> bool:
    pending = select(t.Snapshot.id).where(
        t.Snapshot.comment_id == asked.comment_id,
        t.Snapshot.revision_id == asked.revision_id,
        t.Snapshot.kind == "core",
        t.Snapshot.state == "pending",
    )
    return session.scalar(pending.limit(1)) is not None


def _request(session: Session, asked: t.RequestedAction) -> ActionRequest:
    """What the receipt is asked for: this report, on this wording, to this account's platform."""
    comment = session.get_one(t.Comment, asked.comment_id)
    account = session.get_one(t.Account, comment.account_id)
    author = session.get(t.Author, comment.author_id) if comment.author_id is not None else None
    return ActionRequest(
        account=Account(Platform(account.platform), account.external_id, account.handle),
        kind=ActionKind.PLATFORM_REPORT,
        comment_id=comment.id,
        revision_id=asked.revision_id,
        external_id=comment.external_id,
        author_external_id=None if author is None else author.external_id,
    )
