"""The simulated Graph API of Facebook Pages, under any version prefix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import (
    JsonResponse,
    PlatformRefused,
    add_graph_usage,
    graph_bad_token,
    graph_error,
    graph_limited,
)
from connectors.sandbox.graph_fields import Asked, FieldsWrong, parse
from connectors.sandbox.graph_nodes import Addresses, Node, Nodes
from connectors.sandbox.limits import GRAPH_WINDOW, Count, Windows
from connectors.sandbox.state import World
from connectors.sandbox.things import Account

_VERSION = re.compile(r"^v\d+\.\d+$")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class GraphApi:
    """The endpoints.

    Args:
        world: where everything is.
        web: the address of the web pages, for permalinks.
    """

    def __init__(self, world: World, web: str) -> None:
        self._world = world
        self._web = web
        self.windows = Windows(world.now)

    def app(self) -> Starlette:
        """The server."""
        return Starlette(routes=[Route("/{path:path}", self._endpoint, methods=["GET", "POST", "DELETE"])])

    async def _endpoint(self, request: Request) -> Response:
        body = await request.body()
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        with self._world.lock:
            count = None
            try:
                account, token = self._account(request, form)
                count = self._count(account)
                answer = self._answer(request, form, account, token)
            except PlatformRefused as refused:
                answer = refused.response
            if count is not None and "x-app-usage" not in answer.headers:
                add_graph_usage(answer, percent=100 * (count.limit - count.remaining) // count.limit)
        answer.headers["facebook-api-version"] = _split(request.url.path)[0]
        return answer

    def _account(self, request: Request, form: Mapping[str, str]) -> tuple[Account, str | None]:
        """Whose token it is, and the token to repeat in paging addresses."""
        switches = self._world.switches
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        asked = (
            (request.query_params.get("access_token") or form.get("access_token"))
            if switches.graph_query_token
            else None
        )
        token = asked or (bearer.strip() if switches.graph_bearer and scheme.lower() == "bearer" else None)
        if token is None:
            message = "An access token is required to request this resource."
            raise PlatformRefused(self._error(104, message))
        for account in self._world.accounts.values():
            if account.platform == "facebook" and account.token == token:
                return account, asked if switches.graph_next_token else None
        raise PlatformRefused(graph_bad_token(switches.graph_error_status))

    def _count(self, account: Account) -> Count | None:
        switches = self._world.switches
        if not switches.limits:
            return None
        limit = max(1, int(switches.graph_limit * switches.limit_scale))
        count = self.windows.use(account.token, "graph", limit, GRAPH_WINDOW)
        if not count.allowed:
            minutes = max(1, -(-(count.reset - int(self._world.now().timestamp())) // 60))
            raise PlatformRefused(
                graph_limited(switches.graph_limit_code, switches.graph_error_status, minutes)
            )
        return count

    def _answer(
        self, request: Request, form: Mapping[str, str], account: Account, token: str | None
    ) -> Response:
        version, parts = _split(request.url.path)
        own = f"http://{request.headers.get('host', '')}"
        nodes = Nodes(self._world, Addresses(own, version, token, self._web))
        options = dict(request.query_params)
        if request.method != "GET":
            return self._change(request.method, parts, {**options, **form}, account)
        fields = self._fields(options.get("fields", ""))
        if not parts and "ids" in options:
            ids = [each for each in options["ids"].split(",") if each]
            return JsonResponse({each: nodes.show(self._node(each, account), fields) for each in ids})
        if not 1 <= len(parts) <= 2:
            raise PlatformRefused(self._missing("/".join(parts)))
        if parts[1:] == ["blocked"]:
            return self._bans(parts[0], options, account)
        node = self._node(parts[0], account)
        if len(parts) == 1:
            return JsonResponse(nodes.show(node, fields))
        page = nodes.edge(node, parts[1], options, fields)
        if page is None:
            message = (
                f"(#100) Tried accessing nonexisting field ({parts[1]}) on node type ({type(node).__name__})"
            )
            raise PlatformRefused(self._error(100, message))
        return JsonResponse(page)

    def _change(self, method: str, parts: list[str], given: Mapping[str, str], account: Account) -> Response:
        if len(parts) == 2 and parts[1] == "blocked":
            return self._ban(method, parts[0], given, account)
        comment = self._world.comment("facebook", parts[0]) if len(parts) == 1 else None
        if comment is None:
            raise PlatformRefused(self._missing("/".join(parts)))
        if comment.account_id != account.id:
            raise PlatformRefused(self._error(200, "(#200) Permissions error"))
        works = self._world.switches.graph_hide_works
        if method == "DELETE":
            self._world.change(comment, "delete", works=works)
        else:
            hide = _BOOLEANS.get(given.get("is_hidden", ""))
            if hide is None:
                raise PlatformRefused(self._error(100, "(#100) Param is_hidden must be a boolean"))
            self._world.change(comment, "hide" if hide else "unhide", works=works)
        return self._done()

    def _ban(self, method: str, page: str, given: Mapping[str, str], account: Account) -> Response:
        """Ban a person from a Page, or lift the ban."""
        person = self._person(page, given, account)
        switches = self._world.switches
        kind = "unblock" if method == "DELETE" else "block"
        self._world.change_person(account, person, kind, works=switches.graph_hide_works)
        if kind == "block" and switches.graph_block_answer == "by_id":
            return JsonResponse({person: True})
        return self._done()

    def _bans(self, page: str, given: Mapping[str, str], account: Account) -> Response:
        """Those who are banned from a Page; asked for one, that one or nobody."""
        asked = given.get("user") or given.get("uid")
        wanted = [self._person(page, given, account)] if asked else account.blocked
        people = [self._world.authors["facebook", each] for each in wanted if each in account.blocked]
        return JsonResponse({"data": [{"id": each.id, "name": each.name} for each in people]})

    def _person(self, page: str, given: Mapping[str, str], account: Account) -> str:
        if page != account.id:
            raise PlatformRefused(self._error(210, "(#210) A page access token is required"))
        person = given.get("user") or given.get("uid") or ""
        if ("facebook", person) not in self._world.authors or not person.isdigit():
            raise PlatformRefused(self._error(100, "(#100) Param user must be a valid user ID"))
        return person

    def _done(self) -> Response:
        answer = self._world.switches.hide_answer
        if answer == "true_javascript":
            return Response("true", media_type="text/javascript; charset=UTF-8")
        return JsonResponse({"success": True} if answer == "success" else True)

    def _node(self, node_id: str, account: Account) -> Node:
        found: Node | None = account if node_id == "me" else self._world.accounts.get(("facebook", node_id))
        if found is None:
            found = self._world.posts.get(("facebook", node_id)) or self._world.comment("facebook", node_id)
        if found is None:
            raise PlatformRefused(self._missing(node_id))
        owner = found.id if isinstance(found, Account) else found.account_id
        if owner != account.id:
            message = "(#10) This endpoint requires the 'pages_read_engagement' permission."
            raise PlatformRefused(self._error(10, message))
        return found

    def _fields(self, text: str) -> tuple[Asked, ...]:
        try:
            return parse(text)
        except FieldsWrong as error:
            raise PlatformRefused(self._error(2500, str(error))) from error

    def _error(self, code: int, message: str) -> JsonResponse:
        return graph_error(code, message, status=self._world.switches.graph_error_status)

    def _missing(self, node_id: str) -> JsonResponse:
        message = (
            f"Unsupported request. Object with ID '{node_id}' does not exist, cannot be loaded due to "
            "missing permissions, or does not support this operation."
        )
        status = self._world.switches.graph_error_status
        return graph_error(100, message, status=status, kind="GraphMethodException", subcode=33)


def _split(path: str) -> tuple[str, list[str]]:
    parts = [each for each in path.split("/") if each]
    if parts and _VERSION.match(parts[0]):
        return parts[0], parts[1:]
    return "v26.0", parts
