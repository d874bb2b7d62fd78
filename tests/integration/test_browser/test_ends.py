"""Chromium killed, stuck, or left alone by its worker: nothing of it stays."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.sandbox.server import Sandbox
from tests.integration.test_browser.site import SAID, Site, settings
from worker.clock import SystemClock
from worker.evidence.render import tree
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.judge import State
from worker.evidence.render.pool import Ask, Renderer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def below(renderer: Renderer) -> list[tree.Process]:
    """Every process that a renderer's children started."""
    return [each for child in renderer.children() for each in tree.below(child)]


def alive(processes: list[tree.Process]) -> list[tree.Process]:
    """Those that still run."""
    now = {(each.pid, each.began) for each in tree.below(0) + tree.below(1)}
    return [each for each in processes if (each.pid, each.began) in now]


def command(process: tree.Process) -> str:
    """What a process was started as; nothing where it ended since it was seen, as Chromium's helpers do."""
    try:
        return Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def during(renderer: Renderer, address: str, act: Callable[[list[tree.Process]], None]) -> RenderFailed:
    """Do something to Chromium in the middle of a rendering, and give the failure that comes of it."""

    def wait_and_act() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            found = [each for each in below(renderer) if "--type=renderer" in command(each)]
            if found:
                time.sleep(0.5)
                act(below(renderer))
                return
            time.sleep(0.05)

    actor = threading.Thread(target=wait_and_act)
    actor.start()
    with pytest.raises(RenderFailed) as failed:
        renderer.render(Ask(address, SAID))
    actor.join()
    return failed.value


def test_chromium_killed_or_stuck_costs_one_job(box: Sandbox, site: Site) -> None:
    """Chromium killed, or all of it stopped: a typed failure, nothing left, and the next job works."""
    hang = f"{box.web_url}/_sandbox/hang"
    page = site.put(f"<p>{SAID}</p>")
    caught: list[tree.Process] = []

    def kill(processes: list[tree.Process]) -> None:
        caught.extend(processes)
        tree.end([each for each in processes if "--remote-debugging-pipe" in command(each)])

    def stop(processes: list[tree.Process]) -> None:
        caught.extend(processes)
        for each in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGSTOP)

    with Renderer(settings([box.web_url, site.address], seconds=6), SystemClock()) as own:
        assert during(own, hang, kill).why == "crashed"
        assert alive(caught) == []
        assert own.render(Ask(page, SAID)).seen.state is State.CONTENT
        assert during(own, hang, stop).why == "too_slow"
        assert len(caught) > 8
        assert alive(caught) == []
        assert own.children() == []


_PARENT = """
import sys
from tests.integration.test_browser.site import Site, settings
from worker.clock import SystemClock
from worker.evidence.render.pool import Ask, Renderer
renderer = Renderer(settings([sys.argv[1]], 60), SystemClock())
renderer.picture("<p>made up")
print(*renderer.children(), flush=True)
renderer.render(Ask("http://" + sys.argv[1] + "/_sandbox/hang", "x"))
"""


def test_a_killed_worker_leaves_no_browser(box: Sandbox) -> None:
    """SIGKILL of the worker while its Chromium is stuck ends the child, the driver and all of Chromium."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, box.web_url.removeprefix("http://")],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        processes = tree.below(child)
        home = Path(f"/proc/{child}/cwd").readlink()
        for each in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGSTOP)
        processes += [each for each in tree.below(parent.pid) if each.pid == child]
        parent.kill()
    until = time.monotonic() + 10
    while (alive(processes) or home.exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(processes) > 4
    assert alive(processes) == []
    assert not home.exists()
