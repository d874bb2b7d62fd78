"""Pages of Graph's edges: a page's feed, and the comments under a post or comment."""

from __future__ import annotations

import base64
import binascii
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from connectors.sandbox.answers import PlatformRefused, graph_error
from connectors.sandbox.state import World, milliseconds
from connectors.sandbox.things import Comment, Index, Post

T = TypeVar("T")
_HIGHEST = (1 << 64) - 1
#: Marks a cursor whose empty page has been given already (see the switch graph_empty_pages).
_AFTER_EMPTY = "e:"


@dataclass(frozen=True)
class Found(Generic[T]):
    """The items of one page, and the parameters of the pages beside it (None: there is none)."""

    items: list[T]
    next: dict[str, str] | None
    previous: dict[str, str] | None
    cursors: dict[str, str] | None = None


def feed_page(world: World, index: Index, options: Mapping[str, str]) -> Found[Post]:
    """A page of posts, newest first, by `limit`, `since`, `until` and the paging token."""
    above, below = _since(world, options), None
    if "until" in options:
        below = (_seconds(world, "until", options["until"]) + 1) * 1000 << 64
    token = options.get("__paging_token")
    if _must_be_empty(world, token):
        return Found([], {"__paging_token": _AFTER_EMPTY + (token or "")}, None)
    place = _feed_place(world, token)
    back = "__previous" in options and place is not None
    if back and place is not None:
        below, above = None, max(above, place)
    elif place is not None:
        below = place if below is None else min(below, place)
    limit = _limit(options)
    stream: Iterator[tuple[int, str]] = (
        index.oldest(above=above) if back else index.newest(above=above, below=below)
    )
    keys = [key for _, key in itertools.islice(stream, limit + 1)]
    more, keys = len(keys) > limit, keys[:limit]
    posts = [world.posts["facebook", key] for key in (reversed(keys) if back else keys)]
    if not posts:
        return Found([], None, None)
    first, last = posts[0], posts[-1]
    older = {"until": _epoch(last), "__paging_token": f"enc_{world.order(last):x}"}
    newer = {"since": _epoch(first), "__paging_token": f"enc_{world.order(first):x}", "__previous": "1"}
    if "since" in options and not back:
        older = {"since": options["since"], **older}
    return Found(posts, older if more or back else None, newer)


def comments_page(world: World, index: Index, options: Mapping[str, str]) -> Found[Comment]:
    """A page of comments by `limit`, `order`, `since` and cursor."""
    after = options.get("after")
    mark = _decoded(world, after) if after else None
    if _must_be_empty(world, mark):
        return Found([], {"after": _encoded(_AFTER_EMPTY + (mark or ""))}, None)
    place = _comment_place(world, mark)
    since = _since(world, options)
    limit = _limit(options)
    if options.get("order") == "reverse_chronological":
        stream = index.newest(above=since, below=place)
    else:
        stream = index.oldest(above=since if place is None else max(since, place))
    alive = (item for _, key in stream if (item := world.comment("facebook", key)))
    items = list(itertools.islice(alive, limit + 1))
    more, items = len(items) > limit, items[:limit]
    if not items:
        return Found([], None, None)
    cursors = {"before": _encoded(f"c:{items[0].id}"), "after": _encoded(f"c:{items[-1].id}")}
    return Found(items, {"after": cursors["after"]} if more else None, None, cursors)


def bad_parameter(world: World, message: str) -> PlatformRefused:
    """Graph's refusal of a parameter."""
    return PlatformRefused(graph_error(100, f"(#100) {message}", status=world.switches.graph_error_status))


def _must_be_empty(world: World, mark: str | None) -> bool:
    return world.switches.graph_empty_pages and not (mark or "").startswith(_AFTER_EMPTY)


def _feed_place(world: World, token: str | None) -> int | None:
    bare = (token or "").removeprefix(_AFTER_EMPTY)
    if not bare:
        return None
    try:
        return int(bare.removeprefix("enc_"), 16)
    except ValueError:
        raise bad_parameter(world, "Invalid __paging_token") from None


def _comment_place(world: World, mark: str | None) -> int | None:
    bare = (mark or "").removeprefix(_AFTER_EMPTY)
    if not bare:
        return None
    comment = world.comment("facebook", bare.removeprefix("c:"))
    if comment is None:
        raise bad_parameter(world, "Invalid cursors: the item that the cursor points to is gone")
    return world.order(comment)


def _encoded(mark: str) -> str:
    return base64.urlsafe_b64encode(mark.encode("ascii")).decode("ascii").rstrip("=")


def _decoded(world: World, cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raise bad_parameter(world, "Invalid cursors values") from None


def _limit(options: Mapping[str, str]) -> int:
    limit = options.get("limit", "25")
    return min(int(limit), 100) if limit.isdigit() and int(limit) else 25


def _since(world: World, options: Mapping[str, str]) -> int:
    if "since" not in options:
        return -1
    seconds = _seconds(world, "since", options["since"])
    if world.switches.graph_since == "inclusive":
        return (seconds * 1000 << 64) - 1
    return (seconds * 1000 + 999) << 64 | _HIGHEST


def _seconds(world: World, name: str, value: str) -> int:
    if value.isdigit():
        return int(value)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise bad_parameter(world, f"Param {name} must be a valid date") from None
    return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp())


def _epoch(post: Post) -> str:
    return str(milliseconds(post.posted_at) // 1000)


def paging(found: Found[Any], address: str, carried: Mapping[str, str]) -> dict[str, Any]:
    """The `paging` object of a page; empty where there is nothing to say.

    Args:
        address: the edge's address without its query.
        carried: parameters that every paging address repeats.
    """
    shown: dict[str, Any] = {}
    if found.cursors is not None:
        shown["cursors"] = found.cursors
    for name, beside in (("previous", found.previous), ("next", found.next)):
        if beside is not None:
            shown[name] = f"{address}?{urlencode({**carried, **beside})}"
    return shown
