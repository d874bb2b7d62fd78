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
    Move("case", NOT_YET, "routed", "staff hand in something about a colleague: HR's, never judged here"),
    Move("case", "routed", "closed", "HR or the guardian closes the matter, and says how long it is kept"),
    Move("case", "open", "needs_advice", "a person decides: needs advice"),
    Move("case", "open", "decided", "a person decides: upheld or not upheld"),
    Move("case", "needs_advice", "needs_advice", "a person decides again: still needs advice"),
    Move("case", "needs_advice", "decided", "a person decides: upheld or not upheld"),
    Move("case", "decided", "decided", "a person corrects the decision by a new one"),
    Move("case", "decided", "needs_advice", "a person corrects the decision: needs advice after all"),
)
REQUESTED_ACTIONS = (
    Move("requested_action", NOT_YET, "awaiting_approval", "somebody asks for what needs a second person"),
    Move("requested_action", NOT_YET, "requested", "somebody asks for what needs nobody else"),
    Move(
        "requested_action",
        "awaiting_approval",
        "requested",
        "a second person approves, or the glass is broken",
    ),
    Move("requested_action", "awaiting_approval", "refused", "the second person refuses"),
    Move("requested_action", "awaiting_approval", "withdrawn", "the asker takes it back"),
    Move("requested_action", "requested", "carried_out", "the platform, read again, agrees"),
    Move("requested_action", "requested", "outside", "a person has to do it in the platform's own app"),
    Move(
        "requested_action",
        "requested",
        "refused",
        "not done: not wanted, or stood behind, any more; no evidence",
    ),
    Move("requested_action", "requested", "failed", "the platform did not do it"),
    Move("requested_action", "requested", "withdrawn", "taken back before the platform was asked"),
    Move("requested_action", "requested", "rehearsed", "dry run: everything but the call to the platform"),
    Move(
        "requested_action",
        "requested",
        "by_hand",
        "no call for it: a person has to do it in the platform's app",
    ),
    Move("requested_action", "by_hand", "outside", "a person did it in the platform's app and says so"),
    Move("requested_action", "by_hand", "withdrawn", "taken back before a person did it"),
)
APPEALS = (
    Move("appeal", NOT_YET, "waiting", "somebody challenges the decision that counts"),
    Move("appeal", "waiting", "decided", "a person who did not decide the case before decides the appeal"),
    Move("appeal", "waiting", "decided_alone", "break-glass: nobody else is there to decide it"),
    Move("appeal", "decided_alone", "reviewed", "another person looks at what was decided alone"),
    Move("appeal", "waiting", "withdrawn", "the appellant takes it back"),
)
SUBJECT_REQUESTS = (
    Move("subject_request", NOT_YET, "open", "somebody asks about what is held of them"),
    Move("subject_request", "open", "closed", "answered, or refused with a reason"),
)

PLATFORM_REPORTS = (
    Move("platform_report", NOT_YET, "prepared", "the worker: its sealed evidence was verified just now"),
    Move("platform_report", "prepared", "filed", "a person filed it in the platform's own app"),
    Move("platform_report", "prepared", "withdrawn", "the decision was overturned, or a person withdraws it"),
    Move("platform_report", "filed", "no_answer", "a person notes: the platform has not answered"),
    Move("platform_report", "filed", "removed", "a person notes: the platform removed the comment"),
    Move("platform_report", "filed", "kept", "a person notes: the platform keeps the comment"),
    Move("platform_report", "filed", "withdrawn", "a person told the platform that it was a mistake"),
    Move("platform_report", "no_answer", "removed", "a late answer: the platform removed the comment"),
    Move("platform_report", "no_answer", "kept", "a late answer: the platform keeps the comment"),
    Move("platform_report", "no_answer", "withdrawn", "a person told the platform that it was a mistake"),
    Move("platform_report", "no_answer", "closed", "a person waits no longer"),
    Move("platform_report", "kept", "removed", "the platform looked again and removed the comment"),
    Move("platform_report", "kept", "withdrawn", "a person told the platform that it was a mistake"),
    Move("platform_report", "kept", "closed", "a person accepts the answer"),
    Move("platform_report", "removed", "kept", "the platform brought the comment back"),
    Move("platform_report", "removed", "withdrawn", "a person told the platform that it was a mistake"),
    Move("platform_report", "removed", "closed", "a person accepts the answer"),
)
REFERRALS = (
    Move("referral", NOT_YET, "made", "a person hands the case over to a person or body"),
    Move("referral", "made", "acknowledged", "they have it: they say so, or somebody who asked them does"),
    Move("referral", "acknowledged", "closed", "it came to an outcome"),
    Move("referral", "made", "withdrawn", "a person takes it back, with a reason"),
    Move("referral", "acknowledged", "withdrawn", "a person takes it back, with a reason"),
)
SUPPORT_OFFERS = (
    Move("support_offer", NOT_YET, "offered", "support is offered to a member of staff; no answer is known"),
    Move("support_offer", NOT_YET, "accepted", "support is offered and accepted at once"),
    Move("support_offer", NOT_YET, "declined", "support is offered and declined at once"),
    Move("support_offer", "offered", "accepted", "the member of staff accepts"),
    Move("support_offer", "offered", "declined", "the member of staff declines"),
)

PAGES = (
    Move("page", NOT_YET, "calling", "a case opens as immediate danger, or becomes that"),
    Move("page", "calling", "acknowledged", "a person acknowledges it, or decides the case"),
)
MAJOR_INCIDENTS = (
    Move("major_incident", NOT_YET, "on", "somebody who may run one declares it, with a lead and an end"),
    Move("major_incident", "on", "over", "a person ends it, or its time is over"),
)

MOVES: tuple[Move, ...] = (
    *MAJOR_INCIDENTS,
    *PAGES,
    *APPEALS,
    *SUBJECT_REQUESTS,
    *CASES,
    *REQUESTED_ACTIONS,
    *PLATFORM_REPORTS,
    *REFERRALS,
    *SUPPORT_OFFERS,
)


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
