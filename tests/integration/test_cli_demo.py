"""The demo: one full round by itself, on platforms that behave and on platforms that do not."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker.settings_load import PROJECT

UPSTANDER = [sys.executable, "-c", "from worker.cli import main; main()"]
STAGES = [
    *("poll", "call", "queue", "evidence", "render", "group", "review", "refer", "tamper", "act", "verify"),
    *("delete", "report", "hand-over", "custody", "summary", "keep"),
]


def environment() -> dict[str, str]:
    """The environment of a command, without anything of the machine's own installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith("UPSTANDER_")}


@pytest.mark.browser
@pytest.mark.timeout(260)
@pytest.mark.parametrize("options", [[], ["--reality", "on", "--seed", "5"]])
def test_one_round_holds(options: list[str], tmp_path: Path) -> None:
    """Every stage does its work and is checked; the command leaves with 0 only then."""
    done = subprocess.run(
        [*UPSTANDER, "demo", "--once", "--data", str(tmp_path / "demo"), *options],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={**environment(), "UPSTANDER_DATABASE_URL": f"sqlite:///{tmp_path}/in-use.db"},
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[1].rstrip(":") for line in lines if line.startswith("ok ")] == STAGES
    assert lines[-1] == "Everything held."
    for name in ("report.html", "report.pdf", "upstander-export-1.zip", "handed-over"):
        told = [line.split()[0] for line in lines if line.startswith("  /") and name in line.split()[0]]
        assert Path(told[0]).exists(), told
        if name.endswith(".zip"):
            assert f"its SHA-256: {hashlib.sha256(Path(told[0]).read_bytes()).hexdigest()}" in done.stdout
    assert "The demo moves its own clock" in done.stdout
    assert not (tmp_path / "in-use.db").exists()


def test_the_demo_runs_until_it_is_stopped_and_its_commands_work(tmp_path: Path) -> None:
    """It says where to look; the command that it prints shows the queue of the running demo."""
    folder = tmp_path / "demo"
    running = subprocess.Popen(
        [*UPSTANDER, "demo", "--data", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=environment(),
    )
    assert running.stdout is not None
    try:
        said = running.stdout.readline()
        assert "until you press Ctrl-C" in said
        shown = subprocess.run(
            [*UPSTANDER, "--config", str(folder / "config" / "upstander.yaml"), "people", "list"],
            capture_output=True,
            text=True,
            cwd=PROJECT,
            env=environment(),
            timeout=60,
            check=True,
        )
        assert "Ravi Demo" in shown.stdout
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 0


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    """The demo writes into nothing that somebody uses."""
    (tmp_path / "mine").write_text("mine")
    done = subprocess.run(
        [*UPSTANDER, "demo", "--once", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
