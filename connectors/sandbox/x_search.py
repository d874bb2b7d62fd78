"""X's search language, as far as replies and mentions need it, and a quick way to what can match.

query   = either { "OR" either }
either  = part { part }
part    = ["-"] ( "(" query ")" | operator ":" value | "@" name | word )
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.sandbox.state import World
from connectors.sandbox.things import Comment, Index, Post

Item = Post | Comment
Test = Callable[[Item], bool]
_TOKEN = re.compile(r'\s*(-?\(|\)|-?"[^"]*"|[^\s()]+)')


class QueryWrong(ValueError):
    """The query cannot be understood."""


@dataclass(frozen=True)
class Part:
    """A piece of a query: what it asks, and the indexes outside which nothing can match (None: anything)."""

    test: Test
    indexes: tuple[Index, ...] | None


def parse(query: str, world: World) -> Part:
    """Understand a query.

    Raises:
        QueryWrong: it cannot be understood.
    """
    if query.count('"') % 2:
        raise QueryWrong("a quotation mark is not closed")
    part, rest = _any_of(_TOKEN.findall(query), world)
    if rest:
        raise QueryWrong(f"missing EOF at '{rest[0]}'")
    return part


def newest(part: Part, world: World, *, above: int, below: int | None) -> Iterator[Item]:
    """What matches, newest first, strictly between two ids."""
    chosen = (world.everything["x"],) if part.indexes is None else part.indexes
    last = ""
    streams = (each.newest(above=above, below=below) for each in chosen)
    for _, key in heapq.merge(*streams, reverse=True):
        item = world.posts.get(("x", key)) or world.comment("x", key)
        if key != last and item is not None and part.test(item):
            yield item
        last = key


def _any_of(tokens: list[str], world: World) -> tuple[Part, list[str]]:
    parts = []
    part, tokens = _all_of(tokens, world)
    parts.append(part)
    while tokens and tokens[0] == "OR":
        part, tokens = _all_of(tokens[1:], world)
        parts.append(part)
    if len(parts) == 1:
        return parts[0], tokens
    tests = [each.test for each in parts]
    known = [each.indexes for each in parts if each.indexes is not None]
    merged = tuple(index for each in known for index in each) if len(known) == len(parts) else None
    return Part(lambda item: any(test(item) for test in tests), merged), tokens


def _all_of(tokens: list[str], world: World) -> tuple[Part, list[str]]:
    parts: list[Part] = []
    while tokens and tokens[0] not in (")", "OR"):
        part, tokens = _one(tokens, world)
        parts.append(part)
    if not parts:
        raise QueryWrong("no viable alternative at input")
    tests = [each.test for each in parts]
    known = [each.indexes for each in parts if each.indexes is not None]
    narrowest = min(known, key=lambda each: sum(len(index.entries) for index in each), default=None)
    return Part(lambda item: all(test(item) for test in tests), narrowest), tokens


def _one(tokens: list[str], world: World) -> tuple[Part, list[str]]:
    head, tokens = tokens[0], tokens[1:]
    negated = head.startswith("-")
    head = head.removeprefix("-")
    if head == "(":
        part, tokens = _any_of(tokens, world)
        if not tokens or tokens[0] != ")":
            raise QueryWrong("a bracket is not closed")
        tokens = tokens[1:]
    else:
        part = _term(head, world)
    if negated:
        wanted = part.test
        return Part(lambda item: not wanted(item), None), tokens
    return part, tokens


def _term(term: str, world: World) -> Part:
    operator, colon, value = term.partition(":")
    if term.startswith("@") and len(term) > 1:
        account = world.account_of("x", term[1:])
        named: tuple[Index, ...] = () if account is None else (world.mentions[account.id],)
        keys = {key for index in named for _, key in index.entries}
        return Part(lambda item: item.id in keys, named)
    if not colon:
        word = term.strip('"').lower()
        return Part(lambda item: word in (item.text or "").lower(), None)
    if operator == "conversation_id":
        if not value.isdigit():
            raise QueryWrong(f"conversation_id must be numeric: {value!r}")
        thread = [world.threads[value]] if value in world.threads else []
        return Part(lambda item: item.conversation == value, tuple(thread))
    if operator == "to":
        account = world.account_of("x", value)
        answered: tuple[Index, ...] = () if account is None else (world.addressed[account.id],)
        return Part(
            lambda item: (
                isinstance(item, Comment)
                and item.post_id is not None
                and item.parent_id is None
                and account is not None
                and item.account_id == account.id
            ),
            answered,
        )
    if operator == "from":
        return _from(value, world)
    if term in ("is:reply", "is:quote"):
        kind = value
        return Part(lambda item: isinstance(item, Comment) and item.kind == kind, None)
    if term == "is:retweet":
        return Part(lambda _: False, ())
    raise QueryWrong(f"Reference to invalid operator '{operator}'. Operator is not available")


def _from(value: str, world: World) -> Part:
    person = world.account_of("x", value) or world.authors.get(("x", "@" + value.lower()))
    person = person or world.authors.get(("x", value))
    if person is None:
        return Part(lambda _: False, ())
    who = person.id
    return Part(lambda item: item.writer_id == who, None)
