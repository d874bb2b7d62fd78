"""Sealed, signed, stamped and entered evidence, copied anew for somebody who may do anything to it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from tests.clocks import StoppedClock
from tests.services.tsa import LoopbackAuthority
from tests.unit.evidence.world import World, actor, add_case, done, make_world, reading
from tests.unit.ledger.desk import Desk
from tests.unit.ledger.tampering import Scene as LedgerScene
from tests.unit.ledger.tampering import unguard
from worker.evidence.bag import DECLARATION, INFO, MANIFEST, SIGNATURE, TAGMANIFEST, TIMESTAMP, sha256
from worker.evidence.bagstore import BagStore
from worker.evidence.sidecars import Trust
from worker.evidence.stamping import Stamping
from worker.evidence.survey import Surveyor
from worker.keyring import Keyring
from worker.ledger.stage import LedgerBook
from worker.settings_evidence import Ledger
from worker.steps import unobserved
from worker.store import tables as t
from worker.store.session import Store

TRUST = "Ashdown NHS Trust"


@dataclass(frozen=True)
class Grown:
    """Evidence as it should be: what attacks begin with.

    Attributes:
        ids: the snapshots: a case's first core, its newer one, and another case's.
        copy: lays the database once more into a folder; yields the application's address and its owner's.
    """

    folder: Path
    ids: tuple[int, int, int]
    clock: StoppedClock
    tsa: LoopbackAuthority
    copy: Callable[[Path], AbstractContextManager[tuple[str, str]]]


@dataclass
class Scene:
    """One copy, its keys, its published checkpoints, and a second authority at hand.

    Attributes:
        owner: the address that the tables' owner signs in with.
        places: where the bags lay before anything was done to them.
    """

    grown: Grown
    folder: Path
    store: Store
    owner: str
    other_tsa: LoopbackAuthority
    places: tuple[str, ...] = ()

    @property
    def bags(self) -> Path:
        """The evidence store."""
        return self.folder / "bags"

    @property
    def keyring(self) -> Keyring:
        """The Trust's keys: whoever is at work here may have stolen them."""
        return Keyring(self.folder / "bags-keys")

    @property
    def clock(self) -> StoppedClock:
        """It stands still."""
        return self.grown.clock

    @property
    def roots(self) -> tuple[x509.Certificate, ...]:
        """Of the timestamp authority that is believed."""
        return self.grown.tsa.authority().roots

    @property
    def trust(self) -> Trust:
        """Whom to believe."""
        return Trust(self.keyring.certificates, lambda: self.roots)

    @property
    def surveyor(self) -> Surveyor:
        """What `upstander evidence verify` runs."""
        shelf = BagStore(self.bags, lambda content: self.keyring.sign(content, self.clock.now()), unobserved)
        return Surveyor(
            self.store, shelf, self.trust, self.clock, stamps=True, stamp_minutes=1, ledger_seconds=60
        )

    @property
    def book(self) -> LedgerBook:
        """What `upstander ledger verify` runs."""
        return make_book(self.store, self.clock, self.keyring, self.published)

    @property
    def published(self) -> Path:
        """Where checkpoints were published to."""
        return self.folder / "published"

    def row(self, which: int = 0) -> t.Snapshot:
        """A snapshot's row."""
        with self.store.read() as session:
            return session.get_one(t.Snapshot, self.grown.ids[which])

    def bag(self, which: int = 0) -> Path:
        """A snapshot's bag."""
        return self.bags / self.places[which]

    def sql(self, *statements: str, **values: Any) -> None:
        """Change the database as the owner of its tables, past every guard."""
        with self.ledger() as made:
            made.sql(*statements, **values)

    @contextmanager
    def ledger(self) -> Iterator[LedgerScene]:
        """The ledger in one transaction as its tables' owner, past every guard; kept."""
        engine = create_engine(self.owner)
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "sqlite":
                    driver: Any = connection.connection.driver_connection
                    driver.execute("PRAGMA foreign_keys=OFF")
                unguard(connection.exec_driver_sql, engine.dialect.name)
                if engine.dialect.name == "postgresql":
                    for table in ("snapshots", "timestamps"):
                        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                with Session(bind=connection) as session:
                    desk = Desk(self.store, self.clock, self.keyring, self.published, self.book)
                    yield LedgerScene(session, desk, self.published)
                    session.commit()
                connection.commit()
        finally:
            engine.dispose()


