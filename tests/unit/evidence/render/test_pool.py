"""The children: away from everything of ours, ended when stuck, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.pictures import media
from connectors.sandbox.server import Sandbox
from worker.clock import SystemClock
from worker.evidence.render import children, tree
from worker.evidence.render.addresses import AllowList
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.pool import Ask, Renderer, RenderSettings


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox that is running."""
    with Sandbox() as running:
        yield running


def settings(box: Sandbox, **more: Any) -> RenderSettings:
    """Settings that allow the sandbox's pages and nothing else."""
    allow = AllowList.of([], [box.web_url.removeprefix("http://")])
    plain = RenderSettings(1, 10, Path("/usr/bin/chromium"), allow, 1_000_000)
    return replace(plain, **more)


@pytest.fixture(scope="module")
def renderer(box: Sandbox) -> Iterator[Renderer]:
    """A renderer that most tests share; its child is replaced where a test ruins it."""
    with Renderer(settings(box), SystemClock()) as made:
        yield made


def url(box: Sandbox, name: str) -> str:
    """The address of one of the sandbox's files or odd pages."""
    return f"{box.web_url}/_sandbox/{name}"


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_gone(pid: int, seconds: float = 10) -> bool:
    """Whether a process ends in time."""
    until = time.monotonic() + seconds
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return gone(pid)


def failing(renderer: Renderer, address: str) -> RenderFailed:
    """Why media cannot be fetched."""
    with pytest.raises(RenderFailed) as failed:
        renderer.fetch_media(address)
    return failed.value


def test_media_come_with_their_facts(box: Sandbox, renderer: Renderer) -> None:
    """A comment's picture is fetched in a child, through the guard, whose facts come with it."""
    came = renderer.fetch_media(url(box, f"redirect?to={url(box, 'media/bus-stop.jpg')}"))
    assert (came.data, came.facts["type"]) == media("bus-stop.jpg")
    assert (came.facts["redirects"], came.facts["width"], len(came.facts["pdq"])) == (1, 480, 64)
    assert came.facts["guard"]["reached"][0]["address"] == "127.0.0.1"
    assert came.facts["guard"]["connections"] == 2


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://elsewhere.example.test/a.jpg", "the host is not on the list"),
        ("http://169.254.169.254/latest/meta-data/", "it is not a plain host name"),
        ("{box}/_sandbox/redirect?to=http://127.0.0.1:9/", "it is not a plain host name"),
    ],
)
def test_the_guard_says_why_media_are_refused(
    box: Sandbox, renderer: Renderer, address: str, why: str
) -> None:
    """Media from elsewhere, or redirected to elsewhere, are refused as our own decision, with its reason."""
    failed = failing(renderer, address.format(box=box.web_url))
    assert (failed.why, why in failed.happened) == ("blocked", True)


@pytest.mark.parametrize(
    "address", ["file:///etc/hosts", "javascript:alert(1)", "http://", "http://a@b.test/", "x"]
)
def test_odd_addresses_reach_no_child(renderer: Renderer, address: str) -> None:
    """An address that is no web address is refused before anything is asked to open it."""
    assert failing(renderer, address).why == "blocked"
    with pytest.raises(RenderFailed):
        renderer.render(Ask(address, "made up"))


