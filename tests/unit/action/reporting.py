"""The stages of platform reports over a case with evidence, as a fresh process has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from tests.judging import said
from tests.unit.action.errands import Errands, done
from worker.bootstrap.reporting import Reporting, make_reporting
from worker.evidence.supplements import Supplements
from worker.ledger.audit import Actor
from worker.review.reports import Filing
from worker.settings import Settings
from worker.settings_evidence import Safeguarding
from worker.settings_load import PROJECT
from worker.settings_review import Replies
from worker.store import tables as t
from worker.summary.platform_reports import report_problems

#: What fills the reply templates here: long, so that the short forms are tried at their longest.
REPLIES = Replies(
    pals_phone="020 7946 0123",
    pals_email="patient.advice@northmoor-hospitals.example.test",
    house_rules="https://northmoor-hospitals.example.test/about-us/social-media-house-rules",
    review_contact="social.media@northmoor-hospitals.example.test",
    facts_page="https://northmoor-hospitals.example.test/health-facts",
)


@dataclass
class Desk:
    """What a test of platform reports works with."""

    errands: Errands
    settings: Settings = field(
        default_factory=lambda: Settings(
            trust_name="Northmoor University Hospitals NHS Foundation Trust",
            reference_dir=PROJECT / "config" / "reference",
            replies=REPLIES,
        )
    )
    election: bool = False

    @property
    def stages(self) -> Reporting:
        """The stages."""
        scene, evidence = self.errands.scene, self.errands.evidence
        supplements = Supplements(
            scene.store,
            scene.clock,
            evidence.sealing,
            self.errands.bags.parent / "inbox",
            Safeguarding(),
            100_000,
            unasked=False,
        )
        return make_reporting(
            scene.store, scene.clock, self.settings, evidence, supplements, self._before_an_election
        )

    @property
    def reviewer(self) -> Actor:
        """Who asks and files."""
        return self.errands.scene.reviewer

    def ask(self) -> int:
        """The reviewer upholds the case and asks for a report; the requested action."""
        self.errands.scene.upheld(self.errands.case_id, self.errands.revision_id)
        return self.stages.reports.ask(self.reviewer, self.errands.case_id, "Serious abuse.")

    def prepare(self, requested_action_id: int) -> None:
        """The worker's job."""
        self.stages.preparing.prepare(requested_action_id, done)

    def prepared(self) -> int:
        """A prepared report; its number."""
        self.prepare(self.ask())
        return self.newest().id

    def filed(self) -> int:
        """A report that was filed now; its number."""
        number = self.prepared()
        self.stages.reports.file(self.reviewer, number, Filing(self.now, "X-1"))
        return number

    def overturn(self) -> None:
        """The reviewer corrects the decision: not upheld."""
        scene = self.errands.scene
        with scene.store.read() as session:
            latest = session.scalars(select(t.Decision.id).order_by(t.Decision.id.desc()).limit(1)).one()
        scene.review.decide(
            scene.reviewer,
            self.errands.case_id,
            self.errands.revision_id,
            "not_upheld",
            reason="It criticises care.",
            supersedes=latest,
            particulars=said("not_upheld"),
        )

    def newest(self) -> t.PlatformReport:
        """The newest report as it is now."""
        with self.errands.scene.store.read() as session:
            return session.scalars(select(t.PlatformReport).order_by(t.PlatformReport.id.desc())).first()  # type: ignore[return-value]  # the tests that ask made one

    def tasks(self, kind: str) -> list[t.Task]:
        """The open tasks of a kind."""
        with self.errands.scene.store.read() as session:
            open_ = select(t.Task).where(t.Task.kind == kind, t.Task.done_at.is_(None))
            return list(session.scalars(open_.order_by(t.Task.id)))

    def problems(self) -> str:
        """What the status says of reports now."""
        with self.errands.scene.store.read() as session:
            days = self.stages.preparing.working_days()
            return " ".join(report_problems(session, self.settings.reports, days, self.now))

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.errands.scene.clock.now()

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.errands.scene.clock.move(timedelta(**by))

    def _before_an_election(self, _moment: datetime) -> bool:
        return self.election
