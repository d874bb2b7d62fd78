"""The grammar of Graph's `fields` parameter.

fields = field { "," field }
field  = name { "." option "(" value ")" } [ "{" fields "}" ]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"\s*(\w+)\s*")
_OPTION = re.compile(r"\.(\w+)\(([^()]*)\)\s*")


class FieldsWrong(ValueError):
    """The `fields` parameter does not follow the grammar."""


@dataclass(frozen=True)
class Asked:
    """One field asked for, with the options of an edge and the fields inside."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[Asked, ...] = ()

    def __str__(self) -> str:
        """The field as it would be written."""
        options = "".join(f".{name}({value})" for name, value in self.options.items())
        return self.name + options + (f"{{{written(self.inner)}}}" if self.inner else "")


def written(fields: tuple[Asked, ...]) -> str:
    """Fields as they would be written in an address."""
    return ",".join(str(each) for each in fields)


def parse(text: str) -> tuple[Asked, ...]:
    """Read a `fields` parameter; an empty one asks for nothing in particular.

    Raises:
        FieldsWrong: it does not follow the grammar.
    """
    if not text.strip():
        return ()
    found, end = _fields(text, 0)
    if end != len(text):
        raise FieldsWrong(
            f'Syntax error "Expected end of string instead of "{text[end]}"." at character {end}: {text}'
        )
    return found


def _fields(text: str, at: int) -> tuple[tuple[Asked, ...], int]:
    found = []
    while True:
        one, at = _field(text, at)
        found.append(one)
        if not text.startswith(",", at):
            return tuple(found), at
        at += 1


def _field(text: str, at: int) -> tuple[Asked, int]:
    name = _NAME.match(text, at)
    if name is None:
        raise FieldsWrong(f'Syntax error "Expected name." at character {at}: {text}')
    at, options = name.end(), {}
    while option := _OPTION.match(text, at):
        options[option[1]] = option[2].strip()
        at = option.end()
    inner: tuple[Asked, ...] = ()
    if text.startswith("{", at):
        inner, at = _fields(text, at + 1)
        if not text.startswith("}", at):
            raise FieldsWrong(f'Syntax error "Expected }}." at character {at}: {text}')
        at += 1
    return Asked(name[1], options, inner), at
