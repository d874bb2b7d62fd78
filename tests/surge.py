"""A surge of abusive comments, and one in it that cannot wait."""

from __future__ import annotations

from sqlalchemy import func, select

from connectors.sandbox.loader import Row, load_rows
from tests.worlds import World
from worker.store import tables as t

DANGER = "I know where she parks. I will stab the nurse on ward 7 tonight when she leaves"


def load_surge(place: World, size: int) -> None:
    """Publish this many abusive comments, which nobody has polled yet."""
    place.control("settings", limits=False)
    sandbox = place.sandbox.world
    rows = [Row(id=str(n), text=f"you are a stupid worthless bitch number {n}") for n in range(size)]
    load_rows(sandbox, rows, platform="facebook", account="NorthmoorFacebook", seed=3, now=sandbox.now())


def publish_danger(place: World) -> None:
    """Publish a threat, and make the next poll due."""
    place.control("comment", platform="facebook", account="NorthmoorFacebook", text=DANGER)
    place.poll_now()


def danger_is_sealed(place: World) -> bool:
    """Whether there is one case of immediate danger, and its evidence is sealed."""
    with place.store.read() as session:
        states = session.scalars(
            select(t.Snapshot.state)
            .join(t.Case, t.Case.id == t.Snapshot.case_id)
            .where(t.Case.severity == "immediate_danger")
        ).all()
    return list(states) == ["sealed"]


def snapshots(place: World, state: str) -> int:
    """How many snapshots are in this state."""
    with place.store.read() as session:
        return (
            session.scalar(select(func.count()).select_from(t.Snapshot).where(t.Snapshot.state == state)) or 0
        )
