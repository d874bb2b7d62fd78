"""A desk on either database; a ledger with history, and one that its tables' owner may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from tests.stores import postgres_store, sqlite_store
from tests.unit.ledger.desk import Desk, make_desk
from tests.unit.ledger.tampering import Scene, scene
from worker.store.session import Store

#: Sizes of the checkpoints; those that were published.
SIGNED, PUBLISHED = (100, 300, 600), (300, 600)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    """An empty ledger on either database."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return make_desk(store, folder)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def grown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, Engine]]:
    """600 entries with three checkpoints, two of them published, and a connection as the tables' owner."""
    folder = tmp_path_factory.mktemp("ledger")
    if request.param == "sqlite":
        store = sqlite_store(folder)
        owner = create_engine(store.engine.url)
        yield fill(make_desk(store, folder)), owner
    else:
        server = request.getfixturevalue("postgres_server")
        template = request.getfixturevalue("postgres_template")
        with server.database(template=template.name) as database:
            store = postgres_store(database)
            owner = create_engine(database.owner_url)
            yield fill(make_desk(store, folder)), owner
            store.close()
            owner.dispose()
            return
    store.close()
    owner.dispose()


def fill(desk: Desk) -> Desk:
    """Write, append, sign and publish."""
    size = 0
    for wanted in SIGNED:
        desk.note(wanted - size)
        size = wanted
        desk.later(minutes=10)
        desk.book.append_now()
        desk.book.checkpoint(now=True)
        if wanted in PUBLISHED:
            desk.book.publish(now=True)
    return desk


@pytest.fixture
def tampered(grown: tuple[Desk, Engine], tmp_path: Path) -> Iterator[Scene]:
    """The ledger, to be changed by its tables' owner; all is as before afterwards."""
    with scene(*grown, tmp_path) as made:
        yield made
