"""One backup as a folder: a list of every file's SHA-256, the facts about it, and a full check of both.

upstander-20261121T031500Z/
    manifest-sha256.txt      every file below, as `sha256sum -c` reads it
    backup.json              what this is, when it was made, what is not in it
    database/                upstander.db, or one <table>.copy for each table of PostgreSQL
    evidence/<yyyy>/<mm>/…   the bags, file by file, as they lie in the evidence store
    inbox/<token>/…          what was handed in and waits to be sealed
    keys/                    the public certificates; signing-key.sealed where it was asked for
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from worker.errors import UpstanderError

FACTS = "backup.json"
LISTING = "manifest-sha256.txt"
DATABASE = "database"
EVIDENCE = "evidence"
INBOX = "inbox"
KEYS = "keys"
FORMAT = 1
#: Bytes read at a time.
CHUNK = 1024 * 1024
_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")
_SHOWN = 5


class Unreadable(OSError):
    """The file that was to be copied cannot be read; the backup itself could be written."""


class BackupFault(UpstanderError):
    """A backup cannot be made, or is damaged, or must not be restored here."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the database as it was dumped.

    Attributes:
        columns: in the order in which its dump holds them.
    """

    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a backup says of itself.

    Attributes:
        made_at: when the database was looked at, ISO 8601, UTC.
        software: the version that made it.
        dialect: sqlite or postgresql: it can be restored into the same only.
        migration: what the database was at.
        ledger_size, ledger_root: the ledger's head then; 0 and empty where it had none.
        bags: how many bags are in it.
        missing: bags that a row names and that were not there.
        destroyed: bags that retention destroyed while the backup was made.
        withheld: bags that are never copied, because of what they are suspected to hold.
        left_out: single files of bags that could not be copied.
        signing_key: whether the private key is in it (sealed with a passphrase).
    """

    format: int
    made_at: str
    software: str
    dialect: str
    migration: str
    tables: Mapping[str, Table]
    ledger_size: int
    ledger_root: str
    bags: int
    missing: tuple[str, ...]
    destroyed: tuple[str, ...]
    withheld: tuple[str, ...]
    left_out: tuple[str, ...]
    signing_key: bool

    @property
    def whole(self) -> bool:
        """Whether everything is in it that belongs in it."""
        return not self.missing and not self.left_out


def hash_of(path: Path) -> str:
    """SHA-256 of one ordinary file, in hex. A link is not followed.

    Raises:
        Unreadable: it is not there or cannot be read.
    """
    digest = hashlib.sha256()
    for chunk in chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def chunks(path: Path) -> Iterator[bytes]:
    """The content of one ordinary file, some at a time.

    Raises:
        Unreadable: it is not there, cannot be read, or is a link.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise Unreadable(error.errno, error.strerror, str(path)) from error


def copy_file(source: Path, target: Path) -> str:
    """Copy one ordinary file with its time.

    Returns:
        SHA-256 of what was written, in hex.

    Raises:
        Unreadable: the file cannot be read; nothing of it is left where it was to be copied to.
        OSError: the copy cannot be written.
    """
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks(source):
                digest.update(chunk)
                file.write(chunk)
    except Unreadable:
        target.unlink()
        raise
    facts = source.lstat()
    os.utime(target, ns=(facts.st_mtime_ns, facts.st_mtime_ns))
    return digest.hexdigest()


def write_file(target: Path, content: bytes) -> str:
    """Write one new file that only its owner may read; its SHA-256 in hex."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return hashlib.sha256(content).hexdigest()


def finish(folder: Path, facts: Facts, listed: dict[str, str]) -> str:
    """Write the facts and the list of all files.

    Args:
        listed: SHA-256 by path, of everything written so far.

    Returns:
        SHA-256 of the list, which stands for every byte of the backup.
    """
    content = json.dumps(asdict(facts), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    listed = {**listed, FACTS: write_file(folder / FACTS, content.encode())}
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(listed.items()))
    return write_file(folder / LISTING, lines.encode())


def read_listing(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a backup, by path.

    Raises:
        BackupFault: it is no backup, or its list is damaged.
    """
    path = folder / LISTING
    if not path.is_file():
        raise _no_backup(folder)
    listed: dict[str, str] = {}
    for line in path.read_bytes().decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[2] in listed or not plain(match[2]):
            raise damaged(folder, [f"its list {LISTING} is damaged"])
        listed[match[2]] = match[1]
    return listed


def check(folder: Path) -> Facts:
    """Look at every byte of a backup.

    Returns:
        What it says of itself.

    Raises:
        BackupFault: it is no backup, something is missing, altered or added, or it cannot be read here.
    """
    listed = read_listing(folder)
    there, problems = _there(folder)
    problems += [f"{name} is missing" for name in sorted(set(listed) - there)]
    problems += [f"{name} was added" for name in sorted(there - set(listed) - {LISTING})]
    for name in sorted(there & set(listed)):
        try:
            if hash_of(folder / name) != listed[name]:
                problems.append(f"{name} was altered or cut off")
        except OSError as error:
            problems.append(f"{name} cannot be read ({error.strerror})")
    if problems:
        raise damaged(folder, problems)
    return read_facts(folder)


def read_facts(folder: Path) -> Facts:
    """What a backup says of itself.

    Raises:
        BackupFault: that cannot be read, or another version wrote it in a way that this one does not know.
    """
    try:
        read: dict[str, Any] = json.loads((folder / FACTS).read_bytes())
        if read["format"] != FORMAT:
            raise BackupFault(
                f"{folder.name} was written in format {read['format']}, this version reads {FORMAT}.",
                safe="Nothing was changed.",
                do="Restore it with the version of Upstander that made it.",
            )
        tables = {
            str(name): Table(int(each["rows"]), tuple(map(str, each["columns"])))
            for name, each in read["tables"].items()
        }
        lists = {
            name: tuple(map(str, read[name])) for name in ("missing", "destroyed", "withheld", "left_out")
        }
        plain = {each.name: read[each.name] for each in fields(Facts)}
        return Facts(**{**plain, "tables": tables, **lists})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(folder, [f"{FACTS} cannot be read"]) from error


def damaged(folder: Path, problems: list[str]) -> BackupFault:
    """What to raise where a backup is not as it was made."""
    more = f", and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return BackupFault(
        f"The backup {folder.name} is damaged: {'; '.join(problems[:_SHOWN])}{more}.",
        safe="Nothing was restored, and nothing here was changed.",
        do="Use another backup, or another copy of this one.",
    )


def _there(folder: Path) -> tuple[set[str], list[str]]:
    """Every ordinary file below a folder, and in words whatever else is there."""
    files: set[str] = set()
    odd: list[str] = []
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                files.add(path.relative_to(folder).as_posix())
            elif not stat.S_ISDIR(mode):
                odd.append(f"{path.relative_to(folder).as_posix()!r} is neither a file nor a folder")
    return files, odd


def plain(name: str) -> bool:
    """Whether a path is relative and leads nowhere outside."""
    return not name.startswith("/") and not {"", ".", ".."} & set(name.split("/"))


def _no_backup(folder: Path) -> BackupFault:
    inside = sorted(path.parent.name for path in folder.glob(f"*/{LISTING}")) if folder.is_dir() else []
    return BackupFault(
        f"{folder} is not a whole backup: there is no {LISTING} in it.",
        safe="Nothing was changed.",
        do=f"Name one of the backups in it; the newest is {inside[-1]}."
        if inside
        else "Name another folder.",
    )
