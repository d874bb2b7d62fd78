"""Processes that start with their libraries imported are processes like any other."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.services.nursery import FOREIGN
from tests.services.warm import PROGRAMS, PROJECT, Nursery

SLEEPER = "import sys, time; print('up', flush=True); time.sleep(60)"
TELLER = """
import os, sys
print(sys.argv[1:], os.getcwd(), sorted(name for name in os.environ if name.startswith("UPSTANDER_")))
print(sorted(name for name in before if name.partition(".")[0] in ("connectors", "rules", "worker", "tests")))
print("words for people", file=sys.stderr)
import worker.clock
print(worker.clock.__file__)
sys.exit(3)
"""


def environ(**more: str) -> dict[str, str]:
    """This process's environment without settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("UPSTANDER_")}
    return {**clean, "PYTHONPATH": str(PROJECT), **more}


@pytest.mark.parametrize(
    ("knows", "known"), [((), []), (("worker.errors",), ["worker", "worker.errors"])], ids=["nothing", "one"]
)
def test_it_gets_what_it_is_given_and_knows_what_it_shall_of_the_project(
    knows: tuple[str, ...], known: list[str]
) -> None:
    """Arguments, folder and environment are the ones given; what it was not given it imports itself."""
    code = "import sys; before = set(sys.modules)\n" + TELLER
    nursery = Nursery(PROJECT, "rules", knows=knows)
    ran = nursery.run(["-c", code, "a", "b"], environ=environ(UPSTANDER_MODE="x"), patience=60)
    nursery.close()
    assert ran.returncode == 3
    first, before, file = ran.stdout.splitlines()
    assert first == f"['a', 'b'] {PROJECT} ['UPSTANDER_MODE']"
    assert before == str(known)
    assert file == str(PROJECT / "worker" / "clock.py")
    assert ran.stderr == "words for people\n"


def test_each_is_a_process_of_its_own_that_can_be_killed(tmp_path: Path) -> None:
    """It runs beside its siblings, under its own process id, until it ends or a signal ends it."""
    with (tmp_path / "out").open("w") as out:
        one, other = (PROGRAMS.start(["-c", SLEEPER], environ=environ(), stdout=out) for _ in range(2))
    assert len({one.pid, other.pid, os.getpid()}) == 3
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.05)
    one.send_signal(signal.SIGTERM)
    assert one.wait(20) == -signal.SIGTERM
    assert other.poll() is None
    other.kill()
    assert other.wait(20) == -signal.SIGKILL
    assert (one.poll(), other.poll()) == (-signal.SIGTERM, -signal.SIGKILL)


def test_what_hangs_is_killed() -> None:
    """A run that takes too long ends with an error, and its process with it."""
    with pytest.raises(subprocess.TimeoutExpired):
        PROGRAMS.run(["-c", SLEEPER], environ=environ(), patience=0.2)


def test_an_error_of_the_program_is_its_own() -> None:
    """An exception ends it with a traceback and code 1, as in any Python."""
    ran = PROGRAMS.run(["-c", "1 / 0"], environ=environ(), patience=60)
    assert ran.returncode == 1
    assert "ZeroDivisionError" in ran.stderr


def test_a_module_of_the_project_from_elsewhere_is_told(tmp_path: Path) -> None:
    """Where another folder's module comes first, the exit code says that the run does not count."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "__init__.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import rules"
    nursery = Nursery(PROJECT, "rules")  # PROGRAMS knows the project's rules already, and finds no others
    ran = nursery.run(["-c", code], environ=environ(), patience=60)
    nursery.close()
    assert ran.returncode == FOREIGN
    assert "rules" in ran.stderr
