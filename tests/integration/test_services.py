"""The services that other tests stand on, and the compose file that runs them for real."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import requests
from psycopg.conninfo import conninfo_to_dict
from ruamel.yaml import YAML

from tests.network import OutsideNetwork
from tests.services.postgres import PostgresDatabase, PostgresServer, bundled_binaries, private_postgres
from tests.services.process import require_or_skip
from tests.services.redis import PrivateRedis, claimed_redis, empty
from worker.settings import every_setting

ROOT = Path(__file__).resolve().parents[2]


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect with the URL that a fixture hands out for SQLAlchemy."""
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def test_the_application_role_owns_nothing(postgres_database: PostgresDatabase) -> None:
    """The owner makes tables; the application role can neither make one nor read what it was not given."""
    with connect(postgres_database.owner_url) as owner:
        owner.execute("CREATE TABLE kept (id integer)")
    with connect(postgres_database.app_url) as application:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE mine (id integer)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("SELECT * FROM kept")


def test_databases_do_not_meet(postgres_server: PostgresServer) -> None:
    """Two databases of one server share nothing, and are gone when they are done with."""
    with postgres_server.database() as one, postgres_server.database() as other:
        assert one.name != other.name
        with connect(one.owner_url) as owner:
            owner.execute("CREATE TABLE here (id integer)")
        with connect(other.owner_url) as owner, pytest.raises(psycopg.errors.UndefinedTable):
            owner.execute("SELECT * FROM here")
    with pytest.raises(psycopg.OperationalError):
        connect(one.owner_url)


def test_a_migrated_copy_gives_the_application_its_rights(
    migrated_postgres_database: PostgresDatabase,
) -> None:
    """A copy of the migrated template lets the application role read, and not reshape, the tables."""
    with connect(migrated_postgres_database.app_url) as application:
        assert application.execute("SELECT count(*) FROM comments").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("DROP TABLE comments")


def test_postgres_can_be_started_where_none_runs() -> None:
    """A machine without a running PostgreSQL gets one for the tests, and loses it again."""
    with private_postgres() as admin, psycopg.connect(admin) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(admin)


def test_a_killed_redis_comes_back_with_its_file(own_redis: PrivateRedis) -> None:
    """A private Redis can be killed and started again on the same port, and flushed; nobody else notices."""
    with closing(redis.Redis.from_url(own_redis.url)) as client:
        client.set("held", "yes")
    own_redis.kill()
    own_redis.start()
    with closing(redis.Redis.from_url(own_redis.url)) as client:
        assert client.get("held") == b"yes"
        own_redis.flush()
        assert client.dbsize() == 0


def test_a_redis_of_somebody_else_keeps_what_it_held(own_redis: PrivateRedis) -> None:
    """In a Redis that is not ours, only a logical database that was empty is used, and left empty."""
    with closing(redis.Redis(port=own_redis.port, db=15)) as theirs:
        theirs.set("precious", "1")
        with claimed_redis(own_redis.url) as first, claimed_redis(own_redis.url) as second:
            assert len({first, second, f"redis://127.0.0.1:{own_redis.port}/15"}) == 3
            empty(first)
        assert theirs.get("precious") == b"1"
    with closing(redis.Redis.from_url(own_redis.url)) as client:
        assert list(client.info("keyspace")) == ["db15"]


def test_what_tests_start_ends_with_them(tmp_path: Path) -> None:
    """Services started by a test process end when it is killed, so that a crash leaves nothing running."""
    script = """
        from tests.services.redis import private_redis
        with private_redis() as server:
            print(server.pid, flush=True)
            input()
    """
    if shutil.which("redis-server") is None:
        require_or_skip("redis-server is not installed (Debian: apt-get install redis-server)")
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        # It inherited neither end of this pipe, so waiting for it needs a handle of its own.
        descriptor = os.pidfd_open(server)
        try:
            readable, _, _ = select.select([descriptor], [], [], 30)
        finally:
            os.close(descriptor)
    assert readable, f"redis-server {server} outlived the process that started it"


