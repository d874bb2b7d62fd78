"""Reading typed fields out of a mapping in a YAML file; every wrong one becomes a problem with a hint."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from rules.yaml_file import Located, Problems, suggestion

Choice = TypeVar("Choice", bound=StrEnum)


class FieldReader:
    """The fields of one mapping. Every method returns something usable and notes a problem if it had to."""

    def __init__(self, at: Located, what: str, problems: Problems) -> None:
        self.at, self.what, self.problems = at, what, problems
        self.fields: dict[str, Located] = {}
        if isinstance(at.value, dict):
            self.fields = at.value
        else:
            problems.add(at, f"{what} must be a mapping, not {at.describe()}", "Write `name: value` lines.")

    def refuse_unknown(self, allowed: list[str]) -> None:
        """Note every key that is not one of `allowed`."""
        for name, value in self.fields.items():
            if name not in allowed:
                hint = suggestion(name, allowed)
                self.problems.add(value, f'{self.what} has an unknown key "{name}"', hint)

    def text(self, name: str, *, required: bool = True, example: str = "") -> str:
        """A non-empty text, or the empty text where there is none."""
        found = self.fields.get(name)
        if found is None:
            if required:
                self.problems.add(self.at, f'{self.what} has no "{name}"', f"Add `{name}: {example or '…'}`.")
            return ""
        if isinstance(found.value, str) and found.value.strip():
            return found.value.strip()
        hint = f"Write `{name}: {example or '…'}`."
        self.problems.add(found, f'"{name}" must be text, not {found.describe()}', hint)
        return ""

    def number(self, name: str, *, default: int | None = None) -> int | None:
        """A whole number, 0 or more."""
        found = self.fields.get(name)
        if found is None:
            return default
        if isinstance(found.value, str) and found.value.isascii() and found.value.isdigit():
            return int(found.value)
        self.problems.add(
            found, f'"{name}" must be a whole number, not {found.describe()}', f"Write `{name}: 1`."
        )
        return default

    def day(self, name: str) -> date:
        """A date."""
        written = self.text(name, example="2027-11-01")
        try:
            return date.fromisoformat(written) if written else date.max
        except ValueError:
            message = f'"{name}" is not a date: "{written[:40]}"'
            self.problems.add(self.fields[name], message, f"Write year-month-day: `{name}: 2027-11-01`.")
            return date.max

    def choice(self, name: str, kind: type[Choice], default: Choice | None = None) -> Choice | None:
        """One word of a closed list."""
        if name not in self.fields and default is not None:
            return default
        written = self.text(name, example=next(iter(kind)).value)
        return self._choose(written, self.fields[name], name, kind) if written else default

    def choices(self, name: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """Several words of a closed list."""
        chosen = (self._choose(word, place, name, kind) for word, place in self.placed_texts(name))
        return tuple(choice for choice in chosen if choice is not None)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where there is none."""
        return tuple(text for text, _ in self.placed_texts(name))

    def placed_texts(self, name: str) -> Iterable[tuple[str, Located]]:
        """A list of texts, each with its place."""
        found = self.fields.get(name)
        if found is None:
            return []
        if not isinstance(found.value, list):
            first = found.value if isinstance(found.value, str) else "…"
            hint = f"Write it as a list:\n      {name}:\n        - {first}"
            self.problems.add(found, f'"{name}" must be a list, not {found.describe()}', hint)
            return []
        placed: list[tuple[str, Located]] = []
        for item in found.value:
            if isinstance(item.value, str) and item.value.strip():
                placed.append((item.value.strip(), item))
            else:
                hint = "Put it in quotes if it has a colon, # or { in it."
                self.problems.add(item, f'each entry of "{name}" must be text, not {item.describe()}', hint)
        return placed

    def _choose(self, written: str, place: Located, name: str, kind: type[Choice]) -> Choice | None:
        allowed = [choice.value for choice in kind]
        if written in allowed:
            return kind(written)
        self.problems.add(place, f'"{written[:40]}" is not a {name}', suggestion(written, allowed))
        return None
