"""Steering a running sandbox over its control address on this machine."""

from __future__ import annotations

from typing import Any

import requests

from worker.errors import NotFound, UpstanderError

_SECONDS = 600


class SandboxControl:
    """The control address of a running sandbox.

    Args:
        url: its web address, as `upstander sandbox serve` prints it.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        # A proxy set for the Trust's browsers must not carry loopback traffic away.
        self._session.trust_env = False

    def get(self, what: str, **query: str) -> dict[str, Any]:
        """Ask for something.

        Raises:
            NotFound: no sandbox answers there.
            UpstanderError: it refused, and why.
        """
        return self._call("GET", what, params=query)

    def post(self, what: str, **given: Any) -> dict[str, Any]:
        """Ask for a change. Raises as `get` does."""
        return self._call("POST", what, json=given)

    def clear_faults(self) -> None:
        """Let everything work again. Raises as `get` does."""
        self._call("DELETE", "faults")

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def _call(self, method: str, what: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(method, f"{self.url}/_sandbox/{what}", timeout=_SECONDS, **more)
            body: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise NotFound(
                f"No sandbox answers at {self.url}.",
                do="Start one with `upstander sandbox serve`, or name its web address with --url.",
            ) from error
        if not answer.ok:
            raise UpstanderError(f"The sandbox refused: {body.get('error', answer.status_code)}")
        return body