@pytest.mark.parametrize("host", ["203.0.113.9", "2001:db8::9"])
def test_addresses_outside_are_refused(host: str, outside_attempts: list[str]) -> None:
    """A test that reaches for the internet fails, whatever the code under test makes of the error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as sock, pytest.raises(OutsideNetwork):
        sock.connect((host, 443))
    assert outside_attempts == [host]
    outside_attempts.clear()


def test_names_outside_are_not_even_looked_up(outside_attempts: list[str]) -> None:
    """A client library meets the refusal as the error it is, not as a platform that is down."""
    with pytest.raises(OutsideNetwork):
        requests.get("https://api.example.test/", timeout=5)
    assert outside_attempts == ["api.example.test"]
    outside_attempts.clear()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """docker-compose.yml as docker-compose itself understands it."""
    command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    try:
        done = subprocess.run([*command, "config"], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        done = None
    if done is None or "unknown command" in done.stderr:
        require_or_skip("docker-compose is not installed (Debian: apt-get install docker-compose)")
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = YAML(typ="safe").load(done.stdout)
    return parsed


def test_compose_runs_what_served_mode_needs(compose: dict[str, Any]) -> None:
    """The file is valid, holds every part of served mode, and runs only commands that upstander has."""
    ours = ("migrate", "keys", "work", "schedule", "web")
    assert set(compose["services"]) == {"postgres", "redis", *ours}
    for name in ours:
        command = [
            Path(sys.executable).with_name("upstander"),
            *compose["services"][name]["command"],
            "--help",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_compose_publishes_nothing_beyond_this_machine(compose: dict[str, Any]) -> None:
    """No service listens on an address that the network can reach; the data services meet nobody outside."""
    for service in compose["services"].values():
        for port in service.get("ports", []):
            assert str(port).startswith("127.0.0.1:")
    for name in ("postgres", "redis"):
        assert list(compose["services"][name]["networks"]) == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_compose_keeps_the_owner_from_the_workers(compose: dict[str, Any]) -> None:
    """Only the migration may sign in as the owner of the tables; no secret is written in the file."""

    def secrets_of(name: str) -> set[str]:
        return {secret["source"] for secret in compose["services"][name].get("secrets", [])}

    assert secrets_of("migrate") == {"database_url", "database_owner_url"}
    assert secrets_of("schedule") == secrets_of("web") == {"database_url"}
    assert secrets_of("work") == set()
    mounts = [mount.removeprefix(f"{ROOT}/") for mount in compose["services"]["work"]["volumes"]]
    assert [mount for mount in mounts if "secrets" in mount] == ["config/secrets/work:/run/secrets:ro"]
    assert all("file" in secret for secret in compose["secrets"].values())


def test_compose_keeps_the_accounts_tokens_from_the_review_site(compose: dict[str, Any]) -> None:
    """What people reach with a browser can neither read a token nor write anywhere but its volumes."""
    web = compose["services"]["web"]
    assert not any("secrets" in mount for mount in web["volumes"])
    assert web["read_only"] is True
    assert web["cap_drop"] == ["ALL"]


def test_compose_names_settings_that_exist(compose: dict[str, Any]) -> None:
    """Every UPSTANDER_ variable of the file is a setting, so that none is silently ignored."""
    known = {each.variable for each in every_setting()}
    for service in compose["services"].values():
        named = {key for key in service.get("environment", {}) if key.startswith("UPSTANDER_")}
        assert named <= known | {"UPSTANDER_CONFIG"}


def test_compose_starts_redis_with_its_file(compose: dict[str, Any]) -> None:
    """Redis keeps an append-only file on a volume and never evicts a message to make room."""
    command = " ".join(compose["services"]["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert compose["services"]["redis"]["volumes"]


def test_the_secrets_script_keeps_what_is_there(tmp_path: Path) -> None:
    """Invented passwords match between roles and URLs, are closed to others, and survive a second run."""
    script = ROOT / "config" / "docker" / "make-secrets.sh"
    folder = tmp_path / "secrets"
    subprocess.run(["bash", script, folder], check=True, capture_output=True)
    first = {path.name: path.read_text() for path in folder.rglob("*_*")}
    subprocess.run(["bash", script, folder], check=True, capture_output=True)
    assert first == {path.name: path.read_text() for path in folder.rglob("*_*")}
    assert first["database_app_password"] in first["database_url"]
    assert first["database_owner_password"] in first["database_owner_url"]
    assert len({value for name, value in first.items() if name.endswith("_password")}) == 3
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (folder / "work").iterdir()] == ["database_url"]


def test_the_database_script_makes_an_owner_and_an_application(tmp_path: Path) -> None:
    """The script that the database container runs once makes a database that its application does not own."""
    for name in ("database_owner_password", "database_app_password"):
        (tmp_path / name).write_text("it's \\ odd")
    with private_postgres() as admin:
        at = conninfo_to_dict(admin)
        subprocess.run(
            ["bash", ROOT / "config" / "docker" / "postgres-init.sh"],
            check=True,
            capture_output=True,
            env={
                "PATH": f"{bundled_binaries()}:{os.environ['PATH']}",
                "PGHOST": str(at["host"]),
                "PGPORT": str(at["port"]),
                "POSTGRES_USER": str(at["user"]),
                "SECRETS_FOLDER": str(tmp_path),
            },
        )
        with psycopg.connect(admin, user="upstander_owner", dbname="upstander") as owner:
            owner.execute("CREATE TABLE kept (id integer)")
        with (
            psycopg.connect(admin, user="upstander_app", dbname="upstander") as application,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            application.execute("SELECT * FROM kept")
