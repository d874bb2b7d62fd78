"""One storage for all tests of copies, and a bucket and a case for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.services.storage import LoopbackStorage, running_storage
from tests.unit.evidence.offsite.desk import Desk
from tests.unit.evidence.world import START, World
from worker.evidence.offsite import bucket
from worker.settings_evidence import Offsite

_CLIENTS: dict[str, Any] = {}


@pytest.fixture(scope="session")
def storage() -> Iterator[LoopbackStorage]:
    """A storage that the tests can take away."""
    with running_storage() as made:
        yield made


@pytest.fixture(autouse=True)
def one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a client takes longer than most of these tests: one is made for each key."""
    make = bucket._client

    def known(settings: Offsite) -> Any:
        key = settings.access_key
        name = f"{settings.endpoint} {'' if key is None else key.get_secret_value()}"
        if name not in _CLIENTS:
            _CLIENTS[name] = make(settings)
        return _CLIENTS[name]

    monkeypatch.setattr(bucket, "_client", known)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    """The machine's clock, which the storage goes by: it begins where the worlds' clocks do, and goes on."""
    with time_machine.travel(START) as coordinates:
        yield coordinates


@pytest.fixture
def desk(world: World, storage: LoopbackStorage, travel: time_machine.Traveller) -> Desk:
    """A case on SQLite and a bucket that locks."""
    return Desk(world, storage, travel, storage.bucket())


@pytest.fixture
def any_desk(any_world: World, storage: LoopbackStorage, travel: time_machine.Traveller) -> Desk:
    """A case on either database and a bucket that locks."""
    return Desk(any_world, storage, travel, storage.bucket())
