"""The stages with which a case is handed over, and the tasks that come with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from worker.bootstrap.mails import Mails
from worker.clock import Clock
from worker.review.aftercare import Aftercare
from worker.review.datix import Datix
from worker.review.datix_labels import LABELS, LabelTable, load_labels
from worker.review.guide import GUIDE, Guide, load_guide
from worker.review.referral_reading import Referred
from worker.review.referrals import Referrals
from worker.review.support import Support
from worker.review.telling import Telling
from worker.review.worklist import WorkList
from worker.settings import Settings
from worker.store.session import Store
from worker.working_days import WorkingDays


@dataclass(frozen=True)
class ReferralDesk:
    """Everything around handing cases over, in one process."""

    referrals: Referrals
    referred: Referred
    tasks: WorkList
    support: Support
    aftercare: Aftercare
    datix: Datix
    telling: Telling


def make_referral_desk(
    store: Store, clock: Clock, settings: Settings, days: Callable[[], WorkingDays], mails: Mails
) -> ReferralDesk:
    """Put these stages together. Their reference data is read when first asked for."""

    def guide() -> Guide:
        return _guide(settings.reference_dir)

    def labels() -> LabelTable:
        return _labels(settings.reference_dir)

    return ReferralDesk(
        referrals=Referrals(store, clock, guide, days),
        referred=Referred(store, clock, guide),
        tasks=WorkList(store, clock, guide),
        support=Support(store, clock),
        aftercare=Aftercare(store, clock, guide, days),
        datix=Datix(store, clock, labels),
        telling=Telling(store, clock, guide, None if mails.mailer.unready else mails.write),
    )


@cache
def _guide(reference_dir: Path) -> Guide:
    return load_guide(reference_dir / GUIDE)


@cache
def _labels(reference_dir: Path) -> LabelTable:
    return load_labels(reference_dir / LABELS)
