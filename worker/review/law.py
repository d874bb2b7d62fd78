"""The law map: which provisions a category may touch and what evidence is asked for then. Never advice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rules.schema import Category
from worker.review.entries import Entry, read_entries, refuse_problems
from worker.review.questions import among

#: The table's file in the folder of reference data.
LAW = "law.yaml"
#: Stands wherever the map is shown.
NOT_ADVICE = (
    "These are prompts for collecting evidence, not legal advice. Police, prosecutors and courts judge."
)
_ABOUT = ("version", "jurisdiction", "checked_on", "check_again")
_NAMES = ("provision", "categories", "evidence", "clocks", "sources", "uncertain")
_VERSION_LONGEST = 20


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision.

    Attributes:
        evidence: what to look for and keep, one prompt each.
        clocks: times within which something has to happen, in words.
        uncertain: what could not be established; empty where nothing was left open.
    """

    id: str
    provision: str
    categories: tuple[str, ...]
    evidence: tuple[str, ...]
    clocks: tuple[str, ...]
    sources: tuple[str, ...]
    uncertain: str


@dataclass(frozen=True, slots=True)
class LawMap:
    """The Trust's map, of one version.

    Attributes:
        version: kept with each decision that it was shown for.
        check_again: the day by which somebody looks whether it still holds.
    """

    version: str
    jurisdiction: str
    checked_on: date
    check_again: date
    provisions: tuple[Provision, ...]

    def touched_by(self, categories: Collection[str]) -> tuple[Provision, ...]:
        """The provisions that any of these categories may touch, in the map's order."""
        return tuple(each for each in self.provisions if not set(categories).isdisjoint(each.categories))


def load_law(path: Path) -> LawMap:
    """Read the map.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file, entries = read_entries(path, "law")
    parts = {entry.name: entry for entry in entries}
    if not file.problems and set(parts) != {"about", "provisions"}:
        file.problems.append(f"{file.name}:1: below `law:` stand `about:` and `provisions:`, nothing else.")
    refuse_problems(file, path, "The law map")
    about, below = parts["about"], parts["provisions"]
    about.known(_ABOUT)
    version = about.text("version")
    if len(version) > _VERSION_LONGEST:
        about.wrong("version", f'"version" has at most {_VERSION_LONGEST} characters')
    found = LawMap(
        version=version,
        jurisdiction=about.text("jurisdiction"),
        checked_on=_day(about, "checked_on"),
        check_again=_day(about, "check_again"),
        provisions=tuple(
            _provision(Entry(file, (*below.path, name), values)) for name, values in _each(below)
        ),
    )
    refuse_problems(file, path, "The law map")
    return found


def _each(below: Entry) -> list[tuple[str, dict[str, object]]]:
    for name, values in below.values.items():
        if not isinstance(values, dict):
            below.wrong(name, f'"{name}" needs entries below it')
    return [(name, values) for name, values in below.values.items() if isinstance(values, dict)]


def _provision(entry: Entry) -> Provision:
    entry.known(_NAMES)
    sources = entry.texts("sources") if "sources" in entry.values else ()
    uncertain = entry.text("uncertain", needed=False)
    if not sources and not uncertain:
        entry.wrong(None, f'"{entry.name}" needs "sources", or says in "uncertain" that it has none')
    return Provision(
        id=entry.name,
        provision=entry.text("provision"),
        categories=among(entry, "categories", tuple(Category)),
        evidence=entry.texts("evidence"),
        clocks=entry.texts("clocks") if "clocks" in entry.values else (),
        sources=sources,
        uncertain=uncertain,
    )


def _day(entry: Entry, name: str) -> date:
    given = entry.text(name)
    try:
        return date.fromisoformat(given)
    except ValueError:
        entry.wrong(name, f'"{name}" is a day, written as 2026-11-01')
        return date.max
