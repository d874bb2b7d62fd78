"""A platform, a network, a guard in it and a pass for the platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.evidence.render.wires import OTHER, PAGE, PUBLIC, Network, Platform, platform
from worker.evidence.render.addresses import AllowList
from worker.evidence.render.guard import Guard
from worker.evidence.render.passes import Pass


@pytest.fixture
def site() -> Iterator[Platform]:
    """A platform."""
    with platform() as made:
        yield made


@pytest.fixture
def net(site: Platform) -> Network:
    """A network in which the platform has two public addresses."""
    return Network(site.port, {PAGE: [[PUBLIC, OTHER]]})


@pytest.fixture
def guard(net: Network) -> Iterator[Guard]:
    """A guard in that network."""
    with Guard(resolve=net.resolve, dial=net.dial) as running:
        yield running


@pytest.fixture
def held(guard: Guard) -> Iterator[Pass]:
    """A pass for the platform."""
    with guard.admit(AllowList.of([PAGE, ".cdn.example.test"])) as admitted:
        yield admitted
