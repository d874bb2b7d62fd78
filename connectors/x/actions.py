"""Changing things on X: hiding replies, muting authors. What X does not offer is said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.calls import Answer
from connectors.changes import carry_out
from connectors.contract import Account, ActionKind, ActionRequest, ActionResult, Capability, Gate, Receipt
from connectors.errors import PermissionMissing, UnexpectedResponse
from connectors.items import listing, record
from connectors.x.client import XClient
from connectors.x.errors import partial_error
from connectors.x.people import People
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
        effect="X offers no call for blocking to accounts like this one: a person blocks in the X app. The"
        " blocked person can still read public posts, and sees that they are blocked.",
        steps=(
            "Open the comment in the X app or at x.com, signed in as the account.",
            "Open the menu (...) beside the comment, choose Block, and confirm.",
            "Open the author's profile: it says Blocked.",
        ),
    ),
    Capability(
        ActionKind.UNBLOCK,
        available=False,
        effect="X offers no call for unblocking to accounts like this one: a person does it in the X app.",
        steps=(
            "Open the author's profile in the X app or at x.com, signed in as the account.",
            "Choose Blocked, then Unblock, and confirm.",
        ),
    ),
    Capability(
        ActionKind.MUTE,
        available=True,
        effect="Only this account no longer sees what the author writes, and gets no notice of it. Everybody"
        " else still does, and the author is not told. Upstander goes on reading it.",
    ),
    Capability(ActionKind.UNMUTE, available=True, effect="This account sees the author's posts again."),
    Capability(
        ActionKind.PLATFORM_REPORT,
        available=False,
        effect="X offers no call for reporting. A person reports in the X app, with the packet made here.",
    ),
)
OFFERED = frozenset(each.kind for each in CAPABILITIES if each.available)
_MUTING = frozenset({ActionKind.MUTE, ActionKind.UNMUTE})


@dataclass(frozen=True, slots=True)
class Actions:
    """Makes changes for one account, each behind the gate."""

    client: XClient
    account: Account
    gate: Gate
    reader: Reader
    people: People

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Hide, unhide, mute or unmute (see `contract.Connector.apply`). Repeating does no harm on X.

        X tells nobody whether a reply is hidden now, so its answer here is the only proof of that.
        """
        author = request.author_external_id
        if request.kind in _MUTING:
            if author is None:
                raise PermissionMissing("X did not say who wrote this comment: its author has no id")
            return self._carry_out(request, receipt, lambda: None, lambda: self._set_muted(request, author))
        return self._carry_out(
            request, receipt, lambda: self._find(request.external_id), lambda: self._set_hidden(request)
        )

    def author_state(self, request: ActionRequest) -> bool | None:
        """Whether this account mutes an author now. X does not tell this account whom it blocks."""
        author = request.author_external_id
        return None if request.kind not in _MUTING or author is None else self.people.is_muted(author)

    def _carry_out(
        self,
        request: ActionRequest,
        receipt: Receipt,
        prepare: Callable[[], None],
        send: Callable[[], tuple[Answer, str]],
    ) -> ActionResult:
        return carry_out(
            request,
            receipt,
            account=self.account,
            gate=self.gate,
            offered=OFFERED,
            prepare=prepare,
            send=send,
        )

    def _set_muted(self, request: ActionRequest, author_id: str) -> tuple[Answer, str]:
        return self.people.set_muted(author_id, muted=request.kind is ActionKind.MUTE)

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
