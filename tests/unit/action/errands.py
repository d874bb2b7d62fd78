"""A decided case, its evidence and a platform: everything that carrying out needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from connectors.errors import ConnectorError
from rules.evaluate import RuleSet
from tests.unit.action.platform import Thing, Town
from tests.unit.evidence.world import make_evidence
from tests.unit.review.scene import Scene, make_scene
from worker.action.stage import Carrying, NotConfirmed
from worker.clock import Clock
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.stage import Evidence
from worker.intake.stage import Intake
from worker.review.approving import Approving
from worker.review.asked import Desk
from worker.review.clocks import make_clocks
from worker.review.kinds import NEEDS_SECOND
from worker.review.terms import Terms
from worker.settings import Settings
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

WORDS = "you are a useless nurse"
#: Who wrote it, as the platform knows them.
AUTHOR = "777"


class Killed(BaseException):
    """Stands for the end of the process: nothing in the worker catches it."""


def dies_after(step: str) -> Steps:
    """An observer that ends the process right after a step was passed."""

    def observe(passed: str) -> None:
        if passed == step:
            raise Killed

    return observe


def done(_session: object) -> None:
    """The finish of a job that nobody else took over."""


@dataclass
class Errands:
    """What a test of the action stage works with."""

    scene: Scene
    town: Town
    bags: Path
    evidence: Evidence
    case_id: int
    comment_id: int
    revision_id: int

    def carrying(self, steps: Steps = unobserved) -> Carrying:
        """The stage as a fresh process has it."""
        scene, settings = self.scene, Settings()
        intake = Intake(
            store=scene.store,
            clock=scene.clock,
            connector_for=lambda _id: self.town,
            feeds_of=lambda _platform: ("mentions",),
            rules=lambda: RuleSet([]),
            polling=settings.polling,
            clocks=make_clocks(settings.review, WorkingDays),
        )
        return Carrying(scene.store, scene.clock, lambda _id: self.town, self.evidence, intake, steps)

    def seal(self) -> None:
        """Capture what waits, as its jobs would."""
        with self.scene.store.read() as session:
            pending = session.scalars(select(t.Snapshot.id).where(t.Snapshot.state == "pending")).all()
        for snapshot_id in pending:
            self.evidence.capture(snapshot_id, done)

    def hide(self) -> int:
        """The reviewer upholds the case and asks to hide; the requested action."""
        self.scene.upheld(self.case_id, self.revision_id, actions=("hide",))
        return self.newest()

    def unhide(self) -> int:
        """The comment was hidden before, and the reviewer asks to show it again."""
        self.scene.upheld(self.case_id, self.revision_id)
        self.town.things["1"].hidden = True
        return self.scene.review.request_unhide(self.scene.reviewer, self.case_id, "A mistake.")

    def ask(self, kind: str) -> int:
        """Ask for any kind; what needs a second person has one, what restores something to restore."""
        if kind in ("hide", "unhide"):
            return self.hide() if kind == "hide" else self.unhide()
        self.scene.upheld(self.case_id, self.revision_id)
        if kind == "unblock":
            self.town.blocked.add(AUTHOR)
        if kind == "unmute":
            self.town.muted.add(AUTHOR)
        asked = self.asked_for(kind)
        if kind in NEEDS_SECOND:
            self.approving().approve(self.scene.people["senior_reviewer"], asked)
        return asked

    def asked_for(self, kind: str) -> int:
        """The reviewer asks on a decided case; nobody has agreed yet."""
        terms = Terms(no_warning_because="A threat.") if kind == "block" else None
        return self.scene.review.request(self.scene.reviewer, self.case_id, kind, "Threatens.", terms=terms)

    def approving(self, *, one_os_user_will_do: bool = False) -> Approving:
        """The stage of the second person."""
        desk = Desk(self.scene.store, self.scene.clock)
        return Approving(desk, WorkingDays, one_os_user_will_do)

    def is_made(self, kind: str) -> bool:
        """Whether the platform has it as a request of this kind wishes."""
        thing = self.town.things["1"]
        return {
            "hide": thing.hidden,
            "unhide": not thing.hidden,
            "delete": thing.gone,
            "block": AUTHOR in self.town.blocked,
            "unblock": AUTHOR not in self.town.blocked,
            "mute": AUTHOR in self.town.muted,
            "unmute": AUTHOR not in self.town.muted,
        }[kind]

    def newest(self) -> int:
        """The newest requested action."""
        with self.scene.store.read() as session:
            newest = select(t.RequestedAction.id).order_by(t.RequestedAction.id.desc()).limit(1)
            return session.scalars(newest).one()

    def carry(self, requested_action_id: int, steps: Steps = unobserved) -> None:
        """One attempt."""
        self.carrying(steps).carry_out(requested_action_id, done)

    def carry_to_the_end(self, requested_action_id: int, most: int = 12) -> int:
        """Attempts as the outbox makes them, until one ends without an error; how many it took."""
        for attempt in range(1, most + 1):
            try:
                self.carry(requested_action_id)
                return attempt
            except (ConnectorError, NotConfirmed):
                continue
        raise AssertionError

    def asked(self, requested_action_id: int) -> t.RequestedAction:
        """A requested action as it is now."""
        with self.scene.store.read() as session:
            return session.get_one(t.RequestedAction, requested_action_id)

    def action(self) -> t.Action | None:
        """The one action there is, if any."""
        with self.scene.store.read() as session:
            return session.scalars(select(t.Action)).one_or_none()


def make_errands(store: Store, bags: Path) -> Errands:
    """An open case on a comment that the platform shows, its evidence not sealed yet."""
    scene = make_scene(store)
    clock: Clock = scene.clock
    receipts = ReceiptBook(clock, 60, refused=audit_refusals(store, clock))
    town = Town(receipts, things={"1": Thing(WORDS)})
    evidence = make_evidence(store, clock, town, bags, receipts)
    case_id, comment_id, revision_id = scene.case("1", WORDS)
    return Errands(scene, town, bags, evidence, case_id, comment_id, revision_id)
