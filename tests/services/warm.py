"""Python processes that start in a tenth of the time, because what they import is imported already."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tests.services.nursery import MESSAGE_BYTES, Request

PROJECT = Path(__file__).resolve().parent.parent.parent
#: The `upstander` command.
UPSTANDER = ("-c", "from worker.cli import main; main()")
_SCRIPT = Path(__file__).with_name("nursery.py")


class WarmProcess:
    """A process that a `Nursery` forked, to be treated like a `subprocess.Popen`.

    Attributes:
        pid: its process id.
        returncode: as `subprocess` counts: None while it runs, negative for the signal that ended it.
    """

    def __init__(self, answers: int, arguments: list[str]) -> None:
        """Take the pipe on which the nursery writes the process id and, at the end, the exit code."""
        self._answers = answers
        self._arguments = arguments
        self._heard = b""
        self.returncode: int | None = None
        while b" " not in self._heard:
            self._hear()
        pid, _, self._heard = self._heard.partition(b" ")
        self.pid = int(pid)

    def _hear(self) -> bool:
        """Read on; whether that was the end."""
        heard = os.read(self._answers, 64)
        self._heard += heard
        if not heard and not self._heard:
            raise RuntimeError(f"the process to fork {self._arguments} from is gone; what it said is above")
        return not heard

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self._answers], [], [], left)[0]:
                raise subprocess.TimeoutExpired(self._arguments, timeout or 0)
            if self._hear():
                os.close(self._answers)
                self.returncode = int(self._heard)
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it is over."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """What forks such processes, for the project in a folder; started when first asked.

    Args:
        folder: the project; what a process imports of it must come from here (see tests.services.nursery).
        rooms: whose libraries are imported beforehand.
        knows: the modules of the project that are, too, with what they import; of these every process has
            what lay there at the first start.
    """

    def __init__(self, folder: Path, *rooms: str, knows: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._rooms = rooms
        self._knows = ",".join(knows)
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    def start(
        self,
        arguments: list[str],
        *,
        environ: Mapping[str, str],
        stdout: IO[Any] | None = None,
        stderr: IO[Any] | None = None,
    ) -> WarmProcess:
        """Start `python ARGUMENTS…` in the folder.

        Args:
            arguments: `-m MODULE …` or `-c CODE …`.
            environ: the whole environment.
            stdout, stderr: open files; None for ours.
        """
        requests = self._requests or self._open()
        request = Request(arguments=arguments, folder=str(self._folder), environ=dict(environ))
        message = json.dumps(request).encode()
        assert len(message) < MESSAGE_BYTES, "too long for one message"
        hear, tell = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = 1 if stdout is None else stdout.fileno()
        errors = 2 if stderr is None else stderr.fileno()
        try:
            socket.send_fds(requests, [message], [nothing, output, errors, tell])
        finally:
            os.close(nothing)
            os.close(tell)
        return WarmProcess(hear, arguments)

    def run(
        self, arguments: list[str], *, environ: Mapping[str, str], patience: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `python ARGUMENTS…` in the folder to its end and keep what it printed.

        Raises:
            subprocess.TimeoutExpired: it took longer than `patience` seconds; it was killed.
        """
        with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
            process = self.start(arguments, environ=environ, stdout=stdout, stderr=stderr)
            try:
                code = process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            for file in (stdout, stderr):
                file.seek(0)
            return subprocess.CompletedProcess(arguments, code, stdout.read(), stderr.read())

    def _open(self) -> socket.socket:
        what = [str(self._folder), self._knows, *self._rooms]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_SCRIPT), str(theirs.fileno()), *what],
                env=environ,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._requests = ours
        return ours

    def close(self) -> None:
        """End it. Processes that it forked run on; who started them ends them."""
        if self._requests is not None and self._process is not None:
            self._requests.close()
            self._process.wait()
        self._requests = self._process = None


#: For processes of this project itself; conftest closes it.
PROGRAMS = Nursery(PROJECT, "connectors", "rules", "worker", knows=("worker.cli.app", "worker.jobs.run"))
