"""One queued comment with everything around it, and a platform that answers as it is told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract import (
    Account,
    ActionKind,
    ActionRequest,
    ActionResult,
    Author,
    Capability,
    CheckLine,
    Comment,
    Connector,
    Exchange,
    Fate,
    Gate,
    Page,
    Platform,
    Post,
    Reading,
    Receipt,
)
from tests.clocks import StoppedClock
from worker.clock import Clock
from worker.evidence.bagstore import BagStore
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.sealing import Sealing
from worker.evidence.sidecars import Trust
from worker.evidence.stage import Evidence
from worker.evidence.subject import Subject
from worker.evidence.survey import Surveyor
from worker.keyring import Keyring
from worker.ledger.audit import Actor
from worker.ledger.stage import LedgerBook
from worker.settings_evidence import Ledger, Safeguarding
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store

START = datetime(2026, 11, 16, 9, 30, 15, tzinfo=UTC)
WORDS = "I will find you & hurt you"
BODY = b'{"data": {"id": "17001", "text": "I will find you &amp; hurt you"}, "odd" : [ 1,2 ] }\n'
RAW = b'{"id":"17001","text":"I will find you & hurt you","from":{"id":"a-1"}}'
ACCOUNT = Account(Platform.FACEBOOK, "9001", "Ashdown Trust")


def reading(text: str | None = WORDS, external_id: str = "17001", body: bytes = BODY) -> Reading:
    """A comment read again, with a parent, an answer, and one reply as received."""
    author = Author("a-1", "rude_person", raw=b'{"id":"a-1","name":"R. Person"}')
    other = Author("a-2", "kind_person")
    exchange = Exchange(
        request="GET https://graph.example.test/v25.0/17001",
        status=200,
        headers=(("Content-Type", "application/json"), ("ETag", '"abc"')),
        body=body,
        received_at=START + timedelta(minutes=2),
    )
    return Reading(
        comment=Comment(
            Platform.FACEBOOK, external_id, "comment", text, RAW, author=author, parent_external_id="16000"
        ),
        post=Post("15000", "Our new ward is open", "https://social.example.test/15000", START),
        parent=Comment(Platform.FACEBOOK, "16000", "comment", "What does it cost?", b"{}", author=other,
                       parent_external_id="15000"),
        thread=(Comment(Platform.FACEBOOK, "18000", "reply", "Steady on", b"{}", author=other,
                        parent_external_id="17001"),),
        exchanges=(exchange,),
    )  # fmt: skip


@dataclass
class Answering:
    """A connector that gives what it was told to give, and asks its gate as every connector must."""

    answer: Reading | Exception
    gate: Gate
    account: Account = ACCOUNT
    changes: list[ActionRequest] = field(default_factory=list)
    reads: int = 0

    def feeds(self) -> tuple[str, ...]:
        """No streams."""
        return ()

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Nothing is polled here."""
        raise NotImplementedError

    def read(self, external_id: str, *, thread: bool = True) -> Reading:
        """Give the answer, or raise it."""
        self.reads += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Ask the gate, then note the change."""
        self.gate.admit(request, receipt)
        self.changes.append(request)
        return ActionResult(Fate.DONE, "done")

    def author_state(self, request: ActionRequest) -> bool | None:
        """Not asked here."""
        return None

    def capabilities(self) -> tuple[Capability, ...]:
        """Nothing."""
        return ()

    def check(self) -> tuple[CheckLine, ...]:
        """Nothing."""
        return ()


@dataclass
class World:
    """A store with one case, an evidence stage and a platform."""

    store: Store
    bags: Path
    clock: StoppedClock
    receipts: ReceiptBook
    platform: Answering
    evidence: Evidence
    case_id: int
    snapshot_id: int
    comment_id: int
    revision_id: int

    def capture(self) -> t.Snapshot:
        """Seal the waiting snapshot as its job would."""
        self.evidence.capture(self.snapshot_id, done)
        return self.row(self.snapshot_id)

    def row(self, snapshot_id: int) -> t.Snapshot:
        """A snapshot's row as it is now."""
        with self.store.read() as session:
            row = session.get_one(t.Snapshot, snapshot_id)
            session.expunge_all()
        return row

    def bag(self) -> Path:
        """The folder of the sealed bag."""
        place = self.row(self.snapshot_id).bag
        assert place is not None
        return self.bags / place

    def request(self, **changes: Any) -> ActionRequest:
        """A request to hide the case's comment, or something else where told so."""
        values: dict[str, Any] = {
            "account": ACCOUNT,
            "kind": ActionKind.HIDE,
            "comment_id": self.comment_id,
            "revision_id": self.revision_id,
            "external_id": "17001",
        }
        return ActionRequest(**(values | changes))

    def audits(self, verb: str) -> list[dict[str, Any]]:
        """The details of all audit rows with this verb, in order."""
        with self.store.read() as session:
            return list(
                session.scalars(select(t.Audit.detail).where(t.Audit.verb == verb).order_by(t.Audit.id))
            )


def done(_session: object) -> None:
    """The finish of a job that nobody else took over."""


