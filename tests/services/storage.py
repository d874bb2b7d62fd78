"""S3-compatible storage on loopback that tests can take away, look into, and let misbehave.

Moto's server keeps versions and enforces a lock and a legal hold against deletion, by this process's clock.
It does not refuse to make a lock shorter, to lock into the past, or a wrong checksum, and asks for no key.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.session import Session
from botocore.config import Config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import s3_backends
from pydantic import SecretStr

from tests.services.process import free_port
from worker.settings_evidence import Offsite

_REGION = "eu-west-2"


class LoopbackStorage:
    """A storage of the tests' own. `stop()` and `start()` take it off the net and back; the port stays."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: Any = None
        self._client: Any = None

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def client(self) -> Any:
        """Somebody else's client, with which a test looks and spoils."""
        if self._client is None:
            session = Session(aws_access_key_id="test", aws_secret_access_key="test")
            config = Config(proxies={}, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
            self._client = session.client(
                "s3", endpoint_url=self.endpoint, region_name=_REGION, config=config
            )
        return self._client

    def bucket(self, *, locks: bool = True) -> str:
        """A new bucket."""
        name = f"evidence-{secrets.token_hex(6)}"
        self.client().create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": _REGION},
            ObjectLockEnabledForBucket=locks,
        )
        return name

    def settings(self, bucket: str, **more: Any) -> Offsite:
        """What the worker is told of a bucket."""
        values: dict[str, Any] = {
            "endpoint": self.endpoint,
            "bucket": bucket,
            "access_key": SecretStr("AKIDEXAMPLE"),
            "secret_key": SecretStr("made-up-secret"),
            "timeout_seconds": 5,
        }
        return Offsite(**(values | more))

    def spoil(self, bucket: str, name: str, content: bytes) -> None:
        """Change what is stored under a name, below every lock: as a failing or false storage would."""
        key: Any = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys[name]
        key.value = content

    def names(self, bucket: str) -> list[str]:
        """Every version of every object, by name, in order."""
        found = self.client().list_object_versions(Bucket=bucket)
        return sorted(each["Key"] for each in found.get("Versions", ()))


@contextmanager
def running_storage() -> Iterator[LoopbackStorage]:
    """A started storage, stopped and emptied at the end."""
    made = LoopbackStorage()
    made.start()
    try:
        yield made
    finally:
        made.stop()
        s3_backends.reset()
