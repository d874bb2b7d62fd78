"""The processes below one of ours, from /proc: how much memory they hold, and their certain end.

Chromium leads a session and a process group of its own, so killing our child's group does not reach it.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
#: More than the kernel's one line about a process takes.
_MOST_STAT = 8_192
_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """One process, known by its number and the moment it began, so that a number used again is another one.

    Attributes:
        began: in ticks since the machine started.
        held: resident memory in bytes, shared pages counted in full.
    """

    pid: int
    parent: int
    began: int
    state: str
    held: int


def below(root: int) -> list[Process]:
    """Every process that descends from one, not that one itself; zombies left out."""
    found = {process.pid: process for process in _all()}
    children: dict[int, list[Process]] = {}
    for process in found.values():
        children.setdefault(process.parent, []).append(process)
    below_it: list[Process] = []
    waiting = [root]
    while waiting:
        for process in children.get(waiting.pop(), ()):
            waiting.append(process.pid)
            if process.state != "Z":
                below_it.append(process)
    return below_it


def end(processes: list[Process]) -> None:
    """Kill exactly these processes; one that is gone, or whose number is another's by now, is left alone."""
    for process in processes:
        try:
            handle = os.pidfd_open(process.pid)
        except OSError:
            continue
        try:
            now = _read(process.pid)
            if now is not None and now.began == process.began:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            continue
        finally:
            os.close(handle)


def end_below(root: int) -> None:
    """Kill everything that descends from a process, until nothing is left or five seconds are over."""
    until = time.monotonic() + _END_SECONDS
    while (left := below(root)) and time.monotonic() < until:
        end(left)
        time.sleep(0.01)


def _all() -> list[Process]:
    numbers = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal())
    return [process for number in numbers if (process := _read(number)) is not None]


def _read(pid: int) -> Process | None:
    # Done for every process of the machine, several times a second: a Path and a file object cost too much.
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return None
    try:
        text = os.read(descriptor, _MOST_STAT)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    parts = text.rpartition(b")")[2].split()  # the name before it may hold anything
    return Process(
        pid, int(parts[1]), int(parts[19]), parts[0].decode("ascii"), int(parts[21]) * resource.getpagesize()
    )
