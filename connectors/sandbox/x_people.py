"""Whom an account on the simulated X mutes: the list, one more, one fewer."""

from __future__ import annotations

import json
from typing import Any

from connectors.sandbox.answers import PlatformRefused, x_forbidden, x_invalid, x_missing
from connectors.sandbox.state import World
from connectors.sandbox.things import Account
from connectors.sandbox.x_query import Call

_MOST, _USUAL = 1000, 100


class XPeople:
    """The endpoints under /2/users/{id}/muting. Each takes a call and gives the answer's JSON.

    Args:
        world: where everything is.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def muted(self, call: Call) -> dict[str, Any]:
        """One page of those whom the account mutes, the newest first."""
        account = self._own(call)
        size, start = self._whole(call, "max_results", _USUAL), self._whole(call, "pagination_token", 0)
        if not 1 <= size <= _MOST:
            raise PlatformRefused(x_invalid("max_results", str(size), "max_results takes 1 to 1000"))
        newest = account.muted[::-1]
        chosen = newest[start : start + size]
        meta: dict[str, Any] = {"result_count": len(chosen)}
        if start + size < len(newest):
            meta["next_token"] = str(start + size)
        people = [self._world.authors["x", each] for each in chosen]
        shown = [{"id": each.id, "name": each.name, "username": each.handle} for each in people]
        return ({"data": shown} if shown else {}) | {"meta": meta}

    def mute(self, call: Call) -> dict[str, Any]:
        """Mute one more."""
        account = self._own(call)
        try:
            target = str(json.loads(call.body)["target_user_id"])
        except (ValueError, KeyError, TypeError):
            raise PlatformRefused(x_invalid("target_user_id", "", "is missing but it is required")) from None
        return self._change(account, target, "mute")

    def unmute(self, call: Call) -> dict[str, Any]:
        """Mute one fewer."""
        return self._change(self._own(call), call.params["target"], "unmute")

    def _change(self, account: Account, target: str, kind: str) -> dict[str, Any]:
        if ("x", target) not in self._world.authors:
            gone = {"errors": [x_missing("target_user_id", target, "user")]}
            return gone | {"__status": self._world.switches.x_gone_status}
        self._world.change_person(account, target, kind, works=self._world.switches.x_mute_works)
        return {"data": {"muting": target in account.muted}}

    def _own(self, call: Call) -> Account:
        if call.params["id"] != call.account.id:
            raise PlatformRefused(x_forbidden("The `id` must be that of the authenticated user."))
        return call.account

    @staticmethod
    def _whole(call: Call, name: str, otherwise: int) -> int:
        given = call.query.get(name, str(otherwise))
        if not given.isdigit():
            raise PlatformRefused(x_invalid(name, given, f"{name} is not valid"))
        return int(given)
