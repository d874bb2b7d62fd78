"""Polling a Page: its posts with their newest comments, then the rest of each post's comments.

Comments are asked for as one flat stream, oldest first: answers to comments are among them and
name their parent. Posts older than the window (a setting, 30 days) are not looked under.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from connectors.calls import Answer
from connectors.contract import Account, Comment, Page, Post
from connectors.errors import ContentGone, PermissionMissing, PlatformUnavailable, UnexpectedResponse
from connectors.facebook.cursor import Cursor, Pending, Walk, mark
from connectors.facebook.parse import parse_comment, parse_post, parse_visitor_post
from connectors.graph.client import GraphClient
from connectors.graph.paging import items_of, next_place
from connectors.items import identifier, record

FEED = "feed"
COMMENT_FIELDS = (
    "id,message,created_time,from,parent{id,message,created_time,from},attachment,permalink_url,"
    "is_hidden,can_hide,can_remove,comment_count,like_count"
)
POST_FIELDS = "id,message,created_time,from,permalink_url,is_hidden,full_picture"
_NESTED, _FOLLOWING = 50, 100
#: Posts a page; Meta refuses a page that would hold too much, then fewer are asked for.
_POSTS = ("10", "3", "1")


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of one Page.

    Attributes:
        overlap: how far a new walk reaches back behind the last.
        window: posts older than this are not looked under.
        now: the host clock.
    """

    client: GraphClient
    account: Account
    overlap: timedelta
    window: timedelta
    now: Callable[[], datetime]

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Read the next page (see `contract.Connector.poll`).

        Raises:
            ValueError: there is no such feed.
        """
        if feed != FEED:
            raise ValueError(f"Facebook has no feed {feed!r}: it has {FEED}")
        place = Cursor.load(cursor)
        if place.walk is not None and place.walk.pending:
            return self._more_comments(place, place.walk, place.walk.pending[0])
        return self._posts(place)

    def _posts(self, place: Cursor) -> Page:
        """One page of posts, each with its first comments since the last walk."""
        walk = place.walk
        here = {} if walk is None or walk.place is None else walk.place
        answer = self._ask_posts(place, walk, here)
        started = int(answer.at.timestamp()) if walk is None else walk.started
        items = items_of(answer.payload)
        following = next_place(answer.payload, here)
        seen = (*(walk.seen if walk else ()), mark(here))
        if following is not None and mark(following) in seen:
            raise UnexpectedResponse("Graph's paging of posts goes in circles", code="paging")
        comments: dict[str, Comment] = {}
        posts: list[Post] = []
        pending: list[Pending] = []
        for item in items:
            post = parse_post(record(item))
            if post is not None:
                posts.append(post)
            self._collect(comments, *self._of_post(item))
            edge = record(record(item).get("comments"))
            onward = next_place(edge)
            if onward is not None and post is not None:
                pending.append(Pending(post.external_id, onward.get("after"), place.since))
        onwards = Walk(started, following, seen, tuple(pending))
        return self._page(answer, comments, posts, place.after(onwards, self.overlap))

    def _ask_posts(self, place: Cursor, walk: Walk | None, here: dict[str, str]) -> Answer:
        since = "" if place.since is None else f".since({place.since})"
        nested = f"comments.filter(stream).order(chronological){since}.limit({_NESTED}){{{COMMENT_FIELDS}}}"
        begun = int(self.now().timestamp()) if walk is None else walk.started
        edge = str(begun - int(self.window.total_seconds()))
        asked = {"fields": f"{POST_FIELDS},{nested}", "since": edge, **here}
        try:
            return self._ask_fewer(asked, _POSTS)
        except ContentGone as error:
            message, code = f"the Page is not there for this token: {error}", error.code
        raise PermissionMissing(message, code=code)

    def _ask_fewer(self, asked: dict[str, str], sizes: tuple[str, ...]) -> Answer:
        """Ask for a page of posts; where Meta finds that too much, for a smaller one."""
        try:
            return self.client.get(f"{self.account.external_id}/feed", limit=sizes[0], **asked)
        except PlatformUnavailable as error:
            if len(sizes) == 1 or "reduce the amount of data" not in str(error):
                raise
        return self._ask_fewer(asked, sizes[1:])

    def _more_comments(self, place: Cursor, walk: Walk, post: Pending) -> Page:
        """One more page of one post's comments."""
        try:
            answer, post = self._ask_comments(post)
        except ContentGone:  # the post was deleted while we walked: nothing is left to read there
            return self._without(place, replace(walk, pending=walk.pending[1:]))
        items = items_of(answer.payload)
        comments: dict[str, Comment] = {}
        self._collect(comments, *(parse_comment(each, post.post_id) for each in items))
        here = None if post.after is None else {"after": post.after}
        onward = next_place(answer.payload, here)
        rest = walk.pending[1:]
        if onward is not None:
            if "after" not in onward:
                raise UnexpectedResponse("Graph's paging of comments has no cursor", code="paging")
            since = _reached(comments.values(), post.since)
            rest = (Pending(post.post_id, onward["after"], since), *rest)
        return self._page(answer, comments, [], place.after(replace(walk, pending=rest), self.overlap))

    def _ask_comments(self, post: Pending) -> tuple[Answer, Pending]:
        """Ask from the stored place; where that is refused, from the post's own since."""
        asked = {
            "fields": COMMENT_FIELDS,
            "filter": "stream",
            "order": "chronological",
            "limit": str(_FOLLOWING),
        }
        if post.since is not None:
            asked["since"] = str(post.since)
        path = f"{post.post_id}/comments"
        if post.after is not None:
            try:
                return self.client.get(path, **asked, after=post.after), post
            except UnexpectedResponse as error:
                if not (error.code or "").startswith("100"):
                    raise
        return self.client.get(path, **asked), replace(post, after=None)

    def _without(self, place: Cursor, walk: Walk) -> Page:
        onward = place.after(walk, self.overlap)
        nothing = sha256(b"").hexdigest()
        return Page((), (), onward.dump(), onward.walk is not None, nothing, self.now())

    def _of_post(self, item: object) -> list[Comment]:
        """The comments that one item of the feed holds: those under it, and itself if a visitor wrote it."""
        if not isinstance(item, dict):
            return [parse_comment(item, None)]
        post_id = identifier(item.get("id"))
        inside = record(item.get("comments"))
        found = [parse_comment(each, post_id) for each in (items_of(inside) if inside else [])]
        return [parse_visitor_post(item), *found]

    def _collect(self, into: dict[str, Comment], *comments: Comment) -> None:
        """Keep other people's comments, each once; the Page's own words are not comments."""
        for comment in comments:
            if comment.author is None or comment.author.external_id != self.account.external_id:
                into.setdefault(comment.external_id, comment)

    def _page(self, answer: Answer, comments: dict[str, Comment], posts: list[Post], onward: Cursor) -> Page:
        return Page(
            comments=tuple(comments.values()),
            posts=tuple(posts),
            cursor=onward.dump(),
            more=onward.walk is not None,
            body_sha256=sha256(answer.exchange.body).hexdigest(),
            received_at=answer.exchange.received_at,
        )


def _reached(comments: Iterable[Comment], since: int | None) -> int | None:
    """How far a post's stream was read: where to start again if its place is refused.

    Only where the page really came oldest first, and a second early, for comments of the same second.
    """
    times = [int(each.posted_at.timestamp()) if each.posted_at else None for each in comments]
    known = [time for time in times if time is not None]
    if not known or len(known) != len(times) or known != sorted(known):
        return since
    return max(since or 0, known[-1] - 1)
