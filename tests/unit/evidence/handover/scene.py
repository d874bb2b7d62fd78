"""Sealed cases with people in and around them, and the stage that hands them over."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from connectors.contract import Author, Comment, Platform, Reading
from tests.unit.evidence.requests import requested
from tests.unit.evidence.world import START, World, add_case, done, make_world, reading
from worker.evidence.bagstore import CUSTODY
from worker.evidence.handover.request import Request
from worker.evidence.handover.stage import HandOver
from worker.evidence.handover.trust_files import Proofs
from worker.evidence.stage import Evidence
from worker.evidence.subject import Subject
from worker.keyring import Keyring
from worker.ledger.audit import Actor
from worker.ledger.stage import LedgerBook
from worker.settings_evidence import Ledger
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store

TRUST = "Ashdown NHS Trust"
ASKER, SECOND, REVIEWER = "Bo Larch", "Sam Elder", "Robin Reed"
#: Everybody who is named around the cases, in every way, but for the author of the comments.
OTHERS = (
    "kind_person",
    "u-77020",
    "Kim Kindly",
    "u-77030",
    "third.party",
    "Thea Party",
    "Nurse Jane Doe",
    "elsewhere_9",
)
WORDS = (
    "I will find you @elsewhere_9 & hurt you, Nurse  JANE doe. ask k\u0456nd_person or \uff2bim Kindly, "
    "see https://social.example.test/third.party/1 or 07700 900123, kim.kindly@mail.example.test"
)


@dataclass
class Scene:
    """Everything that a test of handing over touches.

    Attributes:
        people: by name.
    """

    world: World
    folder: Path
    people: dict[str, Actor]
    book: LedgerBook
    stage: HandOver
    password: str | None = None
    cases: list[int] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The database."""
        return self.world.store

    def request(self, **changes: Any) -> Request:
        """A request of the police, or something else where told so."""
        values: dict[str, Any] = {
            "cases": tuple(self.cases),
            "purpose": "police",
            "legal_basis": "DPA 2018 Schedule 2 paragraph 2",
            "recipient": "PC 4521, Northmoor Police",
            "reason": "Crime reference to follow",
            "redacted": False,
            "witness": ASKER,
        }
        return Request(**(values | changes))

    def for_the_platform(self, **changes: Any) -> Request:
        """A request of a platform: whole bags, and no papers for a court."""
        return self.request(purpose="platform", witness=None, **changes)

    def redacted(self, **changes: Any) -> Request:
        """A request for a redacted copy for the author of the comments."""
        values: dict[str, Any] = {
            "purpose": "subject_access",
            "redacted": True,
            "keep": ("rude_person",),
            "replace": ("Nurse Jane Doe",),
        }
        return self.request(**(values | {"witness": None} | changes))

    def approved(self, request: Request | None = None) -> int:
        """An export that one person asked for and another approved."""
        number = self.stage.ask(self.people[ASKER], request or self.request(), os_user="blarch")
        self.stage.approve(self.people[SECOND], number, os_user="selder")
        return number

    def made(self, request: Request | None = None) -> Path:
        """The file of an approved export."""
        return self.stage.make(self.people[ASKER], self.approved(request), password=self.password).path

    def unpacked(self, request: Request | None = None) -> Path:
        """A folder with what a recipient sees who unpacked it with an ordinary program."""
        folder = self.folder / "unpacked"
        with zipfile.ZipFile(self.made(request)) as file:
            file.extractall(folder)
        return folder

    def with_(self, **changes: Any) -> HandOver:
        """The stage with something else in it."""
        return replace(self.stage, **changes)

    def mark(self, comment_id: int, mark: str) -> None:
        """Let a person mark a comment's pictures."""
        with self.store.write() as session:
            session.add(
                t.Mark(
                    comment_id=comment_id,
                    revision_id=session.get_one(t.Comment, comment_id).revision_id,
                    mark=mark,
                    marked_by=self.people[ASKER].person_id,
                    marked_at=self.world.clock.now(),
                )
            )

    def exports(self) -> list[t.Export]:
        """All exports as they are now."""
        with self.store.read() as session:
            return list(session.scalars(select(t.Export).order_by(t.Export.id)))


def make_scene(store: Store, folder: Path, *, steps: Steps = unobserved, words: str = WORDS) -> Scene:
    """One sealed case, decided and asked to be hidden, with the people who hand it over."""
    world = make_world(store, folder / "bags")
    people = {
        ASKER: person(store, ASKER, "evidence_officer"),
        SECOND: person(store, SECOND, "senior_reviewer"),
        REVIEWER: person(store, REVIEWER, "reviewer"),
    }
    book = book_of(world.evidence, folder)
    scene = Scene(world, folder, people, book, hand_over(world.evidence, folder, book, steps))
    add(scene, "17002", words)
    return scene