def test_a_child_knows_nothing_of_ours(
    box: Sandbox, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No secret, no database and no file that is open in the parent can be found in a child."""
    monkeypatch.setenv("UPSTANDER_DATABASE_URL", "postgresql://made-up")
    with Renderer(settings(box), SystemClock()) as fresh, Path(__file__).open(encoding="utf-8"):
        fresh.fetch_media(url(box, "media/a.png"))
        (pid,) = fresh.children()
        names = {each.partition(b"=")[0] for each in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}
        assert names - {b""} == {
            b"PATH",
            b"HOME",
            b"TMPDIR",
            b"LANG",
            b"PYTHONPATH",
            b"PYTHONDONTWRITEBYTECODE",
        }
        kinds = [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]
        assert {kind.partition(":")[0] for kind in kinds} == {"/dev/null", "pipe"}
        assert os.getsid(pid) == pid
        assert "Max core file size        0 " in Path(f"/proc/{pid}/limits").read_text(encoding="utf-8")


def test_a_slow_platform_ends_the_job_only(box: Sandbox) -> None:
    """A page that never answers costs the seconds of the job; the next job finds a working child."""
    with Renderer(settings(box, seconds=1), SystemClock()) as quick:
        assert failing(quick, url(box, "hang")).why == "too_slow"
        assert quick.fetch_media(url(box, "media/a.png")).data


def test_a_stuck_child_is_killed_and_replaced(
    box: Sandbox, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that stops is killed when its time is over, and the next job has another one."""
    monkeypatch.setattr(children, "_GRACE_SECONDS", -9.0)
    monkeypatch.setattr(children, "_END_SECONDS", 0.2)
    renderer.fetch_media(url(box, "media/a.png"))
    (before,) = renderer.children()
    os.kill(before, signal.SIGSTOP)
    assert failing(renderer, url(box, "media/a.png")).why == "too_slow"
    assert gone(before)
    monkeypatch.undo()
    assert renderer.fetch_media(url(box, "media/a.png")).data
    assert renderer.children() != [before]


def test_a_killed_child_is_told_and_replaced(box: Sandbox, renderer: Renderer) -> None:
    """The kernel killing a child in the middle of a job is a typed failure, and no reason to stop."""
    renderer.fetch_media(url(box, "media/a.png"))
    (before,) = renderer.children()
    killer = threading.Timer(0.3, os.kill, (before, signal.SIGKILL))
    killer.start()
    assert failing(renderer, url(box, "hang")).why == "crashed"
    killer.join()
    assert renderer.fetch_media(url(box, "media/a.png")).data


def test_a_child_that_takes_too_much_memory_is_killed(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page makes a child and its Chromium hold is bounded; over it, everything of it is killed."""
    with Renderer(settings(box), SystemClock()) as large:
        large.fetch_media(url(box, "media/a.png"))
        (pid,) = large.children()
        monkeypatch.setattr(tree, "below", lambda root: [tree.Process(1, 1, 1, "S", 5_000_000_000)])
        monkeypatch.setattr(tree, "end", lambda processes: None)
        monkeypatch.setattr(tree, "end_below", lambda root: None)
        assert failing(large, url(box, "hang")).why == "too_much_memory"
        assert gone(pid)


def test_a_worn_child_is_replaced(box: Sandbox) -> None:
    """No child lives for ever: whatever one page left behind in it ends with it."""
    with Renderer(settings(box, jobs=1), SystemClock()) as fresh:
        fresh.fetch_media(url(box, "media/a.png"))
        assert fresh.children() == []


def test_who_waits_too_long_is_told(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """When every child is at work, a further job waits for a while and then says so."""
    monkeypatch.setattr("worker.evidence.render.crew._PATIENCE", 0.01)
    with Renderer(settings(box), SystemClock()) as busy:
        first = threading.Thread(target=lambda: _quietly(busy, url(box, "hang?seconds=2")))
        first.start()
        until = time.monotonic() + 10
        while not busy.children() and time.monotonic() < until:
            time.sleep(0.01)
        assert failing(busy, url(box, "media/a.png")).why == "busy"
        busy.close()
        first.join(10)
        assert not first.is_alive()


def _quietly(renderer: Renderer, address: str) -> None:
    with suppress(RenderFailed):
        renderer.fetch_media(address)


def test_closing_leaves_nothing(box: Sandbox) -> None:
    """After closing there is no child and no folder, a job under way has failed, and no new one starts."""
    with Renderer(settings(box), SystemClock()) as made:
        made.fetch_media(url(box, "media/a.png"))
        (pid,) = made.children()
        home = Path(f"/proc/{pid}/cwd").readlink()
        assert home.stat().st_mode & 0o777 == 0o700
        failures: list[str] = []
        job = threading.Thread(target=lambda: failures.append(failing(made, url(box, "hang")).why))
        job.start()
        time.sleep(0.3)
        made.close()
        job.join(10)
    assert failures == ["closed"]
    assert gone(pid)
    assert not home.exists()
    assert failing(made, url(box, "media/a.png")).why == "closed"


_PARENT = """
import sys, time
from tests.unit.evidence.render.test_pool import Renderer, SystemClock, RenderSettings, AllowList, Path
allow = AllowList.of([], [sys.argv[1].removeprefix("http://")])
renderer = Renderer(RenderSettings(1, 60, Path("/usr/bin/chromium"), allow, 1_000_000), SystemClock())
renderer.fetch_media(sys.argv[1] + "/_sandbox/media/a.png")
print(*renderer.children(), flush=True)
renderer.fetch_media(sys.argv[1] + "/_sandbox/hang")
"""


def test_a_killed_parent_leaves_no_child(box: Sandbox) -> None:
    """SIGKILL of the worker, even in the middle of a job, ends its children and removes their folders."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, box.web_url],
        cwd=Path(__file__).parents[4],
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        home = Path(f"/proc/{pid}/cwd").readlink()
        parent.kill()
    assert wait_gone(pid)
    assert not home.exists()


def test_a_program_that_is_not_there_is_told(box: Sandbox) -> None:
    """A wrong path of Chromium is a failure with the way out, not a crash."""
    wrong = Renderer(settings(box, chromium=Path("/no/such/chromium")), SystemClock())
    with wrong, pytest.raises(RenderFailed) as failed:
        wrong.picture("<p>made up")
    assert failed.value.why == "not_started"
    assert "setting" in failed.value.do


def test_only_plain_files_are_taken_from_a_child(tmp_path: Path) -> None:
    """A child that was taken over cannot hand out other files of this machine, nor block or flood us."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"x" * 10)
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe")
    assert children._take(secret, 10) == b"x" * 10
    assert children._take(tmp_path / "none", 10) is None
    for path, most in ((secret, 9), (tmp_path / "pipe", 10)):
        with pytest.raises(RenderFailed):
            children._take(path, most)
    with pytest.raises(OSError, match="symbolic links"):
        children._take(tmp_path / "link", 10)
