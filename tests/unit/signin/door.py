"""A Trust whose people sign in: the stage, a clock to move, and short ways through the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import select

from tests.clocks import StoppedClock
from worker.bootstrap.signing_in import make_sign_ins
from worker.ledger.audit import Actor
from worker.review.people import add_person
from worker.settings import Settings
from worker.settings_web import Web
from worker.signin.signed_in import SignedIn
from worker.signin.stage import SignIns
from worker.store import tables as t
from worker.store.session import Store

START = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
ADDRESS = "192.0.2.7"
PASSWORD = "copper lantern over wet slate"
ISSUER = "https://id.example.test/tenant"
#: Who may decide and needs no second factor, and who approves and needs one.
REVIEWER, SENIOR = "Sam Hollis", "Robin Vale"


@dataclass
class Door:
    """What a test of signing in works with."""

    store: Store
    clock: StoppedClock
    folder: Path
    stage: SignIns
    admin: Actor
    people: dict[str, int]
    secrets: dict[str, str] = field(default_factory=dict)

    def with_settings(self, **changed: Any) -> Door:
        """The same door under other settings."""
        self.stage = stage_of(self.store, self.clock, self.folder, **changed)
        return self

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.clock.move(timedelta(**span))

    def invite(self, name: str) -> tuple[str, str]:
        """Give somebody a sign-in: their user name and one-time password."""
        made = self.stage.create(self.admin, self.people[name])
        return made.user_name, made.password

    def settle(self, name: str, password: str = PASSWORD) -> SignedIn:
        """Give somebody a sign-in with a password of their own; they are signed in."""
        user_name, first = self.invite(name)
        me = self.stage.sign_in(user_name, first, None, ADDRESS)
        return self.stage.change_password(me, first, password)

    def equip(self, me: SignedIn) -> tuple[str, ...]:
        """Give somebody who is signed in an authenticator app; their recovery codes."""
        made = self.stage.begin_second_factor(me)
        self.secrets[me.name] = made.secret
        codes = self.stage.confirm_second_factor(me, made.sealed, self.code(me.name))
        self.wait(seconds=30)  # the code that set it up is used
        return codes

    def code(self, name: str, *, steps: int = 0) -> str:
        """What somebody's authenticator app shows now, or so many steps from now."""
        return pyotp.TOTP(self.secrets[name]).at(self.clock.now() + timedelta(seconds=30 * steps))

    def enter(
        self, user_name: str, password: str = PASSWORD, code: str | None = None, address: str = ADDRESS
    ) -> SignedIn:
        """Sign in."""
        return self.stage.sign_in(user_name, password, code, address)

    def audited(self, verb: str) -> list[t.Audit]:
        """The audit rows of one verb."""
        with self.store.read() as session:
            return list(session.scalars(select(t.Audit).where(t.Audit.verb == verb).order_by(t.Audit.id)))

    def still_in(self, me: SignedIn) -> bool:
        """Whether a session still opens anything."""
        return self.stage.who(me.token) is not None


def stage_of(store: Store, clock: StoppedClock, folder: Path, **changed: Any) -> SignIns:
    """The stage under settings of the review site."""
    settings = Settings(trust_name="Northmoor NHS Foundation Trust", keys_dir=folder, web=Web(**changed))
    return make_sign_ins(store, clock, clock, settings)


def make_door(store: Store, folder: Path) -> Door:
    """An administrator, a reviewer, a senior reviewer; nobody has a sign-in yet."""
    folder.mkdir(mode=0o700)
    clock = StoppedClock(START)
    first = add_person(store, clock, Actor(None, "cli"), "Ada Brook", ["administrator"])
    admin = Actor(first, "cli", "rowan")
    people = {"Ada Brook": first}
    for name, role in ((REVIEWER, "reviewer"), (SENIOR, "senior_reviewer")):
        address = f"{name.split()[0].lower()}@trust.example.test"
        people[name] = add_person(store, clock, admin, name, [role], email=address)
    return Door(store, clock, folder, stage_of(store, clock, folder), admin, people)
