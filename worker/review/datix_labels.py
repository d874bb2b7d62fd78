"""The Trust's own Datix labels: which of them a case gets. Reference data: reference/datix.yaml."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.schema import Category, Severity
from worker.errors import SettingsError
from worker.settings_yaml import SettingsFile, read_settings_file
from worker.store.casework import TARGETS

#: The table's file in the folder of reference data.
LABELS = "datix.yaml"
_FITS: dict[str, tuple[str, ...]] = {
    "categories": tuple(Category),
    "severities": tuple(Severity),
    "targets": TARGETS,
}
_NAMES = ("type", "category", "sub_category")
_MAY = ("severity", "location")


@dataclass(frozen=True, slots=True)
class Labels:
    """What a case is called in Datix.

    Attributes:
        severity: the wording of Datix, which is not Upstander's severity.
    """

    type: str
    category: str
    sub_category: str
    severity: str
    location: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """One row of the table: what it fits, nothing named fitting everything, and the labels."""

    categories: frozenset[str]
    severities: frozenset[str]
    targets: frozenset[str]
    labels: Labels

    def fits(self, categories: Collection[str], severity: str, target: str | None) -> bool:
        """Whether a case is of this kind; one category of several is enough."""
        return (
            (not self.categories or not self.categories.isdisjoint(categories))
            and (not self.severities or severity in self.severities)
            and (not self.targets or target in self.targets)
        )


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The rows in the order of the file; the last fits everything."""

    mappings: tuple[Mapping, ...]

    def of(self, categories: Collection[str], severity: str, target: str | None) -> Labels:
        """The labels of the first row that fits."""
        return next(row.labels for row in self.mappings if row.fits(categories, severity, target))


def load_labels(path: Path) -> LabelTable:
    """Read the table.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file = read_settings_file(path, path.name)
    rows = () if file.problems else tuple(_rows(file))
    if not file.problems and (not rows or rows[-1].categories or rows[-1].severities or rows[-1].targets):
        file.problems.append(
            f"{file.name}:{file.lines.get(('mappings',), 1)}: the last mapping must fit every case: leave out"
            " its categories, severities and targets."
        )
    if file.problems:
        raise SettingsError(f"The Datix labels cannot be used: {' '.join(file.problems)}", do=f"Mend {path}.")
    return LabelTable(rows)


def _rows(file: SettingsFile) -> list[Mapping]:
    for name in file.values:
        if name not in ("location", "severity_wording", "mappings"):
            file.problems.append(f'{file.name}:{file.lines[(name,)]}: there is no "{name}" here.')
    usual = {"location": file.values.get("location"), "severity": file.values.get("severity_wording")}
    if not all(isinstance(words, str) and words.strip() for words in usual.values()):
        file.problems.append(f"{file.name}:1: write `location:` and `severity_wording:` with words.")
    given = file.values.get("mappings")
    if not isinstance(given, list):
        file.problems.append(f"{file.name}:1: write `mappings:` and below it a list.")
        return []
    return [_row(file, number, entry, usual) for number, entry in enumerate(given)]


def _row(file: SettingsFile, number: int, entry: Any, usual: dict[str, Any]) -> Mapping:
    line = file.lines.get(("mappings", str(number)), 1)
    if not isinstance(entry, dict):
        entry = {}
    for name in entry:
        if name not in (*_FITS, *_NAMES, *_MAY):
            file.problems.append(f'{file.name}:{line}: there is no "{name}" in a mapping.')
    for name in _NAMES:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            file.problems.append(f"{file.name}:{line}: this mapping has no `{name}:`.")
    for name, known in _FITS.items():
        listed = entry.get(name, [])
        if not isinstance(listed, list) or not set(listed) <= set(known):
            file.problems.append(f"{file.name}:{line}: write `{name}:` as a list of {', '.join(known)}.")
            entry[name] = []
    words = {name: str(entry.get(name)) for name in _NAMES}
    other = {name: str(entry.get(name) or usual[name]) for name in _MAY}
    fits = {name: frozenset(entry.get(name, [])) for name in _FITS}
    return Mapping(**fits, labels=Labels(**words, **other))
