"""Changing things on a Page: hiding and unhiding comments. What is not offered is said in words."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.calls import Answer
from connectors.changes import carry_out
from connectors.contract import Account, ActionKind, ActionRequest, ActionResult, Capability, Gate, Receipt
from connectors.errors import UnexpectedResponse
from connectors.graph.client import GraphClient

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
        available=False,
        effect="Not done from here yet. A person deletes in the Facebook app; it cannot be undone.",
    ),
    Capability(
        ActionKind.BLOCK,
        available=False,
        effect="Not done from here yet. A person bans the author from the Page in the Facebook app.",
    ),
    Capability(
        ActionKind.UNBLOCK,
        available=False,
        effect="Not done from here yet. A person lifts the ban in the Facebook app.",
    ),
    Capability(ActionKind.MUTE, available=False, effect="Facebook has no muting of people by a Page."),
    Capability(
        ActionKind.PLATFORM_REPORT,
        available=False,
        effect="Facebook offers no call for reporting. A person reports there, with the packet from here.",
    ),
)
OFFERED = frozenset(each.kind for each in CAPABILITIES if each.available)


@dataclass(frozen=True, slots=True)
class Actions:
    """Makes changes for one Page, each behind the gate."""

    client: GraphClient
    account: Account
    gate: Gate

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Hide or unhide (see `contract.Connector.apply`).

        Graph's success means that the request was taken; `read` then shows whether it worked.
        """
        return carry_out(
            request,
            receipt,
            account=self.account,
            gate=self.gate,
            offered=OFFERED,
            prepare=lambda: None,
            send=lambda: self._set_hidden(request),
        )

    def _set_hidden(self, request: ActionRequest) -> tuple[Answer, str]:
        hide = request.kind == ActionKind.HIDE
        answer = self.client.post(request.external_id, is_hidden="true" if hide else "false")
        payload = answer.payload
        if payload is not True and not (isinstance(payload, dict) and payload.get("success") is True):
            raise UnexpectedResponse("Graph did not confirm the change", status=answer.exchange.status)
        return answer, f"Graph accepted the request to {request.kind} the comment"
