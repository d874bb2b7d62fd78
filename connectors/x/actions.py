"""Changing things on X: hiding and unhiding replies. What X does not offer is said in words."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.calls import Answer
from connectors.changes import carry_out
from connectors.contract import Account, ActionKind, ActionRequest, ActionResult, Capability, Gate, Receipt
from connectors.errors import UnexpectedResponse
from connectors.items import listing, record
from connectors.x.client import XClient
from connectors.x.errors import partial_error
from connectors.x.reading import Reader

CAPABILITIES = (
    Capability(
        ActionKind.HIDE,
        available=True,
        effect="The reply moves behind a 'hidden replies' icon under your post: anyone can still open it"
        " there and read it, and its author can see that it was hidden. Works only for replies in"
        " conversations that this account began, not for mentions or quotes elsewhere.",
    ),
    Capability(ActionKind.UNHIDE, available=True, effect="The reply shows in the conversation again."),
    Capability(
        ActionKind.DELETE,
        available=False,
        effect="X lets nobody delete another person's post. Hide it, or report it to X.",
    ),
    Capability(
        ActionKind.BLOCK,
        available=False,
        effect="X offers no call for blocking to accounts like this one. A person blocks in the X app;"
        " the blocked person can still read public posts.",
    ),
    Capability(
        ActionKind.UNBLOCK,
        available=False,
        effect="X offers no call for this. A person unblocks in the X app.",
    ),
    Capability(
        ActionKind.MUTE,
        available=False,
        effect="Not done from here. Muting in the X app only keeps the author out of this account's view.",
    ),
    Capability(
        ActionKind.PLATFORM_REPORT,
        available=False,
        effect="X offers no call for reporting. A person reports in the X app, with the packet made here.",
    ),
)
OFFERED = frozenset(each.kind for each in CAPABILITIES if each.available)


@dataclass(frozen=True, slots=True)
class Actions:
    """Makes changes for one account, each behind the gate."""

    client: XClient
    account: Account
    gate: Gate
    reader: Reader

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Hide or unhide (see `contract.Connector.apply`). Repeating either does no harm on X.

        X tells nobody whether a reply is hidden now, so its answer here is the only proof.
        """
        return carry_out(
            request,
            receipt,
            account=self.account,
            gate=self.gate,
            offered=OFFERED,
            prepare=lambda: self._find(request.external_id),
            send=lambda: self._set_hidden(request),
        )

    def _find(self, external_id: str) -> None:
        self.reader.newest_id(external_id)

    def _set_hidden(self, request: ActionRequest) -> tuple[Answer, str]:
        """Hide the newest version, and believe X only when it says so: it answers 200 to failures."""
        hide = request.kind == ActionKind.HIDE
        tweet_id = self.reader.newest_id(request.external_id)
        answer = self.client.call(
            "hidden",
            lambda x: (x.hide_reply if hide else x.unhide_reply)(tweet_id, user_auth=False),
        )
        payload = record(answer.payload)
        said = record(payload.get("data")).get("hidden")
        if said is None and listing(payload.get("errors")):
            raise partial_error(payload, self.client.redactor, tweet_id)
        if said is not hide:
            raise UnexpectedResponse(
                f"X did not confirm that the reply is {'hidden' if hide else 'shown'}",
                status=answer.exchange.status,
            )
        return (
            answer,
            "X confirms that the reply is hidden" if hide else "X confirms that the reply is shown again",
        )
