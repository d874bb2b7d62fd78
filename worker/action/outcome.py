"""What came of a requested action, in words for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import ActionKind
from worker.action.errand import Errand
from worker.action.looking import Found
from worker.intake.screening import revision_hash
from worker.review.kinds import words_of

_NOTHING = "Nothing was done on the platform."
#: How it is once it is done.
_STATE = {
    ActionKind.HIDE: "hidden",
    ActionKind.UNHIDE: "visible",
    ActionKind.DELETE: "deleted",
    ActionKind.BLOCK: "blocked",
    ActionKind.UNBLOCK: "not blocked",
    ActionKind.MUTE: "muted",
    ActionKind.UNMUTE: "not muted",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a requested action ended, or that it is a person's now.

    Attributes:
        state: the requested action's: carried_out, refused, failed, outside, rehearsed or by_hand.
        verified: whether the platform, read again, agrees.
        hidden: whether the comment is hidden now; None where it is not known.
        gone: whether the comment is not on the platform any more.
        changed: whether its words are others than those decided on: poll soon.
        ask_again: whether those behind it may not ask any more, so that somebody else decides on it anew.
    """

    state: str
    words: str
    verified: bool = False
    hidden: bool | None = None
    gone: bool = False
    changed: bool = False
    ask_again: bool = False


class Settled(Exception):
    """The end of an attempt that came early: there is nothing more to do."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.words)
        self.outcome = outcome


def seen(errand: Errand, found: Found, calls: int) -> Outcome | None:
    """What reading the platform tells before it is asked for anything; None where there is work to do.

    Args:
        calls: how often the platform may have been asked by an earlier attempt.
    """
    if found.gone:
        return gone(errand, calls)
    if found.as_wished and calls:
        return done(errand, "An earlier attempt had no answer; it was found done by reading the platform.")
    reading = found.reading
    if errand.judges_words and reading is not None and revision_hash(reading.comment) != errand.revision_hash:
        fate = _may_be_done(calls) if calls and found.as_wished is None else _NOTHING
        return Outcome(
            "refused",
            f"The comment was changed since the decision. {fate} Look at what it says now and decide again.",
            hidden=found.hidden,
            changed=True,
        )
    if found.as_wished:
        return done(errand, f"It was {_STATE[errand.kind]} already: done earlier, or outside Upstander.")
    return None


def done(errand: Errand, words: str) -> Outcome:
    """It is as wished, and the platform was read to make sure."""
    return Outcome("carried_out", words, verified=True, hidden=_hidden(errand))


def read_back(errand: Errand) -> str:
    """That it was done and reading shows it, in words."""
    return f"Done, and read back: the {_about(errand)} is {_STATE[errand.kind]}."


def taken_at_its_word(errand: Errand, said: str) -> Outcome:
    """The platform says that it is done, and lets nobody read whether it is."""
    state = _STATE[errand.kind].removeprefix("not ").replace("visible", "hidden")
    words = f"{said}. {errand.platform} does not let anybody read back whether a {_about(errand)} is {state}."
    return Outcome("carried_out", words, hidden=_hidden(errand))


def gone(errand: Errand, calls: int) -> Outcome:
    """The comment is not there any more."""
    if errand.kind is ActionKind.DELETE:
        words = (
            "Deleted, and read back: the comment is gone."
            if calls
            else "The comment is gone already: nothing left to delete."
        )
        return Outcome("carried_out", words, verified=True, gone=True)
    if errand.takes_down:
        return Outcome("carried_out", "The comment is gone: nothing left to hide.", verified=True, gone=True)
    return Outcome("failed", "The comment is gone: nothing left to show again.", verified=True, gone=True)


def unwanted(why: str, calls: int, *, ask_again: bool = False) -> Outcome:
    """Somebody decided otherwise before this was carried out, or those who stood behind it no longer may."""
    if calls:
        words = f"{_may_be_done(calls)} It was not asked for again: {why}."
        return Outcome("failed", words, ask_again=ask_again)
    return Outcome("refused", f"{_NOTHING} Why: {why}.", ask_again=ask_again)


def rehearsed(errand: Errand, calls: int) -> Outcome:
    """A dry run: the platform would have been asked now."""
    if calls:
        return unwanted("a dry run began meanwhile", calls)
    words = (
        f"Dry run: nothing was sent to {errand.platform}. Everything else was done, and would have allowed it"
    )
    return Outcome("rehearsed", f"{words} to {words_of(errand.kind.value)}.")


def to_do_by_hand(errand: Errand, steps: Sequence[str]) -> Outcome:
    """The platform has no call for it: a person does it, now that its evidence is sealed and verified."""
    listed = " ".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    return Outcome(
        "by_hand",
        f"{errand.platform} offers no call to {words_of(errand.kind.value)}. Please do it by hand, as"
        f" {errand.account.handle}: {listed} Then say so: `upstander act done {errand.id}`.",
    )


def impossible(errand: Errand, why: str) -> Outcome:
    """The platform has no way to do it at all."""
    return Outcome("refused", f"{_NOTHING} {errand.platform} cannot {words_of(errand.kind.value)}: {why}")


def not_permitted(errand: Errand, why: str, calls: int) -> Outcome:
    """The platform does not let this account do it, or not with this token."""
    begun = f" {_may_be_done(calls)}" if calls else ""
    mend = "An administrator has to mend that; then ask for it again."
    return Outcome("failed", f"{errand.platform} refused: {why}.{begun} {mend}")


def given_up(errand: Errand, calls: int, found: Found) -> Outcome:
    """The platform was asked often enough, and does not show what was asked for."""
    if found.as_wished is None:
        return Outcome("failed", _may_be_done(calls))
    shown = f"not {_STATE[errand.kind]}"
    if found.hidden is not None and errand.kind is not ActionKind.DELETE:
        shown = "hidden" if found.hidden else "visible"
    about = f"the {_about(errand)} is still {shown} when read again"
    words = f"{errand.platform} was asked {calls} times, and {about}."
    return Outcome("failed", words, hidden=found.hidden)


def not_ours(errand: Errand) -> Outcome:
    """A kind of action that the platforms are not asked for."""
    return Outcome("refused", f"{_NOTHING} Upstander does not {errand.kind.value} by asking a platform.")


def no_evidence(why: str) -> Outcome:
    """What takes something away is refused without good evidence (promise 1)."""
    return Outcome("refused", why)


def by_hand(errand: Errand, why: str) -> Outcome:
    """Restoring is never blocked: where nothing can be sealed, a person does it in the platform's app."""
    thing, choice = (
        ("comment", "show (unhide) it again")
        if errand.kind is ActionKind.UNHIDE
        else ("author's profile", f"{errand.kind.value} them")
    )
    return Outcome(
        "by_hand" if errand.about_author else "outside",
        f"No evidence could be sealed, so Upstander may not ask {errand.platform} itself: {why} "
        f"Please do it by hand: open the {thing} in {errand.platform}'s own app, signed in as "
        f"{errand.account.handle}, and choose to {choice}.",
    )


def _about(errand: Errand) -> str:
    return "author" if errand.about_author else "comment"


def _hidden(errand: Errand) -> bool | None:
    """Whether the comment is hidden once this is done."""
    return {ActionKind.HIDE: True, ActionKind.UNHIDE: False}.get(errand.kind)


def _may_be_done(calls: int) -> str:
    times = "once" if calls == 1 else f"{calls} times"
    return f"The platform was asked {times}, and whether it was done is not known."
