"""Reading an entry of a file of reference data: what it must say, and every mistake with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.errors import SettingsError
from worker.settings_yaml import KeyPath, SettingsFile, read_settings_file


@dataclass(frozen=True, slots=True)
class Entry:
    """One `name:` of a file with what stands below it.

    What is wrong is noted as a problem of the file, and an empty value goes on in its place.

    Attributes:
        path: the names that lead to it.
    """

    file: SettingsFile
    path: KeyPath
    values: dict[str, Any]

    def text(self, name: str, *, needed: bool = True) -> str:
        """A text; empty where there is none."""
        value = self.values.get(name)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
        if needed or value is not None or name in self.values:
            self.wrong(name if name in self.values else None, f'"{name}" needs a text')
        return ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, at least one."""
        value = self.values.get(name)
        if (
            isinstance(value, list)
            and value
            and all(isinstance(each, str) and each.strip() for each in value)
        ):
            return tuple(" ".join(each.split()) for each in value)
        self.wrong(
            name if name in self.values else None, f'"{name}" needs a list of texts, each after a dash'
        )
        return ()

    def flag(self, name: str) -> bool:
        """True or false; false where nothing is said."""
        value = self.values.get(name, "false")
        if value not in ("true", "false"):
            self.wrong(name, f'"{name}" is true or false')
        return bool(value == "true")

    def below(self, name: str) -> Iterator[Entry]:
        """The entries below a name, each a mapping; none where nothing is said."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            self.wrong(name, f'"{name}" needs entries below it')
            return
        for each, content in value.items():
            path = (*self.path, name, each)
            if isinstance(content, dict):
                yield Entry(self.file, path, content)
            else:
                self._note(path, f'"{each}" needs entries below it')

    def known(self, names: Collection[str]) -> None:
        """Note every name that is not one of these."""
        for name in self.values:
            if name not in names:
                self.wrong(name, f'there is no "{name}" here; known are {", ".join(names)}')

    def wrong(self, name: str | None, words: str) -> None:
        """Note a problem at a name below this entry, or at the entry itself."""
        self._note((*self.path, name) if name is not None else self.path, words)

    @property
    def name(self) -> str:
        """The entry's own name."""
        return self.path[-1]

    def _note(self, path: KeyPath, words: str) -> None:
        line = self.file.lines.get(path, 1)
        self.file.problems.append(f"{self.file.name}:{line}: {words}.")


def read_entries(path: Path, top: str) -> tuple[SettingsFile, tuple[Entry, ...]]:
    """Read the entries of a file below its one name at the top.

    Returns:
        The file, whose problems the caller adds to, and its entries; none where the file has an error.
    """
    file = read_settings_file(path, path.name)
    if file.problems:
        return file, ()
    whole = Entry(file, (), file.values)
    if set(file.values) != {top} or not isinstance(file.values[top], dict) or not file.values[top]:
        file.problems.append(f"{file.name}:1: write `{top}:` and the entries below it, nothing else.")
        return file, ()
    return file, tuple(whole.below(top))


def refuse_problems(file: SettingsFile, path: Path, what: str) -> None:
    """Refuse a file that has problems: half of one would be wrong and look right.

    Args:
        what: what the file holds, in words that begin a sentence.

    Raises:
        SettingsError: with every problem.
    """
    if file.problems:
        raise SettingsError(f"{what} cannot be used: {' '.join(file.problems)}", do=f"Mend {path}.")
