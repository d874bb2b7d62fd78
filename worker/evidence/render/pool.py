"""The renderer: a few children behind one guard, each with one job at a time."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from worker.clock import Clock
from worker.evidence.render.addresses import AllowList
from worker.evidence.render.children import Terms
from worker.evidence.render.crew import Crew
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.guard import Dial, Guard, Resolve, dial, resolve
from worker.evidence.render.judge import Seen
from worker.evidence.render.kinds import kind_of
from worker.evidence.render.media import Fetched
from worker.evidence.render.passes import Limits
from worker.evidence.render.seeing import png_of, see, told_by_guard

_MOST_PICTURE = 80_000_000
_PAGE_FILES = {
    "page.png": _MOST_PICTURE,
    "page.mhtml": 60_000_000,
    "page.wacz": 60_000_000,
    "before.txt": 8_000_000,
    "after.txt": 8_000_000,
}


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How rendering is done.

    Attributes:
        processes: children at work at once.
        seconds: for one job.
        chromium: Chromium's program.
        allow: whom pages and media may be fetched from.
        media_bytes: the largest picture or video that is fetched.
        sandbox: use Chromium's own sandbox. Root cannot; containers often cannot.
        jobs: after these a child is replaced.
        memory_bytes: resident memory of one child with its Chromium, above which it is killed.
        page_bytes: what one page may fetch in all.
    """

    processes: int
    seconds: float
    chromium: Path
    allow: AllowList
    media_bytes: int
    sandbox: bool = False
    jobs: int = 150
    memory_bytes: int = 4_000_000_000
    page_bytes: int = 120_000_000


@dataclass(frozen=True, slots=True)
class Ask:
    """A page to be looked at.

    Attributes:
        url: the comment's permalink.
        comment_text: what must be readable there for it to be the comment.
        pictures: whether the page may load pictures and videos.
    """

    url: str
    comment_text: str | None
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a stranger saw.

    Attributes:
        files: page.png, page.mhtml, page.wacz and page.txt; none where no page came.
        facts: for the custody facts, plain JSON.
    """

    seen: Seen
    files: dict[str, bytes]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page of our own.

    Attributes:
        facts: `width`, `height`, `cut` (the page was taller than a picture can be) and Chromium's version.
    """

    png: bytes
    facts: dict[str, Any]


class Renderer:
    """Renders pages and fetches media, away from this process. Any number of threads may use it.

    Nothing is started before the first job. Close it, or use it in a `with`.

    Args:
        resolve, dial: as for `Guard`.
    """

    def __init__(
        self, settings: RenderSettings, clock: Clock, *, resolve: Resolve = resolve, dial: Dial = dial
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._guard = Guard(resolve=resolve, dial=dial)
        self._crew: Crew | None = None
        self._open = ExitStack()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Kill every child with its Chromium; jobs under way fail. Harmless to call twice."""
        with self._lock:
            self._closed = True
        self._open.close()

    def children(self) -> list[int]:
        """The numbers of the child processes that run now."""
        return [] if self._crew is None else self._crew.numbers()

    def render(self, ask: Ask) -> Rendered:
        """Look at a comment's page as a stranger does, and judge what was seen.

        Whatever was seen is kept, a wall too; `seen` says what it is.

        Raises:
            RenderFailed: nothing could be seen, for a reason of ours.
        """
        _check(ask.url)
        began = self._clock.now()
        crew = self._started()
        with self._guard.admit(self._settings.allow, self._limits()) as held:
            given = {
                "url": ask.url,
                "at": began.isoformat(),
                "tick": time.monotonic(),
                "name": held.name,
                "password": held.password,
                "pictures": ask.pictures,
            }
            facts, files = crew.do("visit", given, self._settings.seconds, _PAGE_FILES)
            seen = see(ask.comment_text, facts, files, held)
            guarded = held.facts()
        kept = {name: files.get(name) for name in ("page.png", "page.mhtml", "page.wacz")}
        kept["page.txt"] = files.get("before.txt")
        whole = {name: data for name, data in kept.items() if data is not None}
        told = {
            "asked": ask.url,
            "began": began.isoformat(),
            "ended": self._clock.now().isoformat(),
            "seen": seen.state.value,
            "why": seen.why,
            **facts,
            "playwright": version("playwright"),
            "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in whole.items()},
            "guard": guarded,
        }
        return Rendered(seen, whole, told)

    def picture(self, html: str) -> Picture:
        """Draw a page of our own, without scripts and without any network.

        Raises:
            RenderFailed: it could not be drawn.
        """
        wanted = {"picture.png": _MOST_PICTURE}
        facts, files = self._started().do("picture", {"html": html}, self._settings.seconds, wanted)
        return Picture(png_of(files, "picture.png"), facts)

    def pdf(self, html: str, title: str, pictures: Mapping[str, bytes]) -> bytes:
        """Make a page of ours into a PDF, where decoding its pictures can do no harm (see `make_pdf`).

        Args:
            pictures: by plain file name; the page names each as `picture:` and that name.

        Raises:
            RenderFailed: it could not be made.
        """
        given = {"html": html, "title": title, "pictures": list(pictures)}
        wanted = {"report.pdf": _MOST_PICTURE}
        _, files = self._started().do("pdf", given, self._settings.seconds, wanted, pictures)
        made = files.get("report.pdf", b"")
        if not made.startswith(b"%PDF-"):
            raise RenderFailed("crashed", "The rendering process gave no PDF.")
        return made

    def fetch_media(self, url: str) -> Fetched:
        """Fetch one picture or video, exactly as the platform gives it.

        Raises:
            RenderFailed: it did not come whole, may not be fetched, or is no picture or video that is taken.
        """
        _check(url)
        most = self._settings.media_bytes
        crew = self._started()
        with self._guard.admit(self._settings.allow, self._limits()) as held:
            proxy = f"http://{held.name}:{held.password}@127.0.0.1:{self._guard.port}"
            given = {"url": url, "proxy": proxy, "most_bytes": most}
            try:
                facts, files = crew.do("media", given, self._settings.seconds, {"media": most})
            except RenderFailed as failed:
                raise told_by_guard(failed, held) from failed
            guarded = held.facts()
        data = files.get("media", b"")
        kind = kind_of(data)
        if kind is None or hashlib.sha256(data).hexdigest() != facts.get("sha256"):
            raise RenderFailed("crashed", "The rendering process gave other bytes than it told of.")
        return Fetched(data, {**facts, "type": kind.type, "end": kind.end, "guard": guarded})

    def _limits(self) -> Limits:
        return Limits(
            bytes_each=max(self._settings.page_bytes // 2, self._settings.media_bytes + 65_536),
            bytes_all=max(self._settings.page_bytes, self._settings.media_bytes + 131_072),
            seconds=self._settings.seconds * 2,  # the job's own end comes first, and says more
        )

    def _started(self) -> Crew:
        """The children, behind the guard."""
        with self._lock:
            if self._closed:
                raise RenderFailed("closed", "The renderer is closed.")
            if self._crew is None:
                try:
                    self._open.enter_context(self._guard)
                except OSError as error:
                    raise RenderFailed("not_started", "The guard proxy could not be started.") from error
                given = self._settings
                terms = Terms(
                    given.chromium, f"http://127.0.0.1:{self._guard.port}", given.sandbox, given.memory_bytes
                )
                self._crew = Crew(terms, processes=given.processes, jobs=given.jobs)
                self._open.callback(self._crew.close)
            return self._crew


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        plain = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        plain = False
    if not plain or len(url) > 4_000:
        raise RenderFailed("blocked", "The address is no plain web address.")
