"""Polling X: `mentions` (the account's mentions timeline) and `replies` (search by conversation).

Limits of X, not of ours: the mentions timeline ends at the newest 800; search reaches back seven
days; X lists the newest 3200 of the account's own posts. Replies are looked for under its posts of
the last seven days, and under its newest 100 however old. What a walk can no longer reach is said
in `Page.gap`.
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
#: X withholds a few of the 800 and the 3200: a walk that ran out has read about, not exactly, that many.
_MENTIONS_END, _POSTS_END = 790, 3150
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
        if feed == REPLIES and (place.walk is None or place.walk.listing):
            return self._list_posts(place, place.walk or Walk(started=0, todo=(), listing=True))
        answer, walk, gap = self._asked(feed, place, place.walk or Walk(started=0, todo=((),)))
        parsed = self.parsed(answer)
        if parsed.token is not None and parsed.token == walk.token:
            raise UnexpectedResponse("X's paging repeats itself", status=answer.exchange.status)
        walk = walk.seen(parsed.ids, parsed.count, parsed.token)
        if feed == MENTIONS and walk.done and walk.read >= _MENTIONS_END:
            gap = "X gives the newest 800 mentions only; older ones since the last poll may be missing"
        return self._page(answer, parsed, place, walk, gap)

    def _asked(self, feed: str, place: Cursor, walk: Walk) -> tuple[Answer, Walk, str | None]:
        """Ask for a page; where X refuses its own token, or the id to read down to, without that."""
        gap = None
        try:
            answer = self._ask(feed, place, walk)
        except UnexpectedResponse as error:
            bounded = "since_id" in self._bounds(feed, place, walk)
            if error.status != 400 or error.code == "invalid-fields" or not (walk.token or bounded):
                raise
            if walk.token is None:
                walk = replace(walk, wide=True)
                gap = (
                    "X refused to search back to where the last walk ended: what was written then and"
                    " can no longer be found may be missing"
                )
            else:
                walk = walk.restarted(self._reach(walk))
            answer = self._ask(feed, place, walk)
        started = walk.started or int(answer.at.timestamp())
        return answer, replace(walk, started=started), gap

    def _list_posts(self, place: Cursor, walk: Walk) -> Page:
        """Begin a walk over replies: list our own posts, page by page, and group their conversations."""
        before = walk
        answer, walk, _ = self._asked(REPLIES, place, walk)
        payload = _listed(answer, self.client)
        includes, parsed = includes_of(payload), self.parsed(answer)
        items = [each for each in listing(payload.get("data")) if isinstance(each, dict)]
        posts = tuple(post for each in items if (post := parse_post(each, includes)) is not None)
        known = [conversation for group in walk.todo for conversation in group]
        groups = tuple(self._groups(known, items))
        circles = parsed.token is not None and (
            parsed.token == walk.token or min(parsed.ids, default=-1) >= (walk.oldest or 2**64)
        )
        walk = walk.listed(groups, parsed.ids, parsed.count)
        reached = walk.oldest is not None and walk.oldest < self._reach(walk)
        if reached or circles or parsed.token is None:
            short = not reached and (circles or walk.read >= _POSTS_END)
            onward = Walk(walk.started, groups)
        else:
            short, onward = False, replace(walk, token=parsed.token)
        gaps = [] if before.started else [self._unreachable(place, answer.at)]
        if short:
            gaps.append("X did not list all posts of the last seven days: replies may be missing")
        said = "; ".join(each for each in gaps if each) or None
        return self._page(answer, Parsed((), posts, [], 0, None), place, onward, said)

    def _groups(self, known: list[str], items: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
        """The conversations that the account began, each once, in groups that fit one query."""
        own = self.account.external_id
        begun: dict[str, None] = dict.fromkeys(known)
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

    def _unreachable(self, place: Cursor, now: datetime) -> str | None:
        if place.walked is None:
            return None
        last, reach = datetime.fromtimestamp(place.walked, UTC), now - SEARCH_REACH
        if last >= reach:
            return None
        return (
            f"X search reaches back seven days: replies written between {last:%Y-%m-%d %H:%M} and"
            f" {reach:%Y-%m-%d %H:%M} UTC cannot be found any more, unless they also mention the account"
        )

    def _reach(self, walk: Walk) -> int:
        """The oldest id that search can be asked for, by X's clock where it is known."""
        now = datetime.fromtimestamp(walk.started, UTC) if walk.started else self.now()
        return snowflake(now - SEARCH_REACH + _SEARCH_MARGIN)

    def _bounds(self, feed: str, place: Cursor, walk: Walk) -> dict[str, str]:
        """Between which ids to read: search refuses to be asked for what it cannot reach."""
        bounds = {} if walk.until is None else {"until_id": str(walk.until)}
        beyond = feed == REPLIES and (place.since or 0) <= self._reach(walk)
        if not place.since or walk.wide or walk.listing or beyond:
            return bounds
        return {**bounds, "since_id": str(place.since)}

    def _ask(self, feed: str, place: Cursor, walk: Walk) -> Answer:
        wanted = self._bounds(feed, place, walk)
        if walk.listing:
            return self.client.call(
                "own_posts",
                lambda x: x.get_users_tweets(
                    self.account.external_id, max_results=_PAGE, pagination_token=walk.token, **wanted, **ASK
                ),
            )
        if feed == MENTIONS:
            return self.client.call(
                MENTIONS,
                lambda x: x.get_users_mentions(
                    self.account.external_id, max_results=_PAGE, pagination_token=walk.token, **wanted, **ASK
                ),
            )
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
        onward = place.finished(walk, self.overlap) if walk.done else replace(place, walk=walk)
        return Page(
            comments=parsed.comments,
            posts=parsed.posts,
            cursor=onward.dump(),
            more=not walk.done,
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
