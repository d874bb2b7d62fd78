"""What changes how everybody works now: a major incident, a time before an election."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from worker.errors import SettingsError
from worker.review.elections import TABLE, Elections, load_elections
from worker.review.incidents import banners, incident_on
from worker.settings import Settings
from worker.store.session import Store
from worker.summary import words


def mode_notices(store: Store, settings: Settings, now: datetime) -> Iterable[str]:
    """A line for each that is on."""
    elections = Elections()
    with suppress(SettingsError):  # told as a problem
        elections = load_elections(settings.reference_dir / TABLE)
    with store.read() as session:
        incident = incident_on(session, now)
    return [words.clean(each) for each in banners(incident, elections.period_at(now))]


def mode_problems(settings: Settings) -> Iterable[str]:
    """That the table of periods cannot be used: then no hide is asked whether it is neutral."""
    try:
        load_elections(settings.reference_dir / TABLE)
    except SettingsError as error:
        yield str(error)
