"""A desk at which things are handed in, over a small Trust, with real evidence and a real key for names."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from rules.evaluate import RuleSet
from tests.unit.evidence.world import Answering, make_evidence, reading
from tests.unit.review.scene import CLOCKS, Scene, make_scene
from worker.evidence.hand_in_files import HandInFiles
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.stage import Evidence
from worker.evidence.supplements import Supplements
from worker.intake.hand_in import Given
from worker.intake.hand_ins import HandedIn, HandIns
from worker.keyring import NameKey
from worker.ledger.audit import Actor
from worker.settings_evidence import Safeguarding
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"


@dataclass
class Desk:
    """The stage, with everything around it."""

    scene: Scene
    evidence: Evidence
    supplements: Supplements
    hand_ins: HandIns
    platform: Answering
    folder: Path
    finished: list[object] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The database."""
        return self.scene.store

    def person(self, role: str) -> Actor:
        """Somebody of a role."""
        return self.scene.people[role]

    def add(self, given: Given, *files: tuple[str, bytes], by: str = "referral_reader") -> HandedIn:
        """Hand something in."""
        held = [(name, io.BytesIO(content)) for name, content in files]
        return self.hand_ins.add(self.person(by), given, held)

    def seal(self) -> None:
        """Run the jobs that seal what waits: the words, then the files."""
        for kind in ("capture", "capture_urgent", "supplement"):
            for payload in self.payloads(kind):
                number = int(str(payload["snapshot_id"]))
                if kind == "supplement":
                    token, digest = str(payload["token"]), str(payload["sha256"])
                    self.supplements.seal(number, token, digest, self.finished.append)
                else:
                    self.evidence.capture(number, self.finished.append)

    def payloads(self, kind: str) -> list[dict[str, object]]:
        """What the jobs of a kind carry."""
        with self.store.read() as session:
            return [dict(each) for each in session.scalars(select(t.Job.payload).where(t.Job.kind == kind))]

    def case(self, case_id: int) -> t.Case:
        """A case's row as it is now."""
        with self.store.read() as session:
            return session.get_one(t.Case, case_id)

    def bags(self, case_id: int) -> list[Path]:
        """The folders of a case's sealed bags, the core first."""
        with self.store.read() as session:
            rows = session.scalars(
                select(t.Snapshot.bag).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id)
            )
            return [self.folder / "bags" / each for each in rows if each is not None]


def make_desk(store: Store, folder: Path, ruleset: RuleSet) -> Desk:
    """Furnish an empty store."""
    scene = make_scene(store)
    receipts = ReceiptBook(scene.clock, 60, refused=audit_refusals(store, scene.clock))
    platform = Answering(reading(), receipts)
    evidence = make_evidence(store, scene.clock, platform, folder / "bags", receipts)
    supplements = Supplements(
        store, scene.clock, evidence.sealing, folder / "inbox", Safeguarding(), 1_000_000, unasked=False
    )
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    hand_ins = HandIns(
        store,
        scene.clock,
        lambda: ruleset,
        CLOCKS,
        HandInFiles(supplements),
        NameKey(keys),
        WorkingDays,
    )
    return Desk(scene, evidence, supplements, hand_ins, platform, folder)
