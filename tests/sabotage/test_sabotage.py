"""Each guard is taken away in a copy of the project; a named test must notice.

A list of sabotages stands in a module beside this one, as `SABOTAGES`: tuples of a name, the file, the text
to replace (which must stand there exactly once), what replaces it, and the test that must fail.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("connectors", "rules", "worker", "config", "tests")
MODULES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith(("test_", "_"))
)

Sabotage = tuple[str, str, str, str, str]


def _all() -> list[Sabotage]:
    return [
        entry for module in MODULES for entry in importlib.import_module(f"tests.sabotage.{module}").SABOTAGES
    ]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project once more, to be damaged."""
    folder = tmp_path_factory.mktemp("sabotaged")
    for room in ROOMS:
        shutil.copytree(
            PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "secrets")
        )
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


@pytest.mark.timeout(300)
@pytest.mark.parametrize("sabotage", _all(), ids=lambda entry: entry[0])
def test_a_guard_that_is_taken_away_is_missed(sabotage: Sabotage, copy: Path) -> None:
    """Without this guard the named test fails, and not because the sabotage broke something else."""
    _, file, old, new, test = sabotage
    damaged = copy / file
    whole = damaged.read_text(encoding="utf-8")
    assert whole.count(old) == 1, f"{file} holds the sabotaged text {whole.count(old)} times; it moved"
    damaged.write_text(whole.replace(old, new), encoding="utf-8")
    try:
        compile(damaged.read_text(encoding="utf-8"), file, "exec") if file.endswith(".py") else None
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=line", test],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
    finally:
        damaged.write_text(whole, encoding="utf-8")
    assert ran.returncode == 1, f"{test} did not notice:\n{ran.stdout[-3000:]}{ran.stderr[-1000:]}"
    assert " failed" in ran.stdout, f"{test} broke instead of failing:\n{ran.stdout[-3000:]}"
