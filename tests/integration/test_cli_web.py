"""The review site as processes serve it: by itself, beside the worker, and in the demo."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.stores import migrated_sqlite
from tests.web import Browser
from worker.settings_load import PROJECT

UPSTANDER = [sys.executable, "-c", "from worker.cli import main; main()"]


@dataclass
class Place:
    """An installation in a folder of its own, with a free port.

    Attributes:
        running: what was started and has not ended.
    """

    folder: Path
    port: int
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that stays."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("UPSTANDER_")}
        process = subprocess.Popen(
            [*UPSTANDER, "--config", str(self.folder / "upstander.yaml"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**clean, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"},
        )
        self.running.append(process)
        return process

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end: its exit code and what it wrote."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=60)
        return process.returncode, out, errors


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An installation with its tables and its keys."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    text = (
        f"trust_name: Northmoor\nlog: {{level: warning}}\n"
        f"web: {{port: {port}, public_url: 'http://127.0.0.1:{port}'}}\n"
    )
    (tmp_path / "upstander.yaml").write_text(text)
    migrated_sqlite(tmp_path / "var" / "upstander.db")
    made = Place(tmp_path, port)
    assert made.run("keys", "init")[0] == 0
    yield made
    for process in made.running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> int:
    """Tell a process to stop; how it left."""
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    return process.returncode


def test_the_site_is_a_process_of_its_own(place: Place) -> None:
    """It says where it is once it answers, names no server, and stops when told to."""
    process = place.start("web")
    assert process.stderr is not None
    assert process.stderr.readline() == f"Ready: {place.url}\n"
    page = Browser(place.url).get("/sign-in")
    assert "Northmoor" in page.words
    assert "server" not in page.headers
    assert ended(process) == 0


def test_two_sites_do_not_share_a_port(place: Place) -> None:
    """The second says so, and the first goes on."""
    process = place.start("web")
    assert process.stderr is not None
    process.stderr.readline()
    code, _, errors = place.run("web")
    assert code == 1
    assert f"port {place.port}" in errors
    assert Browser(place.url).get("/help").path == "/help"
    assert ended(process) == 0


def test_up_serves_the_site_as_well_and_an_administrator_gets_in(place: Place) -> None:
    """One process is all that a small Trust runs: the first sign-in is made on the command line."""
    process = place.start("up")
    assert process.stderr is not None
    assert process.stderr.readline() == "Ready.\n"
    assert place.url in process.stderr.readline()
    assert place.run("people", "add", "Ada Berg", "--role", "administrator")[0] == 0
    _, told, _ = place.run("people", "sign-in", "Ada Berg")
    password = re.findall(r"[a-z0-9]{5}(?:-[a-z0-9]{5}){3}", told)
    form = {"user_name": "ada.berg", "password": password[0]}
    assert Browser(place.url).submit("/sign-in", "/sign-in", form).path == "/you/password"
    assert ended(process) == 0


def test_a_newcomer_works_in_the_demo_at_once(tmp_path: Path) -> None:
    """What the demo prints signs its reviewer in, to a queue that fills by itself."""
    process = subprocess.Popen(
        [*UPSTANDER, "demo", "--data", str(tmp_path / "demo")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if not name.startswith("UPSTANDER_")},
    )
    assert process.stdout is not None
    try:
        lines: list[str] = []
        while not lines or not lines[-1].startswith("  upstander status"):
            lines.append(process.stdout.readline())
            assert lines[-1], "".join(lines)
        told = "".join(lines)
        url = re.findall(r"The review site: (\S+)", told)[0]
        name, password = re.findall(r"user name (\S+) +password (\S+)", told)[0]
        browser = Browser(url)
        landed = browser.submit("/sign-in", "/sign-in", {"user_name": name, "password": password})
        assert landed.path == "/queue"
        while "/cases/1" not in browser.get("/queue").html.hrefs():
            time.sleep(0.2)  # until the first poll; the test's own bound ends it
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
