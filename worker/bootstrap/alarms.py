"""What makes sure that a case is looked at in time: flags, surges, the rota, calls and notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from worker.bootstrap.mails import Mails
from worker.bootstrap.webhook import make_webhook
from worker.clock import Clock
from worker.review.clocks import Clocks
from worker.review.escalations import Escalations
from worker.review.flags import Flags
from worker.review.on_call import OnCallRota
from worker.review.overdue import Overdue
from worker.review.paging import Paging
from worker.review.surges import Surges
from worker.settings import Settings
from worker.store.session import Store


@dataclass(frozen=True)
class Alarms:
    """These stages, in one process."""

    flags: Flags
    surges: Surges
    rota: OnCallRota
    escalations: Escalations
    paging: Paging
    overdue: Overdue


def make_alarms(store: Store, clock: Clock, settings: Settings, mails: Mails, clocks: Clocks) -> Alarms:
    """Put these stages together."""
    webhook = make_webhook(settings.paging)
    return Alarms(
        flags=Flags(store, clock, clocks),
        surges=Surges(store, clock, clocks),
        rota=OnCallRota(store, clock),
        escalations=Escalations(store, clock),
        paging=Paging(
            store,
            clock,
            mails.write,
            None if webhook is None else webhook.send,
            timedelta(minutes=settings.paging.fallback_minutes),
        ),
        overdue=Overdue(
            store,
            clock,
            mails.write,
            settings.review.overdue_recipients,
            can_mail=not mails.mailer.unready,
        ),
    )
