"""A copy of the project, to be damaged, and the process that runs tests in it."""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.services.nursery import PLUGINS, ROOMS
from tests.services.warm import PROJECT, Nursery
from tests.stores import SHARED

#: Nearly every test needs the tables, and making their classes takes half of a run's start. Where no file
#: that they come from is damaged, they are made beforehand.
TABLES = ("worker.store.tables", "worker.store.session", "worker.store.upgrade")
#: Prints the files of the project's modules that a process knows from its start.
_TELL = """
import sys
rooms = ("connectors", "rules", "worker", "tests", "config")
ours = [module for name, module in sys.modules.items() if name.partition(".")[0] in rooms]
print(*(module.__file__ for module in ours), sep=chr(10))
"""

#: Longer than any test may take (pytest stops it after `timeout`, or the test's own mark).
PATIENCE = 280


@dataclass(frozen=True, slots=True)
class Ran:
    """One finished run of pytest: its exit code and what it printed."""

    code: int
    output: str


class Copy:
    """The project once more.

    Args:
        folder: an empty folder to make it in.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._empty = Nursery(folder, *ROOMS)
        self._with_tables = Nursery(folder, *ROOMS, knows=TABLES)
        self._nursery = self._empty
        for room in ROOMS:
            shutil.copytree(
                PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "secrets")
            )
            # Checked against the source's hash at each import. The usual check, by time and size, would take
            # a file for whole that was damaged within one second and kept its length.
            compileall.compile_dir(
                folder / room, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
            )
        shutil.copy(PROJECT / "pyproject.toml", folder)
        self._migrated = folder / "migrated"
        self._migrated.mkdir()

    @contextmanager
    def damaged(self, file: str, old: str, new: str) -> Iterator[None]:
        """Replace a text, which must stand in the file exactly once, until the block ends."""
        path = self.folder / file
        whole = path.read_bytes()
        found = whole.count(old.encode())
        assert found == 1, f"{file} holds the sabotaged text {found} times; it moved"
        # Pytest keeps the tests' rewritten assertions by time and size, so tests are never what is damaged.
        assert not file.startswith("tests/"), f"{file} is a test; damage what it tests"
        broken = whole.replace(old.encode(), new.encode())
        # Asked while all is whole: the first answer comes from the process that then keeps what it has made.
        self._nursery = self._empty if path in self._tables else self._with_tables
        try:
            path.write_bytes(broken)
            if path.suffix == ".py":
                compile(broken, file, "exec")
            yield
        finally:
            path.write_bytes(whole)
            self._nursery = self._empty

    @cached_property
    def _tables(self) -> set[Path]:
        """The files that the tables come from, as the process says that has made them."""
        ran = self._with_tables.run(["-c", _TELL], environ=self._environ(), patience=PATIENCE)
        assert ran.returncode == 0, ran.stderr
        return {Path(line) for line in ran.stdout.splitlines()}

    def _environ(self) -> dict[str, str]:
        environ = {**os.environ, "PYTHONPATH": str(self.folder), SHARED: str(self._migrated)}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the next run finds the tests with assertions rewritten
        return environ

    def run(self, test: str) -> Ran:
        """Run a test, by its pytest name, on the copy as it is now.

        Raises:
            subprocess.TimeoutExpired: it took longer than any test may.
        """
        plugins = [part for plugin in PLUGINS for part in ("-p", plugin)]
        options = ["-q", "-x", "-p", "no:cacheprovider", "--tb=line", "--disable-plugin-autoload"]
        ran = self._nursery.run(
            ["-m", "pytest", *options, *plugins, test], environ=self._environ(), patience=PATIENCE
        )
        return Ran(ran.returncode, ran.stdout + ran.stderr)

    def close(self) -> None:
        """End the processes that the runs are forked from."""
        self._empty.close()
        self._with_tables.close()
