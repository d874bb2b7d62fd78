"""Late referrals are looked for by the clock, which keeps nobody from writing where none is."""

from __future__ import annotations

from datetime import timedelta

from tests.quiet import locked, statements, writes
from tests.unit.review.desk import Desk


def test_looking_for_late_referrals_writes_only_where_one_is(desk: Desk) -> None:
    """Not due yet, or asked after already: no write is opened; one that is late is held after its case."""
    desk.refer("safeguarding")
    store, schedule = desk.scene.store, desk.of.referrals.schedule
    with writes(store) as opened:
        schedule()
    assert opened == []
    desk.scene.clock.move(timedelta(hours=5))
    with writes(store) as opened, statements(store) as sent:
        schedule()
        schedule()
    assert len(opened) == len(desk.tasks("chase_referral")) == 1
    assert locked(sent) == ([] if store.dialect == "sqlite" else ["comments", "cases", "referrals"])
