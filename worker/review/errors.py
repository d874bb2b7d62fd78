"""What review refuses, with what the person needs to go on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from difflib import get_close_matches

from worker.clock import for_people
from worker.errors import Conflict, UpstanderError
from worker.review.difference import Change, difference


class DecisionIncomplete(UpstanderError):
    """A decision lacks something, or asks for something that its verdict does not allow."""


def unknown(what: str, given: str, known: Collection[str]) -> DecisionIncomplete:
    """Somebody wrote a word that is not of a closed list."""
    near = get_close_matches(given.lower(), known, n=1)
    return DecisionIncomplete(
        f"There is no {what} {given}. Known: {', '.join(known)}.",
        safe="Nothing was decided.",
        do=f"Did you mean {near[0]}?" if near else "",
    )


class ClaimHeld(Conflict):
    """Somebody else has a claim on this case, or this person's own ran out.

    Args:
        holder: who has it now, or None where nobody has.
        until: when their claim runs out.
    """

    def __init__(self, case_id: int, holder: str | None, until: datetime | None) -> None:
        held = f"{holder} is working on case {case_id}" if holder else f"Your claim on case {case_id} ran out"
        when = f" until {for_people(until)}." if holder and until else "."
        do = "Take another case, or try again then." if holder else "Claim it again."
        super().__init__(held + when, safe="Nothing was changed.", do=do)
        self.holder = holder
        self.until = until


class AlreadyDecided(Conflict):
    """The case is decided. A correction has to name the decision that it replaces.

    Args:
        decision_id: the decision that counts now.
    """

    def __init__(self, case_id: int, decision_id: int | None) -> None:
        super().__init__(
            f"Case {case_id} is decided already (decision {decision_id}).",
            safe="That decision stands.",
            do=f"Look at it again with `upstander queue show {case_id}`. To correct it, decide again with"
            f" --supersedes {decision_id}.",
        )
        self.decision_id = decision_id


class NeverJudged(Conflict):
    """The case is about a colleague: it went to HR when it was handed in, and nobody decides on it here."""

    def __init__(self, case_id: int) -> None:
        super().__init__(
            f"Case {case_id} is about a colleague. It went to HR when it was handed in.",
            safe="Nothing was decided: such matters are never judged in Upstander.",
            do="HR takes it over; what was handed in stays as evidence.",
        )


class RevisionChanged(Conflict):
    """The comment has changed since the person looked at it (promise 4).

    Attributes:
        revision_id: the newest revision, to look at.
        old_text, new_text: what was seen, and what it says now.
        media_changed: whether other pictures or videos hang on it now.
    """

    def __init__(
        self, revision_id: int, old_text: str | None, new_text: str | None, *, media_changed: bool
    ) -> None:
        # Not the words themselves: a message can end up in a log.
        super().__init__(
            "The comment was changed since you looked at it.",
            safe="Nothing was done.",
            do="Look at it again, as `upstander queue show` with the case's number does: revision"
            f" {revision_id} is what it says and shows now.",
        )
        self.revision_id = revision_id
        self.old_text = old_text
        self.new_text = new_text
        self.media_changed = media_changed

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed, word by word."""
        return difference(self.old_text, self.new_text)