def actor(store: Store) -> Actor:
    """A person who is acting."""
    with store.write() as session:
        known = session.scalar(select(t.Person).where(t.Person.name == "Bo Larch"))
        person = known or t.Person(name="Bo Larch", active=True, created_at=START)
        session.add(person)
        session.flush()
        session.merge(t.PersonRole(person_id=person.id, role="evidence_officer"))
        return Actor(person.id, "cli")


def make_world(store: Store, bags: Path, *, steps: Steps = unobserved) -> World:
    """A store's first case, with a snapshot waiting to be sealed."""
    clock = StoppedClock(START + timedelta(minutes=2))
    receipts = ReceiptBook(clock, 60, refused=audit_refusals(store, clock))
    platform = Answering(reading(), receipts)
    evidence = make_evidence(store, clock, platform, bags, receipts, steps)
    case_id, snapshot_id, comment_id, revision_id = add_case(store)
    return World(
        store, bags, clock, receipts, platform, evidence, case_id, snapshot_id, comment_id, revision_id
    )


def make_evidence(
    store: Store,
    clock: Clock,
    platform: Connector,
    bags: Path,
    receipts: ReceiptBook,
    steps: Steps = unobserved,
) -> Evidence:
    """An evidence stage of its own, with a signing key beside the bags."""
    keyring = Keyring(bags.parent / f"{bags.name}-keys")
    if not keyring.folder.exists():
        keyring.init("Ashdown NHS Trust", START - timedelta(days=365))
    shelf = BagStore(bags, lambda content: keyring.sign(content, clock.now()), steps)
    trust = Trust(keyring.certificates, lambda: ())
    sealing = Sealing(store, clock, shelf, "Ashdown NHS Trust", _nothing_follows, steps)
    surveyor = Surveyor(store, shelf, trust, clock, stamps=False, stamp_minutes=60)
    ledger = LedgerBook(store, clock, Ledger(), keyring, "Ashdown NHS Trust")
    return Evidence(store, clock, lambda _id: platform, sealing, surveyor, receipts, Safeguarding(), ledger)


def _nothing_follows(session: Session, about: Subject, source: str) -> None:
    """Asks for no job: these tests seal, and stamp and render where they say so."""


def add_case(
    store: Store, external_id: str = "17001", words: str | None = WORDS, raw: bytes = RAW
) -> tuple[int, int, int, int]:
    """A queued comment with its case and the snapshot that waits.

    Returns:
        The ids of case, snapshot, comment and revision.
    """
    with store.write() as session:
        account = session.scalar(select(t.Account)) or t.Account(
            platform="facebook",
            external_id="9001",
            handle="Ashdown Trust",
            credential="page",
            created_at=START,
        )
        author = session.scalar(select(t.Author)) or t.Author(
            platform="facebook", external_id="a-1", handle="rude_person", first_seen_at=START
        )
        session.add_all([account, author])
        session.flush()
        post = session.scalar(select(t.Post)) or t.Post(
            account_id=account.id, external_id="15000", text="Our new ward is open", first_seen_at=START
        )
        session.add(post)
        session.flush()
        comment = t.Comment(
            account_id=account.id, platform="facebook", external_id=external_id, kind="comment",
            author_id=author.id, post_id=post.id, parent_external_id="16000",
            permalink="https://social.example.test/15000?comment=17001", posted_at=START,
            first_seen_at=START + timedelta(minutes=1), revision_hash="0" * 64,
        )  # fmt: skip
        session.add(comment)
        session.flush()
        revision = add_revision(session, comment, words=words, raw=raw)
        case = t.Case(
            comment_id=comment.id, revision_id=revision.id, state="open", severity="serious",
            severity_rank=1, priority=80, opened_at=START, due_at=START + timedelta(hours=4),
        )  # fmt: skip
        session.add(case)
        session.flush()
        snapshot = t.Snapshot(
            case_id=case.id, comment_id=comment.id, revision_id=revision.id, kind="core", state="pending",
            asked_at=START + timedelta(minutes=1),
        )  # fmt: skip
        session.add(snapshot)
        session.flush()
        return case.id, snapshot.id, comment.id, revision.id


def add_revision(session: Any, comment: t.Comment, *, words: str | None = WORDS, **more: Any) -> t.Revision:
    """A wording of a comment, with one finding where it has text."""
    values: dict[str, Any] = {
        "comment_id": comment.id, "number": 1, "text": words, "revision_hash": "0" * 64,
        "media": [{"kind": "photo", "url": "https://media.example.test/secret.jpg", "external_id": "m1"}],
        "flaws": [] if words else ["missing_text"], "raw": RAW, "seen_at": START + timedelta(minutes=1),
        "page_sha256": hashlib.sha256(b"page").hexdigest(), "severity": "serious", "priority": 80,
        "queued": True, "pack_version": "1",
    }  # fmt: skip
    revision = t.Revision(**(values | more))
    session.add(revision)
    session.flush()
    comment.revision_id = revision.id
    if words:
        session.add(
            t.Finding(
                revision_id=revision.id, rule_id="threat.hurt", rule_version=3, category="threat",
                severity="serious", span_start=2, span_end=min(15, len(words)), matched=words[2:15],
                reason="Says that they will find somebody", characteristics=[],
            )
        )  # fmt: skip
    session.flush()
    return revision
