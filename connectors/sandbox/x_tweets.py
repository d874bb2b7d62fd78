"""Showing posts and comments as X does: the fields asked for, what they refer to, and either spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.answers import x_missing
from connectors.sandbox.broken import spoil, text_of
from connectors.sandbox.state import World
from connectors.sandbox.things import Account, Author, Comment, Post

#: The spelling of before August 2026 and the one of the specification since.
RESPELT = {
    "referenced_tweets": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
    "most_recent_tweet_id": "most_recent_post_id",
}
SPELT_BACK = {new: old for old, new in RESPELT.items()}
TWEET_FIELDS = frozenset(
    {
        "article",
        "attachments",
        "author_id",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "card_uri",
        "display_text_range",
        "edit_controls",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "note_tweet",
        "possibly_sensitive",
        "public_metrics",
        "referenced_tweets",
        "reply_settings",
        "source",
        "text",
        "username",
        "withheld",
    }
)
_MENTION = re.compile(r"@(\w{1,15})")
_LINK = re.compile(r"https?://\S+")
_CUT_AT = 280


@dataclass
class Wanted:
    """What a request asked for, in the older spelling."""

    tweet: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()


@dataclass
class Shown:
    """An answer in the making: what is included beside the data, and what could not be found."""

    users: dict[str, Account | Author] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    tweets: dict[str, Post | Comment] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)


def stamp(at: datetime, *, fraction: bool = True) -> str:
    """A time as X writes it."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S") + (f".{utc.microsecond // 1000:03d}Z" if fraction else "Z")


def respell(value: Any, spelling: str) -> Any:
    """An answer in the spelling of tweet.fields (unchanged) or of post.fields."""
    if spelling == "tweet":
        return value
    if isinstance(value, dict):
        return {RESPELT.get(key, key): respell(each, spelling) for key, each in value.items()}
    return [respell(each, spelling) for each in value] if isinstance(value, list) else value


