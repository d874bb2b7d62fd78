"""What every test may ask for: real services, databases of its own, and no way out to the internet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog
from sqlalchemy import create_engine

from tests.network import OutsideAttempts, loopback_only
from tests.services.postgres import PostgresDatabase, PostgresServer, postgres_for_tests
from tests.services.process import ServiceMissing, require_or_skip
from tests.services.redis import PrivateRedis, empty, private_redis, redis_for_tests
from tests.services.warm import PROGRAMS
from tests.stores import postgres_store, sqlite_store
from worker.store.session import Store
from worker.store.upgrade import upgrade


@pytest.fixture(scope="session", autouse=True)
def network_guard() -> Iterator[OutsideAttempts]:
    """Refuse every address but loopback, from before the first fixture to after the last."""
    with loopback_only() as attempts:
        yield attempts


@pytest.fixture(autouse=True)
def outside_attempts(network_guard: OutsideAttempts) -> Iterator[list[str]]:
    """The hosts that this test was refused. The test fails if any is left: code may have swallowed it."""
    network_guard.hosts.clear()
    yield network_guard.hosts
    assert not network_guard.hosts, f"this test tried to reach {network_guard.hosts}"


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """A command that ran in a test's process leaves no log behind that writes to its closed output."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """An empty folder that every user of the computer gets at; pytest's own are closed to others."""
    with TemporaryDirectory(prefix="upstander-shared-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def programs() -> Iterator[None]:
    """Processes of this project start warm (see tests.services.warm); what they are forked from ends here."""
    yield
    PROGRAMS.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server to make databases on (see tests.services.postgres)."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_for_tests())
        except ServiceMissing as missing:
            require_or_skip(str(missing))
        yield server


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[PostgresDatabase]:
    """An empty database of this test's own."""
    with postgres_server.database() as database:
        yield database


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[PostgresDatabase]:
    """A database brought to the newest migration once, to be copied."""
    with postgres_server.database() as database:
        engine = create_engine(database.owner_url)
        upgrade(engine, application_role=database.app_role)
        engine.dispose()
        yield database


@pytest.fixture
def migrated_postgres_database(
    postgres_server: PostgresServer, postgres_template: PostgresDatabase
) -> Iterator[PostgresDatabase]:
    """A database of this test's own at the newest migration, the application role's rights given."""
    with postgres_server.database(template=postgres_template.name) as database:
        yield database


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """A Redis that belongs to this test process."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(redis_for_tests())
        except ServiceMissing as missing:
            require_or_skip(str(missing))
        yield url


@pytest.fixture
def redis_url(redis_server_url: str) -> Iterator[str]:
    """The URL of an empty Redis database; emptied again afterwards."""
    yield redis_server_url
    empty(redis_server_url)


@pytest.fixture
def own_redis() -> Iterator[PrivateRedis]:
    """A redis-server of this test's own, to flush, kill and start again; it keeps an append-only file."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(private_redis(append_only=True))
        except ServiceMissing as missing:
            require_or_skip(str(missing))
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A migrated database, once as SQLite and once as PostgreSQL, signed in as the application."""
    if request.param == "sqlite":
        made = sqlite_store(tmp_path)
    else:
        made = postgres_store(request.getfixturevalue("migrated_postgres_database"))
    yield made
    made.close()
