"""The packet of a report: what a person needs in front of them to report a comment in the platform's own app.

It is put together whenever somebody looks, from what is held at that moment: what was erased or locked away
since is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.schema import Category, CategoryInfo
from worker.clock import Clock, for_people
from worker.errors import NotFound
from worker.evidence.instruction import instruction
from worker.evidence.standing import SUSPECTED, suspicion
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import check_access
from worker.review.history import latest_decision
from worker.review.report_asking import KIND
from worker.review.report_forms import Form, ReportForm
from worker.review.report_rows import corrected
from worker.review.rights import Right, permitted
from worker.settings_evidence import Safeguarding
from worker.store import tables as t
from worker.store.session import Store

_SERIOUS = ("serious", "immediate_danger")
_IMAGERY = "imagery"
#: What a packet says of every serious case.
PRESERVATION = (
    "The platform holds more than the Trust does: who runs the account, where it was used from, and what was"
    " deleted since. It gives that to nobody but the police and the courts, and it does not keep it for ever."
    " If this goes to the police, ask them early to have the platform preserve it. Do not try to find it out"
    " yourself."
)


@dataclass(frozen=True, slots=True)
class Held:
    """What the Trust itself holds of the comment.

    Attributes:
        manifest_sha256: proves which files were sealed before the report.
    """

    snapshot_id: int
    sealed_at: datetime | None
    manifest_sha256: str | None


@dataclass(frozen=True, slots=True)
class Filed:
    """The record of a filing, and what came of it.

    Attributes:
        at, reference: as last corrected.
        corrections: how often it was corrected.
    """

    at: datetime | None
    by: str | None
    reference: str | None
    screenshot_id: int | None
    note: str | None
    corrections: int
    outcome: str | None
    outcome_at: datetime | None


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.

    Attributes:
        unwanted: why it must not be filed, in words; None where it may.
        address: the comment's own; link: another one that opens it, where the platform has one.
        author_id, author_handle, words, held: None where the case is about suspected abuse imagery.
        reason: what to choose in the platform's form; also: other categories that were upheld, with theirs.
        form: the platform's page for this category, where one is known.
        notes: what to mind.
        instruction: the fixed one, where abuse imagery is suspected; it takes the place of the steps.
    """

    report_id: int
    case_id: int
    state: str
    unwanted: str | None
    platform: str
    account: str
    address: str | None
    link: str | None
    comment_id: str
    author_id: str | None
    author_handle: str | None
    posted_at: datetime | None
    first_seen_at: datetime
    category: str
    reason: str | None
    also: tuple[tuple[str, str | None], ...]
    words: str | None
    pictures: int
    held: Held | None
    form: Form | None
    steps: tuple[str, ...]
    confirmation: str
    notes: tuple[str, ...]
    instruction: tuple[str, ...]
    prepared_at: datetime
    filed: Filed | None


