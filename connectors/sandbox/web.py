"""Each post with its comments as a web page: as a stranger would see it, and for whoever runs the sandbox."""

from __future__ import annotations

import asyncio
import re
from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connectors.sandbox.broken import text_of
from connectors.sandbox.pictures import media
from connectors.sandbox.state import World
from connectors.sandbox.things import Account, Comment, Media, Post

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:17px/1.5 system-ui,sans-serif;color:#212b32;background:#f0f4f5}
header{background:#003087;color:#fff;padding:12px 16px}header a{color:#fff}
main{max-width:44rem;margin:0 auto;padding:16px}
article,li.comment{background:#fff;border:1px solid #d8dde0;border-radius:6px;padding:12px;margin:0 0 12px}
ol{list-style:none;margin:0;padding:0}ol ol{margin:12px 0 0;padding-left:12px;border-left:3px solid #d8dde0}
p{margin:4px 0;overflow-wrap:anywhere;white-space:pre-wrap}.meta{color:#4c6272;font-size:15px}
.hidden{color:#4c6272;font-style:italic}.chosen{outline:3px solid #ffeb3b}
a{color:#005eb8}form{display:grid;gap:8px;max-width:20rem}input,button{font:inherit;padding:8px}
img{max-width:100%}
"""


def clean(text: str | None) -> str:
    """A text safe to stand in HTML."""
    return escape(_CONTROL.sub("\ufffd", text or "")).encode("utf-8", "replace").decode("utf-8")


class WebPages:
    """The pages.

    Args:
        world: where everything is.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Where the pages are."""
        return [
            Route("/", self._index),
            Route("/_sandbox/view", self._index),
            Route("/_sandbox/view/{post_id}", self._view),
            Route("/_sandbox/media/{name}", self._media),
            Route("/_sandbox/redirect", self._redirect),
            Route("/_sandbox/hang", self._hang),
            Route("/{page}/posts/{number}", self._facebook_post),
            Route("/{handle}/status/{id}", self._x_post),
            Route("/{handle}", self._account),
        ]

    async def _index(self, request: Request) -> Response:
        with self._world.lock:
            parts = [self._account_part(each) for each in self._world.accounts.values()]
        body = "".join(parts) or "<p>Nothing has been loaded yet.</p>"
        return _page("Sandbox", f"<h1>Simulated accounts</h1>{body}")

    def _account_part(self, account: Account) -> str:
        place = {"x": "X", "facebook": "Facebook"}[account.platform]
        rows = []
        for _, key in self._world.posts_of[account.id].newest():
            post = self._world.posts[account.platform, key]
            count = sum(1 for _, each in self._world.threads[key].entries if each != key)
            rows.append(
                f'<li><a href="/_sandbox/view/{clean(key)}">{clean(post.text[:80])}</a> '
                f'<span class="meta">{count} comments, {post.posted_at:%d %b %H:%M}. '
                f'<a href="{self._public(post)}">As strangers see it</a></span></li>'
            )
        return f"<h2>{clean(account.name)} on {place}</h2><ul>{''.join(rows)}</ul>"

    def _public(self, post: Post) -> str:
        if post.platform == "facebook":
            return "/{}/posts/{}".format(*post.id.split("_"))
        handle = self._world.accounts["x", post.account_id].handle
        return f"/{clean(handle)}/status/{post.id}"

    async def _view(self, request: Request) -> Response:
        with self._world.lock:
            post_id = request.path_params["post_id"]
            post = self._world.posts.get(("x", post_id)) or self._world.posts.get(("facebook", post_id))
            return self._show(post, None)

    async def _media(self, request: Request) -> Response:
        found = media(request.path_params["name"])
        if found is None:
            return _page("Not found", "<h1>This page is not available</h1>", status=404)
        return Response(found[0], media_type=found[1])

    async def _redirect(self, request: Request) -> Response:
        """A page that leads on to wherever `to` says, as a shortened link does."""
        return RedirectResponse(request.query_params.get("to", "/"), status_code=302)

    async def _hang(self, request: Request) -> Response:
        """A page that answers after `seconds`, or when the other side has lost patience."""
        await asyncio.sleep(min(float(request.query_params.get("seconds", "60")), 600.0))
        return _page("Late", "<h1>Late</h1>")

    async def _facebook_post(self, request: Request) -> Response:
        number = request.path_params["number"]
        chosen = f"{number}_{request.query_params.get('comment_id', '')}"
        with self._world.lock:
            post = self._world.posts.get(("facebook", f"{request.path_params['page']}_{number}"))
            return self._wall("Facebook") or self._show(post, chosen)

    async def _x_post(self, request: Request) -> Response:
        item_id = request.path_params["id"]
        with self._world.lock:
            comment = self._world.comment("x", item_id)
            found: Post | Comment | None = self._world.posts.get(("x", item_id))
            if comment is not None:
                found = self._world.posts.get(("x", comment.post_id or "")) or comment
            return self._wall("X") or self._show(found, comment.id if comment else None)

    async def _account(self, request: Request) -> Response:
        handle = request.path_params["handle"]
        with self._world.lock:
            account = self._world.account_of("facebook", handle) or self._world.account_of("x", handle)
            if account is None:
                return _page("Not found", "<h1>This page is not available</h1>", status=404)
            wall = self._wall({"x": "X", "facebook": "Facebook"}[account.platform])
            return wall or _page(account.name, self._account_part(account))

    def _wall(self, place: str) -> Response | None:
        if not self._world.switches.login_wall:
            return None
        form = (
            "<form><label>E-mail or handle <input name='user' autocomplete='off'></label>"
            "<label>Password <input type='password' name='password' autocomplete='off'></label>"
            "<button type='button'>Log in</button></form>"
        )
        return _page(
            f"Log in to {place}", f"<h1>Log in to {place}</h1><p>You must log in to continue.</p>{form}"
        )

    def _show(self, top: Post | Comment | None, chosen: str | None) -> Response:
        if top is None:
            return _page("Not found", "<h1>This page is not available</h1>", status=404)
        account = self._world.accounts[top.platform, top.account_id]
        if isinstance(top, Comment):
            return _page("Post", f"<ol>{self._comment_part(top, chosen)}</ol>")
        index = self._world.tops.get(top.id)
        comments = [self._world.comment(top.platform, key) for _, key in (index.oldest() if index else ())]
        shown = "".join(self._comment_part(each, chosen) for each in comments if each is not None)
        line = f"{clean(account.name)}, {top.posted_at:%d %B %Y %H:%M}"
        head = f'<p class="meta">{line}</p><p>{clean(top.text)}</p>'
        return _page(account.name, f"<article>{head}</article><h2>Comments</h2><ol>{shown}</ol>")

    def _comment_part(self, comment: Comment, chosen: str | None) -> str:
        author = self._world.authors.get((comment.platform, comment.author_id or ""))
        name = clean(author.name) if author else "Somebody"
        edited = ", edited" if len(comment.versions) > 1 else ""
        said = f"<p>{clean(text_of(comment.broken, comment.text))}</p>"
        if comment.hidden and comment.platform == "x":
            line = '<summary class="hidden">This reply was hidden by the author</summary>'
            said = f"<details>{line}{said}</details>"
        elif comment.hidden:
            said = '<p class="hidden">This comment is hidden</p>'
        for each in () if comment.hidden else comment.media:
            said += f'<p class="meta">[{clean(each.kind)}: {clean(each.alt_text or "no description")}]</p>'
            said += _picture(each)
        below = self._world.answers.get(comment.id)
        answers = [self._world.comment(comment.platform, key) for _, key in (below.oldest() if below else ())]
        inner = "".join(self._comment_part(item, chosen) for item in answers if item is not None)
        mark = " chosen" if comment.id == chosen else ""
        return (
            f'<li class="comment{mark}" id="c{comment.id}"><p class="meta">{name}, '
            f"{comment.posted_at:%d %B %Y %H:%M}{edited}</p>{said}{inner and f'<ol>{inner}</ol>'}</li>"
        )


def _picture(each: Media) -> str:
    """A picture that this sandbox holds itself; one from elsewhere is only told of."""
    path = urlsplit(each.url).path
    if each.kind != "photo" or not path.startswith("/_sandbox/media/"):
        return ""
    return f'<p><img src="{clean(path)}" alt="{clean(each.alt_text)}"></p>'


def _page(title: str, body: str, *, status: int = 200) -> Response:
    html = (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{clean(title)}</title><style>{_STYLE}</style></head><body>"
        f'<header>Simulated platform. Nothing here is real. <a href="/_sandbox/view">All posts</a></header>'
        f"<main>{body}</main></body></html>"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
    headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
    return Response(html, status_code=status, media_type="text/html", headers=headers)
