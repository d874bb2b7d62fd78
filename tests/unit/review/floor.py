"""Where the whole machine is worked: people, stages and a platform, over a database that can lose a write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError
from rules.evaluate import RuleSet
from tests.judging import procedure
from tests.unit.action.errands import Killed, done
from tests.unit.action.platform import Thing, Town
from tests.unit.evidence.world import make_evidence
from tests.unit.review.scene import CLOCKS, Scene, make_scene, write_revision
from worker.action.stage import Carrying
from worker.action.wanted import unwanted
from worker.errors import UpstanderError
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.stage import Evidence
from worker.intake.stage import Intake
from worker.ledger.audit import Actor
from worker.review.appeals import Appeals
from worker.review.approving import Approving
from worker.review.asked import Desk
from worker.review.ending import Ending
from worker.review.handing_on import HandingOn
from worker.review.opening import Opening, open_cases
from worker.review.switches import Switches
from worker.settings import Settings
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

#: What a stage may answer instead of doing something. Anything else is a bug.
ANSWERS = (UpstanderError, ConnectorError)
T = TypeVar("T")
WORKERS = ("reviewer", "second", "senior_reviewer", "on_call_manager")


class FrailStore(Store):
    """A database whose next write can be told to be lost just before it is committed, with its process."""

    doomed = False

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction; where it is doomed, the process ends after its last statement."""
        with super().write() as session:
            yield session
            if self.doomed:
                self.doomed = False
                session.flush()
                raise Killed


@dataclass
class Floor:
    """Everything that the rules of the machine work with.

    Attributes:
        made: how often the platform really changed for each requested action.
        happened: how often each thing came about, so that a suite that only ever refuses is noticed.
    """

    store: FrailStore
    scene: Scene
    town: Town
    evidence: Evidence
    carrying_now: int | None = None
    made: dict[int, int] = field(default_factory=dict)
    happened: dict[str, int] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        """Where requested actions are worked on."""
        return Desk(self.store, self.scene.clock)

    @property
    def approving(self) -> Approving:
        """The second people."""
        return Approving(self.desk, WorkingDays)

    @property
    def ending(self) -> Ending:
        """Taking back."""
        return Ending(self.desk, unwanted)

    @property
    def switches(self) -> Switches:
        """Stop and go."""
        return Switches(self.store, self.scene.clock)

    @property
    def handing_on(self) -> HandingOn:
        """Putting aside."""
        return HandingOn(self.store, self.scene.clock, Settings().review)

    @property
    def appeals(self) -> Appeals:
        """Challenges."""
        taken = procedure(CLOCKS)
        return Appeals(self.store, self.scene.clock, taken, Settings().appeals, WorkingDays, tuple)

    def person(self, number: int) -> Actor:
        """One of those who work here."""
        name = WORKERS[number % len(WORKERS)]
        return self.scene.second if name == "second" else self.scene.people[name]

    def carrying(self, steps: Steps = unobserved) -> Carrying:
        """The action stage as a fresh process has it."""
        scene, settings = self.scene, Settings()
        intake = Intake(
            store=self.store,
            clock=scene.clock,
            connector_for=lambda _id: self.town,
            feeds_of=lambda _platform: ("mentions",),
            rules=lambda: RuleSet([]),
            polling=settings.polling,
            clocks=CLOCKS,
        )
        return Carrying(self.store, scene.clock, lambda _id: self.town, self.evidence, intake, steps)

    def attempt(self, what: str, work: Callable[[], T]) -> T | None:
        """Do something that may be refused, or be cut off; None where it was."""
        try:
            found = work()
        except ANSWERS as answer:
            self.note(f"{what}: {type(answer).__name__}")
            return None
        except Killed:
            self.note("killed")
            return None
        self.note(what)
        return found

    def note(self, what: str) -> None:
        """Count that something came about."""
        self.happened[what] = self.happened.get(what, 0) + 1

    def add_comment(self, words: str) -> None:
        """Somebody writes a comment that the rules queue."""
        external_id = str(len(self.town.things) + 1)
        self.town.things[external_id] = Thing(words)
        self.scene.case(external_id, words)

    def edit(self, comment_id: int, words: str) -> None:
        """The author changes their words, and a poll brings them; one transaction, as intake does it."""
        with self.store.write() as session:
            comment = session.get_one(t.Comment, comment_id, with_for_update=True)
            thing = self.town.things[comment.external_id]
            if thing.gone:
                return
            thing.text = words
            now = self.scene.clock.now()
            revision_id = write_revision(session, comment_id, words, now)
            open_cases(session, [Opening(comment_id, revision_id, "serious", 50)], now=now, clocks=CLOCKS)

    def seal(self) -> None:
        """Capture what waits, as its jobs would."""
        with self.store.read() as session:
            pending = session.scalars(select(t.Snapshot.id).where(t.Snapshot.state == "pending")).all()
        for snapshot_id in pending:
            self.attempt("sealed", partial(self.evidence.capture, snapshot_id, done))

    def carry(self, number: int, steps: Steps = unobserved) -> None:
        """One attempt to carry a requested action out, counting what really changed."""
        before, self.carrying_now = self.town.made, number
        try:
            self.attempt("carried", lambda: self.carrying(steps).carry_out(number, done))
        finally:
            self.made[number] = self.made.get(number, 0) + self.town.made - before
            self.carrying_now = None

    def numbers(self, table: type[t.Base]) -> list[int]:
        """The numbers of a table's rows."""
        with self.store.read() as session:
            return list(session.scalars(select(table.id).order_by(table.id)))  # type: ignore[attr-defined]  # each has one

    def pass_time(self, minutes: int) -> None:
        """Let time pass."""
        self.scene.clock.move(timedelta(minutes=minutes))


def open_floor(store: FrailStore, folder: Path) -> Floor:
    """Furnish an empty database."""
    scene = make_scene(store)
    receipts = ReceiptBook(scene.clock, 60, refused=audit_refusals(store, scene.clock))
    town = Town(receipts)
    return Floor(store, scene, town, make_evidence(store, scene.clock, town, folder / "bags", receipts))
