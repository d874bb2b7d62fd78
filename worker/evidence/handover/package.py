"""The one file that is handed over: a ZIP written aside, flushed, and read back before it counts.

Names in a ZIP stay visible even where its contents are locked with a password: so they hold numbers and
fixed words only, and none can lead out of the folder that it is unpacked in.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pyzipper

from worker.errors import EvidenceFault

#: A hash and a path a line, of everything but itself and its signature; `sha256sum -c` reads it.
SUMS = "SHA256SUMS"
SUMS_SIGNATURE = "SHA256SUMS.p7s"

_CHUNK = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_PACKED = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".zip", ".wacz", ".pdf", ".docx")
#: From here on a ZIP needs its 64-bit form, which must be said before a file is begun.
_LARGE = 2_000_000_000


@dataclass(slots=True)
class Package:
    """A ZIP in the making.

    Attributes:
        sums: SHA-256 of each file so far, by name, as the bytes went in.
    """

    _zip: Any
    _now: datetime
    sums: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        """Put one small file in."""
        with self._begin(name, len(content)) as file:
            file.write(content)
        self.sums[name] = hashlib.sha256(content).hexdigest()

    def copy(self, name: str, source: Path) -> None:
        """Put one file in, piece by piece. No link is followed, and no pipe waited for.

        Raises:
            EvidenceFault: it cannot be read, or is no plain file.
        """
        digest = hashlib.sha256()
        try:
            descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise _fault(f"a file of the evidence cannot be read: {error.strerror}") from error
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            os.close(descriptor)
            raise _fault("a file of the evidence cannot be read: it is no plain file")
        with os.fdopen(descriptor, "rb") as read, self._begin(name, facts.st_size) as file:
            while chunk := read.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
        self.sums[name] = digest.hexdigest()

    def copy_folder(self, name: str, source: Path, leave_out: Collection[str] = ()) -> None:
        """Put every file of a folder in, in the order of their names.

        Args:
            leave_out: paths inside the folder, which stay out.
        """
        for inside, path in _files(source):
            if inside not in leave_out:
                self.copy(f"{name}/{inside}", path)

    def listing(self) -> bytes:
        """All hashes so far, as `sha256sum -c` reads them."""
        return "".join(f"{digest}  {name}\n" for name, digest in sorted(self.sums.items())).encode()

    @contextmanager
    def _begin(self, name: str, size: int) -> Iterator[IO[bytes]]:
        if not _NAME.fullmatch(name) or name.casefold() in {each.casefold() for each in self.sums}:
            raise _fault("a file of the evidence has a name that could do harm where it is unpacked")
        entry = self._zip.zipinfo_cls(filename=name, date_time=self._now.astimezone(UTC).timetuple()[:6])
        entry.external_attr = 0o600 << 16
        entry.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
        with self._zip.open(entry, "w", force_zip64=size > _LARGE) as file:
            yield file


def odd_files(folder: Path) -> tuple[str, ...]:
    """What lies in a folder and goes into no ZIP: no plain file, or a name that could do harm.

    Of two names that differ in capitals only, the one in small letters goes in: so we name our files.
    """
    taken: set[str] = set()
    odd: list[str] = []
    for inside, path in reversed(list(_files(folder))):
        plain = _NAME.fullmatch(inside) and stat.S_ISREG(path.lstat().st_mode)
        if plain and inside.casefold() not in taken:
            taken.add(inside.casefold())
        else:
            odd.append(inside)
    return tuple(sorted(odd))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """All that is no folder, with its path inside, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix(), path


@contextmanager
def packing(path: Path, password: str | None, now: datetime) -> Iterator[Package]:
    """Write a ZIP; once this is over it is whole and on the disk. What fails leaves nothing.

    Args:
        path: a new file.
        password: locks the contents with AES-256 (WinZip's way); None for no lock.
        now: the time that its files carry.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with pyzipper.AESZipFile(file, "w", compression=zipfile.ZIP_DEFLATED) as made:
                if password is not None:
                    made.setpassword(password.encode())
                    made.setencryption(pyzipper.WZ_AES, nbits=256)
                yield Package(made, now)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def read_back(path: Path, password: str | None, expected: Mapping[str, str]) -> None:
    """Read every byte of a ZIP from the disk and hold it against what went in.

    Args:
        expected: SHA-256 by name.

    Raises:
        EvidenceFault: something is missing, more, or not what went in.
    """
    with _opened(path, password) as made:
        names = [entry.filename for entry in made.infolist()]
        if sorted(names) != sorted(expected):
            raise _fault("the file does not hold what was put in")
        for name in names:
            if _hash(made, name) != expected[name]:
                raise _fault(f"{name} did not read back as it was put in")


def unpack(path: Path, password: str | None, below: str, folder: Path) -> None:
    """Take the part of a ZIP that lies below a name out into an empty folder."""
    with _opened(path, password) as made:
        for entry in made.infolist():
            if entry.filename.startswith(f"{below}/"):
                target = folder / entry.filename.removeprefix(f"{below}/")
                target.parent.mkdir(parents=True, exist_ok=True)
                with made.open(entry) as read, target.open("xb") as file:
                    shutil.copyfileobj(read, file, _CHUNK)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: Path, password: str | None) -> Iterator[Any]:
    try:
        with pyzipper.AESZipFile(path) as made:
            if password is not None:
                made.setpassword(password.encode())
            yield made
    except (zipfile.BadZipFile, pyzipper.BadZipFile, RuntimeError, OSError) as error:
        raise _fault("the file cannot be read back") from error


def _hash(made: Any, name: str) -> str:
    digest = hashlib.sha256()
    with made.open(name) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _fault(why: str) -> EvidenceFault:
    return EvidenceFault(
        f"The hand-over could not be made: {why}.",
        safe="No file was made; the evidence itself was only read.",
        do="Run `upstander evidence verify --all`, see that the disk has room, and try again.",
    )