class Tweets:
    """Renders for one request.

    Args:
        world: where everything is.
        wanted: what the request asked for.
    """

    def __init__(self, world: World, wanted: Wanted) -> None:
        self._world = world
        self._wanted = wanted

    def answer(self, items: Sequence[Post | Comment]) -> dict[str, Any]:
        """`data` (a list), `includes` and `errors` for these items; keys without content are left out."""
        shown = Shown()
        data = [self.tweet(each) for each in items]
        for each in items:
            self._expand(each, shown)
        found: dict[str, Any] = {"data": data} if data else {}
        includes = self._includes(shown)
        if includes:
            found["includes"] = includes
        if shown.errors:
            found["errors"] = shown.errors
        return found

    def tweet(self, item: Post | Comment) -> dict[str, Any]:
        """One item with the fields asked for."""
        asked = self._wanted.tweet
        comment = item if isinstance(item, Comment) else None
        history = [each.id for each in comment.versions] if comment else [item.id]
        text = text_of(comment.broken, comment.text) if comment else item.text
        shown: dict[str, Any] = {"id": history[-1], "text": text}
        shown["edit_history_tweet_ids"] = list(dict.fromkeys(history))
        if self._world.switches.x_note_tweet and text and _CUT_AT < len(text) < 25_000:
            shown["text"] = text[: _CUT_AT - 1] + "\u2026"
            if "note_tweet" in asked:
                shown["note_tweet"] = {"text": text}
        shown |= self._fixed(item, asked)
        if comment:
            shown |= {key: value for key, value in self._relations(comment).items() if key in asked}
        if "entities" in asked and text:
            entities = self._entities(text)
            shown |= {"entities": entities} if entities else {}
        if comment:
            spoil(shown, comment.broken)
        return shown

    def user(self, person: Account | Author) -> dict[str, Any]:
        """One user with the fields asked for."""
        full = {
            "id": person.id,
            "name": person.name,
            "username": person.handle,
            "created_at": "2026-11-01T00:00:00.000Z",
            "description": "",
            "verified": False,
            "verified_type": "none",
            "protected": False,
            "profile_image_url": "https://pbs.example.test/p.png",
            "public_metrics": {
                "followers_count": 1,
                "following_count": 200,
                "tweet_count": 900,
                "listed_count": 0,
                "like_count": 3,
            },
        }
        return {
            key: value for key, value in full.items() if key in self._wanted.user | {"id", "name", "username"}
        }

    def _fixed(self, item: Post | Comment, asked: frozenset[str]) -> dict[str, Any]:
        at = item.posted_at if isinstance(item, Post) else item.current.at
        if self._world.switches.x_edits == "same_id":
            at = item.posted_at
        answers = self._world.answers if isinstance(item, Comment) else self._world.tops
        full: dict[str, Any] = {
            "created_at": stamp(at, fraction=self._world.switches.x_date_fraction),
            "conversation_id": item.conversation,
            "public_metrics": {
                "retweet_count": 0,
                "reply_count": len(answers[item.id].entries) if item.id in answers else 0,
                "like_count": int(item.id) % 7,
                "quote_count": 0,
                "bookmark_count": 0,
                "impression_count": 40,
            },
            "lang": "en",
            "possibly_sensitive": False,
            "reply_settings": "everyone",
        }
        if item.writer_id is not None:
            full["author_id"] = item.writer_id
        return {key: value for key, value in full.items() if key in asked}

    def _relations(self, comment: Comment) -> dict[str, Any]:
        found: dict[str, Any] = {}
        parent = self._world.comments.get(("x", comment.parent_id)) if comment.parent_id else None
        if comment.post_id is not None:
            answered = parent.current.id if parent else comment.post_id
            found["in_reply_to_user_id"] = (
                parent.author_id if parent else comment.account_id
            ) or comment.account_id
            found["referenced_tweets"] = [{"type": "replied_to", "id": answered}]
        elif comment.quoted_id is not None:
            found["referenced_tweets"] = [{"type": "quoted", "id": comment.quoted_id}]
        if comment.media:
            found["attachments"] = {"media_keys": [each.id for each in comment.media]}
        return found

    def _entities(self, text: str) -> dict[str, Any]:
        mentions = []
        for match in _MENTION.finditer(text):
            person = self._world.authors.get(("x", "@" + match[1].lower())) or self._world.account_of(
                "x", match[1]
            )
            if person is not None:
                place = {"start": match.start(), "end": match.end()}
                mentions.append(place | {"username": person.handle, "id": person.id})
        links = [
            {
                "start": m.start(),
                "end": m.end(),
                "url": m[0],
                "expanded_url": m[0],
                "display_url": m[0].split("//")[1],
            }
            for m in _LINK.finditer(text)
        ]
        return {key: value for key, value in (("mentions", mentions), ("urls", links)) if value}

    def _expand(self, item: Post | Comment, shown: Shown) -> None:
        expansions = self._wanted.expansions
        if "author_id" in expansions and not (isinstance(item, Comment) and "missing_author" in item.broken):
            self._include_user(item.writer_id, "author_id", shown)
        if not isinstance(item, Comment):
            return
        relations = self._relations(item)
        if "in_reply_to_user_id" in expansions:
            self._include_user(relations.get("in_reply_to_user_id"), "in_reply_to_user_id", shown)
        if "attachments.media_keys" in expansions:
            for each in item.media:
                shown.media[each.id] = _media(each.id, each.kind, each.url, each.alt_text, self._wanted.media)
        if expansions & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
            self._refer(relations, shown)

    def _refer(self, relations: dict[str, Any], shown: Shown) -> None:
        for reference in relations.get("referenced_tweets", ()):
            found = self._world.posts.get(("x", reference["id"])) or self._world.comment("x", reference["id"])
            if found is not None:
                shown.tweets[reference["id"]] = found
                if "referenced_tweets.id.author_id" in self._wanted.expansions:
                    self._include_user(found.writer_id, "referenced_tweets.id.author_id", shown)
            elif all(each["value"] != reference["id"] for each in shown.errors):
                shown.errors.append(x_missing("referenced_tweets.id", reference["id"]))

    def _include_user(self, user_id: str | None, parameter: str, shown: Shown) -> None:
        if user_id is None or user_id in shown.users:
            return
        person = self._world.accounts.get(("x", user_id)) or self._world.authors.get(("x", user_id))
        if person is not None:
            shown.users[user_id] = person
        else:
            shown.errors.append(x_missing(parameter, user_id, "user"))

    def _includes(self, shown: Shown) -> dict[str, Any]:
        parts: Iterable[tuple[str, list[dict[str, Any]]]] = (
            ("users", [self.user(each) for each in shown.users.values()]),
            ("media", list(shown.media.values())),
            ("tweets", [self.tweet(each) for each in shown.tweets.values()]),
        )
        return {key: value for key, value in parts if value}


def _media(key: str, kind: str, url: str, alt: str | None, asked: frozenset[str]) -> dict[str, Any]:
    full: dict[str, Any] = {"media_key": key, "type": kind}
    if kind == "photo":
        full |= {"url": url, "width": 800, "height": 600}
    else:
        video = {"bit_rate": 632000, "content_type": "video/mp4", "url": url}
        full |= {"preview_image_url": url + ".jpg", "duration_ms": 900, "variants": [video]}
    if alt is not None:
        full["alt_text"] = alt
    return {name: value for name, value in full.items() if name in asked | {"media_key", "type"}}
