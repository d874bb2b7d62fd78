"""A bucket in S3-compatible storage, asked directly: no proxy is followed, no credential is looked up."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from worker.errors import EvidenceFault, SettingsError
from worker.settings_evidence import Offsite

_LATER = "Everything sealed here stays as it is; only the copy waits."
#: Answers that say: come back later.
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
#: What storage without Object Lock says when asked for it.
_NO_LOCK = frozenset({"ObjectLockConfigurationNotFoundError", "NotImplemented", "MethodNotAllowed"})
#: The version of an object in a bucket that keeps none.
_NO_VERSION = "null"
_CHUNK = 1024 * 1024
#: A storage that is not there at all should not hold up a worker's start for long.
_CONNECT_SECONDS = 5.0


class BucketUnreachable(EvidenceFault):
    """The storage gave no whole answer; trying again later may help."""


class BucketRefused(EvidenceFault):
    """The storage answered, and did not do it.

    Attributes:
        code: what it called the reason.
    """

    def __init__(self, happened: str, code: str) -> None:
        super().__init__(
            happened,
            safe=_LATER,
            do="Look at the settings under evidence.offsite and at the key's rights at the storage.",
        )
        self.code = code


class BucketWithoutLock(SettingsError):
    """Copies in this bucket could be changed and removed, and the settings do not say that this will do."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one object.

    Attributes:
        marker: whether it only says that the object was deleted.
    """

    name: str
    version: str
    size: int
    marker: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """What the storage gives back.

    Attributes:
        mode: governance or compliance; None where it is not locked.
    """

    content: bytes = field(repr=False)
    mode: str | None
    retain_until: datetime | None
    held: bool


class Bucket:
    """One bucket.

    Args:
        settings: which name a bucket and its key.
    """

    def __init__(self, settings: Offsite) -> None:
        if settings.bucket is None:
            raise SettingsError("No bucket is set (evidence.offsite.bucket).")
        self._settings = settings
        self._bucket = settings.bucket
        self._client: Any = None
        self._making = threading.Lock()

    def locks(self) -> bool:
        """Whether the bucket keeps every version of its objects and can lock them.

        Raises:
            BucketUnreachable, BucketRefused: it could not be asked.
        """
        try:
            lock = self._ask("get_object_lock_configuration")
        except BucketRefused as refusal:
            if refusal.code in _NO_LOCK:
                return False
            raise
        enabled = lock.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"
        return enabled and self._ask("get_bucket_versioning").get("Status") == "Enabled"

    def versions(self, prefix: str) -> Iterator[Version]:
        """Every version of every object whose name begins so, deletion markers too."""
        more: dict[str, str] = {}
        while True:
            answer = self._ask("list_object_versions", Prefix=prefix, **more)
            for kind in ("Versions", "DeleteMarkers"):
                for each in answer.get(kind, ()):
                    yield Version(
                        each["Key"], each["VersionId"], each.get("Size", 0), marker=kind == "DeleteMarkers"
                    )
            if not answer.get("IsTruncated"):
                return
            more = {
                "KeyMarker": answer["NextKeyMarker"],
                "VersionIdMarker": answer["NextVersionIdMarker"],
            }

    def put(self, name: str, content: bytes, mode: str, until: datetime | None) -> str:
        """Store an object under a lock, if there is an until; the storage checks its SHA-256.

        Returns:
            The new version.
        """
        lock = {} if until is None else {"ObjectLockMode": mode.upper(), "ObjectLockRetainUntilDate": until}
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        checksum = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": digest}
        answer = self._ask("put_object", Key=name, Body=content, **checksum, **lock)
        return str(answer.get("VersionId") or _NO_VERSION)

    def get(self, name: str, version: str, most: int) -> Stored:
        """Read one version back, with its lock.

        Args:
            most: bytes; of a larger one only the first byte more is read.
        """
        answer = self._ask("get_object", Key=name, VersionId=version)
        mode = answer.get("ObjectLockMode")
        return Stored(
            content=self._read(answer["Body"], most),
            mode=None if mode is None else str(mode).lower(),
            retain_until=answer.get("ObjectLockRetainUntilDate"),
            held=answer.get("ObjectLockLegalHoldStatus") == "ON",
        )

    def extend(self, name: str, version: str, mode: str, until: datetime) -> None:
        """Lock one version for longer."""
        lock = {"Mode": mode.upper(), "RetainUntilDate": until}
        self._ask("put_object_retention", Key=name, VersionId=version, Retention=lock)

    def hold(self, name: str, version: str, *, on: bool) -> None:
        """Place or take away the legal hold on one version."""
        status = {"Status": "ON" if on else "OFF"}
        self._ask("put_object_legal_hold", Key=name, VersionId=version, LegalHold=status)

    def remove(self, name: str, version: str) -> None:
        """Remove one version for good. Never asks to go round a lock."""
        self._ask("delete_object", Key=name, VersionId=version)

    def _ask(self, call: str, **arguments: Any) -> dict[str, Any]:
        # Here and not above: a fifth of a second that only those who copy elsewhere should wait for.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- see above

        try:
            answer: dict[str, Any] = getattr(self._made(), call)(Bucket=self._bucket, **arguments)
        except ClientError as error:
            raise self._fault(call, error.response) from error
        except (BotoCoreError, ValueError) as error:
            raise self._unreachable(type(error).__name__) from error
        return answer

    def _read(self, body: Any, most: int) -> bytes:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 -- as in _ask
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 -- as in _ask

        content = b""
        try:
            while len(content) <= most and (chunk := body.read(min(_CHUNK, most + 1 - len(content)))):
                content += chunk
        except (BotoCoreError, HTTPError, OSError) as error:
            raise self._unreachable(type(error).__name__) from error
        finally:
            body.close()
        return content

    def _fault(self, call: str, answer: dict[str, Any]) -> EvidenceFault:
        """What an error answer means. Its words are a stranger's: only its code is told, letters alone."""
        code = "".join(each for each in str(answer.get("Error", {}).get("Code", "")) if each.isalnum())[:60]
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status in _BUSY:
            return self._unreachable(f"{status} {code}".strip())
        asked = call.replace("_", " ")
        return BucketRefused(f"The storage refused to {asked} ({code or status}).", code)

    def _unreachable(self, why: str) -> BucketUnreachable:
        return BucketUnreachable(
            f"The storage at {self._settings.endpoint} gave no whole answer ({why}).",
            safe=_LATER,
            do="It is tried again by itself. If this lasts, look at evidence.offsite.endpoint and at the"
            " network.",
        )

    def _made(self) -> Any:
        """The client, made once: making it takes a while, using it from several threads is safe."""
        with self._making:
            if self._client is None:
                self._client = _client(self._settings)
            return self._client


