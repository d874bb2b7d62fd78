"""What status says of the signing key, to somebody whose it is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.summary.handmade import NOW
from tests.unit.summary.installation import healthy, settings, status
from worker.keyring import Keyring
from worker.store.session import Store


def test_another_users_keys_are_not_called_missing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second person reads that they cannot see it and who can, and never to take the keys for their own."""
    healthy(store)
    Keyring(tmp_path / "keys").init("Northmoor", NOW)
    chosen = settings(keys_dir=tmp_path / "keys")
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 4242)
        (problem,) = status(store, chosen).problems
    assert problem.startswith("Whether anything can be sealed, this user of the computer cannot see: ")
    assert "Run this as Upstander's own user" in problem
    assert "chown" not in problem
