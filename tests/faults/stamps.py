"""Stamps what waits and dies by SIGKILL at a named step, for the tests of killed stampings."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.faults.driver import kill_at
from worker.clock import SystemClock
from worker.evidence.bagstore import BagStore
from worker.evidence.sidecars import Trust
from worker.evidence.stamping import Stamping
from worker.evidence.timestamp import Authority, read_certificates
from worker.keyring import Keyring
from worker.steps import unobserved
from worker.store.session import Store


def main(url: str, bags: str, authority: str, roots: str, fatal: str) -> None:
    """Stamp, and die at the step that is named."""
    clock, keyring = SystemClock(), Keyring(Path(f"{bags}-keys"))
    shelf = BagStore(Path(bags), lambda content: keyring.sign(content, clock.now()), unobserved)
    believed = read_certificates(Path(roots))
    trust = Trust(keyring.certificates, lambda: believed)
    asked = Authority(authority, believed, 10)
    Stamping(Store(url), clock, shelf, trust, lambda: asked, 2, kill_at(fatal)).run(lambda _session: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
