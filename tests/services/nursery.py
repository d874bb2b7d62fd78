"""A process that knows the libraries and forks for each program it shall run.

    python -P tests/services/nursery.py SOCKET FOLDER KNOWN ROOM…

Most of a short run of Python is spent on imports; here that is done once, for the libraries that these rooms
of the project in this folder import, and for the modules of the project that are KNOWN, parted by commas,
with what they import. A child that is forked from here is a process like any other. It imports all other
modules of the project afresh, so it runs their files as they are at that moment. Where it took a module of
the project from elsewhere than the folder, its exit code is `FOREIGN`.

Each message on the socket is the JSON of a `Request`; with it come the child's stdin, stdout and stderr, and
a pipe that gets its exit code, as `subprocess` counts them.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import re
import runpy
import select
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

ROOMS = ("connectors", "rules", "worker", "tests", "config")
#: Pytest wants to import these itself: it rewrites their assertions.
PLUGINS = ("_hypothesis_pytestplugin", "pytest_timeout", "time_machine")
FOREIGN = 70
#: More than an environment and a command line hold here.
MESSAGE_BYTES = 1 << 17

_IMPORT = re.compile(r"^(?:from|import) ([A-Za-z_][\w.]*)(?: import ([\w, ]+)$)?", re.MULTILINE)


class Request(TypedDict):
    """What to run: `-m MODULE` or `-c CODE` with its arguments, where, and in which environment."""

    arguments: list[str]
    folder: str
    environ: dict[str, str]


def is_ours(name: str) -> bool:
    """Whether a module belongs to the project."""
    return name.partition(".")[0] in ROOMS


def libraries(folder: Path, rooms: list[str]) -> list[str]:
    """The modules outside the project that its files import at their top, and what may be submodules."""
    names = set()
    for room in rooms:
        for path in (folder / room).rglob("*.py"):
            for module, parts in _IMPORT.findall(path.read_text(encoding="utf-8")):
                names.add(module)
                names.update(f"{module}.{part.strip()}" for part in parts.split(",") if part.strip())
    return sorted(name for name in names if not is_ours(name) and not name.startswith(PLUGINS))


def learn(folder: Path, rooms: list[str], modules: list[str]) -> set[str]:
    """Import the libraries, then modules of the project; return the names of the latter."""
    for name in libraries(folder, rooms):
        with suppress(ImportError):  # most "submodules" are functions and classes
            importlib.import_module(name)
    check_known(set())
    sys.path.insert(0, str(folder))
    for name in modules:
        importlib.import_module(name)
    sys.path.remove(str(folder))
    strangers = foreigners(folder)
    assert not strangers, f"these modules are not of {folder}: {strangers}"
    gc.collect()
    gc.freeze()
    return {name for name in sys.modules if is_ours(name)}


def check_known(known: set[str]) -> None:
    """Refuse to fork a process that knows more modules of the project than these, or has a second thread."""
    more = [name for name in sys.modules if is_ours(name) and name not in known]
    assert not more, f"the nursery knows modules of the project: {more}"
    assert threading.active_count() == 1, "the nursery has threads"


def foreigners(folder: Path) -> list[str]:
    """The modules of the project that this process took from elsewhere than the folder."""
    found = []
    for name, module in list(sys.modules.items()):
        if is_ours(name):
            file = getattr(module, "__file__", None)
            places = [file] if file else list(getattr(module, "__path__", ()))
            if not places or not all(Path(place).is_relative_to(folder) for place in places):
                found.append(name)
    return found


def become(request: Request, descriptors: list[int], ours: list[int]) -> None:
    """In the child: take on what a fresh process would have been started with, and let go of what is ours."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in (*descriptors, *ours):
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environ"])
    time.tzset()
    more = request["environ"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [request["folder"], *(place for place in more if place)]
    sys.dont_write_bytecode = bool(request["environ"].get("PYTHONDONTWRITEBYTECODE"))


def live(arguments: list[str]) -> None:
    """In the child: what `python ARGUMENTS…` does."""
    way, what, *rest = arguments
    sys.argv = [way, *rest]
    if way == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as python -c does


def child(request: Request, descriptors: list[int], ours: list[int], folder: Path) -> None:
    """The whole life of a child: it leaves by SystemExit or by its own error, as the program does."""
    become(request, descriptors, ours)
    try:
        live(request["arguments"])
    finally:
        strangers = foreigners(folder)
        if strangers:
            sys.stderr.write(f"These modules are not of {folder}: {strangers}\n")
            sys.exit(FOREIGN)


def serve(requests: socket.socket, folder: Path, known: set[str]) -> None:
    """Fork until nobody asks any more. Returns in the nursery only; a child leaves by an exception."""
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    children: dict[int, tuple[int, int]] = {}  # by pidfd: the pid, and the pipe for its exit code
    while True:
        for ready, _ in poll.poll():
            if ready in children:
                pid, answer = children.pop(ready)
                poll.unregister(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                with suppress(BrokenPipeError):  # nobody waits for it any more
                    os.write(answer, str(code).encode())
                os.close(answer)
                os.close(ready)
                continue
            message, descriptors, _, _ = socket.recv_fds(requests, MESSAGE_BYTES, 4)
            if not message:
                return
            check_known(known)
            *standard, answer = descriptors
            pid = os.fork()
            if pid == 0:
                held = [requests.fileno(), answer, *children, *(pipe for _, pipe in children.values())]
                child(json.loads(message), standard, held, folder)
                sys.exit(0)
            for descriptor in standard:
                os.close(descriptor)
            watch = os.pidfd_open(pid)
            children[watch] = (pid, answer)
            poll.register(watch, select.POLLIN)
            os.write(answer, f"{pid} ".encode())


def main() -> None:
    """Learn, then serve."""
    number, folder, modules, *rooms = sys.argv[1:]
    known = learn(Path(folder), rooms, [name for name in modules.split(",") if name])
    serve(socket.socket(fileno=int(number)), Path(folder), known)


if __name__ == "__main__":
    main()
