"""A morning at a Trust: simulated platforms, the worker's jobs, the review site, people of every role."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from worker.bootstrap import App
from worker.cli.demo_choices import choice_for
from worker.cli.demo_site import DemoSignIn, invite
from worker.cli.demo_steps import Round
from worker.cli.demo_world import OFFICER, REVIEWER, DemoWorld, demo_world
from worker.evidence.handover.request import Request
from worker.review.referral_words import NewReferral
from worker.review.terms import Terms
from worker.web.serving import serving

#: As in an installation it takes a tenth of a second and 64 MiB each time.
_QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
#: So many cases of the queue are decided: every page has something to show, and the queue still has more.
_DECIDED = 8
#: What each of them asks of the platform, in turn.
_ASKED: tuple[tuple[str, ...], ...] = (("hide",), ("hide", "platform_report"), ("delete",), ("hide", "block"))


@dataclass(frozen=True)
class Desk:
    """The site, and everything behind it.

    Attributes:
        ways: how each person signs in, by name.
        upheld: cases that were upheld, in the order of their decisions.
        export: the number of an evidence export that waits for its second person.
        referral: the number of a referral.
        reported: a case with a platform report, and `report` that report's number.
    """

    world: DemoWorld
    round: Round
    ways: Mapping[str, DemoSignIn]
    upheld: tuple[int, ...]
    export: int
    referral: int
    reported: int
    report: int

    @property
    def app(self) -> App:
        """The stages."""
        return self.world.app

    @property
    def url(self) -> str:
        """The site's address."""
        return self.app.settings.web.public_url

    def settle(self) -> None:
        """Do what is to be done: jobs, sealing, actions on the platforms."""
        self.round.come_to_rest()


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """A desk in the middle of a morning's work.

    Args:
        folder: an empty one to work in.
    """
    with (
        patch("worker.signin.passwords._HASHER", _QUICK),
        socket.create_server(("127.0.0.1", 0)) as listening,
        demo_world(folder, seed=7, midweek=True, port=listening.getsockname()[1]) as world,
    ):
        round_ = Round(world, reality=False)
        round_.come_to_rest()
        ways = {each.name: each for each in invite(world)}
        upheld = tuple(_decide_some(round_))
        round_.come_to_rest()
        officer, reviewer = world.people[OFFICER], world.people[REVIEWER]
        police = NewReferral("police_101", "Northmoor Police", "A threat with a place and a time.")
        referral = world.app.casework.desk.referrals.make(reviewer, upheld[0], police)
        wanted = Request(
            cases=(upheld[0],),
            purpose="police",
            legal_basis="DPA 2018 Schedule 2 paragraph 2",
            recipient="PC 4521, Northmoor Police",
            reason="Crime reference 42/1234/26",
            redacted=False,
            witness=OFFICER,
            occupation="evidence officer",
        )
        export = world.app.hand_over.ask(officer, wanted, os_user=None)
        report = world.app.reporting.reports.listing(reviewer)[0]
        with serving(world.app, listening):
            yield Desk(
                world,
                round_,
                ways,
                upheld,
                export,
                referral,
                reported=report.case_id,
                report=report.report_id,
            )


def _decide_some(round_: Round) -> Iterator[int]:
    """Decide on the first cases of the queue, as the examples are meant; the numbers of the upheld ones."""
    app, reviewer = round_.world.app, round_.who(REVIEWER)
    upheld = 0
    for _ in range(_DECIDED):
        held = app.review.claim_next(reviewer)
        if held is None:
            return
        view = app.review.show(reviewer, held.case_id)
        choice = choice_for(round_.shows(view.external_id))
        asked = app.casework.file.asking(
            reviewer, view.case_id, verdict=choice.verdict, categories=choice.categories
        ).questions
        possible = {each.kind.value for each in app.review.abilities(view.platform) if each.available}
        wanted = _ASKED[upheld % len(_ASKED)] if choice.verdict == "upheld" else ()
        actions = tuple(each for each in wanted if each in possible or each == "platform_report")
        app.review.decide(
            reviewer,
            view.case_id,
            view.revision_id,
            choice.verdict,
            reason="A threat, an insult or a slur that the house rules name.",
            categories=choice.categories,
            severity=choice.severity,
            actions=actions,
            terms=Terms(no_warning_because="It could not wait.") if "block" in actions else None,
            particulars=choice.particulars(asked),
        )
        if choice.verdict == "upheld":
            upheld += 1
            yield view.case_id
