"""A Redis that tests may empty."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import redis

from tests.services.process import ServiceMissing, end, free_port, spawn, wait_until_ready

CLAIM = "upstander-test-claim"


class PrivateRedis:
    """A redis-server of our own on loopback, saving nothing to disk unless `append_only`.

    It can be killed and started again on the same port, so that a test can take the broker away.
    """

    def __init__(self, folder: Path, *, append_only: bool = False) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            message = "redis-server is not installed (Debian: apt-get install redis-server)"
            raise ServiceMissing(message)
        self._binary = binary
        self._folder = folder
        self._append_only = append_only
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            message = "this Redis is not running"
            raise RuntimeError(message)
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self._folder / "redis.log"
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self._folder),
            "appendonly": "yes" if self._append_only else "no",
        }
        command = [self._binary, *(part for name, value in options.items() for part in (f"--{name}", value))]
        self._process = spawn([*command, "--save", ""], log)
        wait_until_ready(self._process, self._answers, log)

    def _answers(self) -> bool:
        with closing(redis.Redis(port=self.port, socket_timeout=5)) as client, suppress(redis.RedisError):
            return bool(client.ping())
        return False

    def flush(self) -> None:
        """Forget everything, as a Redis that lost its disk would."""
        with closing(redis.Redis(port=self.port, socket_timeout=5)) as client:
            client.flushall()

    def stop(self) -> None:
        """Stop it in good order."""
        self._stop_with(signal.SIGTERM)

    def kill(self) -> None:
        """Stop it as a power cut would."""
        self._stop_with(signal.SIGKILL)

    def _stop_with(self, with_signal: signal.Signals) -> None:
        if self._process is not None:
            end(self._process, with_signal)
            self._process = None


@contextmanager
def private_redis(*, append_only: bool = False) -> Iterator[PrivateRedis]:
    """A started `PrivateRedis`, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="upstander-redis-") as folder:
        server = PrivateRedis(Path(folder), append_only=append_only)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def claimed_redis(url: str) -> Iterator[str]:
    """The URL of an empty logical database of somebody's Redis: claimed here, emptied at the end.

    Raises ServiceMissing when every logical database holds something.
    """
    for number in range(15, -1, -1):
        one = urlsplit(url)._replace(path=f"/{number}").geturl()
        with closing(redis.Redis.from_url(one, socket_timeout=5)) as client:
            try:
                claimed = client.dbsize() == 0 and client.set(CLAIM, secrets.token_hex(8), nx=True)
            except redis.ResponseError:  # fewer logical databases than this number
                continue
            if not claimed:
                continue
            try:
                yield one
            finally:
                client.flushdb()
            return
    message = "every logical database of the Redis given to the tests holds data; give them an empty one"
    raise ServiceMissing(message)


@contextmanager
def redis_for_tests() -> Iterator[str]:
    """The URL of a Redis that may be emptied: the one named in the environment, our own, or a claimed one."""
    named = os.environ.get("UPSTANDER_TEST_REDIS_URL")
    if named:
        with claimed_redis(named) as url:
            yield url
    elif shutil.which("redis-server"):
        with private_redis() as server:
            yield server.url
    elif _redis_listens("redis://127.0.0.1:6379"):
        with claimed_redis("redis://127.0.0.1:6379") as url:
            yield url
    else:
        message = (
            "no Redis: none at 127.0.0.1:6379 and redis-server is not installed "
            "(Debian: apt-get install redis-server, or set UPSTANDER_TEST_REDIS_URL)"
        )
        raise ServiceMissing(message)


def _redis_listens(url: str) -> bool:
    with closing(redis.Redis.from_url(url, socket_timeout=2)) as client, suppress(redis.RedisError):
        return bool(client.ping())
    return False


def empty(url: str) -> None:
    """Remove every key of the logical database that the URL names, but for the claim on it."""
    with closing(redis.Redis.from_url(url, socket_timeout=5)) as client:
        for key in client.scan_iter(count=1000):
            if key != CLAIM.encode():
                client.delete(key)
