"""Child processes of the tests: started on loopback, waited for, and ended by pid."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

START_SECONDS = 30.0
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ServiceMissing(Exception):
    """A service that tests need is neither running nor installed; the message says what to install."""


def require_or_skip(reason: str) -> NoReturn:
    """Skip for want of something on this machine; in continuous integration (CI=true) fail instead."""
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(f"missing in continuous integration: {reason}")
    pytest.skip(reason)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listened on a moment ago."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    """Ask Linux to end this child when the test process dies, even by SIGKILL."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(command: list[str], log: Path, user: int | None = None) -> subprocess.Popen[bytes]:
    r"""Start a command as a user (None: as ourselves), its output in `log`, its working folder the log\'s."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            user=user,
            extra_groups=None if user is None else [],
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - calls C only
        )


def end(process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    """Send a signal and wait until the process is gone; after ten seconds kill it."""
    if process.poll() is None:
        process.send_signal(with_signal)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


def wait_until_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    """Return once `ready` says so; if the process ends or is silent too long, raise with its log."""
    until = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            end(process, signal.SIGKILL)
            message = f"{process.args!r} did not start: {log.read_text(errors='replace')[-2000:]}"
            raise RuntimeError(message)
        time.sleep(0.02)
