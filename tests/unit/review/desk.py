"""The stages around handing a case over, over a scene; and decisions as they stand in the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.unit.review.scene import Scene
from worker.bootstrap.mails import Mails
from worker.bootstrap.referrals import ReferralDesk, make_referral_desk
from worker.ledger.audit import Actor
from worker.review.referral_words import NewReferral
from worker.settings import Settings
from worker.settings_load import PROJECT
from worker.store import tables as t
from worker.summary.mailer import Mailer, NullMailer
from worker.working_days import TABLE, load_working_days

REFERENCE = PROJECT / "config" / "reference"
WORDS = "I know where that nurse parks"


@dataclass
class Desk:
    """What a test of referrals works with.

    Attributes:
        case: a case whose comment says `WORDS`.
        of: the stages.
    """

    scene: Scene
    of: ReferralDesk
    case: int
    revision: int

    @property
    def reviewer(self) -> Actor:
        """Who refers."""
        return self.scene.reviewer

    def person(self, role: str) -> Actor:
        """The person of a role."""
        return self.scene.people[role]

    def refer(self, kind: str, **more: object) -> int:
        """The reviewer refers the case."""
        new = NewReferral(kind, "Somebody there", "They should know.", **more)  # type: ignore[arg-type]  # the test names them
        return self.of.referrals.make(self.reviewer, self.case, new)

    def tasks(self, kind: str) -> list[t.Task]:
        """The tasks of a kind, oldest first."""
        with self.scene.store.read() as session:
            return list(session.scalars(select(t.Task).where(t.Task.kind == kind).order_by(t.Task.id)))

    def waiting(self) -> set[str]:
        """The kinds of the tasks that wait."""
        with self.scene.store.read() as session:
            return set(session.scalars(select(t.Task.kind).where(t.Task.done_at.is_(None))))

    def decided(
        self, *categories: str, verdict: str = "upheld", severity: str = "serious", target: str | None = None
    ) -> int:
        """A decision on the case as it stands in the database, followed; its number."""
        with self.scene.store.write() as session:
            row = t.Decision(
                case_id=self.case,
                revision_id=self.revision,
                person_id=self.reviewer.person_id,
                verdict=verdict,
                severity=severity if verdict == "upheld" else None,
                reason="As it says.",
                supersedes_id=self._latest(session),
                decided_at=self.scene.clock.now(),
            )
            if verdict == "upheld":
                row.target, row.breaks_house_rules, row.may_be_offence = target or "other", True, "unsure"
            else:
                row.why_not = "other"
            session.add(row)
            session.flush()
            session.add_all(t.DecisionCategory(decision_id=row.id, category=name) for name in categories)
            number = row.id
        self.of.aftercare.follow(self.case, done)
        return number

    def _latest(self, session: Session) -> int | None:
        newest = select(t.Decision.id).where(t.Decision.case_id == self.case).order_by(t.Decision.id.desc())
        return session.scalar(newest.limit(1))


def done(_session: Session) -> None:
    """A job that has nothing to settle."""


def make_desk(scene: Scene, mailer: Mailer | None = None) -> Desk:
    """Stages with the reference data that is shipped, and one case; mails go nowhere unless it is said."""
    days = load_working_days(REFERENCE / TABLE)
    mails = Mails(mailer or NullMailer("upstander@northmoor.example.test"), scene.clock, "Northmoor")
    settings = Settings(reference_dir=REFERENCE)
    of = make_referral_desk(scene.store, scene.clock, settings, lambda: days, mails)
    case, _, revision = scene.case("900_1", WORDS)
    return Desk(scene, of, case, revision)
