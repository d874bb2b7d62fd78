"""Each guard is taken away in a copy of the project; a named test must notice.

A list of sabotages stands in a module beside this one, as `SABOTAGES`: tuples of a name, the file, the text
to replace (which must stand there exactly once), what replaces it, and the test that must fail.

That the test really ran on the damaged file, and on it alone, is held by this: a run starts in a process that
knows no module of the project but, where they are whole, those that the tables come from (see
`tests.services.nursery`); every module of the project must then come from the copy; a compiled module is used
only where its source's hash, not its time, still fits (see `_copy`); and a database that an earlier run
migrated only where every file of worker.store is what it was (see `tests.stores`).
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from _pytest.mark import ParameterSet

from tests.sabotage._copy import Copy
from tests.services.nursery import FOREIGN
from tests.services.warm import PROJECT

MODULES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith(("test_", "_"))
)

Sabotage = tuple[str, str, str, str, str]

#: A test for the copy alone. It passes where `worker.steps.unobserved` does nothing, as it should.
_PROBE = '''
"""Whether a module was damaged."""

import sys


def test_it_is_whole():
    """Nothing is observed."""
    from worker.steps import unobserved

    assert unobserved.__doc__ is not None
    assert "XXXX" not in unobserved.__doc__


def test_its_tables_are_whole(tmp_path):
    """The database refuses in the words of its guards."""
    from sqlalchemy import text

    from tests.stores import sqlite_store

    store = sqlite_store(tmp_path)
    with store.read() as session:
        said = session.execute(text("SELECT group_concat(sql) FROM sqlite_master")).scalar()
    store.close()
    assert "rows of marks are only ever added'" in said


def test_it_meets_a_stranger():
    """A module of the project from elsewhere is known."""
    import types

    sys.modules["worker.stranger"] = types.ModuleType("worker.stranger")
    sys.modules["worker.stranger"].__file__ = "/elsewhere/worker/stranger.py"
'''


#: Of so many entries `make test` runs one; the others belong to `make soak`.
ONE_OF = 3


def entries() -> list[tuple[str, Sabotage]]:
    """Every entry with the module that it stands in."""
    return [
        (module, entry)
        for module in MODULES
        for entry in importlib.import_module(f"tests.sabotage.{module}").SABOTAGES
    ]


def _all() -> list[ParameterSet]:
    """Every entry. What needs a whole round of the demo to be noticed belongs to `make soak`.

    So do two of three others, always the same: all of them take longer than the rest of the tests together.
    """
    return [
        pytest.param(
            entry,
            id=entry[0],
            marks=[pytest.mark.soak] if module == "demo" or crc32(entry[0].encode()) % ONE_OF else [],
        )
        for module, entry in entries()
    ]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The project once more, to be damaged."""
    made = Copy(tmp_path_factory.mktemp("sabotaged"))
    yield made
    made.close()


@pytest.fixture
def probe(copy: Copy) -> Iterator[str]:
    """A file of tests that is in the copy alone."""
    path = copy.folder / "tests" / "unit" / "test_probe.py"
    path.write_text(_PROBE)
    yield "tests/unit/test_probe.py"
    path.unlink()


def test_every_sabotage_still_finds_what_it_damages() -> None:
    """Each text stands in its file exactly once, and each named test is there, also of those that wait."""
    astray = []
    for _, (name, file, old, _, test) in entries():
        path, _, function = test.partition("::")
        found = (PROJECT / file).read_text(encoding="utf-8").count(old)
        there = f"def {function.partition('[')[0]}(" in (PROJECT / path).read_text(encoding="utf-8")
        if found != 1 or not there:
            astray.append(f"{name}: {found} times in {file}, test {'there' if there else 'missing'}")
    assert not astray


@pytest.mark.timeout(300)
@pytest.mark.parametrize("sabotage", _all())
def test_a_guard_that_is_taken_away_is_missed(sabotage: Sabotage, copy: Copy) -> None:
    """Without this guard the named test fails, and not because the sabotage broke something else."""
    _, file, old, new, test = sabotage
    with copy.damaged(file, old, new):
        ran = copy.run(test)
    assert ran.code == 1, f"{test} did not notice:\n{ran.output[-4000:]}"
    assert " failed" in ran.output, f"{test} broke instead of failing:\n{ran.output[-4000:]}"


def test_damage_of_the_same_length_and_time_is_seen(copy: Copy, probe: str) -> None:
    """What runs is compiled from what lies there, not from what lay there a moment before."""
    path, test = copy.folder / "worker" / "steps.py", f"{probe}::test_it_is_whole"
    was = path.stat()
    assert copy.run(test).code == 0
    with copy.damaged("worker/steps.py", "nobody is watching", "XXXXXX is watching"):
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        assert path.stat().st_size == was.st_size
        assert copy.run(test).code == 1
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert copy.run(test).code == 0


def test_tables_that_were_made_before_the_damage_are_not_used(copy: Copy, probe: str) -> None:
    """Neither the modules that wait in memory nor the database that an earlier run migrated hide a damage."""
    test = f"{probe}::test_its_tables_are_whole"
    assert copy.run(test).code == 0
    with copy.damaged("worker/steps.py", "nobody is watching", "XXXXXX is watching"):
        assert copy.run(test).code == 0
    with copy.damaged("worker/store/guards.py", 'only ever added"', 'only ever XXXXX"'):
        assert copy.run(test).code == 1
    assert copy.run(test).code == 0


def test_a_run_that_met_a_module_from_elsewhere_does_not_count(copy: Copy, probe: str) -> None:
    """A module of the project that is not the copy's ends the run with a code of its own."""
    ran = copy.run(f"{probe}::test_it_meets_a_stranger")
    assert ran.code == FOREIGN
    assert "worker.stranger" in ran.output