def make_book(store: Store, clock: StoppedClock, keyring: Keyring, published: Path) -> LedgerBook:
    """A ledger that is published to a folder."""
    return LedgerBook(store, clock, Ledger(publish_dir=published), keyring, TRUST)


def grow(store: Store, folder: Path, tsa: LoopbackAuthority) -> tuple[tuple[int, int, int], StoppedClock]:
    """Seal three snapshots, stamp them, enter all that in the ledger, sign and publish checkpoints."""
    world = make_world(store, folder / "bags")
    world.capture()
    world.clock.move(timedelta(minutes=5))
    newer = world.evidence.capture_now(world.case_id, actor(store))
    _, other, _, _ = add_case(store, "17002")
    world.platform.answer = reading(external_id="17002")
    world.evidence.capture(other, done)
    (folder / "published").mkdir()
    keyring = Keyring(folder / "bags-keys")
    book = make_book(store, world.clock, keyring, folder / "published")
    _enter(book, world)
    trust = Trust(keyring.certificates, lambda: tsa.authority().roots)
    stamping = Stamping(
        store, world.clock, world.evidence.shelf, trust, tsa.authority, share_from=99, steps=unobserved
    )
    stamping.run(done)
    _enter(book, world)
    return (world.snapshot_id, newer, other), world.clock


def _enter(book: LedgerBook, world: World) -> None:
    world.clock.move(timedelta(minutes=5))
    book.append_now()
    book.checkpoint(now=True)
    book.publish(now=True)


def copied_sqlite(path: Path) -> Callable[[Path], AbstractContextManager[tuple[str, str]]]:
    """Copies an SQLite database."""

    @contextmanager
    def copy(folder: Path) -> Iterator[tuple[str, str]]:
        target = folder / "upstander.db"
        with sqlite3.connect(path) as source:
            source.execute("VACUUM INTO ?", [str(target)])
        source.close()
        yield f"sqlite:///{target}", f"sqlite:///{target}"

    return copy


@contextmanager
def scene(grown: Grown, folder: Path, other_tsa: LoopbackAuthority) -> Iterator[Scene]:
    """A copy of everything, open to everybody."""
    for name in ("bags", "bags-keys", "published"):
        shutil.copytree(grown.folder / name, folder / name)
    for path in (folder / "bags", *(folder / "bags").rglob("*"), *(folder / "published").iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with grown.copy(folder) as (ours, owner):
        store = Store(make_url(ours).render_as_string(hide_password=False))
        try:
            made = Scene(grown, folder, store, owner, other_tsa)
            made.places = tuple(made.row(which).bag or "" for which in range(3))
            yield made
        finally:
            store.close()


def redo_hashes(bag: Path) -> None:
    """Make manifests and counts fit what lies there now, as anybody can."""
    payload = {f"data/{path.name}": path.read_bytes() for path in (bag / "data").iterdir()}
    (bag / MANIFEST).write_bytes(_lines(payload))
    lines = (bag / INFO).read_text().splitlines()
    size = sum(map(len, payload.values()))
    kept = [line for line in lines if not line.startswith("Payload-Oxum")]
    (bag / INFO).write_text("\n".join([*kept, f"Payload-Oxum: {size}.{len(payload)}"]) + "\n")
    tags = {name: (bag / name).read_bytes() for name in (DECLARATION, INFO, MANIFEST)}
    (bag / TAGMANIFEST).write_bytes(_lines(tags))


def sign_again(bag: Path, keyring: Keyring, made: Scene) -> None:
    """Sign a bag anew."""
    content = (bag / TAGMANIFEST).read_bytes()
    (bag / SIGNATURE).write_bytes(keyring.sign(content, made.clock.now()))


def stamp_again(bag: Path, tsa: LoopbackAuthority) -> None:
    """Have a bag timestamped anew."""
    (bag / TIMESTAMP).write_bytes(tsa.authority().stamp((bag / TAGMANIFEST).read_bytes()).der)


def _lines(files: dict[str, bytes]) -> bytes:
    return "".join(f"{sha256(content)}  {name}\n" for name, content in sorted(files.items())).encode()
