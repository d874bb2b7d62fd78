"""One child process, seen from the parent: given a job, watched, and ended with everything below it."""

from __future__ import annotations

import json
import os
import select
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import worker
from worker.evidence.render import tree
from worker.evidence.render.failing import RenderFailed, Why

_LOOK_SECONDS = 0.25
_MOST_ANSWER = 1_000_000
#: What the child gets beyond the seconds of its job, to tell by itself what went wrong.
_GRACE_SECONDS = 3.0
#: What a child gets to end by itself, before it is killed.
_END_SECONDS = 3.0
#: After these a child is not trusted with another job.
_SPOILT: frozenset[Why] = frozenset({"crashed", "damaged", "not_started", "too_much_memory", "too_slow"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What a child is started with.

    Attributes:
        chromium: Chromium's program.
        guard: the address of the guard.
        sandbox: whether Chromium's own sandbox is used.
        memory_bytes: resident memory of everything below the child; above it is killed.
    """

    chromium: Path
    guard: str
    sandbox: bool
    memory_bytes: int


class Child:
    """One child process. Used by one thread at a time; `end` may come from any.

    Raises:
        RenderFailed: it could not be started.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._known: dict[tuple[int, int], tree.Process] = {}
        self._heard = b""
        self.jobs = 0
        self.spoilt = False
        self._home = Path(tempfile.mkdtemp(prefix="upstander-render-"))
        try:
            (self._home / "tmp").mkdir()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "worker.evidence.render.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._home,
                env=_environment(self._home),
                start_new_session=True,
                bufsize=0,
            )
            started = {"chromium": str(terms.chromium), "guard": terms.guard, "sandbox": terms.sandbox}
            self._tell(started)
        except OSError as error:
            shutil.rmtree(self._home, ignore_errors=True)
            raise RenderFailed("not_started", "The rendering process could not be started.") from error

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def do(
        self,
        what: str,
        given: dict[str, Any],
        seconds: float,
        files: dict[str, int],
        handed_in: Mapping[str, bytes],
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Have one job done.

        Args:
            what: visit, picture, media or pdf.
            given: what the job needs.
            seconds: after these (and a little) the child is ended.
            files: the names of the results that may come, each with the most bytes it may have.
            handed_in: files that the job finds in its folder, by name.

        Returns:
            The child's facts, and the files that came.

        Raises:
            RenderFailed: says why; the child may be spoilt then.
        """
        self.jobs += 1
        folder = self._home / f"job-{self.jobs}"
        try:
            folder.mkdir()
            for name, content in handed_in.items():
                (folder / name).write_bytes(content)
            self._tell({"id": self.jobs, "do": what, "given": given, "folder": str(folder)})
            answer = self._hear(time.monotonic() + seconds + _GRACE_SECONDS)
            if "why" in answer:
                raise _failure(answer)
            facts = answer["facts"]
            return facts, {
                name: data for name in files if (data := _take(folder / name, files[name])) is not None
            }
        except RenderFailed as failed:
            self.spoilt = failed.why in _SPOILT
            raise
        except (OSError, KeyError, TypeError, ValueError) as error:
            self.spoilt = True
            raise RenderFailed(
                "crashed", "The rendering process ended or gave no sensible answer."
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._look()

    def end(self) -> None:
        """Kill the child and everything that it started, and remove its files. Harmless to call twice."""
        self.spoilt = True
        self._look()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):  # it ends what it started, and leaves no zombies
            self._process.wait(_END_SECONDS)
        tree.end_below(self._process.pid)
        self._process.kill()
        self._process.wait()
        tree.end(list(self._known.values()))
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _tell(self, what: dict[str, Any]) -> None:
        if self._process.stdin is None:
            raise BrokenPipeError
        data = memoryview(json.dumps(what).encode() + b"\n")
        while data:
            data = data[self._process.stdin.write(data) or 0 :]

    def _hear(self, until: float) -> dict[str, Any]:
        """The next line of the child's, while its time and memory are watched."""
        if self._process.stdout is None:
            raise BrokenPipeError
        line = self._process.stdout.fileno()
        while b"\n" not in self._heard:
            if time.monotonic() > until:
                raise RenderFailed("too_slow", "The rendering took too long and was ended.")
            readable, _, _ = select.select([line], [], [], _LOOK_SECONDS)
            if not readable:
                self._watch()
                continue
            data = os.read(line, 65_536)
            if not data or len(self._heard) > _MOST_ANSWER:
                raise BrokenPipeError
            self._heard += data
        first, _, self._heard = self._heard.partition(b"\n")
        answer: dict[str, Any] = json.loads(first)
        if answer["id"] != self.jobs:
            raise ValueError("an answer to another job")
        return answer

    def _watch(self) -> None:
        if self._look() > self._terms.memory_bytes:
            raise RenderFailed("too_much_memory", "The page took too much memory and was ended.")

    def _look(self) -> int:
        """Remember what runs below the child now, so that it can be ended even when the child is gone.

        Returns:
            The memory that it holds, in bytes.
        """
        found = tree.below(self._process.pid)
        self._known = {(each.pid, each.began): each for each in found} or self._known
        return sum(each.held for each in found)


def _environment(home: Path) -> dict[str, str]:
    """All that the child is told of the world: no secret, no database, no proxy of the machine."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(worker.__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _failure(answer: dict[str, Any]) -> RenderFailed:
    if answer["why"] not in get_args(Why):
        raise ValueError("a reason that does not exist")
    return RenderFailed(answer["why"], str(answer["happened"])[:300])


def _take(path: Path, most: int) -> bytes | None:
    """A file of the child's: a plain one and no larger than it may be; None where there is none."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(number, "rb") as file:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise RenderFailed("too_large", "What was rendered is larger than is kept.")
        return file.read(most)
