"""Switches: stopping actions, letting them go on, rehearsing them; for one account or for all.

A stop makes requests wait, it refuses none. In a dry run everything happens but the call to the platform. The
worker looks at them in the transaction right before it asks a platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.kinds import RESTORING
from worker.review.rights import Right, permitted
from worker.store import tables as t
from worker.store.session import Store

STOP, DRY_RUN = "stop", "dry_run"
OFF, TAKEDOWNS, EVERYTHING = "off", "takedowns", "everything"


@dataclass(frozen=True, slots=True)
class SwitchView:
    """One switch that is on.

    Attributes:
        account: platform and handle; None: all accounts.
        setting: takedowns, or everything.
    """

    switch: str
    setting: str
    account: str | None
    reason: str
    person: str
    since: datetime


@dataclass(frozen=True)
class Switches:
    """Stops actions, lets them go on, and has them rehearsed."""

    store: Store
    clock: Clock

    def stop(
        self, actor: Actor, reason: str, *, account_id: int | None = None, everything: bool = False
    ) -> None:
        """Let no action reach a platform until somebody says `go`. What is asked for waits.

        Args:
            account_id: only this account; None for all.
            everything: restoring too. By default only what takes something away is stopped (promise 10).

        Raises:
            NotAllowed: the actor may not turn switches.
            NotFound: there is no such account.
            Conflict: there is no reason.
        """
        self._turn(actor, STOP, EVERYTHING if everything else TAKEDOWNS, reason, account_id)

    def go(self, actor: Actor, reason: str, *, account_id: int | None = None) -> Sequence[SwitchView]:
        """Take a stop back. What waited is tried at once.

        Args:
            account_id: the stop of this account; None: the one that is for all. Each is taken back alone.

        Returns:
            What is still on.

        Raises:
            NotAllowed, NotFound, Conflict: as `stop`.
        """
        self._turn(actor, STOP, OFF, reason, account_id)
        with self.store.write() as session:
            now = self.clock.now()
            waiting = (t.Job.kind == "act", t.Job.state == "waiting", t.Job.due_at > now)
            session.execute(update(t.Job).where(*waiting, t.Job.lease_until.is_(None)).values(due_at=now))
            return turned_on(session)

    def dry_run(self, actor: Actor, reason: str, *, on: bool, account_id: int | None = None) -> None:
        """Have every action end right before the platform would be asked, or end that.

        Raises:
            NotAllowed, NotFound, Conflict: as `stop`.
        """
        self._turn(actor, DRY_RUN, EVERYTHING if on else OFF, reason, account_id)

    def _turn(self, actor: Actor, switch: str, setting: str, reason: str, account_id: int | None) -> None:
        now = self.clock.now()
        with permitted(
            self.store, self.clock, actor, Right.MANAGE_SWITCHES, "account", account_id
        ) as session:
            if account_id is not None and session.get(t.Account, account_id) is None:
                raise NotFound(
                    f"There is no account {account_id}.", do="`upstander accounts list` shows them."
                )
            if not reason.strip():
                raise Conflict("To turn a switch needs a reason.", safe="Nothing was changed.")
            before = _setting(session, switch, account_id)
            session.add(
                t.Switch(
                    account_id=account_id,
                    switch=switch,
                    setting=setting,
                    reason=reason.strip(),
                    person_id=actor.person_id,
                    at=now,
                )
            )
            facts = {"before": before, "after": setting, "reason": reason.strip(), "os_user": actor.os_user}
            audit.record(session, actor, f"{switch}_turned", "account", account_id, now=now, detail=facts)


def stopped(session: Session, account_id: int, kind: str) -> bool:
    """Whether actions of a kind on an account are stopped at this moment."""
    settings = {_setting(session, STOP, None), _setting(session, STOP, account_id)}
    return EVERYTHING in settings or (TAKEDOWNS in settings and kind not in RESTORING)


def rehearsing(session: Session, account_id: int) -> bool:
    """Whether actions on an account are only rehearsed at this moment."""
    return EVERYTHING in {_setting(session, DRY_RUN, None), _setting(session, DRY_RUN, account_id)}


def turned_on(session: Session) -> tuple[SwitchView, ...]:
    """Every switch that is on, the oldest first."""
    newest = select(func.max(t.Switch.id)).group_by(t.Switch.account_id, t.Switch.switch)
    rows = session.execute(
        select(t.Switch, t.Account.platform, t.Account.handle, t.Person.name)
        .join(t.Person, t.Person.id == t.Switch.person_id)
        .outerjoin(t.Account, t.Account.id == t.Switch.account_id)
        .where(t.Switch.id.in_(newest), t.Switch.setting != OFF)
        .order_by(t.Switch.id)
    ).all()
    return tuple(
        SwitchView(
            switch=row.switch,
            setting=row.setting,
            account=None if row.account_id is None else f"{platform} {handle}",
            reason=row.reason,
            person=person,
            since=row.at,
        )
        for row, platform, handle, person in rows
    )


def _setting(session: Session, switch: str, account_id: int | None) -> str:
    of_it = t.Switch.account_id.is_(None) if account_id is None else t.Switch.account_id == account_id
    newest = select(t.Switch.setting).where(t.Switch.switch == switch, of_it)
    return session.scalar(newest.order_by(t.Switch.id.desc()).limit(1)) or OFF
