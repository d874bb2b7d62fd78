"""The child process: everything that touches hostile bytes, with nothing in it worth stealing.

One JSON object a line comes in, one goes out; results are files in the folder that the request names. When
the line in ends, because the parent closed it or died, the child kills what it started and ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import resource
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from worker.evidence.render import tree
from worker.evidence.render.browser import Chromium, Visit, Window
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.media import Wanted, fetch

#: Orphans below this process become its children, so that it can find and end them (linux/prctl.h).
_PR_SET_CHILD_SUBREAPER = 36
#: What decoding one picture may take on top of what the process has.
_DECODER_BYTES = 2_000_000_000
_FILE_BYTES = 1_000_000_000


def main() -> NoReturn:
    """Work until the line in ends, which ends the process."""
    orders, answers = _lines()
    _confine()
    home = Path.cwd()
    waiting: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(orders, waiting, home), daemon=True).start()
    started = waiting.get()
    chromium = Chromium(Path(started["chromium"]), started["guard"], started["sandbox"])
    window = Window(chromium)
    while True:
        order = waiting.get()
        answer = json.dumps({"id": order["id"], **_answer(window, order)}).encode() + b"\n"
        with suppress(
            BrokenPipeError
        ):  # the parent is gone; the listening thread tidies up and ends all this
            answers.write(answer)


def _lines() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the conversation, moved to where no program started from here can speak into them."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    return orders, answers


def _confine() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)


def _listen(orders: BinaryIO, waiting: queue.Queue[dict[str, Any]], home: Path) -> None:
    """Take orders in; at the end of the line, end everything, whatever the main thread hangs in."""
    for line in orders:
        waiting.put(json.loads(line))
    tree.end_below(os.getpid())
    with suppress(ChildProcessError):  # nobody is left
        while os.waitpid(-1, 0):
            pass
    shutil.rmtree(home, ignore_errors=True)
    os._exit(0)


def _answer(window: Window, order: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"facts": _do(window, order)}
    except RenderFailed as failed:
        return {"why": failed.why, "happened": failed.happened}
    except PlaywrightTimeout:
        return {"why": "too_slow", "happened": "Chromium took too long over the page."}
    except PlaywrightError:
        return {"why": "crashed", "happened": "Chromium ended before it was done."}
    except MemoryError:
        return {"why": "too_much_memory", "happened": "Looking at the media took too much memory."}
    except Exception as error:  # noqa: BLE001 - whatever a hostile page brings about, the parent is told
        return {"why": "crashed", "happened": f"Something unexpected happened ({type(error).__name__})."}


def _do(window: Window, order: dict[str, Any]) -> dict[str, Any]:
    folder = Path(order["folder"])
    if order["do"] == "visit":
        return window.visit(Visit(**order["given"]), folder)
    if order["do"] == "picture":
        return window.picture(order["given"]["html"], folder, order["given"]["seconds"])
    if order["do"] == "pdf":
        return _pdf(order["given"], folder)
    with _memory_bounded():
        fetched = fetch(Wanted(**order["given"]))
    (folder / "media").write_bytes(fetched.data)
    return fetched.facts


def _pdf(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    # Half a second, and libraries of the system's: only a child that makes a PDF pays for that.
    from worker.evidence.pdf import make_pdf  # noqa: PLC0415 -- see above

    pictures = {name: (folder / name).read_bytes() for name in given["pictures"]}
    with _memory_bounded():
        made = make_pdf(given["html"], given["title"], pictures=pictures)
    (folder / "report.pdf").write_bytes(made)
    return {}


@contextmanager
def _memory_bounded() -> Iterator[None]:
    """A bound for this process alone; Chromium, which reserves far more than it uses, is not under it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _DECODER_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


if __name__ == "__main__":
    main()
