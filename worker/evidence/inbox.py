"""The folder of files between hand-in and sealing: each is there whole, with its facts, or not at all."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from worker.errors import EvidenceFault
from worker.evidence.bag import sync
from worker.evidence.plain_json import plain_json
from worker.evidence.supplement_files import Receipt

ORIGINAL = "original"
FACTS = "facts.json"


def put_aside(inbox: Path, receipt: Receipt, content: bytes) -> str:
    """Write a file and its facts aside, flushed.

    Returns:
        The name of its folder in the inbox.

    Raises:
        EvidenceFault: the disk would not take it.
    """
    token = secrets.token_hex(16)
    half = inbox / f".{token}"
    try:
        half.mkdir(parents=True, mode=0o700)
        # The facts first: whatever is left of a process that died says how old it is.
        (half / FACTS).write_bytes(plain_json(receipt.as_json()))
        (half / ORIGINAL).write_bytes(content)
        for path in half.iterdir():
            path.chmod(0o600)
        sync(half)
        half.rename(inbox / token)
        sync(inbox)
    except OSError as error:
        shutil.rmtree(half, ignore_errors=True)
        raise EvidenceFault(
            f"The file could not be kept: {error.strerror}.",
            safe="Nothing of it was kept.",
            do=f"See that {inbox} can be written and has room, and hand it in again.",
        ) from error
    return token
