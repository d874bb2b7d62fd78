"""What changes how everybody works for a time, and what staff hand in: put together from the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules.evaluate import RuleSet
from worker.bootstrap.casework import known_working_days, queue_clocks
from worker.clock import Clock
from worker.evidence.hand_in_files import HandInFiles
from worker.evidence.supplements import Supplements
from worker.intake.hand_ins import HandIns
from worker.keyring import NameKey
from worker.review.incidents import Incidents
from worker.settings import Settings
from worker.store.session import Store
from worker.summary.incident_day import IncidentDays
from worker.summary.mailer import Mailer


@dataclass(frozen=True)
class Modes:
    """Hand-ins and major incidents, in one process."""

    hand_ins: HandIns
    incidents: Incidents
    incident_days: IncidentDays


def make_modes(
    store: Store,
    clock: Clock,
    settings: Settings,
    rules: Callable[[], RuleSet],
    supplements: Supplements,
    mailer: Mailer,
) -> Modes:
    """Put these stages together.

    Args:
        rules: gives the live rules.
        supplements: keeps the files of hand-ins.
    """
    return Modes(
        hand_ins=HandIns(
            store=store,
            clock=clock,
            rules=rules,
            clocks=queue_clocks(settings),
            files=HandInFiles(supplements),
            name_key=NameKey(settings.keys_dir),
            days=lambda: known_working_days(settings.reference_dir),
        ),
        incidents=Incidents(store, clock),
        incident_days=IncidentDays(store, clock, settings.summary, mailer, settings.trust_name),
    )
