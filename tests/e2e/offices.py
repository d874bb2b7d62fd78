"""An office with an empty queue: simulated platforms, the review site, and a sign-in for each person."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, select

from connectors.sandbox.clock import SandboxClock
from tests.e2e.stories import BEGINS, SETTINGS, Player, Step, Written
from tests.worlds import REVIEWER, World, world
from worker.bootstrap import App
from worker.cli.demo_site import DemoSignIn
from worker.ledger.audit import Actor
from worker.review.view import CaseView, DecisionView
from worker.store import tables as t
from worker.web.serving import serving

#: As in an installation it takes a tenth of a second and 64 MiB each time.
_QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
_PASSWORD = "heron under the iron bridge"
#: Everybody of docs/stories.md but the reviewer, with their role.
SENIOR, ON_CALL, OFFICER, SAFEGUARDING = "Sam Elder", "Priya Nair", "Asha Okafor", "Hazel Brook"
HR, GUARDIAN, LAWYER, SECURITY, LEAD = "Robin Vale", "Jo Birch", "Lee Hart", "Kit Marsh", "Cora Lane"
OUTSIDER = "Tam Oakes"
_PEOPLE = (
    (SENIOR, "senior_reviewer"),
    (ON_CALL, "on_call_manager"),
    (OFFICER, "evidence_officer"),
    (SAFEGUARDING, "safeguarding_lead"),
    (HR, "hr"),
    (GUARDIAN, "freedom_to_speak_up_guardian"),
    (OUTSIDER, "referral_reader"),
    (SECURITY, "security_specialist"),
    (LAWYER, "legal"),
    (LEAD, "communications_lead"),
)


@dataclass
class Office:
    """The site, and everything behind it. The worker has always just done what there was to do.

    Attributes:
        url: the site's address.
        people: everybody, by name.
        ways: how each of them signs in, by name.
    """

    place: World
    app: App
    url: str
    people: Mapping[str, Actor]
    ways: Mapping[str, DemoSignIn]
    player: Player

    def happens(self, step: Step) -> None:
        """Let something happen on a platform, or time pass; the worker does its part."""
        self.player.play(step)

    def settle(self) -> None:
        """Let the worker do what there is to do."""
        self.player.play(timedelta())

    def written(
        self, words: str, *, who: str = "sunny.day.7", where: str = "Facebook", picture: bool = False
    ) -> int:
        """Somebody writes something that is queued.

        Returns:
            The number of its case.
        """
        before = self._newest()
        self.happens(Written(who, where, words, picture=picture))
        case_id = self._newest()
        assert case_id == before + 1, f"not queued, or not alone: {words}"
        return case_id

    def _newest(self) -> int:
        with self.app.store.read() as session:
            return session.scalar(select(func.max(t.Case.id))) or 0

    def view(self, case_id: int, *, who: str = SENIOR) -> CaseView:
        """A case as the stage shows it to somebody."""
        return self.app.review.show(self.people[who], case_id)

    def decision(self, case_id: int, *, who: str = SENIOR) -> DecisionView:
        """The only decision on a case."""
        (found,) = self.view(case_id, who=who).decisions
        return found

    def asked(self, case_id: int, *, who: str = SENIOR) -> list[tuple[str, str]]:
        """What was asked of the platform about a case, and how far each is."""
        return [(each.kind, each.state) for each in self.view(case_id, who=who).actions]


@contextmanager
def office(folder: Path) -> Iterator[Office]:
    """An office with an empty queue, on a Monday morning.

    Args:
        folder: an empty one to work in.
    """
    SandboxClock(folder / "clock.json").set_offset((BEGINS - datetime.now(UTC)).total_seconds())
    with (
        patch("worker.signin.passwords._HASHER", _QUICK),
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        more = {
            **SETTINGS,
            "UPSTANDER_WEB__PUBLIC_URL": url,
            # So that nobody here needs an authenticator app; tests/unit/web/test_signing_in.py has one.
            "UPSTANDER_WEB__SECOND_FACTOR_ROLES": "pals",
        }
        with world(folder, more=more) as place:
            app = place.app()
            people = _people(app, place.reviewer)
            ways = {name: _let_in(app, place.reviewer, name, who) for name, who in people.items()}
            with serving(app, listening):
                yield Office(place, app, url, people, ways, Player(place, app, most=24))
            app.close()


def _people(app: App, reviewer: Actor) -> dict[str, Actor]:
    found = {REVIEWER: Actor(reviewer.person_id, "test")}
    for name, role in _PEOPLE:
        address = f"{name.replace(' ', '.').lower()}@trust.example.test"
        found[name] = Actor(app.review.add_person(reviewer, name, [role], email=address), "test")
    return found


def _let_in(app: App, administrator: Actor, name: str, who: Actor) -> DemoSignIn:
    assert who.person_id is not None
    made = app.sign_ins.create(administrator, who.person_id)
    signed = app.sign_ins.sign_in(made.user_name, made.password, None, "127.0.0.1")
    signed = app.sign_ins.change_password(signed, made.password, _PASSWORD)
    app.sign_ins.sign_out(signed.token)
    return DemoSignIn(name, "", made.user_name, _PASSWORD)