def book_of(evidence: Evidence, folder: Path) -> LedgerBook:
    """The ledger of a scene in a folder."""
    return LedgerBook(evidence.store, evidence.clock, Ledger(), Keyring(folder / "bags-keys"), TRUST)


def hand_over(evidence: Evidence, folder: Path, book: LedgerBook, steps: Steps) -> HandOver:
    """The stage that hands evidence over from a scene in a folder."""
    return HandOver(
        store=evidence.store,
        clock=evidence.clock,
        bags=evidence.shelf,
        check=evidence.surveyor.problems_of,
        trust=evidence.surveyor.trust,
        proofs=proofs_from(book),
        trust_name=TRUST,
        out=folder / "exports",
        steps=steps,
    )


def proofs_from(book: LedgerBook) -> Proofs:
    """The ledger's proofs as files."""

    def proofs(audit_id: int) -> Mapping[str, bytes]:
        return book.proof_of(audit_id).files()

    return proofs


def add(scene: Scene, external_id: str, words: str = WORDS) -> t.Snapshot:
    """One more case by the same author, read again among other people, sealed, and in the ledger."""
    case_id, snapshot_id, comment_id, revision_id = add_case(scene.store, external_id, words)
    scene.world.platform.answer = _among_others(words, external_id)
    scene.world.evidence.capture(snapshot_id, done)
    requested(scene.world, comment_id, case_id, revision_id)
    scene.book.append_now()
    scene.book.checkpoint(now=True)
    scene.cases.append(case_id)
    return scene.world.row(snapshot_id)


def add_picture(scene: Scene, core: t.Snapshot, name: str, content: bytes) -> t.Snapshot:
    """A rendered snapshot of a case that holds one picture, sealed."""
    with scene.store.write() as session:
        row = t.Snapshot(
            case_id=core.case_id,
            comment_id=core.comment_id,
            revision_id=core.revision_id,
            kind="rendered",
            state="pending",
            core_id=core.id,
            asked_at=START + timedelta(minutes=3),
        )
        session.add(row)
        session.flush()
        snapshot_id = row.id

    def files(about: Subject) -> dict[str, bytes]:
        custody = {"snapshot": about.identity.as_json(), "source": "content"}
        return {name: content, CUSTODY: json.dumps(custody).encode()}

    scene.world.evidence.sealing.run(snapshot_id, "rendered", files, done, Actor(None, "render"))
    return scene.world.row(snapshot_id)


def person(store: Store, name: str, role: str) -> Actor:
    """Somebody with one role, at a command line."""
    with store.write() as session:
        row = t.Person(name=name, active=True, created_at=START, roles=[t.PersonRole(role=role)])
        session.add(row)
        session.flush()
        return Actor(row.id, "cli")


def photograph(colour: str = "white") -> bytes:
    """A JPEG of 200 by 100 pixels that says where and by whom it was taken."""
    picture = Image.new("RGB", (200, 100), colour)
    facts = Image.Exif()
    facts[0x013B] = "Kim Kindly"
    facts.get_ifd(0x8825)[1] = "N"
    facts.get_ifd(0x8825)[2] = (51.0, 4.0, 12.5)
    made = BytesIO()
    picture.save(made, "JPEG", exif=facts, xmp=b"<x:xmpmeta>kind_person</x:xmpmeta>", comment=b"kind_person")
    return made.getvalue()


def _among_others(words: str, external_id: str) -> Reading:
    plain = reading(words, external_id)
    kind = Author("u-77020", "kind_person", raw=b'{"id":"u-77020","name":"Kim Kindly"}')
    third = Author("u-77030", "third.party")
    body = (
        b'{"data":{"id":"%s"},"includes":{"users":['
        b'{"id":"u-77020","username":"kind_person","name":"Kim Kindly"},'
        b'{"id":"u-77030","username":"third.party","name":"Thea \\u0050arty"}]}}' % external_id.encode()
    )
    said = "Thea Party told me, Kindly. Thea asked @kind_person and rude_person: kindly wait"
    thread = (
        Comment(
            Platform.FACEBOOK,
            f"{external_id}8",
            "reply",
            said,
            b"{}",
            author=kind,
            parent_external_id=external_id,
        ),
        Comment(
            Platform.FACEBOOK,
            f"{external_id}9",
            "reply",
            None,
            b"{}",
            author=third,
            parent_external_id=external_id,
        ),
    )
    exchange = replace(plain.exchanges[0], body=body)
    parent = None if plain.parent is None else replace(plain.parent, author=kind)
    return replace(plain, parent=parent, thread=thread, exchanges=(exchange,))


def bag_comment(scene: Scene) -> int:
    """The comment of the first case."""
    with scene.store.read() as session:
        return session.get_one(t.Case, scene.cases[0]).comment_id
