"""X's JSON as comments and posts. Pure: no item, however broken, stops its page.

Both spellings are read: `referenced_tweets` and `referenced_posts`, `includes.tweets` and
`includes.posts`, and so on.

An edited post has a new id on X. Its first id is the comment's id here, so that an edit is a new
revision of the same comment; `newest_id` gives the one to read and hide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.contract import Author, Comment, Media, Platform, Post
from connectors.items import (
    identifier,
    listing,
    moment,
    raw_bytes,
    record,
    storable,
    text_flaws,
    unreadable,
    whole,
)

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_SNOWFLAKE_SHIFT = 22


@dataclass(frozen=True, slots=True)
class Includes:
    """What a reply holds beside its items, by id."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)


def includes_of(payload: dict[str, Any]) -> Includes:
    """Return what a reply holds beside its items."""
    given = record(payload.get("includes"))
    return Includes(
        users=_by_id(listing(given.get("users")), "id"),
        media=_by_id(listing(given.get("media")), "media_key"),
        posts=_by_id([*listing(given.get("tweets")), *listing(given.get("posts"))], "id"),
    )


def _by_id(items: Iterable[object], key: str) -> dict[str, dict[str, Any]]:
    found = {}
    for item in items:
        name = identifier(record(item).get(key))
        if name is not None:
            found[name] = record(item)
    return found


def snowflake(at: datetime) -> int:
    """Return the lowest id that X could give at a moment."""
    return max(0, (at - _EPOCH) // timedelta(milliseconds=1)) << _SNOWFLAKE_SHIFT


def snowflake_time(number: int) -> datetime | None:
    """Return when an id was made, or None where it is no such id."""
    try:
        return _EPOCH + timedelta(milliseconds=number >> _SNOWFLAKE_SHIFT)
    except OverflowError:
        return None


def id_number(value: object) -> int | None:
    """Return an id as a number, or None where it is none."""
    text = identifier(value)
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 20 else None


def versions(item: dict[str, Any]) -> list[str]:
    """Return all ids of an item, oldest first: one for each edit, its own among them."""
    history = listing(item.get("edit_history_tweet_ids")) or listing(item.get("edit_history_post_ids"))
    numbers = {number for value in (*history, item.get("id")) if (number := id_number(value)) is not None}
    return [str(number) for number in sorted(numbers)]


def comment_id(item: dict[str, Any]) -> str | None:
    """Return the id that a comment keeps through its edits."""
    return next(iter(versions(item)), None) or identifier(item.get("id"))


def references(item: dict[str, Any]) -> dict[str, str]:
    """Return what an item refers to: replied_to, quoted or retweeted, each with an id."""
    found: dict[str, str] = {}
    for value in listing(item.get("referenced_tweets")) or listing(item.get("referenced_posts")):
        kind, target = record(value).get("type"), identifier(record(value).get("id"))
        if isinstance(kind, str) and target is not None:
            found.setdefault(kind, target)
    return found


def parse_comment(item: object, includes: Includes) -> Comment:
    """Read one item as a comment; whatever is odd about it is named in `flaws`."""
    if not isinstance(item, dict) or (external_id := comment_id(item)) is None:
        return unreadable(Platform.X, item)
    refers = references(item)
    text, author, media = _text(item), _author(item, includes), _media(item, includes)
    metrics = record(item.get("public_metrics"))
    posted_at = moment(item.get("created_at")) or _time_of_id(external_id)
    flaws = [*text_flaws(text)]
    if author is None:
        flaws.append("missing_author")
    if posted_at is None:
        flaws.append("missing_time")
    shares = [whole(metrics.get(key)) for key in ("retweet_count", "repost_count", "quote_count")]
    return Comment(
        platform=Platform.X,
        external_id=external_id,
        kind="reply" if "replied_to" in refers else "quote" if "quoted" in refers else "mention",
        text=storable(text),
        raw=raw_bytes(item, _belonging(item, includes)),
        author=author,
        posted_at=posted_at,
        post_external_id=_root(item, refers),
        parent_external_id=refers.get("replied_to"),
        permalink=_permalink(item, author),
        hidden=item["hidden"] if isinstance(item.get("hidden"), bool) else None,
        media=media,
        likes=whole(metrics.get("like_count")),
        replies=whole(metrics.get("reply_count")),
        shares=sum(each for each in shares if each) if any(each is not None for each in shares) else None,
        flaws=tuple(flaws),
    )


def parse_post(item: dict[str, Any], includes: Includes) -> Post | None:
    """Read one item as a post; None where it has no id."""
    external_id = comment_id(item)
    if external_id is None:
        return None
    author = _author(item, includes)
    return Post(
        external_id=external_id,
        text=storable(_text(item)),
        permalink=_permalink(item, author),
        posted_at=moment(item.get("created_at")) or _time_of_id(external_id),
        author=author,
    )


def _text(item: dict[str, Any]) -> object:
    """The whole text: long ones are cut in `text` and whole in the note."""
    note = record(item.get("note_tweet")) or record(item.get("note_post"))
    whole_text = note.get("text")
    return whole_text if isinstance(whole_text, str) else item.get("text")


def _time_of_id(external_id: str) -> datetime | None:
    number = id_number(external_id)
    return None if number is None else snowflake_time(number)


def _author(item: dict[str, Any], includes: Includes) -> Author | None:
    author_id = identifier(item.get("author_id"))
    if author_id is None:
        return None
    user = includes.users.get(author_id, {})
    return Author(
        external_id=author_id,
        handle=storable(user.get("username")),
        name=storable(user.get("name")),
        raw=raw_bytes(user) if user else b"",
    )


def _media_keys(item: dict[str, Any]) -> list[str]:
    keys = listing(record(item.get("attachments")).get("media_keys"))
    return [key for value in keys if (key := identifier(value)) is not None]


def _media(item: dict[str, Any], includes: Includes) -> tuple[Media, ...]:
    found = []
    for key in _media_keys(item):
        given = includes.media.get(key, {})
        found.append(
            Media(
                kind=storable(given.get("type")) or "unknown",
                url=storable(given.get("url"))
                or _best_variant(given)
                or storable(given.get("preview_image_url")),
                external_id=key,
                alt_text=storable(given.get("alt_text")),
            )
        )
    return tuple(found)


def _best_variant(given: dict[str, Any]) -> str | None:
    variants = [record(value) for value in listing(given.get("variants"))]
    usable = [each for each in variants if isinstance(each.get("url"), str)]
    best = max(usable, key=lambda each: whole(each.get("bit_rate")) or 0, default=None)
    return storable(best["url"]) if best else None


def _belonging(item: dict[str, Any], includes: Includes) -> dict[str, Any]:
    """The pieces of `includes` that are about this item: its author and its media, nobody else's."""
    author_id = identifier(item.get("author_id"))
    users = [includes.users[author_id]] if author_id in includes.users else []
    media = [includes.media[key] for key in _media_keys(item) if key in includes.media]
    return {name: values for name, values in (("users", users), ("media", media)) if values}


def _root(item: dict[str, Any], refers: dict[str, str]) -> str | None:
    """The post a comment is under: its conversation's, or what it quotes; a mention has none."""
    if "replied_to" in refers:
        return identifier(item.get("conversation_id")) or refers["replied_to"]
    return refers.get("quoted")


def _permalink(item: dict[str, Any], author: Author | None) -> str | None:
    external_id = identifier(item.get("id"))
    if external_id is None:
        return None
    handle = author.handle if author and author.handle else "i"
    return f"https://x.com/{quote(handle, safe='')}/status/{quote(external_id, safe='')}"
