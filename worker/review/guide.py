"""The guide to referrals: who can be referred to, by when, what they may see; and the tasks that follow.

Reference data that a Trust fits to its own policies: reference/referrals.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from worker.errors import SettingsError
from worker.settings_yaml import KeyPath, SettingsFile, read_settings_file
from worker.store import tables as t
from worker.store.referrals import REFERRAL_KINDS
from worker.working_days import WorkingDays

#: The guide's file in the folder of reference data.
GUIDE = "referrals.yaml"
#: What a recipient may be let see. Files are only ever handed over by an export of evidence.
SEES = ("words", "author", "evidence", "files")
#: The tasks that follow from a decision or a referral.
DUTIES = (
    "call_police",
    "consider_police",
    "refer_welfare",
    "legal_advice",
    "tell_insurers",
    "answer_notice",
    "limitation",
    "offer_support",
    "debrief",
    "record_in_datix",
)
_CLOCKS = ("minutes", "working_days")


@dataclass(frozen=True, slots=True)
class Within:
    """How long something may take: minutes at all hours, or working days."""

    minutes: int | None = None
    working_days: int | None = None

    def after(self, moment: datetime, days: WorkingDays) -> datetime:
        """When that time is over."""
        if self.working_days is not None:
            return days.days_after(moment, self.working_days)
        return moment + timedelta(minutes=self.minutes or 0)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One kind of recipient.

    Attributes:
        role: who among the people of Upstander reads what was referred to no person by name; None: nobody.
        sees: what they may see unless whoever refers says otherwise.
        says: what whoever refers is told.
    """

    title: str
    within: Within
    role: str | None
    sees: frozenset[str]
    says: str


@dataclass(frozen=True, slots=True)
class Duty:
    """For which role a task is, and until when."""

    role: str
    within: Within


@dataclass(frozen=True, slots=True)
class Guide:
    """What is known of every kind of referral, and of every task that follows."""

    kinds: Mapping[str, Recipient]
    tasks: Mapping[str, Duty]

    def kinds_of(self, roles: frozenset[str]) -> frozenset[str]:
        """The kinds of referral that somebody with these roles reads, where nobody is named."""
        return frozenset(kind for kind, recipient in self.kinds.items() if recipient.role in roles)


def load_guide(path: Path) -> Guide:
    """Read the guide.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file = read_settings_file(path, path.name)
    kinds: dict[str, Recipient] = {}
    tasks: dict[str, Duty] = {}
    if not file.problems:
        for name, entry in _entries(file, "kinds", REFERRAL_KINDS).items():
            kinds[name] = _recipient(file, ("kinds", name), entry)
        for name, entry in _entries(file, "tasks", DUTIES).items():
            tasks[name] = _duty(file, ("tasks", name), entry)
    if file.problems:
        raise SettingsError(
            f"The guide to referrals cannot be used: {' '.join(file.problems)}", do=f"Mend {path}."
        )
    return Guide(kinds, tasks)


def _entries(file: SettingsFile, top: str, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    given = file.values.get(top)
    if not isinstance(given, dict):
        file.problems.append(f"{file.name}:1: write `{top}:` with an entry for each of {', '.join(names)}.")
        return {}
    for name in given:
        if name not in names or not isinstance(given[name], dict):
            _problem(file, (top, name), f'"{name}" is none of {", ".join(names)}, or has nothing below it.')
    missing = [name for name in names if name not in given]
    if missing:
        _problem(file, (top,), f"there is no entry for {', '.join(missing)}.")
    return {name: given[name] for name in names if isinstance(given.get(name), dict)}


def _recipient(file: SettingsFile, at: KeyPath, entry: dict[str, Any]) -> Recipient:
    _only(file, at, entry, ("title", "role", "sees", "says", *_CLOCKS))
    sees = entry.get("sees")
    if not isinstance(sees, list) or not set(sees) <= set(SEES):
        _problem(file, (*at, "sees"), f"write `sees:` as a list of {', '.join(SEES)}; it may be empty: [].")
        sees = []
    for name in ("title", "says"):
        if not isinstance(entry.get(name), str):
            _problem(file, (*at, name), f"write `{name}:` with words for people.")
    return Recipient(
        title=str(entry.get("title")),
        within=_within(file, at, entry),
        role=_role(file, at, entry) if "role" in entry else None,
        sees=frozenset(sees),
        says=str(entry.get("says")),
    )


def _duty(file: SettingsFile, at: KeyPath, entry: dict[str, Any]) -> Duty:
    _only(file, at, entry, ("role", *_CLOCKS))
    return Duty(_role(file, at, entry), _within(file, at, entry))


def _within(file: SettingsFile, at: KeyPath, entry: dict[str, Any]) -> Within:
    given = [name for name in _CLOCKS if name in entry]
    if len(given) != 1:
        _problem(file, at, "write either `minutes:` or `working_days:`.")
        return Within(minutes=1)
    written = str(entry[given[0]])
    if not (written.isascii() and written.isdigit() and 1 <= int(written) <= 100_000):
        _problem(file, (*at, given[0]), f"`{given[0]}` is a whole number from 1.")
        return Within(minutes=1)
    return Within(**{given[0]: int(written)})


def _role(file: SettingsFile, at: KeyPath, entry: dict[str, Any]) -> str:
    if entry.get("role") not in t.ROLES:
        _problem(file, (*at, "role"), f"write `role:` with one of {', '.join(t.ROLES)}.")
    return str(entry.get("role"))


def _only(file: SettingsFile, at: KeyPath, entry: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in entry:
        if name not in names:
            _problem(file, (*at, name), f'there is no "{name}" here, only {", ".join(names)}.')


def _problem(file: SettingsFile, at: KeyPath, words: str) -> None:
    lines = (file.lines.get(at[:length]) for length in range(len(at), 0, -1))
    line = next((found for found in lines if found), 1)
    file.problems.append(f"{file.name}:{line}: {words}")
