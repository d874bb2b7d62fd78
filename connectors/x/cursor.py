"""Where a feed of X's stands between two pages.

A *walk* goes from the newest item down to `since`, page by page; X gives the newest first, so
only a finished walk may move `since`. The cursor is JSON:

    {"since": "1990…" | null,     ids up to here are done
     "walked": 1763625603 | null, when the last finished walk began (epoch seconds, X's clock)
     "walk": null | {
        "started": 1763625603,    when this walk began (epoch seconds, X's clock)
        "listing": false,         whether our own posts are still being listed, for their conversations
        "wide": false,            whether X refused `since`, so that this walk goes without it
        "todo": [["1989…", …]],   groups of conversations still to search, the current one first;
                                  one empty group for mentions
        "token": "7140dibd",      X's own place in the current group, or in the list of our posts
        "until": "1990…",         read below this id only: where a refused token left off
        "newest": "1990…", "oldest": "1990…",  seen in the walk, and in the current group
        "read": 300}}             items seen

When a walk ends, `since` becomes the smaller of the newest id seen and the id of the walk's start,
less an overlap for what X indexes late. It never moves back. Re-reading is harmless.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import CursorExpired
from connectors.x.parse import snowflake


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk under way (see the module's text)."""

    started: int
    todo: tuple[tuple[str, ...], ...]
    token: str | None = None
    until: int | None = None
    newest: int | None = None
    oldest: int | None = None
    read: int = 0
    listing: bool = False
    wide: bool = False

    @property
    def done(self) -> bool:
        """Whether nothing is left to list or to search."""
        return not self.todo and not self.listing

    def listed(self, groups: tuple[tuple[str, ...], ...], ids: list[int], count: int) -> Walk:
        """Return the walk after a page of our own posts, while more of them are to come."""
        oldest = min([*ids, *([] if self.oldest is None else [self.oldest])], default=None)
        return replace(self, listing=True, todo=groups, oldest=oldest, read=self.read + count)

    def seen(self, ids: list[int], count: int, token: str | None) -> Walk:
        """Return the walk after a page: go on with the token, or to the next group without one."""
        newest = max([*ids, *([] if self.newest is None else [self.newest])], default=None)
        oldest = min([*ids, *([] if self.oldest is None else [self.oldest])], default=None)
        onward = replace(self, token=token, newest=newest, oldest=oldest, read=self.read + count)
        return onward if token else replace(onward, todo=self.todo[1:], until=None, oldest=None)

    def restarted(self, reach: int) -> Walk:
        """Return the walk after its token was refused: on below what was seen, if that can be reached."""
        until = self.oldest if self.oldest is not None and self.oldest > reach else None
        return replace(self, token=None, until=until)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a feed stands (see the module's text)."""

    since: int | None = None
    walked: int | None = None
    walk: Walk | None = None

    def finished(self, walk: Walk, overlap: timedelta) -> Cursor:
        """Return the cursor at the end of a walk."""
        start = snowflake(datetime.fromtimestamp(walk.started, UTC))
        edge = start if walk.newest is None else min(start, walk.newest)
        back = (overlap // timedelta(milliseconds=1)) << 22
        return Cursor(since=max(self.since or 0, edge - back), walked=walk.started)

    def dump(self) -> str:
        """Return the cursor as text for storing."""
        walk = self.walk
        return json.dumps(
            {
                "since": _text(self.since),
                "walked": self.walked,
                "walk": walk
                and {
                    "started": walk.started,
                    "todo": walk.todo,
                    "token": walk.token,
                    "until": _text(walk.until),
                    "newest": _text(walk.newest),
                    "oldest": _text(walk.oldest),
                    "read": walk.read,
                    "listing": walk.listing,
                    "wide": walk.wide,
                },
            },
            separators=(",", ":"),
        )

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
            return Cursor(_number(given["since"]), given["walked"], None if walk is None else _walk(walk))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        raise CursorExpired("the stored cursor is not one of this feed's")


def _walk(given: dict[str, Any]) -> Walk:
    return Walk(
        started=int(given["started"]),
        todo=tuple(tuple(str(each) for each in group) for group in given["todo"]),
        token=given["token"],
        until=_number(given["until"]),
        newest=_number(given["newest"]),
        oldest=_number(given["oldest"]),
        read=int(given["read"]),
        listing=bool(given.get("listing")),
        wide=bool(given.get("wide")),
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
