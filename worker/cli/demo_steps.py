"""What the stages of a demo round share: checking, letting work come to rest, and reading the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from worker.cli.demo_world import DemoWorld
from worker.errors import Conflict, NotAllowed
from worker.jobs.run import drain
from worker.ledger.audit import Actor
from worker.store import tables as t

#: More rests than any round needs: what is not at rest by then never will be.
_MOST_RESTS = 60


class DoesNotHold(Exception):
    """Something that a stage promises does not hold; the message says what."""


class LeftOut(Exception):
    """This machine lacks what a stage needs; the message says what."""


def check(holds: bool, otherwise: str) -> None:
    """Go on only if something holds.

    Raises:
        DoesNotHold: it does not.
    """
    if not holds:
        raise DoesNotHold(otherwise)


def refused(attempt: Callable[[], object], otherwise: str) -> None:
    """Go on only if Upstander refuses something.

    Raises:
        DoesNotHold: it did not.
    """
    try:
        attempt()
    except (NotAllowed, Conflict):
        return
    raise DoesNotHold(otherwise)


class Byte:
    """One byte in the middle of a file, to be changed and changed back."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def flip(self) -> None:
        """Change it into another, or back."""
        mode = self._path.stat().st_mode
        content = bytearray(self._path.read_bytes())
        content[len(content) // 2] ^= 1
        self._path.chmod(mode | 0o200)
        self._path.write_bytes(content)
        self._path.chmod(mode)


@dataclass
class Round:
    """One round of the demo, from one stage to the next.

    Attributes:
        reality: whether the platforms misbehave as real ones do.
        hides: the cases whose comments shall be hidden, with the platform's id of the comment.
        verdicts: how many decisions of each verdict were made.
        upheld: how many cases were upheld in each category.
        drawn: the cases whose live page was captured, by what it showed: wall or content.
        referral: the number of the referral to the police.
        handed_over: the file that was made for the police.
    """

    world: DemoWorld
    reality: bool
    hides: dict[int, str] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)
    upheld: dict[str, int] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)
    referral: int = 0
    handed_over: Path | None = None

    @property
    def to_hand_over(self) -> int:
        """The case that is handed over: one whose page could be seen, where pages were captured."""
        return self.drawn.get("content") or next(iter(self.hides))

    def who(self, name: str) -> Actor:
        """One of the demo's people."""
        return self.world.people[name]

    def come_to_rest(self) -> int:
        """Do everything that is to be done, letting time pass where something waits.

        Returns:
            How many jobs were run.

        Raises:
            DoesNotHold: a job got stuck, or work does not come to an end.
        """
        app, ran = self.world.app, 0
        for _ in range(_MOST_RESTS):
            app.intake.schedule()
            ran += drain(app)
            app.ledger.append_now()
            until = self._waits_until()
            if until is None:
                return ran
            self.world.pass_time(until - app.clock.now() + timedelta(seconds=1))
        raise DoesNotHold("work that waits does not come to an end")

    def _waits_until(self) -> datetime | None:
        """When the next job or the next try of a feed with a fault is due; None where nothing waits."""
        with self.world.app.store.read() as session:
            stuck = session.scalars(select(t.Job).where(t.Job.state == "stuck")).all()
            # A call about danger goes round until a person takes it: no passing of time brings it to rest.
            job = session.scalar(
                select(func.min(t.Job.due_at)).where(t.Job.state == "waiting", t.Job.kind != "page")
            )
            feed = session.scalar(select(func.min(t.Feed.next_poll_at)).where(t.Feed.fault_kind.is_not(None)))
        check(
            not stuck,
            "; ".join(f"the {each.kind} job {each.id} is stuck: {each.last_error}" for each in stuck),
        )
        return min((each for each in (job, feed) if each is not None), default=None)

    def stored(self) -> Mapping[str, int]:
        """The comments taken in: the platform's id to the row's id."""
        with self.world.app.store.read() as session:
            return {
                f"{platform} {external_id}": row_id
                for platform, external_id, row_id in session.execute(
                    select(t.Comment.platform, t.Comment.external_id, t.Comment.id)
                ).tuples()
            }

    def published(self) -> dict[str, dict[str, object]]:
        """What stands on the sandbox: platform and id to the comment as the sandbox tells of it."""
        comments = self.world.control.get("comments")["comments"]
        return {f"{each['platform']} {each['id']}": each for each in comments}

    def shows(self, external_id: str) -> str:
        """What the comment with this platform's id is there to show."""
        return self.world.examples.shows[external_id]
