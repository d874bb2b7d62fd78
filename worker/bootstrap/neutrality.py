"""Whether this is a time before an election, by the Trust's own table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from worker.errors import SettingsError
from worker.log import get
from worker.review.elections import TABLE, Elections, Period, load_elections
from worker.settings import Settings

log = get("neutrality")


def periods_of(settings: Settings) -> Callable[[datetime], Period | None]:
    """What tells the pre-election period that a moment falls into. Reads the table when first asked."""
    return lambda moment: _at(settings, moment)


def pre_election_of(settings: Settings) -> Callable[[datetime], bool]:
    """What tells whether a moment falls into a pre-election period. Reads the table when first asked."""
    return lambda moment: _at(settings, moment) is not None


def _at(settings: Settings, moment: datetime) -> Period | None:
    return _elections(settings.reference_dir).period_at(moment)


@cache
def _elections(reference_dir: Path) -> Elections:
    try:
        return load_elections(reference_dir / TABLE)
    except SettingsError as error:
        # The status shows it as a problem. Nobody's case may wait because a table has an error.
        log.warning("elections_unknown", error=str(error))
        return Elections()
