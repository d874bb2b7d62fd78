"""A door on either database."""

from __future__ import annotations

from pathlib import Path

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.unit.signin.door import Door, make_door
from worker.signin import passwords
from worker.store.session import Store


@pytest.fixture(autouse=True)
def light_hashing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hashing with less work, as these tests sign in hundreds of times; `test_passwords` has all."""
    if request.path.stem != "test_passwords":
        light = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)
        monkeypatch.setattr(passwords, "_HASHER", PasswordHash((light,)))


@pytest.fixture
def door(store: Store, tmp_path: Path) -> Door:
    """Nobody has a sign-in yet."""
    return make_door(store, tmp_path / "keys")
