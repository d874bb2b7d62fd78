"""Showing pages, posts and comments as Graph does: the fields asked for, edges inside edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.answers import PlatformRefused, graph_error
from connectors.sandbox.broken import spoil, text_of
from connectors.sandbox.graph_fields import Asked, written
from connectors.sandbox.graph_paging import Found, comments_page, feed_page, paging
from connectors.sandbox.state import World
from connectors.sandbox.things import Account, Comment, Index, Media, Post

Node = Account | Post | Comment
#: What Graph gives when no fields are asked for.
DEFAULTS = {
    "Page": ("name", "id"),
    "PagePost": ("created_time", "message", "id"),
    "Comment": ("created_time", "from", "message", "id"),
}
_REAL_HOST = "https://graph.facebook.com"
_CARRIED = ("fields", "limit", "filter", "order", "since", "until")


@dataclass(frozen=True)
class Addresses:
    """What addresses in an answer are made from.

    Attributes:
        graph: this server's own address.
        version: the version the request asked for, like v25.0.
        token: the token to repeat in paging addresses, or None.
        web: the address of the web pages.
    """

    graph: str
    version: str
    token: str | None
    web: str


def moment(at: datetime) -> str:
    """A time as Graph writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


class Nodes:
    """Renders for one request.

    Args:
        world: where everything is.
        addresses: what addresses are made from.
    """

    def __init__(self, world: World, addresses: Addresses) -> None:
        self._world = world
        self._addresses = addresses

    def show(self, node: Node, fields: tuple[Asked, ...]) -> dict[str, Any]:
        """One node with the fields asked for.

        Raises:
            PlatformRefused: a field does not exist there.
        """
        kind = {Account: "Page", Post: "PagePost", Comment: "Comment"}[type(node)]
        asked = fields or tuple(Asked(name) for name in DEFAULTS[kind])
        plain = self._plain(node)
        shown: dict[str, Any] = {}
        for each in asked:
            if each.name in plain:
                value = _only(plain[each.name], each.inner)
            elif further := self._further(node, each.name):
                value = further(each)
            else:
                raise self._no_field(each.name, kind)
            if value is not None:
                shown[each.name] = value
        shown["id"] = node.id
        if isinstance(node, Comment):
            spoil(shown, node.broken)
        return shown

    def edge(
        self, node: Node, name: str, options: Mapping[str, str], fields: tuple[Asked, ...]
    ) -> dict[str, Any] | None:
        """A page of an edge: `data` and `paging`; None where the node has no such edge."""
        found: Found[Post] | Found[Comment]
        if isinstance(node, Account) and name in ("feed", "posts", "published_posts"):
            found = feed_page(self._world, self._world.posts_of[node.id], options)
        elif not isinstance(node, Account) and name == "comments":
            found = comments_page(self._world, self._comments_of(node, options), options)
        else:
            return None
        carried = {
            key: value for key, value in {**options, "fields": written(fields)}.items() if key in _CARRIED
        }
        carried = {key: value for key, value in carried.items() if value}
        for key in ("since", "until") if name != "comments" else ():
            carried.pop(key, None)
        if self._addresses.token is not None:
            carried = {"access_token": self._addresses.token, **carried}
        host = _REAL_HOST if self._world.switches.graph_next_host == "real" else self._addresses.graph
        shown: dict[str, Any] = {"data": [self.show(each, fields) for each in found.items]}
        pages = paging(found, f"{host}/{self._addresses.version}/{node.id}/{name}", carried)
        return shown | ({"paging": pages} if pages else {})

    def _comments_of(self, node: Post | Comment, options: Mapping[str, str]) -> Index:
        if isinstance(node, Comment):
            return self._world.answers.get(node.id, Index())
        stream = options.get("filter") == "stream"
        return (self._world.threads if stream else self._world.tops).get(node.id, Index())

    def _no_field(self, name: str, kind: str) -> PlatformRefused:
        message = f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})"
        return PlatformRefused(graph_error(100, message, status=self._world.switches.graph_error_status))

    def _plain(self, node: Node) -> dict[str, Any]:
        """The fields of a node that are no edges."""
        if isinstance(node, Account):
            return {"id": node.id, "name": node.name, "username": node.handle, "link": self._link(node)}
        return self._post(node) if isinstance(node, Post) else self._comment(node)

    def _further(self, node: Node, name: str) -> Callable[[Asked], Any] | None:
        """What finds a field that leads to other nodes."""
        if name in ("feed", "posts", "published_posts") if isinstance(node, Account) else name == "comments":
            return lambda asked: self._nested(node, asked)
        if name == "parent" and isinstance(node, Comment):
            return lambda asked: self._parent(node, asked)
        return None

    def _nested(self, node: Node, asked: Asked) -> dict[str, Any] | None:
        page = self.edge(node, asked.name, asked.options, asked.inner)
        return page if page and (page["data"] or "paging" in page) else None

    def _parent(self, comment: Comment, asked: Asked) -> dict[str, Any] | None:
        parent = self._world.comment("facebook", comment.parent_id) if comment.parent_id else None
        if parent is None:
            return None
        return self.show(
            parent, asked.inner or tuple(Asked(each) for each in ("created_time", "message", "id"))
        )

    def _post(self, post: Post) -> dict[str, Any]:
        account = self._world.accounts["facebook", post.account_id]
        at = moment(post.posted_at)
        return {
            "id": post.id,
            "message": post.text,
            "created_time": at,
            "updated_time": at,
            "permalink_url": permalink(self._addresses.web, post),
            "from": {"id": account.id, "name": account.name},
            "is_hidden": False,
            "is_published": True,
            "status_type": "mobile_status_update",
            "story": None,
            "full_picture": None,
        }

    def _comment(self, comment: Comment) -> dict[str, Any]:
        author = self._world.authors.get(("facebook", comment.author_id)) if comment.author_id else None
        shows = self._world.switches.graph_from and author is not None
        answers = self._world.answers.get(comment.id)
        post = self._world.posts["facebook", comment.post_id or ""]
        return {
            "id": comment.id,
            "message": text_of(comment.broken, comment.text),
            "created_time": moment(comment.posted_at),
            "from": {"id": author.id, "name": author.name} if shows and author else None,
            "attachment": _attachment(comment.media[0]) if comment.media else None,
            "permalink_url": permalink(self._addresses.web, post, comment),
            "is_hidden": comment.hidden,
            "is_private": False,
            "can_hide": True,
            "can_remove": True,
            "can_comment": True,
            "can_like": True,
            "comment_count": len(answers.entries) if answers else 0,
            "like_count": int(comment.id.rpartition("_")[2]) % 5,
            "object": {"id": post.id, "created_time": moment(post.posted_at)},
        }

    def _link(self, account: Account) -> str:
        return f"{self._addresses.web}/{account.id}"


def permalink(web: str, post: Post, comment: Comment | None = None) -> str:
    """The address of a Facebook post's page, or of one comment on it."""
    page, _, number = post.id.partition("_")
    tail = f"?comment_id={comment.id.rpartition('_')[2]}" if comment else ""
    return f"{web}/{page}/posts/{number}{tail}"


def _only(value: Any, inner: tuple[Asked, ...]) -> Any:
    if not inner or not isinstance(value, dict):
        return value
    names = {each.name for each in inner} | {"id"}
    return {key: each for key, each in value.items() if key in names}


def _attachment(media: Media) -> dict[str, Any]:
    page = f"https://www.facebook.com/photo.php?fbid={media.id}"
    return {
        "type": media.kind,
        "url": page,
        "target": {"id": media.id, "url": page},
        "media": {"image": {"src": media.url, "width": 720, "height": 540}},
    }
