"""The simulated X API v2."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import (
    JsonResponse,
    PlatformRefused,
    x_forbidden,
    x_invalid,
    x_missing,
    x_problem,
    x_too_many,
    x_unauthorized,
)
from connectors.sandbox.limits import X_LIMITS, X_WINDOW, Count, Windows
from connectors.sandbox.state import World, snowflake
from connectors.sandbox.things import Account, Author, Comment, Post
from connectors.sandbox.x_people import XPeople
from connectors.sandbox.x_query import Call, bounds, make_token, page_size, wanted
from connectors.sandbox.x_search import QueryWrong, newest, parse
from connectors.sandbox.x_tweets import Tweets, respell, stamp

Item = Post | Comment
Handler = Callable[[Call], dict[str, Any]]
#: How far back recent search reaches, and how many mentions can be had at all.
SEARCH_REACH = timedelta(days=7)
MENTIONS_REACH = 800
QUERY_LENGTH = 512
_OAUTH_TOKEN = re.compile(r'oauth_token="([^"]+)"')


class XApi:
    """The endpoints. Each takes a call and gives the answer's JSON.

    Args:
        world: where everything is.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._people = XPeople(world)
        self.windows = Windows(world.now)

    def app(self) -> Starlette:
        """The server."""
        return Starlette(
            routes=[
                self._route("/2/users/me", "me", self._me),
                self._route("/2/users/by/username/{handle}", "users", self._user_by_handle),
                self._route("/2/users/{id}", "users", self._user),
                self._route("/2/users/{id}/mentions", "mentions", self._mentions),
                self._route("/2/users/{id}/tweets", "user_tweets", self._user_tweets),
                self._route("/2/tweets/search/recent", "search", self._search),
                self._route("/2/tweets", "tweets", self._tweets),
                self._route("/2/tweets/{id}", "tweets", self._tweet),
                self._route("/2/tweets/{id}/hidden", "hidden", self._hidden, "PUT"),
                self._route("/2/users/{id}/muting", "muted", self._people.muted),
                self._route("/2/users/{id}/muting", "muting", self._people.mute, "POST"),
                self._route("/2/users/{id}/muting/{target}", "unmuting", self._people.unmute, "DELETE"),
            ]
        )

    def _route(self, path: str, name: str, handler: Handler, method: str = "GET") -> Route:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with self._world.lock:
                return self._answer(request, body, name, handler)

        return Route(path, endpoint, methods=[method])

    def _answer(self, request: Request, body: bytes, name: str, handler: Handler) -> Response:
        count = None
        try:
            account, is_app = self._account(request.headers.get("authorization", ""))
            count = self._count(account.app_token if is_app else account.token, name, is_app=is_app)
            if count is not None and not count.allowed:
                raise PlatformRefused(x_too_many(self._world.switches.x_limit_body))
            found = handler(Call(request.url.path, request.path_params, request.query_params, account, body))
            status = found.pop("__status", 200)
            spelling = self._world.switches.post_spelling
            answer: Response = JsonResponse(respell(found, spelling), status_code=status)
        except PlatformRefused as refused:
            answer = refused.response
        if count is not None:
            answer.headers["x-rate-limit-limit"] = str(count.limit)
            answer.headers["x-rate-limit-remaining"] = str(count.remaining)
            answer.headers["x-rate-limit-reset"] = str(count.reset)
        return answer

    def _account(self, header: str) -> tuple[Account, bool]:
        scheme, _, rest = header.partition(" ")
        token = rest.strip()
        if scheme.lower() == "oauth" and "oauth_signature=" in header:
            match = _OAUTH_TOKEN.search(header)
            token = match[1] if match else ""
        elif scheme.lower() != "bearer":
            token = ""
        for account in self._world.accounts.values():
            if account.platform == "x" and token in (account.token, account.app_token):
                return account, token == account.app_token
        raise PlatformRefused(x_unauthorized())

    def _count(self, token: str, name: str, *, is_app: bool) -> Count | None:
        limit = X_LIMITS[name][0 if is_app else 1]
        if limit == 0:
            detail = "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint."
            kind = "https://api.twitter.com/2/problems/unsupported-authentication"
            raise PlatformRefused(x_problem(403, "Unsupported Authentication", detail, type=kind))
        if not self._world.switches.limits:
            return None
        scaled = max(1, int(limit * self._world.switches.limit_scale))
        return self.windows.use(token, name, scaled, X_WINDOW)

    def _me(self, call: Call) -> dict[str, Any]:
        return {"data": Tweets(self._world, wanted(call, self._world.switches)).user(call.account)}

    def _user_by_handle(self, call: Call) -> dict[str, Any]:
        handle = call.params["handle"]
        person = self._world.account_of("x", handle) or self._world.authors.get(("x", "@" + handle.lower()))
        return self._one_user(call, person, "username", handle)

    def _user(self, call: Call) -> dict[str, Any]:
        user_id = call.params["id"]
        person = self._world.accounts.get(("x", user_id)) or self._world.authors.get(("x", user_id))
        return self._one_user(call, person, "id", user_id)

    def _one_user(
        self, call: Call, person: Account | Author | None, parameter: str, value: str
    ) -> dict[str, Any]:
        if person is None:
            return self._gone(x_missing(parameter, value, "user"))
        return {"data": Tweets(self._world, wanted(call, self._world.switches)).user(person)}

    def _gone(self, error: dict[str, str]) -> dict[str, Any]:
        return {"errors": [error], "__status": self._world.switches.x_gone_status}

    def _mentions(self, call: Call) -> dict[str, Any]:
        owner = self._owner(call)
        index = self._world.mentions[owner.id]
        reach = itertools.islice(index.newest(), MENTIONS_REACH)
        above, below = bounds(call, "pagination_token")
        found = (
            item
            for order, key in reach
            if above < order and (below is None or order < below) and (item := self._world.comment("x", key))
        )
        return self._page(call, self._visible(found), 5)

    def _user_tweets(self, call: Call) -> dict[str, Any]:
        owner = self._owner(call)
        above, below = bounds(call, "pagination_token")
        index = self._world.posts_of[owner.id]
        found = (self._world.posts["x", key] for _, key in index.newest(above=above, below=below))
        return self._page(call, found, 5)

    def _search(self, call: Call) -> dict[str, Any]:
        query = call.query.get("query", "")
        if not 1 <= len(query) <= QUERY_LENGTH:
            message = f"Rules must be 512 characters or less, not {len(query)}."
            raise PlatformRefused(x_invalid("query", query, message))
        try:
            part = parse(query, self._world)
        except QueryWrong as error:
            message = f"There were errors processing your request: {error}"
            raise PlatformRefused(x_invalid("query", query, message)) from error
        name = "pagination_token" if "pagination_token" in call.query else "next_token"
        above, below = bounds(call, name)
        oldest = snowflake(self._world.now() - SEARCH_REACH)
        for parameter in ("since_id", "until_id"):
            value = call.query.get(parameter)
            if value is not None and int(value) < oldest:
                moment = stamp(self._world.now() - SEARCH_REACH, fraction=False)
                message = (
                    f"'{parameter}' must be a tweet id created after [{moment}]. "
                    f"Please use a '{parameter}' that is larger than {oldest}"
                )
                raise PlatformRefused(x_invalid(parameter, value, message))
        found = newest(part, self._world, above=max(above, oldest), below=below)
        return self._page(call, self._visible(found), 10)

    def _tweets(self, call: Call) -> dict[str, Any]:
        ids = list(dict.fromkeys(call.query.get("ids", "").split(",")))
        if not 1 <= len(ids) <= 100 or not all(each.isdigit() for each in ids):
            raise PlatformRefused(x_invalid("ids", ",".join(ids), "`ids` takes 1 to 100 ids"))
        found = [(each, self._item(each)) for each in ids]
        body = self._show(call, [item for _, item in found if item is not None], dict(found))
        missing = [x_missing("ids", each) for each, item in found if item is None]
        if missing:
            body["errors"] = [*missing, *body.get("errors", [])]
        return body

    def _tweet(self, call: Call) -> dict[str, Any]:
        tweet_id = call.params["id"]
        if not tweet_id.isdigit():
            raise PlatformRefused(x_invalid("id", tweet_id, "The `id` query parameter value is not valid"))
        item = self._item(tweet_id)
        if item is None:
            return self._gone(x_missing("id", tweet_id))
        body = self._show(call, [item], {tweet_id: item})
        return body | {"data": body["data"][0]}

    def _show(self, call: Call, items: list[Item], asked: dict[str, Item | None]) -> dict[str, Any]:
        body = Tweets(self._world, wanted(call, self._world.switches)).answer(items)
        for shown, (tweet_id, item) in zip(
            body.get("data", []), [e for e in asked.items() if e[1]], strict=True
        ):
            if isinstance(item, Comment) and tweet_id != item.current.id:
                version = next(each for each in item.versions if each.id == tweet_id)
                shown |= {"id": tweet_id, "text": version.text}
        return body

    def _hidden(self, call: Call) -> dict[str, Any]:
        try:
            hide = json.loads(call.body)["hidden"]
        except (ValueError, KeyError, TypeError):
            hide = None
        if not isinstance(hide, bool):
            raise PlatformRefused(x_invalid("hidden", str(hide), "$.hidden: is missing but it is required"))
        tweet_id = call.params["id"]
        comment = self._world.comment("x", tweet_id)
        if comment is None:
            return self._gone(x_missing("id", tweet_id))
        post = self._world.posts.get(("x", comment.post_id or ""))
        if post is None or post.account_id != call.account.id:
            raise PlatformRefused(x_forbidden("You are not permitted to hide or unhide this Tweet."))
        works = self._world.switches.x_hide_works
        self._world.change(comment, "hide" if hide else "unhide", works=works)
        if not works:
            problem = {
                "title": "Internal Error",
                "detail": "The reply was not changed.",
                "type": "about:blank",
            }
            return {"errors": [problem]}
        return {"data": {"hidden": comment.hidden}}

    def _owner(self, call: Call) -> Account | Author:
        user_id = call.params["id"]
        person = self._world.accounts.get(("x", user_id)) or self._world.authors.get(("x", user_id))
        if person is None:
            gone = self._gone(x_missing("id", user_id, "user"))
            raise PlatformRefused(JsonResponse(gone, status_code=gone.pop("__status")))
        return person

    def _item(self, tweet_id: str) -> Item | None:
        return self._world.posts.get(("x", tweet_id)) or self._world.comment("x", tweet_id)

    def _visible(self, items: Iterable[Item]) -> Iterator[Item]:
        all_shown = self._world.switches.x_search_shows_hidden
        return (each for each in items if all_shown or isinstance(each, Post) or not each.hidden)

    def _page(self, call: Call, items: Iterable[Item], least: int) -> dict[str, Any]:
        size = page_size(call, least)
        chosen = list(itertools.islice(items, size + 1))
        more, chosen = len(chosen) > size, chosen[:size]
        if not chosen:
            return {"meta": {"result_count": 0}}
        ids = [str(self._world.order(each)) for each in chosen]
        meta: dict[str, Any] = {"result_count": len(ids), "newest_id": ids[0], "oldest_id": ids[-1]}
        if more:
            meta["next_token"] = make_token(ids[-1], call)
        return Tweets(self._world, wanted(call, self._world.switches)).answer(chosen) | {"meta": meta}
