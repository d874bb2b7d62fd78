"""What stands beside a bag's manifests: the Trust's signature and the trusted timestamp. Do they hold?

Asked without a database, on any copy of a bag: all that is needed is which certificates to believe.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from worker import cms
from worker.evidence.bag import SIGNATURE, STAMP_FILES, STAMPED_PATH, STAMPED_ROOT, TAGMANIFEST, TIMESTAMP
from worker.evidence.shared_stamp import check_stamp
from worker.evidence.timestamp import TimestampFault, Token
from worker.evidence.verify import Check, read_small

#: No sidecar of ours is larger: a planted giant is not read into memory.
MOST_BYTES = 256 * 1024
_NO_ROOTS = (
    f"{TIMESTAMP} is there and could not be checked: no root certificate of its authority is named. Name one"
    " in the setting evidence.tsa_ca_file; for a single bag, --tsa-ca does"
)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe.

    Attributes:
        certificates: gives the Trust's signing certificates, old ones too, by fingerprint.
        roots: gives the timestamp authorities' root certificates; none where there is no authority.
    """

    certificates: Callable[[], Mapping[str, x509.Certificate]]
    roots: Callable[[], Sequence[x509.Certificate]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """The timestamp that lies beside a bag.

    Attributes:
        shared: whether other bags share it through a Merkle root.
    """

    token: Token
    shared: bool


def check_sidecars(folder: Path, trust: Trust) -> tuple[Check, ...]:
    """Check a bag's signature and, where there is one, its timestamp. Never raises for what it finds there.

    Returns:
        A check named signature and one named timestamp; a bag without a timestamp passes the latter and
        says `pending`: whether that will do is for whoever holds its row to say.
    """
    content = _read(folder / TAGMANIFEST)
    if content is None:
        return (Check("signature", ok=False, found=f"there is no {TAGMANIFEST} that could have been signed"),)
    return (_signature(folder, content, trust), _timestamp(folder, trust))


def stamp_of(folder: Path, trust: Trust) -> Stamp | None:
    """The timestamp beside a bag; None where there is none.

    Raises:
        TimestampFault: there is one, and it does not hold.
    """
    if not os.path.lexists(folder / TIMESTAMP):
        return None
    beside = {name: content for name in STAMP_FILES if (content := _read(folder / name)) is not None}
    token = check_stamp(_read(folder / TAGMANIFEST) or b"", beside, trust.roots())
    return Stamp(token, shared=len(beside) > 1)


def _signature(folder: Path, content: bytes, trust: Trust) -> Check:
    signature = _read(folder / SIGNATURE)
    if signature is None:
        return Check("signature", ok=False, found=f"{SIGNATURE} is missing: nobody signed this bag")
    try:
        signed = cms.verify(content, signature, trust.certificates())
    except cms.SignatureFault as fault:
        return Check("signature", ok=False, found=f"{SIGNATURE} does not hold: {fault.happened}")
    return Check("signature", ok=True, found=f"signed {signed.at.isoformat()} with {signed.fingerprint}")


def _timestamp(folder: Path, trust: Trust) -> Check:
    if not os.path.lexists(folder / TIMESTAMP):
        left = [name for name in (STAMPED_ROOT, STAMPED_PATH) if os.path.lexists(folder / name)]
        if left:
            return Check("timestamp", ok=False, found=f"{TIMESTAMP} is missing although {left[0]} is there")
        return Check("timestamp", ok=True, found="pending: there is no timestamp yet")
    if not trust.roots():
        return Check("timestamp", ok=False, found=_NO_ROOTS)
    try:
        stamp = stamp_of(folder, trust)
    except TimestampFault as fault:
        return Check("timestamp", ok=False, found=f"{TIMESTAMP} does not hold: {fault.happened}")
    if stamp is None:
        return Check("timestamp", ok=False, found=f"{TIMESTAMP} was taken away meanwhile")
    shared = ", shared with other bags" if stamp.shared else ""
    return Check(
        "timestamp", ok=True, found=f"{stamp.token.at.isoformat()} by {stamp.token.authority}{shared}"
    )


def _read(path: Path) -> bytes | None:
    return read_small(path, MOST_BYTES)
