"""The stages that take a case from the queue to its outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from worker.bootstrap.acting import Acting, abilities, make_acting
from worker.bootstrap.mails import Mails
from worker.bootstrap.neutrality import periods_of, pre_election_of
from worker.bootstrap.referrals import ReferralDesk, make_referral_desk
from worker.clock import Clock
from worker.errors import SettingsError
from worker.evidence.subjects.stage import Subjects
from worker.log import get
from worker.review import reply_templates
from worker.review.appeals import Appeals
from worker.review.case_file import CaseFile
from worker.review.clocks import Clocks, make_clocks
from worker.review.consequences import Procedure
from worker.review.guidance import Guidance, load_guidance
from worker.review.handing_on import HandingOn
from worker.review.questions import PRE_ELECTION
from worker.review.reply_templates import load_reply_templates
from worker.review.search.stage import Search
from worker.review.stage import Review
from worker.review.together import Groups
from worker.settings import Settings
from worker.store.session import Store
from worker.working_days import TABLE, WorkingDays, load_working_days

log = get("casework")


@dataclass(frozen=True)
class Casework:
    """What people work with, in one process."""

    review: Review
    file: CaseFile
    acting: Acting
    appeals: Appeals
    subjects: Subjects
    desk: ReferralDesk
    groups: Groups
    handing_on: HandingOn
    search: Search


def make_casework(store: Store, clock: Clock, settings: Settings, mails: Mails) -> Casework:
    """Put these stages together."""
    days = partial(known_working_days, settings.reference_dir)
    procedure = Procedure(
        minutes=settings.review.claim_minutes,
        guidance=partial(guidance_of, settings.reference_dir),
        clocks=queue_clocks(settings),
        days=days,
        going_on=partial(_going_on, pre_election_of(settings)),
    )
    return Casework(
        acting=make_acting(store, clock, settings, days),
        file=CaseFile(store, clock, procedure),
        review=Review(store, clock, settings.review, procedure, abilities, periods_of(settings)),
        appeals=Appeals(
            store, clock, procedure, settings.appeals, days, partial(_replies, settings.reference_dir)
        ),
        subjects=Subjects(store, clock, settings.retention, settings.trust_name, days),
        desk=make_referral_desk(store, clock, settings, days, mails),
        groups=Groups(store, clock),
        handing_on=HandingOn(store, clock, settings.review),
        search=Search(store, clock),
    )


@cache
def guidance_of(reference_dir: Path) -> Guidance:
    """The questions, the law map and the checklist, read once in a process when first asked for.

    Raises:
        SettingsError: one of them cannot be used.
    """
    return load_guidance(reference_dir)


def _going_on(pre_election: Callable[[datetime], bool], moment: datetime) -> frozenset[str]:
    return frozenset({PRE_ELECTION}) if pre_election(moment) else frozenset()


def _replies(reference_dir: Path) -> frozenset[str]:
    """The ids of the replies that there are."""
    return frozenset(each.id for each in load_reply_templates(reference_dir / reply_templates.TABLE))


def queue_clocks(settings: Settings) -> Clocks:
    """When cases are due. A table of bank holidays that cannot be used makes them due early, never lost."""
    return make_clocks(settings.review, lambda: known_working_days(settings.reference_dir))


@cache
def known_working_days(reference_dir: Path) -> WorkingDays:
    """The working days of England, with weekends alone as days off while the table cannot be used."""
    try:
        return working_days(reference_dir)
    except SettingsError as error:
        # The status shows it as a problem. No threat may stay unread because a table has an error.
        log.warning("bank_holidays_unknown", error=str(error))
        return WorkingDays()


@cache
def working_days(reference_dir: Path) -> WorkingDays:
    """The working days of England, read once in a process when first asked for.

    Raises:
        SettingsError: the table of bank holidays cannot be used.
    """
    return load_working_days(reference_dir / TABLE)
