"""Comments that were judged long ago, with their evidence on a disk, and people who may end its keeping."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.clocks import StoppedClock
from tests.judging import said
from tests.unit.review.scene import START, Scene, make_scene
from worker.evidence.bag import make_read_only
from worker.evidence.bagstore import BagStore
from worker.evidence.keeping.stage import Keeping
from worker.evidence.subject import identity_of
from worker.intake.screening import wording_hash
from worker.ledger.audit import Actor
from worker.review.opening import Opening
from worker.settings_evidence import Retention
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store

WORDS = "quarrelsome marmalade nightfall"
RETENTION = Retention()
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """One comment with its case and its evidence."""

    case_id: int
    comment_id: int
    revision_id: int
    author_id: int


@dataclass
class Estate:
    """What a test of keeping works with."""

    scene: Scene
    bags: Path
    retention: Retention = RETENTION
    written: int = field(default=0)

    @property
    def store(self) -> Store:
        """The database."""
        return self.scene.store

    @property
    def officer(self) -> Actor:
        """Who may hold and dispose."""
        return self.scene.people["evidence_officer"]

    @property
    def keeping(self) -> Keeping:
        """The stage."""
        return keeping(self.scene.store, self.scene.clock.now(), self.bags, self.retention)

    def run_at_leisure(self) -> None:
        """The hourly job, after so long a pause that a person must say that the clock is right."""
        self.keeping.run(done)
        self.keeping.go_on(self.officer)
        self.keeping.run(done)

    def to(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        self.scene.clock.move(moment - self.scene.clock.now())

    def comment(self, words: str = WORDS, *, platform: str = "facebook", **more: Any) -> Kept:
        """A comment of an author of its own, full of these words; no case yet."""
        self.written += 1
        number, now = self.written, self.scene.clock.now()
        with self.store.write() as session:
            author = t.Author(
                platform=platform, external_id=f"a-{number}", handle=f"{words} handle", name=f"{words} name",
                first_seen_at=now,
            )  # fmt: skip
            account_id = self.scene.account_id if platform == "facebook" else _x_account(session)
            session.add(author)
            session.flush()
            values: dict[str, Any] = {
                "account_id": account_id, "platform": platform, "external_id": f"c-{number}",
                "kind": "comment", "author_id": author.id, "permalink": f"https://example.test/{words}",
                "posted_at": now, "first_seen_at": now, "hidden": False, "revision_hash": wording_hash(words),
            }  # fmt: skip
            comment = t.Comment(**(values | more))
            session.add(comment)
            session.flush()
            revision_id = self._revise(session, comment, words, 1)
            return Kept(0, comment.id, revision_id, comment.author_id or 0)

    def edit(self, kept: Kept, words: str) -> int:
        """A newer wording of a comment; the revision's id."""
        with self.store.write() as session:
            return self._revise(session, session.get_one(t.Comment, kept.comment_id), words, 2)

    def case(self, words: str = WORDS, *, platform: str = "facebook", seal: bool = True, **more: Any) -> Kept:
        """A comment with an open case and, where told so, its sealed evidence."""
        bare = self.comment(words, platform=platform, **more)
        opened = self.scene.open(Opening(bare.comment_id, bare.revision_id, "serious", 50))
        if seal:
            self.seal(bare.comment_id, words)
        return Kept(opened[bare.comment_id], bare.comment_id, bare.revision_id, bare.author_id)

    def decided(
        self, verdict: str = "not_upheld", severity: str | None = None, words: str = WORDS, **more: Any
    ) -> Kept:
        """A case with evidence that somebody decided on now."""
        kept = self.case(words, **more)
        self.decide(kept, verdict, severity)
        return kept

    def decide(
        self, kept: Kept, verdict: str, severity: str | None = None, *, supersedes: int | None = None
    ) -> int:
        """The reviewer decides."""
        return self.scene.review.decide(
            self.scene.reviewer, kept.case_id, kept.revision_id, verdict,
            categories=["insult"] if verdict == "upheld" else [], severity=severity, reason="Judged.",
            supersedes=supersedes, particulars=said(verdict),
        )  # fmt: skip

    def seal(self, comment_id: int, words: str = WORDS) -> None:
        """Put a bag where each waiting snapshot's belongs, and make its row say so."""
        with self.store.write() as session:
            for row in session.scalars(
                select(t.Snapshot).where(t.Snapshot.comment_id == comment_id, t.Snapshot.state == "pending")
            ):
                folder = self.bags / identity_of(row).place
                (folder / "data").mkdir(parents=True)
                (folder / "data" / "report.html").write_text(words)
                make_read_only(folder)
                row.state, row.sealed_at, row.bag = "sealed", self.scene.clock.now(), identity_of(row).place
                row.source, row.manifest_sha256, row.tagmanifest_sha256 = "polled", "1" * 64, "2" * 64

    def due(self, verdict: str = "not_upheld", **more: Any) -> Kept:
        """A case whose time is up now, and whose end was proposed."""
        kept = self.decided(verdict, **more)
        self.scene.clock.move(timedelta(days=90))
        assert self.keeping.propose() == 1
        return kept

    def approved(self, **more: Any) -> Kept:
        """A case whose end was approved."""
        kept = self.due(**more)
        self.keeping.approve(kept.case_id, self.officer, "Nobody needs it any more.")
        return kept

    def carry_out(self, kept: Kept) -> None:
        """Run the job of an approved disposal."""
        self.keeping.carry_out(kept.comment_id, done)

    def snapshots(self, kept: Kept) -> list[t.Snapshot]:
        """The snapshots of a comment as they are now."""
        with self.store.read() as session:
            chosen = select(t.Snapshot).where(t.Snapshot.comment_id == kept.comment_id)
            return list(session.scalars(chosen.order_by(t.Snapshot.id)))

    def disposals(self, kept: Kept) -> list[t.Disposal]:
        """The disposals of a case as they are now."""
        with self.store.read() as session:
            chosen = select(t.Disposal).where(t.Disposal.case_id == kept.case_id)
            return list(session.scalars(chosen.order_by(t.Disposal.id)))

    def revisions(self, kept: Kept) -> list[t.Revision]:
        """The wordings of a comment as they are now."""
        with self.store.read() as session:
            chosen = select(t.Revision).where(t.Revision.comment_id == kept.comment_id)
            return list(session.scalars(chosen.order_by(t.Revision.number)))

    def bag(self, kept: Kept) -> Path:
        """Where the first bag of a comment lies, or lay."""
        return self.bags / identity_of(self.snapshots(kept)[0]).place

    def verbs(self, object_type: str, object_id: int) -> list[str]:
        """What the audit holds about a thing, in order."""
        with self.store.read() as session:
            chosen = select(t.Audit.verb).where(
                t.Audit.object_type == object_type, t.Audit.object_id == object_id
            )
            return list(session.scalars(chosen.order_by(t.Audit.id)))

    def gone(self, kept: Kept) -> None:
        """The platform no longer has a comment, as of now."""
        with self.store.write() as session:
            session.get_one(t.Comment, kept.comment_id).gone_at = self.scene.clock.now()

    def _revise(self, session: Any, comment: t.Comment, words: str, number: int) -> int:
        revision = t.Revision(
            comment_id=comment.id, number=number, text=words, revision_hash=wording_hash(words),
            media=[{"kind": "photo", "url": "https://example.test/a.jpg", "alt": words}], flaws=["odd"],
            raw=json.dumps({"text": words}).encode(), page_sha256="0" * 64, seen_at=self.scene.clock.now(),
            severity=None, priority=0, queued=False, pack_version="1",
        )  # fmt: skip
        session.add(revision)
        session.flush()
        session.add(
            t.Finding(
                revision_id=revision.id, rule_id="insult.made_up", rule_version=1, category="insult",
                severity="routine", span_start=0, span_end=5, matched=words, reason="A rude word",
                characteristics=[],
            )
        )  # fmt: skip
        comment.revision_id, comment.revision_hash = revision.id, revision.revision_hash
        session.flush()
        return revision.id


def keeping(
    store: Store, now: datetime, bags: Path, retention: Retention = RETENTION, steps: Steps = unobserved
) -> Keeping:
    """The stage over a database and a folder, at a moment."""
    shelf = BagStore(bags, lambda _content: b"", unobserved)
    return Keeping(store, StoppedClock(now), shelf, bags.with_name("exports"), retention, steps)


def make_estate(store: Store, bags: Path, retention: Retention = RETENTION) -> Estate:
    """Furnish an empty store."""
    return Estate(make_scene(store), bags, retention)


def done(_session: object) -> None:
    """The finish of a job that nobody else took over."""


def _x_account(session: Any) -> int:
    account = session.scalar(select(t.Account).where(t.Account.platform == "x"))
    if account is None:
        account = t.Account(
            platform="x", external_id="700", handle="NorthmoorX", credential="x", created_at=START
        )
        session.add(account)
        session.flush()
    return int(account.id)
