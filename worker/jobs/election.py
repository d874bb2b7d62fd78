"""Offices that one process holds at a time: a lease in the database, renewed at each tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite

from worker.clock import Clock
from worker.store.running import Election
from worker.store.session import Store


@dataclass(frozen=True)
class Office:
    """One office.

    Attributes:
        name: the office, such as scheduler.
        holder: this process.
        term: how long one renewal lasts; a dead holder's office is free after that.
    """

    store: Store
    clock: Clock
    name: str
    holder: str
    term: timedelta

    def hold(self) -> bool:
        """Take or renew the office. Returns whether this process holds it now."""
        now = self.clock.now()
        until = now + self.term
        dialect = sqlite if self.store.dialect == "sqlite" else postgresql
        with self.store.write() as session:
            session.execute(
                dialect.insert(Election)
                .values(office=self.name, holder=self.holder, until=until)
                .on_conflict_do_nothing()
            )
            mine = session.execute(
                update(Election)
                .where(
                    Election.office == self.name,
                    or_(
                        Election.holder == self.holder,
                        Election.until <= now,
                        # A term from a clock that was ahead and has been put right.
                        Election.until > now + 2 * self.term,
                    ),
                )
                .values(holder=self.holder, until=until)
                .returning(Election.office)
            ).one_or_none()
        return mine is not None

    def leave(self) -> None:
        """Give the office up, so that another process need not wait for the term to end."""
        with self.store.write() as session:
            session.execute(
                update(Election)
                .where(Election.office == self.name, Election.holder == self.holder)
                .values(until=self.clock.now())
            )
