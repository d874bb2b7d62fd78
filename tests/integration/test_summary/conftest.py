"""A mail server and the hand-made week on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_summary.mailserver import Certificates, Post, mail_server, make_certificates
from tests.stores import postgres_store, sqlite_store
from tests.unit.summary.handmade import make_week
from worker.store.session import Store


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made fresh: a CA, another CA, and a server's certificate by the first."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def post() -> Post:
    """Where mails arrive."""
    return Post()


@pytest.fixture
def port(post: Post, certificates: Certificates) -> Iterator[int]:
    """A mail server with STARTTLS and sign-in."""
    with mail_server(post, certificates) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The hand-made week on either database."""
    if request.param == "sqlite":
        store = sqlite_store(tmp_path)
    else:
        store = postgres_store(request.getfixturevalue("migrated_postgres_database"))
    make_week(store)
    yield store
    store.close()
