"""The kinds of action: which undo each other, which need a second person, which contradict."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import combinations

from worker.review.errors import DecisionIncomplete, unknown

#: They give back, and so never wait: not for a second person, nor for old evidence (promise 10).
RESTORING = frozenset({"unhide", "unblock", "unmute"})
#: They take away for good, or a person's voice, and so need two people (promise 3).
NEEDS_SECOND = frozenset({"delete", "block"})
#: They are about who wrote the comment; all others are about the comment.
ABOUT_AUTHORS = frozenset({"block", "unblock", "mute", "unmute"})
#: What undoes what. A deletion cannot be undone.
OPPOSITES = {"hide": "unhide", "block": "unblock", "mute": "unmute"}
OPPOSITES |= {after: before for before, after in OPPOSITES.items()}
#: Pairs that nobody can want together.
_CONTRADICT = frozenset({frozenset(pair) for pair in OPPOSITES.items()} | {frozenset({"delete", "unhide"})})


def check_together(kinds: Sequence[str], known: Collection[str], *, upheld: bool) -> None:
    """Refuse what a decision cannot ask for.

    Args:
        kinds: what it asks for.
        known: everything that can be asked for.
        upheld: whether it upholds the case.

    Raises:
        DecisionIncomplete: with what does not go together, or not with the verdict.
    """
    for kind in kinds:
        if kind not in known:
            raise unknown("action", kind, known)
        if not upheld and kind not in RESTORING:
            raise _wrong(f"Only an upheld case leads to this: {words_of(kind)}.")
    if len(set(kinds)) < len(kinds):
        raise _wrong("A decision asks for each action once.")
    for one, other in combinations(kinds, 2):
        if frozenset({one, other}) in _CONTRADICT:
            raise _wrong(f"These contradict each other: {words_of(one)}, and {words_of(other)}.")


def holds_at(kind: str, now: datetime) -> datetime | None:
    """The moment at which a right to ask counts; None where a role for a time is not enough.

    What needs two people is asked for by somebody who has the right for good: it is checked again when it is
    approved and when it is carried out, and by then a major incident may be over.
    """
    return None if kind in NEEDS_SECOND else now


def words_of(kind: str) -> str:
    """A kind with what it is about, in words: hide the comment, block the author."""
    if kind == "platform_report":
        return "report the comment to the platform"
    return f"{kind} the {'author' if kind in ABOUT_AUTHORS else 'comment'}"


def _wrong(happened: str) -> DecisionIncomplete:
    return DecisionIncomplete(happened, safe="Nothing was decided.")
