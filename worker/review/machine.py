"""The state machine: everything that has states, and every way from one to another. One table, asked by all.

docs/states.md is drawn from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker.errors import Conflict

#: Before it exists.
NOT_YET = "-"


class IllegalMove(Conflict):
    """Something was to go from a state to one that no way leads to.

    Attributes:
        thing, before, after: what, from which state, to which.
    """

    def __init__(self, thing: str, before: str, after: str) -> None:
        words = f"{a_or_an(thing)} that is {_words(before)} cannot become {_words(after)}."
        super().__init__(words[0].upper() + words[1:], safe="Nothing was changed.")
        self.thing = thing
        self.before = before
        self.after = after


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a state to another.

    Attributes:
        thing: case, requested_action, platform_report, referral...
        by: what makes it go that way, in words for the drawing.
    """

    thing: str
    before: str
    after: str
    by: str


CASES = (
    Move("case", NOT_YET, "open", "intake: the rules queued a revision, or staff handed something in"),
    Move("case", "open", "needs_advice", "a person decides: needs advice"),
    Move("case", "open", "decided", "a person decides: upheld or not upheld"),
    Move("case", "needs_advice", "needs_advice", "a person decides again: still needs advice"),
    Move("case", "needs_advice", "decided", "a person decides: upheld or not upheld"),
    Move("case", "decided", "decided", "a person corrects the decision by a new one"),
    Move("case", "decided", "needs_advice", "a person corrects the decision: needs advice after all"),
)
REQUESTED_ACTIONS = (
    Move("requested_action", NOT_YET, "requested", "a decision asks for it"),
    Move("requested_action", "requested", "carried_out", "the platform, read again, agrees"),
    Move("requested_action", "requested", "outside", "a person has to do it in the platform's own app"),
    Move("requested_action", "requested", "refused", "not done: no longer wanted, or without evidence"),
    Move("requested_action", "requested", "failed", "the platform did not do it"),
)

MOVES: tuple[Move, ...] = (*CASES, *REQUESTED_ACTIONS)


def must_lead(thing: str, before: str, after: str) -> None:
    """Refuse a change of state that is not in the table.

    Raises:
        IllegalMove: no way leads there.
    """
    if not any((move.thing, move.before, move.after) == (thing, before, after) for move in MOVES):
        raise IllegalMove(thing, before, after)


def pairs(moves: Sequence[Move]) -> tuple[tuple[str, str], ...]:
    """From where to where these ways lead, without those that begin something."""
    return tuple((move.before, move.after) for move in moves if move.before != NOT_YET)


def a_or_an(thing: str) -> str:
    """A thing with its article, in words: an appeal, a requested action."""
    words = _words(thing)
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _words(name: str) -> str:
    return "not there yet" if name == NOT_YET else name.replace("_", " ")
