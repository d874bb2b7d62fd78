"""Changing things on a Page: comments and who may write them. What is not offered is said in words."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.calls import Answer
from connectors.changes import carry_out
from connectors.contract import Account, ActionKind, ActionRequest, ActionResult, Capability, Gate, Receipt
from connectors.errors import PermissionMissing, UnexpectedResponse
from connectors.graph.client import GraphClient
from connectors.items import identifier, listing, record

CAPABILITIES = (
    Capability(
        ActionKind.HIDE,
        available=True,
        effect="The comment stays visible to its author and the author's friends, who are not told;"
        " everybody else no longer sees it, nor the answers under it.",
    ),
    Capability(ActionKind.UNHIDE, available=True, effect="Everybody sees the comment again."),
    Capability(
        ActionKind.DELETE,
        available=True,
        effect="The comment and the answers under it are gone from Facebook for everybody."
        " It cannot be undone: nobody can bring it back. Hiding can be undone.",
    ),
    Capability(
        ActionKind.BLOCK,
        available=True,
        effect="The author is banned from the Page: they can still read it and share its posts, but no"
        " longer comment, like or message it. Their comments stay. They are not told. Works only where"
        " Facebook says who wrote the comment.",
    ),
    Capability(ActionKind.UNBLOCK, available=True, effect="The author can comment on the Page again."),
    Capability(
        ActionKind.MUTE,
        available=False,
        effect="Facebook has no muting of people by a Page. Hide the comment instead.",
    ),
    Capability(
        ActionKind.UNMUTE, available=False, effect="Facebook has no muting of people by a Page to end."
    ),
    Capability(
        ActionKind.PLATFORM_REPORT,
        available=False,
        effect="Facebook offers no call for reporting. A person reports there, with the packet from here.",
    ),
)
OFFERED = frozenset(each.kind for each in CAPABILITIES if each.available)
_ABOUT_AUTHORS = frozenset({ActionKind.BLOCK, ActionKind.UNBLOCK})


@dataclass(frozen=True, slots=True)
class Actions:
    """Makes changes for one Page, each behind the gate."""

    client: GraphClient
    account: Account
    gate: Gate

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Hide, unhide, delete, block or unblock (see `contract.Connector.apply`).

        Graph's success means that the request was taken; reading then shows whether it worked.
        """
        if request.kind in _ABOUT_AUTHORS and request.author_external_id is None:
            raise PermissionMissing("Facebook did not say who wrote this comment: its author has no id")
        return carry_out(
            request,
            receipt,
            account=self.account,
            gate=self.gate,
            offered=OFFERED,
            prepare=lambda: None,
            send=lambda: self._send(request),
        )

    def author_state(self, request: ActionRequest) -> bool | None:
        """Whether the Page bans an author now: its list of banned people is asked for that one."""
        author = request.author_external_id
        if request.kind not in _ABOUT_AUTHORS or author is None:
            return None
        answer = self.client.get(self._blocked, user=author)
        found = record(answer.payload).get("data")
        if not isinstance(found, list):
            raise UnexpectedResponse("Graph's reply holds no list", status=answer.exchange.status)
        return any(identifier(record(each).get("id")) == author for each in listing(found))

    @property
    def _blocked(self) -> str:
        return f"{self.account.external_id}/blocked"

    def _send(self, request: ActionRequest) -> tuple[Answer, str]:
        author = request.author_external_id or ""
        if request.kind is ActionKind.DELETE:
            answer = self.client.delete(request.external_id)
        elif request.kind is ActionKind.BLOCK:
            answer = self.client.post(self._blocked, user=author)
        elif request.kind is ActionKind.UNBLOCK:
            answer = self.client.delete(self._blocked, user=author)
        else:
            hide = request.kind is ActionKind.HIDE
            answer = self.client.post(request.external_id, is_hidden="true" if hide else "false")
        if not _confirmed(answer.payload, author if request.kind is ActionKind.BLOCK else None):
            raise UnexpectedResponse("Graph did not confirm the change", status=answer.exchange.status)
        thing = "author" if request.kind in _ABOUT_AUTHORS else "comment"
        return answer, f"Graph accepted the request to {request.kind} the {thing}"


def _confirmed(payload: object, author: str | None) -> bool:
    """Whether an answer says yes: true, a success, or for a block true beside the author's id."""
    said = record(payload)
    return payload is True or said.get("success") is True or (author is not None and said.get(author) is True)