@dataclass(frozen=True)
class Packets:
    """The stage that shows packets.

    Attributes:
        forms: how each platform is reported to.
        categories: what each category means, and the platforms' own reasons for it.
        safeguarding: who is named in the fixed instruction.
    """

    store: Store
    clock: Clock
    forms: Callable[[], Mapping[str, ReportForm]]
    categories: Callable[[], Mapping[Category, CategoryInfo]]
    safeguarding: Safeguarding

    def show(self, actor: Actor, report_id: int) -> Packet:
        """The packet of a report. The look is audited.

        Raises:
            NotAllowed: the actor may not file reports, or not see this case.
            NotFound: there is no such report.
        """
        with permitted(self.store, self.clock, actor, Right.FILE_REPORT, KIND, report_id) as session:
            report = session.get(t.PlatformReport, report_id)
            if report is None:
                raise NotFound(f"There is no report {report_id}.", do="`upstander report list` shows them.")
            asked = session.get_one(t.RequestedAction, report.requested_action_id)
            case = check_access(session, actor, asked.case_id)
            packet = self._packet(session, report, asked, case)
            detail = {"case_id": case.id, "state": report.state, "restriction": case.restriction}
            audit.record(session, actor, "viewed", KIND, report_id, now=self.clock.now(), detail=detail)
        return packet

    def _packet(
        self, session: Session, report: t.PlatformReport, asked: t.RequestedAction, case: t.Case
    ) -> Packet:
        comment = session.get_one(t.Comment, report.comment_id)
        revision = session.get_one(t.Revision, asked.revision_id)
        author = session.get(t.Author, comment.author_id) if comment.author_id is not None else None
        upheld = _upheld(session, asked.decision_id)
        bare = (
            suspicion(session, comment.id) is not None or SUSPECTED in upheld or case.restriction == _IMAGERY
        )
        form = self.forms().get(comment.platform)
        author_id = None if author is None else author.external_id
        known = self.categories()
        return Packet(
            report_id=report.id,
            case_id=case.id,
            state=report.state,
            unwanted=_unwanted(session, report, case.id),
            platform=comment.platform if form is None else form.name,
            account=session.get_one(t.Account, comment.account_id).handle,
            address=comment.permalink,
            link=None if form is None or bare else form.deep_link(comment.external_id, author_id),
            comment_id=comment.external_id,
            author_id=author_id,
            author_handle=None if author is None or bare else author.handle,
            posted_at=comment.posted_at,
            first_seen_at=comment.first_seen_at,
            category=known[Category(report.category)].title,
            reason=report.reason,
            also=tuple(
                (known[Category(each)].title, known[Category(each)].platform_reports.get(comment.platform))
                for each in upheld
                if each != report.category
            ),
            words=None if bare else revision.text,
            pictures=0 if bare else len(revision.media),
            held=None if bare else _held(session, report),
            form=None if form is None or bare else form.forms.get(report.category),
            steps=() if form is None or bare else form.steps,
            confirmation="" if form is None or bare else form.confirmation,
            notes=tuple(_notes(comment, revision, asked, session)),
            instruction=instruction(self.safeguarding) if bare else (),
            prepared_at=report.prepared_at,
            filed=_filed(session, report),
        )


def _upheld(session: Session, decision_id: int) -> tuple[str, ...]:
    chosen = select(t.DecisionCategory.category).where(t.DecisionCategory.decision_id == decision_id)
    return tuple(session.scalars(chosen.order_by(t.DecisionCategory.category)))


def _unwanted(session: Session, report: t.PlatformReport, case_id: int) -> str | None:
    """Why a report that the platform does not know of must not be filed; None where it may, or was."""
    if report.filed_at is not None:
        return None
    decision = latest_decision(session, case_id)
    if report.state == "prepared" and decision is not None and decision.verdict == "upheld":
        return None
    return report.ended_reason or "The decision behind it was overturned."


def _held(session: Session, report: t.PlatformReport) -> Held:
    row = session.execute(
        select(t.Snapshot.id, t.Snapshot.sealed_at, t.Snapshot.manifest_sha256)
        .join(t.Action, t.Action.snapshot_id == t.Snapshot.id)
        .where(t.Action.requested_action_id == report.requested_action_id)
    ).one()
    return Held(row.id, row.sealed_at, row.manifest_sha256)


def _notes(comment: t.Comment, revision: t.Revision, asked: t.RequestedAction, session: Session) -> list[str]:
    notes = []
    if comment.gone_at is not None:
        notes.append(
            f"The comment was found to be gone on {for_people(comment.gone_at)}: by its author, the platform"
            " or a colleague. The platform may not be able to look at it any more."
        )
    if comment.revision_id != asked.revision_id:
        notes.append(
            "The comment was changed since the decision. What is reported here is what was decided on and"
            " sealed; somebody should decide on what it says now."
        )
    if revision.erased_at is not None:
        notes.append("What it said is no longer kept.")
    if session.get_one(t.Decision, asked.decision_id).severity in _SERIOUS:
        notes.append(PRESERVATION)
    return notes


def _filed(session: Session, report: t.PlatformReport) -> Filed | None:
    if report.filed_by is None:
        return None
    at, reference = corrected(session, report)
    fixes = select(t.ReportCorrection.id).where(t.ReportCorrection.report_id == report.id)
    return Filed(
        at=at,
        by=session.get_one(t.Person, report.filed_by).name,
        reference=reference,
        screenshot_id=report.screenshot_id,
        note=report.filing_note,
        corrections=len(session.scalars(fixes).all()),
        outcome=report.outcome,
        outcome_at=report.outcome_at,
    )
