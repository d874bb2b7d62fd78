"""What is sent of a sealed bag: exactly the bytes that its row holds the hashes of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from worker.errors import EvidenceFault
from worker.evidence.bag import (
    MANIFEST,
    SIGNATURE,
    STAMP_FILES,
    TAG_FILES,
    TAGMANIFEST,
    TIMESTAMP,
    Hashes,
    sha256,
)
from worker.evidence.verify import read_small

#: More than any file of core evidence takes; it is read into memory.
MOST_BYTES = 64 * 1024 * 1024


def bag_files(folder: Path, hashes: Hashes) -> Mapping[str, bytes]:
    """A bag as it was sealed, by name within it: payload, manifests, signature.

    Args:
        folder: of a bag that was verified just now.
        hashes: that its row holds.

    Raises:
        EvidenceFault: what is read now is not what was sealed.
    """
    files = {name: _read(folder, name) for name in (*TAG_FILES, TAGMANIFEST, SIGNATURE)}
    if Hashes(sha256(files[MANIFEST]), sha256(files[TAGMANIFEST])) != hashes:
        raise _altered(folder)
    payload = listed(files[MANIFEST])
    files |= {name: _read(folder, name) for name in payload}
    if any(sha256(files[name]) != hash_ for name, hash_ in (listed(files[TAGMANIFEST]) | payload).items()):
        raise _altered(folder)
    return files


def stamp_files(folder: Path, token_sha256: str) -> Mapping[str, bytes]:
    """The timestamp that came after a bag was sealed, by name beside it.

    Args:
        token_sha256: of the timestamp, as its row holds it.

    Raises:
        EvidenceFault: another timestamp lies there.
    """
    files = {
        name: _read(folder, name) for name in STAMP_FILES if name == TIMESTAMP or (folder / name).exists()
    }
    if sha256(files[TIMESTAMP]) != token_sha256:
        raise _altered(folder)
    return files


def listed(manifest: bytes) -> dict[str, str]:
    """The hash of each name that a manifest lists."""
    lines = (line.split("  ", 1) for line in manifest.decode().splitlines())
    return {name: expected for expected, name in lines}


def _read(folder: Path, name: str) -> bytes:
    content = read_small(folder / name, MOST_BYTES)
    if content is None:
        raise _altered(folder)
    return content


def _altered(folder: Path) -> EvidenceFault:
    return EvidenceFault(
        f"The bag {folder.name} changed while it was about to be copied.", safe="No copy of it is recorded."
    )
