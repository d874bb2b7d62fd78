"""What people work with between asking for an action and its being carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.contract import Capability, Platform
from connectors.registry import CAPABILITIES
from worker.action.wanted import unwanted
from worker.clock import Clock
from worker.review.approving import Approving
from worker.review.asked import Desk
from worker.review.asked_reading import AskedBook
from worker.review.blocks import Blocks
from worker.review.ending import Ending
from worker.review.switches import Switches
from worker.settings import Settings
from worker.store.session import Store
from worker.working_days import WorkingDays


@dataclass(frozen=True)
class Acting:
    """The second person, taking back, blocks, and the switches."""

    asked: AskedBook
    approving: Approving
    ending: Ending
    blocks: Blocks
    switches: Switches


def make_acting(store: Store, clock: Clock, settings: Settings, days: Callable[[], WorkingDays]) -> Acting:
    """Put these stages together.

    Args:
        days: gives the working days, for when a broken glass is reviewed.
    """
    desk = Desk(store, clock)
    return Acting(
        asked=AskedBook(store, clock, abilities),
        approving=Approving(desk, days),
        ending=Ending(desk, unwanted),
        blocks=Blocks(store, clock, settings.review.block_review_days),
        switches=Switches(store, clock),
    )


def abilities(platform: str) -> Sequence[Capability]:
    """What the connector of a platform can do there."""
    return CAPABILITIES.get(Platform(platform), ())
