"""A timestamp authority on loopback that tests can take away, and let misbehave as real ones do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import rfc3161_client as rfc3161

from worker.evidence.timestamp import Authority, read_certificates
from worker.evidence.trial_authority import TrialAuthority
from worker.evidence.tsa_serve import AuthorityServer

Trouble = Literal["none", "rejects", "wrong nonce", "other message", "slow", "garbage", "giant"]
SLOW_SECONDS = 0.6
#: What tests have stamped where it does not matter what.
STAMPED = b"what the test stamps"


class LoopbackAuthority:
    """The product's own trial authority with trouble that can be switched on.

    `server.stop()` and `server.start()` take it off the net and back; the port stays the same.

    Attributes:
        trouble: what goes wrong with every query from now on.
        queries: how many were answered.
    """

    def __init__(self, folder: Path, *, valid_for: timedelta = timedelta(days=30)) -> None:
        self.trial = TrialAuthority(folder)
        # OpenSSL stamps with the machine's own time, whatever the clocks of the tests say.
        self.trial.create(datetime.now(UTC), valid_for=valid_for)
        self.server = AuthorityServer(self._answer)
        self.trouble: Trouble = "none"
        self.queries = 0

    def authority(self, *, timeout_seconds: float = 10.0) -> Authority:
        """What the worker is told of it."""
        return Authority(self.server.url, read_certificates(self.trial.ca), timeout_seconds)

    def _answer(self, query: bytes) -> bytes:
        self.queries += 1
        match self.trouble:
            case "rejects":
                # A digest that the authority does not take: OpenSSL writes a genuine refusal.
                return self.trial.answer(query.replace(b"\x04\x02\x01", b"\x04\x02\x09"))
            case "wrong nonce":
                return self.trial.answer(_query(STAMPED))
            case "other message":
                return self.trial.answer(_query(b"something else"))
            case "slow":
                time.sleep(SLOW_SECONDS)
            case "garbage":
                return b"<html>Please sign in to the guest network</html>"
            case "giant":
                return b"0" * 200_000
            case "none":
                pass
        return self.trial.answer(query)


def _query(content: bytes) -> bytes:
    builder = rfc3161.TimestampRequestBuilder().data(content).hash_algorithm(rfc3161.HashAlgorithm.SHA256)
    return builder.build().as_bytes()


@contextmanager
def running_authority(
    folder: Path, *, valid_for: timedelta = timedelta(days=30)
) -> Iterator[LoopbackAuthority]:
    """A started authority of its own, stopped at the end."""
    made = LoopbackAuthority(folder, valid_for=valid_for)
    with made.server:
        yield made
