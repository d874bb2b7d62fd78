"""Muting authors on X, and reading whether one is muted. X offers no call for blocking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.calls import Answer
from connectors.contract import Account
from connectors.errors import UnexpectedResponse
from connectors.items import identifier, listing, record
from connectors.x.client import XClient
from connectors.x.errors import partial_error

#: The list of muted people is read this far: 5,000 at most.
_PAGES, _PAGE_SIZE = 5, 1000


@dataclass(frozen=True, slots=True)
class People:
    """Whom one account mutes. Asked by the account's own id, so that X is not asked who we are."""

    client: XClient
    account: Account

    def set_muted(self, author_id: str, *, muted: bool) -> tuple[Answer, str]:
        """Mute an author, or end it. Repeating either does no harm on X.

        Raises:
            UnexpectedResponse: X did not confirm it, or this can be no author's id.
            ConnectorError: X refused, or gave no answer.
        """
        route = f"{self._list}/{_number(author_id)}" if not muted else self._list
        method, body = ("POST", {"target_user_id": _number(author_id)}) if muted else ("DELETE", None)
        answer = self.client.call(
            "muting" if muted else "unmuting", lambda x: x.request(method, route, json=body).json()
        )
        payload = record(answer.payload)
        said = record(payload.get("data")).get("muting")
        if said is None and listing(payload.get("errors")):
            raise partial_error(payload, self.client.redactor)
        if said is not muted:
            state = "muted" if muted else "no longer muted"
            raise UnexpectedResponse(
                f"X did not confirm that the author is {state}", status=answer.exchange.status
            )
        return answer, f"X confirms that the author is {'muted' if muted else 'no longer muted'}"

    def is_muted(self, author_id: str) -> bool | None:
        """Whether an author is muted now; None where the list is too long to be read to its end.

        Raises:
            ConnectorError: the list could not be read.
        """
        wanted, token = _number(author_id), None
        for _ in range(_PAGES):
            payload = self._page(token)
            if any(identifier(record(each).get("id")) == wanted for each in listing(payload.get("data"))):
                return True
            token = record(payload.get("meta")).get("next_token")
            if not isinstance(token, str):
                return False
        return None

    @property
    def _list(self) -> str:
        return f"/2/users/{_number(self.account.external_id)}/muting"

    def _page(self, token: str | None) -> dict[str, Any]:
        asked = {"max_results": str(_PAGE_SIZE)} | ({"pagination_token": token} if token else {})
        answer = self.client.call("muted", lambda x: x.request("GET", self._list, params=asked).json())
        payload = record(answer.payload)
        # An empty list has no `data`, only a count; anything else without data is no list.
        if not isinstance(payload.get("data"), list) and "result_count" not in record(payload.get("meta")):
            raise UnexpectedResponse("X's reply holds no list", status=answer.exchange.status)
        return payload


def _number(user_id: str) -> str:
    """An id that goes into an address: only what can be one may."""
    if not (user_id.isascii() and user_id.isdigit()):
        raise UnexpectedResponse("X cannot be asked for this: its id is not one", code="unreadable")
    return user_id
