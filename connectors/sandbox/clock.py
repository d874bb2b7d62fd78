"""A clock that can be shifted, and shared with another process through a small file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock


class SandboxClock:
    """The machine's time plus an offset. Call it to get the time (aware UTC).

    Args:
        path: a file holding `{"offset_seconds": n}`, read again whenever it changes, so that
            several processes can share the offset; None keeps the offset in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        self._offset = 0.0
        self._seen: tuple[int, int, int] | None = None

    def __call__(self) -> datetime:
        """The time now."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds)

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of the machine's (negative: behind)."""
        with self._lock:
            self._refresh()
            return self._offset

    def set_offset(self, seconds: float) -> None:
        """Set how far ahead this clock is, and write it to the shared file where there is one."""
        with self._lock:
            self._offset = seconds
            if self._path is not None:
                aside = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
                aside.write_text(json.dumps({"offset_seconds": seconds}), encoding="utf-8")
                aside.replace(self._path)

    def shift(self, seconds: float) -> None:
        """Move this clock on (or, with a negative number, back)."""
        self.set_offset(self.offset_seconds + seconds)

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._offset, self._seen = 0.0, None
            return
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if mark != self._seen:
            self._offset = float(json.loads(self._path.read_text(encoding="utf-8"))["offset_seconds"])
            self._seen = mark
