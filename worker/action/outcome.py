"""What came of a requested action, in words for a person."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import Reading
from worker.action.errand import Errand
from worker.intake.screening import revision_hash

_NOTHING = "Nothing was done on the platform."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a requested action ended.

    Attributes:
        state: the requested action's: carried_out, refused, failed or outside.
        verified: whether the platform, read again, agrees.
        hidden: whether the comment is hidden now; None where it is not known.
        gone: whether the comment is not on the platform any more.
        changed: whether its words are others than those decided on: poll soon.
    """

    state: str
    words: str
    verified: bool = False
    hidden: bool | None = None
    gone: bool = False
    changed: bool = False


class Settled(Exception):
    """The end of an attempt that came early: there is nothing more to do."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.words)
        self.outcome = outcome


def seen(errand: Errand, reading: Reading | None, calls: int) -> Outcome | None:
    """What reading the platform tells before it is asked for anything; None where there is work to do.

    Args:
        reading: None where the comment is gone.
        calls: how often the platform may have been asked by an earlier attempt.
    """
    if reading is None:
        return gone(errand)
    as_wished = reading.comment.hidden is errand.hides
    if as_wished and calls:
        return done(errand, "An earlier attempt had no answer; it was found done by reading the platform.")
    if errand.hides and revision_hash(reading.comment) != errand.revision_hash:
        fate = _may_be_done(calls) if calls and reading.comment.hidden is None else _NOTHING
        return Outcome(
            "refused",
            f"The comment was changed since the decision. {fate} Look at what it says now and decide again.",
            hidden=reading.comment.hidden,
            changed=True,
        )
    if as_wished:
        return done(errand, f"It was {_already(errand)}: done earlier, or outside Upstander.")
    return None


def done(errand: Errand, words: str) -> Outcome:
    """It is as wished, and the platform was read to make sure."""
    return Outcome("carried_out", words, verified=True, hidden=errand.hides)


def taken_at_its_word(errand: Errand, said: str) -> Outcome:
    """The platform says that it is done, and lets nobody read whether it is."""
    words = f"{said}. {errand.platform} does not let anybody read back whether a comment is hidden."
    return Outcome("carried_out", words, hidden=errand.hides)


def gone(errand: Errand) -> Outcome:
    """The comment is not there any more."""
    if errand.hides:
        return Outcome("carried_out", "The comment is gone: nothing left to hide.", verified=True, gone=True)
    return Outcome("failed", "The comment is gone: nothing left to show again.", verified=True, gone=True)


def unwanted(why: str, calls: int) -> Outcome:
    """Somebody decided otherwise before this was carried out."""
    if calls:
        words = f"{_may_be_done(calls)} It was not asked for again: {why}."
        return Outcome("failed", words)
    return Outcome("refused", f"{_NOTHING} Why: {why}.")


def not_permitted(errand: Errand, why: str, calls: int) -> Outcome:
    """The platform does not let this account do it, or not with this token."""
    begun = f" {_may_be_done(calls)}" if calls else ""
    mend = "An administrator has to mend that; then ask for it again."
    return Outcome("failed", f"{errand.platform} refused: {why}.{begun} {mend}")


def given_up(errand: Errand, calls: int, *, hidden: bool | None) -> Outcome:
    """The platform was asked often enough, and does not show what was asked for."""
    if hidden is None:
        return Outcome("failed", _may_be_done(calls))
    shown = "hidden" if hidden else "visible"
    words = f"{errand.platform} was asked {calls} times, and the comment is still {shown} when read again."
    return Outcome("failed", words, hidden=hidden)


def not_ours(errand: Errand) -> Outcome:
    """A kind of action that Upstander does not carry out itself."""
    return Outcome("refused", f"{_NOTHING} Upstander hides and shows again; it does not {errand.kind.value}.")


def no_evidence(why: str) -> Outcome:
    """A hide without good evidence is refused (promise 1)."""
    return Outcome("refused", why)


def by_hand(errand: Errand, why: str) -> Outcome:
    """Restoring is never blocked: where nothing can be sealed, a person does it in the platform's app."""
    return Outcome(
        "outside",
        f"No evidence could be sealed, so Upstander may not ask {errand.platform} itself: {why} "
        f"Please do it by hand: open the comment in {errand.platform}'s own app, signed in as "
        f"{errand.account.handle}, and choose to show (unhide) it again.",
    )


def _already(errand: Errand) -> str:
    return "hidden already" if errand.hides else "visible already"


def _may_be_done(calls: int) -> str:
    times = "once" if calls == 1 else f"{calls} times"
    return f"The platform was asked {times}, and whether it was done is not known."
