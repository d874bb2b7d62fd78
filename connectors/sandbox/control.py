"""The control API: for tests, the demo and `sandbox load` to steer a running sandbox. Loopback only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import JsonResponse
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.faults import KINDS, FaultBoard
from connectors.sandbox.loader import Row, load_rows
from connectors.sandbox.state import World
from connectors.sandbox.things import Account, Author, Comment, Media, Post

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Control:
    """The endpoints under /_sandbox/. All take and give JSON.

    Args:
        world: what they steer.
        faults: the fault rules in force.
        clock: the clock to set, or None where the time is not ours to set.
        forget_limits: starts every rate window afresh.
        addresses: this sandbox's base addresses, by name.
    """

    def __init__(
        self,
        world: World,
        faults: FaultBoard,
        clock: SandboxClock | None,
        forget_limits: Callable[[], None],
        addresses: dict[str, str],
    ) -> None:
        self._world = world
        self._faults = faults
        self._clock = clock
        self._forget_limits = forget_limits
        self._addresses = addresses

    def routes(self) -> list[Route]:
        """Where the endpoints are."""
        return [
            _route("/_sandbox/state", self._state),
            _route("/_sandbox/changes", self._changes),
            _route("/_sandbox/comments", self._comments),
            _route("/_sandbox/faults", self._faults_list),
            _route("/_sandbox/faults", self._fault, "POST"),
            _route("/_sandbox/faults", self._clear, "DELETE"),
            _route("/_sandbox/settings", self._settings),
            _route("/_sandbox/settings", self._set, "POST"),
            _route("/_sandbox/clock", self._time),
            _route("/_sandbox/clock", self._set_time, "POST"),
            _route("/_sandbox/load", self._load, "POST"),
            _route("/_sandbox/post", self._post, "POST"),
            _route("/_sandbox/comment", self._comment, "POST"),
            _route("/_sandbox/edit", self._edit, "POST"),
            _route("/_sandbox/delete", self._delete, "POST"),
        ]

    def _state(self, given: dict[str, Any]) -> dict[str, Any]:
        comments = self._world.comments.values()
        made = [each for each in self._world.ledger.changes if each.made]
        return {
            "addresses": self._addresses,
            "now": self._world.now().isoformat(),
            "accounts": [asdict(each) for each in self._world.accounts.values()],
            "posts": len(self._world.posts),
            "comments": {
                name: sum(1 for each in comments if each.platform == name) for name in ("x", "facebook")
            },
            "hidden": sum(1 for each in comments if each.hidden),
            "deleted": sum(1 for each in comments if each.deleted),
            "changes": {"received": len(self._world.ledger.changes), "made": len(made)},
        }

    def _changes(self, given: dict[str, Any]) -> dict[str, Any]:
        changes = self._world.ledger.changes
        wanted = [each for each in changes if given.get("comment_id") in (None, each.comment_id)]
        return {"changes": [asdict(each) | {"at": each.at.isoformat()} for each in wanted]}

    def _comments(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = [
            each for each in self._world.comments.values() if given.get("platform") in (None, each.platform)
        ]
        return {"comments": [_shown(each) for each in wanted]}

    def _faults_list(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"faults": self._faults.as_list(), "kinds": dict(KINDS)}

    def _fault(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"fault": asdict(self._faults.add(**given))}

    def _clear(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"cleared": self._faults.clear(given.get("kind"))}

    def _settings(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"settings": self._world.switches.as_dict()}

    def _set(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.pop("forget_limits", False):
            self._forget_limits()
        self._world.switches.update(given)
        return self._settings({})

    def _time(self, given: dict[str, Any]) -> dict[str, Any]:
        offset = self._clock.offset_seconds if self._clock else None
        return {"now": self._world.now().isoformat(), "offset_seconds": offset}

    def _set_time(self, given: dict[str, Any]) -> dict[str, Any]:
        if self._clock is None:
            raise ValueError("this sandbox was given a clock that cannot be set")
        if "offset_seconds" in given:
            self._clock.set_offset(float(given["offset_seconds"]))
        self._clock.shift(float(given.get("shift_seconds", 0)))
        return self._time({})

    def _load(self, given: dict[str, Any]) -> dict[str, Any]:
        rows = [Row(**each) for each in given["rows"]]
        found = load_rows(
            self._world,
            rows,
            platform=given["platform"],
            account=given["account"],
            seed=given.get("seed", 0),
            now=self._world.now(),
        )
        return asdict(found)

    def _post(self, given: dict[str, Any]) -> dict[str, Any]:
        account = self._account(given)
        at = self._world.now() - timedelta(minutes=given.get("minutes_ago", 0))
        return {"post_id": self._world.add_post(account, given["text"], posted_at=at).id}

    def _comment(self, given: dict[str, Any]) -> dict[str, Any]:
        account = self._account(given)
        platform = account.platform
        parent = self._find(platform, given["parent_id"]) if given.get("parent_id") else None
        post = self._post_for(account, given, parent)
        name = given.get("author", "passer.by")
        author: Author | None = None if name is None else self._world.add_author(platform, name)
        comment = self._world.add_comment(
            account,
            given.get("text"),
            post=post,
            parent=parent,
            author=author,
            posted_at=self._world.now() - timedelta(minutes=given.get("minutes_ago", 0)),
            kind=given.get("kind", "reply"),
            media=[Media(**each) for each in given.get("media", ())],
            mentions=given.get("mentions", False),
            broken=frozenset(given.get("broken", ())),
        )
        return {"comment": _shown(comment)}

    def _post_for(self, account: Account, given: dict[str, Any], parent: Comment | None) -> Post | None:
        if given.get("kind") == "mention":
            return None
        post_id = given.get("post_id") or (parent.post_id if parent else None)
        if post_id is None:
            newest = next(self._world.posts_of[account.id].newest(), None)
            post_id = newest[1] if newest else self._world.add_post(account, "Made-up news").id
        return self._world.posts[account.platform, post_id]

    def _edit(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"comment": _shown(self._world.edit(given["platform"], given["comment_id"], given["text"]))}

    def _delete(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"comment": _shown(self._world.delete(given["platform"], given["comment_id"]))}

    def _account(self, given: dict[str, Any]) -> Account:
        return self._world.add_account(given["platform"], given["account"])

    def _find(self, platform: str, comment_id: str) -> Comment:
        comment = self._world.comment(platform, comment_id)
        if comment is None:
            raise KeyError(comment_id)
        return comment

    def answer(self, handler: Handler, given: dict[str, Any]) -> Response:
        """Run one endpoint; what was asked wrongly is answered with 400 or 404 and the reason."""
        try:
            with self._world.lock:
                return JsonResponse(handler(given))
        except KeyError as error:
            return JsonResponse({"error": f"missing or unknown: {error}"}, status_code=404)
        except (TypeError, ValueError) as error:
            return JsonResponse({"error": str(error)}, status_code=400)


def _route(path: str, handler: Handler, method: str = "GET") -> Route:
    control: Control = handler.__self__  # type: ignore[attr-defined]  # every handler is a method of Control

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            given = json.loads(raw) if raw else dict(request.query_params)
        except ValueError:
            return JsonResponse({"error": "the body is not JSON"}, status_code=400)
        if not isinstance(given, dict):
            return JsonResponse({"error": "the body is not a JSON object"}, status_code=400)
        return control.answer(handler, given)

    return Route(path, endpoint, methods=[method])


def _shown(comment: Comment) -> dict[str, Any]:
    return {
        "platform": comment.platform,
        "id": comment.id,
        "current_id": comment.current.id,
        "kind": comment.kind,
        "row_id": comment.row_id,
        "post_id": comment.post_id,
        "parent_id": comment.parent_id,
        "text": comment.text,
        "posted_at": comment.posted_at.isoformat(),
        "hidden": comment.hidden,
        "deleted": comment.deleted,
        "mentions": comment.mentions,
    }
