"""Faults on demand: the rules that say which request goes wrong, and how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from threading import Lock
from typing import Any

#: Every kind of fault, and what it does.
KINDS: Mapping[str, str] = {
    "token": "X: 401; Graph: code 190",
    "permission": "X: 403; Graph: code 200 (or `code`)",
    "rate_limited": "X: 429 with reset headers; Graph: a throttle code with usage headers",
    "rate_limited_no_reset": "the same without any header that says when to try again",
    "usage_cap": "X: 429 UsageCapExceeded, rate headers healthy; Graph: 80001, no usage headers",
    "no_credits": "X: 402; Graph: code 368",
    "server_error": "`status` (503) with the platform's own JSON",
    "server_error_plain_json": "`status` (503) with JSON that has no `error` key",
    "server_error_html": "`status` (502) with an HTML page",
    "no_content_type": "the right answer without its content type",
    "bad_json": "the right answer's bytes, spoilt, as JSON",
    "wrong_shape": "200 with JSON of a shape nobody knows",
    "cut_body": "the connection is closed in the middle of the right answer",
    "reset": "the connection is reset before any answer; nothing is applied",
    "cut_before_apply": "the connection is closed before any answer; nothing is applied",
    "slow": "the right answer after `delay` seconds",
    "slow_after_apply": "the change is applied; after `delay` seconds it is cut without an answer",
    "outage": "503 for everything, until cleared",
}


@dataclass
class Fault:
    """One rule.

    Attributes:
        kind: one of `KINDS`.
        platform: x, facebook, web, or * for all.
        method: an HTTP method, or * for all.
        path: a regular expression that must match somewhere in the request's path.
        times: how often it still strikes; None until cleared.
        after: let this many matching requests pass first.
        delay: seconds, for the slow kinds.
        reset: seconds until a rate limit ends.
        status: HTTP status, where the kind leaves a choice; 0 takes the kind's own.
        code: Graph error code, where the kind leaves a choice; 0 takes the kind's own.
    """

    kind: str
    platform: str = "*"
    method: str = "*"
    path: str = ""
    times: int | None = 1
    after: int = 0
    delay: float = 0.0
    reset: int = 900
    status: int = 0
    code: int = 0

    def matches(self, platform: str, method: str, path: str) -> bool:
        """Whether this rule is about such a request."""
        return (
            self.platform in ("*", platform)
            and self.method in ("*", method)
            and re.search(self.path, path) is not None
        )


class FaultBoard:
    """The rules in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []

    def add(self, kind: str, **more: Any) -> Fault:
        """Put up a rule; the oldest rule that matches a request strikes.

        Args:
            more: the other attributes of `Fault`.

        Raises:
            ValueError: there is no such kind, attribute or pattern.
        """
        known = {each.name for each in fields(Fault)}
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind!r}; there are: {', '.join(KINDS)}")
        if set(more) - known:
            raise ValueError(
                f"a fault has no {sorted(set(more) - known)}; it has: {', '.join(sorted(known))}"
            )
        if kind == "outage":
            more.setdefault("times", None)
        try:
            re.compile(more.get("path", ""))
        except re.error as error:
            raise ValueError(f"the fault's path is no regular expression: {error}") from error
        fault = Fault(kind, **more)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, platform: str, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, used up by one."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(platform, method, path):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
            return None

    def clear(self, kind: str | None = None) -> int:
        """Take down all rules, or those of one kind; gives how many."""
        with self._lock:
            kept = [each for each in self._faults if kind is not None and each.kind != kind]
            gone = len(self._faults) - len(kept)
            self._faults = kept
            return gone

    def as_list(self) -> list[dict[str, Any]]:
        """The rules in force, oldest first."""
        with self._lock:
            return [asdict(each) for each in self._faults]