def require_lock(bucket: Bucket, settings: Offsite) -> bool:
    """Refuse a bucket that neither keeps versions nor locks them, unless the settings allow it.

    Returns:
        Whether the bucket locks.

    Raises:
        BucketWithoutLock: it does not.
        BucketUnreachable, BucketRefused: it could not be asked.
    """
    locks = bucket.locks()
    if not locks and not settings.allow_without_object_lock:
        raise BucketWithoutLock(
            f"The bucket {settings.bucket} has no versioning with Object Lock: whoever has its key could"
            " change or remove the copies of evidence.",
            safe="Nothing was sent there.",
            do="Make a bucket with Object Lock enabled. If you accept the risk,"
            " set evidence.offsite.allow_without_object_lock: true.",
        )
    return locks


def _client(settings: Offsite) -> Any:
    from boto3.session import Session  # noqa: PLC0415 -- as in Bucket._ask
    from botocore.config import Config  # noqa: PLC0415 -- as in Bucket._ask

    session = Session(
        aws_access_key_id=_plain(settings.access_key), aws_secret_access_key=_plain(settings.secret_key)
    )
    return session.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        verify=True if settings.ca_file is None else str(settings.ca_file),
        config=Config(
            connect_timeout=min(_CONNECT_SECONDS, settings.timeout_seconds),
            read_timeout=settings.timeout_seconds,
            retries={"mode": "standard", "total_max_attempts": 1},
            proxies={},  # not None: the environment's would be asked
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            # What comes back is compared here, so that a difference is told in our own words.
            response_checksum_validation="when_required",
        ),
    )


def _plain(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
