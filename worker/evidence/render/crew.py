"""The children: so many at once, each with one job, replaced when worn or spoilt."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from worker.evidence.render.children import Child, Terms
from worker.evidence.render.failing import RenderFailed

#: How long a job waits for a child, in lengths of a job.
_PATIENCE = 4
_NONE: Mapping[str, bytes] = MappingProxyType({})


class Crew:
    """The children. Any number of threads may have jobs done; none is started before it is needed.

    Args:
        processes: children at once.
        jobs: after these a child is replaced.
    """

    def __init__(self, terms: Terms, *, processes: int, jobs: int) -> None:
        self._terms = terms
        self._jobs = jobs
        self._lock = threading.Lock()
        self._children: set[Child] = set()
        self._closed = False
        self._places: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(processes):
            self._places.put(None)

    def do(
        self,
        what: str,
        given: dict[str, Any],
        seconds: float,
        files: dict[str, int],
        handed_in: Mapping[str, bytes] = _NONE,
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Have one job done, as `Child.do`.

        Raises:
            RenderFailed: says why.
        """
        try:
            child = self._places.get(timeout=seconds * _PATIENCE)
        except queue.Empty:
            raise RenderFailed("busy", "Every rendering process was at work for too long.") from None
        try:
            child = child or self._fresh()
            return child.do(what, {**given, "seconds": seconds}, seconds, files, handed_in)
        except RenderFailed as failed:
            if self._closed:
                raise RenderFailed("closed", "The renderer was closed.") from failed
            raise
        finally:
            self._places.put(self._keep(child))

    def close(self) -> None:
        """Kill every child with all that it started; jobs under way fail. Harmless to call twice."""
        with self._lock:
            self._closed = True
            left = list(self._children)
            self._children.clear()
        for child in left:
            child.end()

    def numbers(self) -> list[int]:
        """The numbers of the child processes that run now."""
        with self._lock:
            return sorted(child.pid for child in self._children)

    def _fresh(self) -> Child:
        child = Child(self._terms)
        with self._lock:
            if not self._closed:
                self._children.add(child)
                return child
        child.end()
        raise RenderFailed("closed", "The renderer was closed.")

    def _keep(self, child: Child | None) -> Child | None:
        """A child that can be used again; one that cannot is ended."""
        if child is None or not (child.spoilt or child.jobs >= self._jobs):
            return child
        with self._lock:
            ours = child in self._children
            self._children.discard(child)
        if ours:
            child.end()
        return None
