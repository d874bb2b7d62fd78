"""Where the feed of a Page stands between two pages.

A *walk* goes through the Page's recent posts and, under each, the comments since the last walk.
The cursor is JSON:

    {"since": 1763625603 | null,   comments up to here are done (epoch seconds, Meta's clock)
     "full": 1763625603 | null,    when the last full walk began (epoch seconds, Meta's clock)
     "late": [["900_112", null, 1763620000], …],
                                   posts that kept failing: left for the next walk, as in pending
     "walk": null | {
        "started": 1763625603,     when this walk began (epoch seconds, Meta's clock)
        "place": {"until": "…"},   parameters of the next page of posts; null when there is none
        "seen": ["9f86d081", …],   marks of the pages of posts already read, against paging in circles
        "full": false,             a full walk: all comments, whatever `since` says
        "restarted": false,        a place in the feed of posts was refused, and the walk begun again
        "broken": false,           not all posts could be listed: `since` must stay
        "late": […],               as above
        "pending": [["900_111", "QVFC" | null, 1763625603 | null], …]}}
                                   posts with comments still to read: post, place, since

A place is only a hint, for Meta's cursors become invalid when the comment they point to is
deleted: a post whose place is refused is read again from its own since. Posts come first to last,
each to its end before the next page of posts. When a walk ends, `since` becomes its start less an
overlap, so that what was indexed late, or edited since, comes again. Once a day a walk is full,
for what was edited later than that. Re-reading is harmless.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from connectors.errors import CursorExpired


@dataclass(frozen=True, slots=True)
class Pending:
    """A post with comments still to read (see the module's text)."""

    post_id: str
    after: str | None
    since: int | None


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk under way (see the module's text)."""

    started: int
    place: dict[str, str] | None = None
    seen: tuple[str, ...] = ()
    pending: tuple[Pending, ...] = ()
    full: bool = False
    restarted: bool = False
    broken: bool = False
    late: tuple[Pending, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is left to read."""
        return self.place is None and not self.pending


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the feed stands (see the module's text)."""

    since: int | None = None
    walk: Walk | None = None
    full: int | None = None
    late: tuple[Pending, ...] = ()

    def after(self, walk: Walk, overlap: timedelta) -> Cursor:
        """Return the cursor after a page: the walk goes on, or has ended."""
        if not walk.done:
            return replace(self, walk=walk)
        since = max(self.since or 0, walk.started - int(overlap.total_seconds()))
        full = walk.started if walk.full else self.full
        return Cursor(self.since if walk.broken else since, full=full, late=walk.late)

    def dump(self) -> str:
        """Return the cursor as text for storing."""
        walk = self.walk
        shown = walk and {
            "started": walk.started,
            "place": walk.place,
            "seen": walk.seen,
            "pending": _listed(walk.pending),
            "full": walk.full,
            "restarted": walk.restarted,
            "broken": walk.broken,
            "late": _listed(walk.late),
        }
        given = {"since": self.since, "full": self.full, "late": _listed(self.late), "walk": shown}
        return json.dumps(given, separators=(",", ":"))

    @staticmethod
    def load(text: str | None) -> Cursor:
        """Read a stored cursor; None is the very beginning.

        Raises:
            CursorExpired: it is not one of ours.
        """
        if text is None:
            return Cursor()
        try:
            given = json.loads(text)
            walk = given["walk"]
            known = None if walk is None else _walk(walk)
            return Cursor(given["since"], known, given.get("full"), _pending(given.get("late", [])))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        raise CursorExpired("the stored cursor is not one of this feed's")


def mark(place: dict[str, str]) -> str:
    """Return a short mark of a page of posts, to know it again by."""
    return hashlib.sha256(json.dumps(place, sort_keys=True).encode()).hexdigest()[:8]


def _listed(posts: tuple[Pending, ...]) -> list[list[str | int | None]]:
    return [[each.post_id, each.after, each.since] for each in posts]


def _pending(given: list[Any]) -> tuple[Pending, ...]:
    return tuple(Pending(str(post), after, since) for post, after, since in given)


def _walk(given: dict[str, Any]) -> Walk:
    return Walk(
        started=int(given["started"]),
        place=None
        if given["place"] is None
        else {str(name): str(value) for name, value in given["place"].items()},
        seen=tuple(given["seen"]),
        pending=_pending(given["pending"]),
        full=bool(given.get("full")),
        restarted=bool(given.get("restarted")),
        broken=bool(given.get("broken")),
        late=_pending(given.get("late", [])),
    )
