"""A copy of the project, to be damaged, and the process that runs tests in it."""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.nursery import PLUGINS, ROOMS
from tests.services.warm import PROJECT, Nursery

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
        self._nursery = Nursery(folder, *ROOMS)
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
        path.write_bytes(broken)
        try:
            if path.suffix == ".py":
                compile(broken, file, "exec")
            yield
        finally:
            path.write_bytes(whole)

    def run(self, test: str) -> Ran:
        """Run a test, by its pytest name, on the copy as it is now.

        Raises:
            subprocess.TimeoutExpired: it took longer than any test may.
        """
        plugins = [part for plugin in PLUGINS for part in ("-p", plugin)]
        options = ["-q", "-x", "-p", "no:cacheprovider", "--tb=line", "--disable-plugin-autoload"]
        ran = self._nursery.run(
            ["-m", "pytest", *options, *plugins, test],
            environ={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"},
            patience=PATIENCE,
        )
        return Ran(ran.returncode, ran.stdout + ran.stderr)

    def close(self) -> None:
        """End the process that the runs are forked from."""
        self._nursery.close()
