"""A platform that keeps state, counts what is done to it, and fails as it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.contract import (
    Account,
    ActionKind,
    ActionRequest,
    ActionResult,
    Capability,
    CheckLine,
    Comment,
    Exchange,
    Fate,
    Gate,
    Page,
    Platform,
    Reading,
    Receipt,
)
from connectors.errors import (
    ConnectorError,
    ContentGone,
    CredentialsRejected,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
)

NOW = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
ACCOUNT = Account(Platform.FACEBOOK, "900", "Northmoor")

#: What a refused call raises; nothing is changed then.
REFUSALS: dict[str, Callable[[], ConnectorError]] = {
    "gone": lambda: ContentGone("gone", status=404),
    "called_gone": lambda: ContentGone("gone", status=404),
    "forbidden": lambda: PermissionMissing("the permission is missing", status=403),
    "rejected": lambda: CredentialsRejected("the token is no longer good", status=401),
    "limited": lambda: RateLimited("too many calls", until=None, status=429),
    "unreachable": lambda: PlatformUnavailable("no connection", sent=False),
}


#: A platform that can do everything.
EVERYTHING = {kind: Capability(kind, available=True, effect="It is done.") for kind in ActionKind}


@dataclass
class Thing:
    """One comment as the platform has it."""

    text: str | None
    hidden: bool = False
    gone: bool = False


@dataclass
class Town:
    """The platform, and the connector to it.

    Attributes:
        tells: whether reading a comment shows if it is hidden.
        faults: what goes wrong at the next calls, first one first: a key of REFUSALS,
            timeout_after, timeout_before, ignored.
        calls, made: how often it was asked, and how often that changed something.
        before_change: called when a change arrives that the gate admitted.
    """

    gate: Gate
    account: Account = ACCOUNT
    tells: bool = True
    things: dict[str, Thing] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    read_faults: list[ConnectorError] = field(default_factory=list)
    can: dict[ActionKind, Capability] = field(default_factory=lambda: dict(EVERYTHING))
    blocked: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    calls: int = 0
    made: int = 0
    before_change: Callable[[], None] = lambda: None

    def feeds(self) -> tuple[str, ...]:
        """One stream."""
        return ("feed",)

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Nothing is polled here."""
        raise NotImplementedError

    def read(self, external_id: str, *, thread: bool = True) -> Reading:
        """The comment as it is now."""
        if self.read_faults:
            raise self.read_faults.pop(0)
        thing = self.things[external_id]
        if thing.gone:
            raise ContentGone("gone", status=404)
        hidden = thing.hidden if self.tells else None
        comment = Comment(Platform.FACEBOOK, external_id, "comment", thing.text, b"{}", hidden=hidden)
        exchange = Exchange(f"GET https://graph.example.test/{external_id}", 200, (), b"{}", NOW)
        return Reading(comment, None, None, (), (exchange,))

    def author_state(self, request: ActionRequest) -> bool | None:
        """Whether the author is blocked, or muted."""
        if self.read_faults:
            raise self.read_faults.pop(0)
        return request.author_external_id in self._people(request) if self.tells else None

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Change it, if the gate says yes and nothing is set to go wrong."""
        self.gate.admit(request, receipt)
        self.before_change()
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else None
        if fault in REFUSALS:
            if fault == "gone":
                self.things[request.external_id].gone = True
            refusal = REFUSALS[fault]()
            raise refusal
        if fault == "timeout_before":
            return ActionResult(Fate.UNKNOWN, "no answer")
        if fault != "ignored":
            self._change(request)
        if fault == "timeout_after":
            return ActionResult(Fate.UNKNOWN, "no answer")
        return ActionResult(Fate.DONE, "The platform confirms it")

    def _change(self, request: ActionRequest) -> None:
        thing = self.things[request.external_id]
        begins = request.kind in (ActionKind.HIDE, ActionKind.BLOCK, ActionKind.MUTE)
        if request.kind is ActionKind.DELETE:
            self.made += not thing.gone
            thing.gone = True
        elif request.kind in (ActionKind.HIDE, ActionKind.UNHIDE):
            self.made += thing.hidden != begins
            thing.hidden = begins
        else:
            people, author = self._people(request), request.author_external_id or ""
            self.made += (author in people) != begins
            (people.add if begins else people.discard)(author)

    def _people(self, request: ActionRequest) -> set[str]:
        return self.muted if request.kind in (ActionKind.MUTE, ActionKind.UNMUTE) else self.blocked

    def capabilities(self) -> tuple[Capability, ...]:
        """Everything, unless told otherwise."""
        return tuple(self.can.values())

    def check(self) -> tuple[CheckLine, ...]:
        """Not asked here."""
        return ()
