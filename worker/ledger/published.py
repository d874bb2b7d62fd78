"""Published checkpoints read back, as material to judge: a folder may hold anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.ledger.checkpoints import Statement, read_text
from worker.ledger.publishing import published_in

_MOST_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Copy:
    """A checkpoint from outside.

    Attributes:
        size: as its file's name tells.
        said: what its text says; None where it is no checkpoint, or one of another size.
        signature: None where there is none.
    """

    size: int
    name: str
    text: str
    said: Statement | None
    signature: bytes | None


def copies(folder: Path) -> Iterator[Copy]:
    """The checkpoints in a folder by size, each read when it is asked for.

    Raises:
        PublishFault: the folder cannot be read.
    """
    return (_copy(size, path) for size, path in published_in(folder))


def _copy(size: int, path: Path) -> Copy:
    content = _read(path)
    text = (content or b"").decode("utf-8", errors="replace")
    said = read_text(text)
    if said is not None and said.size != size:
        said = None
    return Copy(size, path.name, text, said, _read(path.with_name(f"{path.name}.p7s")))


def _read(path: Path) -> bytes | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= _MOST_BYTES else None
