"""Sending a parcel to the bucket, and believing nothing until it was read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.errors import EvidenceFault
from worker.evidence.bag import sha256
from worker.evidence.offsite.bucket import Bucket, Stored, Version


class CopyDiffers(EvidenceFault):
    """What the storage gives back is not what was sent, or is not locked as it was told to be."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"The copy {name} elsewhere does not hold: {why}.",
            safe="The sealed evidence here is as it was.",
            do="Tell the evidence officer and whoever runs the storage; believe no copy there until"
            " it is clear.",
        )


@dataclass(frozen=True, slots=True)
class Lock:
    """How something is to be locked.

    Attributes:
        mode: governance, compliance or none.
        until: None where the mode is none.
    """

    mode: str
    until: datetime | None


def send(bucket: Bucket, prefix: str, files: Mapping[str, bytes], lock: Lock) -> list[dict[str, Any]]:
    """Send files and read every one back. Doing it again takes over what an earlier attempt left there whole.

    Args:
        prefix: of the objects' names, with its slash.
        files: by name.

    Returns:
        Name, version, SHA-256 and bytes of each object.

    Raises:
        CopyDiffers: one did not come back as sent, or not under its lock.
        BucketUnreachable, BucketRefused: it could not be sent or read back.
    """
    there: dict[str, list[Version]] = {}
    for version in bucket.versions(prefix):
        if not version.marker:
            there.setdefault(version.name, []).append(version)
    return [
        {
            "name": prefix + name,
            "version": _put(bucket, prefix + name, content, lock, there.get(prefix + name, [])),
            "sha256": sha256(content),
            "bytes": len(content),
        }
        for name, content in sorted(files.items())
    ]


def read_back(bucket: Bucket, thing: Mapping[str, Any], lock: Lock) -> Stored:
    """Read one object back by its version and compare it.

    Args:
        thing: its name, version, SHA-256 and bytes.
        lock: it is locked at least like this.

    Raises:
        CopyDiffers: it is not what was sent, or not locked.
        BucketUnreachable, BucketRefused: it could not be read.
    """
    stored = bucket.get(thing["name"], thing["version"], thing["bytes"])
    if sha256(stored.content) != thing["sha256"]:
        raise CopyDiffers(thing["name"], "its bytes are not those that were sealed")
    if lock.until is not None and not _locked(stored, lock):
        raise CopyDiffers(thing["name"], "it is not locked as it was told to be")
    return stored


def lengthen(bucket: Bucket, thing: Mapping[str, Any], lock: Lock) -> None:
    """Have one object locked at least like this, and see that it is. No lock is ever made shorter.

    Raises:
        CopyDiffers: it is not what was sent, or did not take the lock.
        BucketUnreachable, BucketRefused: it could not be done.
    """
    stored = read_back(bucket, thing, Lock("none", None))
    if lock.until is None or _locked(stored, lock):
        return
    bucket.extend(thing["name"], thing["version"], stored.mode or lock.mode, lock.until)
    read_back(bucket, thing, lock)


def _put(bucket: Bucket, name: str, content: bytes, lock: Lock, there: list[Version]) -> str:
    """The version that holds these bytes now, under the lock."""
    thing = {"name": name, "sha256": sha256(content), "bytes": len(content)}
    for known in there:
        if known.size == len(content) and bucket.get(name, known.version, known.size).content == content:
            lengthen(bucket, thing | {"version": known.version}, lock)
            return known.version
    version = bucket.put(name, content, lock.mode, lock.until)
    read_back(bucket, thing | {"version": version}, lock)
    return version


def _locked(stored: Stored, lock: Lock) -> bool:
    """Whether it is locked so, or better: what was locked for longer, or for good, stays so."""
    modes = {"governance", "compliance"} if lock.mode == "governance" else {"compliance"}
    return (
        stored.mode in modes
        and lock.until is not None
        and stored.retain_until is not None
        and stored.retain_until >= lock.until
    )
