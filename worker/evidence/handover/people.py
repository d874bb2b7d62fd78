"""Who is named in a case: so that everybody but the people it is about can be taken out of a copy.

Known are the ids, handles and names that the platform gave (in the database and in the replies as sealed),
those that the words mention with an @, the Trust's own staff in Upstander, and the names that a person
added. No program knows every name: a redacted copy is read by a person before it is handed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules.text.fold import fold
from worker.errors import EvidenceFault
from worker.evidence.bag import PAYLOAD
from worker.evidence.verify import read_small

#: Keys under which platforms give what tells a person; together with an `id` beside them.
_NAMING = ("name", "username", "handle", "screen_name", "first_name", "last_name")
_MENTION = re.compile(r"@(\w[\w.]{1,49})")
#: A reply in a bag that is larger is not read, in bytes.
LARGEST = 16 * 1024 * 1024
#: Shorter than this, what tells a person is looked for as a whole word only.
SHORT = 5


@dataclass(slots=True)
class Person:
    """Somebody who is named.

    Attributes:
        id: the platform's, where one is known. Handles and names may be shared; this may not.
        told_by: every handle, id and name that they were met under, in order.
    """

    id: str | None
    told_by: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class People:
    """Everybody who is named, in the order in which they were met.

    Attributes:
        kept: folded ids, handles and names of the people whom a copy is about, and of the Trust's accounts.
    """

    kept: frozenset[str]
    _met: list[Person] = field(default_factory=list)

    def meet(self, id_: str | None, *names: str | None) -> None:
        """Note somebody. Whoever has the same id is the same person; without an id, whoever has the name.

        Args:
            names: handles and names.
        """
        told_by = [text.strip() for text in (id_, *names) if text is not None and key(text)]
        if not told_by:
            return
        person = self._known(id_, told_by)
        if person is None:
            person = Person(id_)
            self._met.append(person)
        person.id = person.id or id_
        person.told_by |= dict.fromkeys(told_by)

    def mentioned(self, text: str | None) -> None:
        """Note everybody whom some words mention with an @."""
        for found in _MENTION.finditer(text or ""):
            self.meet(None, found[1].rstrip("."))

    def labels(self) -> dict[str, str]:
        """What tells each person who is not to be named, and what is written instead.

        Raises:
            EvidenceFault: a name that is to stay is the name of several people.
        """
        kept = [person for person in self._met if self._keeps(person)]
        for text in self.kept:
            if sum(any(key(each) == text for each in person.told_by) for person in kept) > 1:
                raise EvidenceFault(
                    "Several people in these cases have a name that is to stay.",
                    safe="No file was made.",
                    do="Ask anew, and name the one it is about by the platform's id.",
                )
        labelled: dict[str, str] = {}
        others = (person for person in self._met if not self._keeps(person))
        for number, person in enumerate(others):
            for text in person.told_by:
                labelled.setdefault(text, f"Person {_letters(number)}")
        return labelled

    def _keeps(self, person: Person) -> bool:
        return any(key(text) in self.kept for text in person.told_by)

    def _known(self, id_: str | None, told_by: list[str]) -> Person | None:
        for person in self._met:
            if id_ is not None and person.id is not None:
                if person.id == id_:
                    return person
            elif {key(text) for text in person.told_by} & {key(text) for text in told_by}:
                return person
        return None


def key(text: str) -> str:
    """What tells a person, without the differences that do not matter."""
    return fold(text.strip().removeprefix("@")).text


def named_in(folder: Path) -> Iterator[tuple[str, ...]]:
    """Everybody whom the replies in a bag name: what tells each, with the id.

    Args:
        folder: the bag, which was verified before.
    """
    for path in sorted((folder / PAYLOAD).glob("*.json")):
        content = read_small(path, LARGEST)
        if content is None:
            continue
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            continue
        yield from _named(value)


def _named(value: Any) -> Iterator[tuple[str, ...]]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            told_by = [str(each[name]) for name in _NAMING if isinstance(each.get(name), str)]
            if told_by and isinstance(each.get("id"), str | int):
                yield (str(each["id"]), *told_by)
            waiting += reversed(list(each.values()))
        elif isinstance(each, list):
            waiting += reversed(each)


def folded(texts: Iterable[str | None]) -> frozenset[str]:
    """What tells people, ready to be compared."""
    return frozenset(key(text) for text in texts if text is not None and key(text))


def _letters(number: int) -> str:
    """A to Z, then AA, AB and so on."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
