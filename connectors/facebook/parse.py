"""Graph's JSON of a Page's feed as comments and posts. Pure: no item, however broken, stops its page.

`from` is often missing (a permission, or a person's own settings): a comment without an author is
an ordinary case here, kept and named in `flaws`.
"""

from __future__ import annotations

from typing import Any

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


def parse_comment(item: object, post_id: str | None) -> Comment:
    """Read one comment, or an answer to one (it has a `parent`).

    Args:
        item: the item as parsed.
        post_id: the post it stands under, where known.
    """
    if not isinstance(item, dict) or (external_id := identifier(item.get("id"))) is None:
        return unreadable(Platform.FACEBOOK, item)
    parent_id = identifier(record(item.get("parent")).get("id"))
    return _read(item, external_id, "comment" if parent_id is None else "reply", post_id, parent_id)


def parse_visitor_post(item: dict[str, Any]) -> Comment:
    """Read somebody else's post on the Page as a comment: it is judged like one."""
    external_id = identifier(item.get("id"))
    if external_id is None:
        return unreadable(Platform.FACEBOOK, item)
    return _read(item, external_id, "visitor_post", external_id, None)


def parse_post(item: dict[str, Any]) -> Post | None:
    """Read one item of a feed as a post; None where it has no id."""
    external_id = identifier(item.get("id"))
    if external_id is None:
        return None
    return Post(
        external_id=external_id,
        text=storable(item.get("message")),
        permalink=storable(item.get("permalink_url")),
        posted_at=moment(item.get("created_time")),
        author=parse_author(item),
    )


def parse_author(item: dict[str, Any]) -> Author | None:
    """Read who wrote an item, or None where Graph does not say."""
    given = record(item.get("from"))
    author_id, name = identifier(given.get("id")), storable(given.get("name"))
    if author_id is None and name is None:
        return None
    return Author(external_id=author_id, handle=None, name=name, raw=raw_bytes(given))


def _read(
    item: dict[str, Any], external_id: str, kind: str, post_id: str | None, parent_id: str | None
) -> Comment:
    author, posted_at, text = parse_author(item), moment(item.get("created_time")), item.get("message")
    media = _media(item)
    # A post or comment that is only a picture has no message, and nothing is wrong with that.
    flaws = [*(() if text is None and media and "message" not in item else text_flaws(text))]
    if author is None:
        flaws.append("missing_author")
    if posted_at is None:
        flaws.append("missing_time")
    return Comment(
        platform=Platform.FACEBOOK,
        external_id=external_id,
        kind=kind,
        text=storable(text),
        raw=raw_bytes({name: value for name, value in item.items() if name != "comments"}),
        author=author,
        posted_at=posted_at,
        post_external_id=post_id,
        parent_external_id=parent_id,
        permalink=storable(item.get("permalink_url")),
        hidden=item["is_hidden"] if isinstance(item.get("is_hidden"), bool) else None,
        media=media,
        likes=whole(item.get("like_count")),
        replies=whole(item.get("comment_count")),
        shares=whole(record(item.get("shares")).get("count")),
        flaws=tuple(flaws),
    )


def _media(item: dict[str, Any]) -> tuple[Media, ...]:
    """What hangs on a comment (`attachment`, albums spread out) or on a post (`full_picture`)."""
    given = record(item.get("attachment"))
    inside = listing(record(given.get("subattachments")).get("data"))
    found = [_one(record(each)) for each in inside or [given] if record(each)]
    picture = storable(item.get("full_picture"))
    return (*found, *((Media(kind="photo", url=picture),) if picture else ()))


def _one(given: dict[str, Any]) -> Media:
    media = record(given.get("media"))
    address = media.get("source") or record(media.get("image")).get("src") or given.get("url")
    return Media(
        kind=storable(given.get("type")) or "unknown",
        url=storable(address),
        external_id=identifier(record(given.get("target")).get("id")),
        alt_text=storable(given.get("description")),
    )
