"""Polling X: `mentions` (the account's mentions timeline) and `replies` (search by conversation).

Limits of X, not of ours: the mentions timeline ends at the newest 800; search reaches back seven
days; replies are looked for under the newest 100 of the account's own posts. What a walk can no
longer reach is said in `Page.gap`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from connectors.calls import Answer
from connectors.contract import Account, Comment, Page, Post
from connectors.errors import UnexpectedResponse
from connectors.items import identifier, listing, record
from connectors.x.client import ASK, XClient
from connectors.x.cursor import Cursor, Walk
from connectors.x.errors import partial_error
from connectors.x.parse import comment_id, id_number, includes_of, parse_comment, parse_post, snowflake

MENTIONS, REPLIES = "mentions", "replies"
_PAGE = 100
_QUERY_LIMIT = 512
#: X withholds a few of the 800, so a walk that ran out has read about, not exactly, that many.
_MENTIONS_END = 790
SEARCH_REACH = timedelta(days=7)
#: Asking for the very edge of the seven days is refused by the time the request arrives.
_SEARCH_MARGIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One reply's items, sorted out."""

    comments: tuple[Comment, ...]
    posts: tuple[Post, ...]
    ids: list[int]
    count: int
    token: str | None


@dataclass(frozen=True, slots=True)
class Feeds:
    """The two feeds of one account.

    Attributes:
        overlap: how far a new walk reaches back behind the last.
        now: the host clock.
    """

    client: XClient
    account: Account
    overlap: timedelta
    now: Callable[[], datetime]

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Read the next page of a feed (see `contract.Connector.poll`).

        Raises:
            ValueError: there is no such feed.
        """
        if feed not in (MENTIONS, REPLIES):
            raise ValueError(f"X has no feed {feed!r}: it has {MENTIONS} and {REPLIES}")
        place = Cursor.load(cursor)
        if feed == REPLIES and place.walk is None:
            return self._list_posts(place)
        walk = place.walk or Walk(started=0, todo=((),))
        try:
            answer = self._ask(feed, place, walk)
        except UnexpectedResponse as error:
            if error.status != 400 or walk.token is None:
                raise
            walk = walk.restarted(self._reach())
            answer = self._ask(feed, place, walk)
        if not walk.started:
            walk = replace(walk, started=int(answer.at.timestamp()))
        parsed = self.parsed(answer)
        if parsed.token is not None and parsed.token == walk.token:
            raise UnexpectedResponse("X's paging repeats itself", status=answer.exchange.status)
        walk = walk.seen(parsed.ids, parsed.count, parsed.token)
        gap = None
        if feed == MENTIONS and not walk.todo and walk.read >= _MENTIONS_END:
            gap = "X gives the newest 800 mentions only; older ones since the last poll may be missing"
        return self._page(answer, parsed, place, walk, gap)

    def _list_posts(self, place: Cursor) -> Page:
        """Begin a walk over replies: list our own posts and group their conversations."""
        answer = self.client.call(
            "own_posts",
            lambda x: x.get_users_tweets(self.account.external_id, max_results=_PAGE, **ASK),
        )
        payload = _listed(answer, self.client)
        includes = includes_of(payload)
        items = [each for each in listing(payload.get("data")) if isinstance(each, dict)]
        posts = tuple(post for each in items if (post := parse_post(each, includes)) is not None)
        walk = Walk(started=int(answer.at.timestamp()), todo=tuple(self._groups(items)))
        return self._page(answer, Parsed((), posts, [], 0, None), place, walk, self._unreachable(place))

    def _groups(self, items: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
        """The conversations that the account began, in groups that fit one query."""
        own = self.account.external_id
        begun: dict[str, None] = {}
        for item in items:
            conversation = identifier(item.get("conversation_id")) or comment_id(item)
            ours = (
                conversation == identifier(item.get("id"))
                or identifier(item.get("in_reply_to_user_id")) == own
            )
            if conversation is not None and conversation.isdigit() and ours:
                begun[conversation] = None
        group: tuple[str, ...] = ()
        for conversation in begun:
            if group and len(query_of((*group, conversation))) > _QUERY_LIMIT:
                yield group
                group = ()
            group = (*group, conversation)
        if group:
            yield group

    def _unreachable(self, place: Cursor) -> str | None:
        if place.walked is None:
            return None
        last, reach = datetime.fromtimestamp(place.walked, UTC), self.now() - SEARCH_REACH
        if last >= reach:
            return None
        return (
            f"X search reaches back seven days: replies written between {last:%Y-%m-%d %H:%M} and"
            f" {reach:%Y-%m-%d %H:%M} UTC cannot be found any more, unless they also mention the account"
        )

    def _reach(self) -> int:
        return snowflake(self.now() - SEARCH_REACH + _SEARCH_MARGIN)

    def _ask(self, feed: str, place: Cursor, walk: Walk) -> Answer:
        bounds = {"until_id": walk.until, "since_id": place.since or None}
        wanted = {name: str(value) for name, value in bounds.items() if value is not None}
        if feed == MENTIONS:
            return self.client.call(
                MENTIONS,
                lambda x: x.get_users_mentions(
                    self.account.external_id, max_results=_PAGE, pagination_token=walk.token, **wanted, **ASK
                ),
            )
        if place.since is not None and place.since <= self._reach():
            wanted.pop("since_id", None)
        return self.client.call(
            "search",
            lambda x: x.search_recent_tweets(
                query_of(walk.todo[0]), max_results=_PAGE, next_token=walk.token, **wanted, **ASK
            ),
        )

    def parsed(self, answer: Answer) -> Parsed:
        """Sort a reply's items into other people's comments and our own posts."""
        payload = _listed(answer, self.client)
        includes = includes_of(payload)
        comments: dict[str, Comment] = {}
        posts: dict[str, Post] = {}
        items = listing(payload.get("data"))
        for item in [*items, *includes.posts.values()]:
            if identifier(record(item).get("author_id")) == self.account.external_id:
                post = parse_post(item, includes)
                if post is not None:
                    posts.setdefault(post.external_id, post)
        for item in items:
            comment = parse_comment(item, includes)
            if comment.author is None or comment.author.external_id != self.account.external_id:
                comments.setdefault(comment.external_id, comment)
        ids = [number for item in items if (number := id_number(record(item).get("id"))) is not None]
        token = record(payload.get("meta")).get("next_token")
        return Parsed(
            tuple(comments.values()),
            tuple(posts.values()),
            ids,
            len(items),
            token if isinstance(token, str) and token else None,
        )

    def _page(self, answer: Answer, parsed: Parsed, place: Cursor, walk: Walk, gap: str | None) -> Page:
        onward = replace(place, walk=walk) if walk.todo else place.finished(walk, self.overlap)
        return Page(
            comments=parsed.comments,
            posts=parsed.posts,
            cursor=onward.dump(),
            more=bool(walk.todo),
            body_sha256=sha256(answer.exchange.body).hexdigest(),
            received_at=answer.exchange.received_at,
            gap=gap,
        )


def query_of(conversations: tuple[str, ...]) -> str:
    """Return the search query for everything in some conversations."""
    return " OR ".join(f"conversation_id:{each}" for each in conversations)


def _listed(answer: Answer, client: XClient) -> dict[str, Any]:
    """The payload of a list, made sure of: 200 with `errors` alone is a failure, not an empty list."""
    payload = answer.payload
    if not isinstance(payload, dict):
        raise UnexpectedResponse("X's list is not an object", status=answer.exchange.status)
    if "data" not in payload and not isinstance(payload.get("meta"), dict):
        raise partial_error(payload, client.redactor)
    if not isinstance(payload.get("data") or [], list):
        raise UnexpectedResponse("X's list holds no list", status=answer.exchange.status)
    return payload
