"""Polling a Page: its posts with their newest comments, then the rest of each post's comments.

Comments are asked for as one flat stream, oldest first: answers to comments are among them and
name their parent. Posts older than the window (a setting, 30 days) are not looked under. A post
that keeps failing is left for the next walk, so that it holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from connectors.calls import Answer
from connectors.contract import Account, Comment, Page, Post
from connectors.errors import (
    ConnectorError,
    ContentGone,
    CredentialsRejected,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    UnexpectedResponse,
)
from connectors.facebook.certain import is_gone
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
_FULL_EVERY = timedelta(hours=24)
#: So many failures in a row, and a post is left for the next walk; then one is enough.
_PATIENCE = 3
_NOT_LISTED = "Graph's paging of the Page's posts does not hold: comments under older posts may be missing"


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of one Page.

    Attributes:
        overlap: how far a new walk reaches back behind the last.
        window: posts older than this are not looked under.
        now: the host clock.
        failures: how often each post failed in a row; in memory only, a restart begins afresh.
    """

    client: GraphClient
    account: Account
    overlap: timedelta
    window: timedelta
    now: Callable[[], datetime]
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def reach(self) -> str:
        """What polling sees and what it does not, for a person."""
        return (
            f"comments under posts of the last {self.window.days} days, new ones at every walk; edits made"
            f" more than {self.overlap.total_seconds() / 60:.0f} minutes after the comment, once a day;"
            " comments under older posts are never seen"
        )

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Read the next page (see `contract.Connector.poll`).

        Raises:
            ValueError: there is no such feed.
        """
        if feed != FEED:
            raise ValueError(f"Facebook has no feed {feed!r}: it has {FEED}")
        place = Cursor.load(cursor)
        if place.walk is None or not place.walk.pending:
            return self._posts(place)
        post = place.walk.pending[0]
        if self.failures.get(post.post_id, 0) >= _PATIENCE:
            return self._left_for_later(place, place.walk, post)
        try:
            page = self._more_comments(place, place.walk, post)
        except (RateLimited, CredentialsRejected):
            raise  # nothing to do with this post
        except ConnectorError:
            self.failures[post.post_id] = self.failures.get(post.post_id, 0) + 1
            raise
        self.failures.pop(post.post_id, None)
        return page

    def _posts(self, place: Cursor) -> Page:
        """One page of posts, each with its first comments since the last walk."""
        try:
            answer, walk = self._asked_posts(place, place.walk)
        except UnexpectedResponse as error:
            refused = place.walk
            if refused is None or refused.place is None or not (error.code or "").startswith("100"):
                raise
            if refused.restarted:
                return self._without(place, replace(refused, place=None, broken=True), _NOT_LISTED)
            answer, walk = self._asked_posts(place, replace(refused, place=None, seen=(), restarted=True))
        return self._read_posts(place, answer, walk)

    def _read_posts(self, place: Cursor, answer: Answer, walk: Walk) -> Page:
        """Sort out a page of posts: its comments now, the rest of each post's later."""
        here = walk.place or {}
        items = items_of(answer.payload)
        following, gap = next_place(answer.payload), None
        seen = (*walk.seen, mark(here))
        if following is not None and mark(following) in seen:
            following, gap = None, _NOT_LISTED
            walk = replace(walk, broken=True)
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
                since = None if walk.full else place.since
                pending.append(Pending(post.external_id, onward.get("after"), since))
        late = {each.post_id for each in (*walk.pending, *walk.late)}
        waiting = (*(each for each in pending if each.post_id not in late), *walk.pending)
        onwards = replace(walk, place=following, seen=seen, pending=waiting)
        return self._page(answer, comments, posts, place.after(onwards, self.overlap), gap)

    def _asked_posts(self, place: Cursor, walk: Walk | None) -> tuple[Answer, Walk]:
        """Ask for a page of posts; a new walk that turns out to be the day's full one asks again."""
        if walk is not None:
            return self._ask_posts(place, walk), walk
        begun = Walk(int(self.now().timestamp()), full=place.since is None)
        answer = self._ask_posts(place, begun)
        started = int(answer.at.timestamp())
        if not begun.full and started - (place.full or 0) >= _FULL_EVERY.total_seconds():
            answer = self._ask_posts(place, replace(begun, full=True))
            begun = replace(begun, full=True)
        return answer, replace(begun, started=started, pending=place.late)

    def _ask_posts(self, place: Cursor, walk: Walk) -> Answer:
        since = "" if walk.full or place.since is None else f".since({place.since})"
        nested = f"comments.filter(stream).order(chronological){since}.limit({_NESTED}){{{COMMENT_FIELDS}}}"
        edge = str(walk.started - int(self.window.total_seconds()))
        asked = {"fields": f"{POST_FIELDS},{nested}", "since": edge, **(walk.place or {})}
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
        except ContentGone:  # perhaps the post was deleted while we walked
            if is_gone(self.client, self.account, post.post_id):
                why = f"the post {post.post_id} is gone"
                return self._dropped(place, walk, why)
            raise UnexpectedResponse("Graph says that a post's comments are gone, but not the post") from None
        except UnexpectedResponse as error:
            if error.code != "unreadable":
                raise
            return self._dropped(place, walk, "a post has an id that Graph cannot be asked for")
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

    def _dropped(self, place: Cursor, walk: Walk, why: str) -> Page:
        """Go on without a post that cannot be read any more."""
        gap = f"{why}: what was left to read of its comments is lost"
        return self._without(place, replace(walk, pending=walk.pending[1:]), gap)

    def _left_for_later(self, place: Cursor, walk: Walk, post: Pending) -> Page:
        """Go on without a post that keeps failing: the next walk reads it from its own since."""
        self.failures[post.post_id] = _PATIENCE - 1
        gap = f"the comments of the post {post.post_id} cannot be read at present: left for the next walk"
        return self._without(place, replace(walk, pending=walk.pending[1:], late=(*walk.late, post)), gap)

    def _without(self, place: Cursor, walk: Walk, gap: str) -> Page:
        onward = place.after(walk, self.overlap)
        nothing = sha256(b"").hexdigest()
        return Page((), (), onward.dump(), onward.walk is not None, nothing, self.now(), gap)

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

    def _page(
        self,
        answer: Answer,
        comments: dict[str, Comment],
        posts: list[Post],
        onward: Cursor,
        gap: str | None = None,
    ) -> Page:
        return Page(
            comments=tuple(comments.values()),
            posts=tuple(posts),
            cursor=onward.dump(),
            more=onward.walk is not None,
            body_sha256=sha256(answer.exchange.body).hexdigest(),
            received_at=answer.exchange.received_at,
            gap=gap,
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
