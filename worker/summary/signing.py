"""The signing key as it is now: whether it signs, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from worker.clock import LONDON
from worker.keyring import Keyring, KeyringFault, KeysOfAnother
from worker.summary import words

#: A key that runs out within this time is told of while there is time to change it.
_SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class SigningState:
    """The key that evidence is signed with.

    Attributes:
        fingerprint: SHA-256 of its certificate, in hex; None where no key can be used.
        since, until: the time that its certificate holds for.
        trouble: why no key can be used, in words, with what to do; or nothing.
        of_another: whether all that is known is that the keys are another user's of the computer.
    """

    fingerprint: str | None
    since: datetime | None
    until: datetime | None
    trouble: str
    of_another: bool = False


def read_signing(keys_dir: Path) -> SigningState:
    """Look at the signing key. What is wrong with it is told, not raised."""
    try:
        key = Keyring(keys_dir).current()
    except KeyringFault as fault:
        trouble = words.clean(f"{fault.happened} {fault.do}")
        return SigningState(None, None, None, trouble, of_another=isinstance(fault, KeysOfAnother))
    holds = key.certificate
    return SigningState(key.fingerprint, holds.not_valid_before_utc, holds.not_valid_after_utc, "")


def signing_problems(state: SigningState, now: datetime) -> Iterator[str]:
    """What is wrong with the signing key, or soon will be; nothing where it holds."""
    if state.of_another:
        yield f"Whether anything can be sealed, this user of the computer cannot see: {state.trouble}"
    elif state.since is None or state.until is None:
        yield f"Nothing can be sealed, and so nothing hidden: {state.trouble}"
    elif now < state.since:
        yield (
            f"The signing key holds only from {_day(state.since)}: nothing can be sealed, and so nothing"
            " hidden. Set this machine's clock right, or run `upstander keys rotate`."
        )
    elif now > state.until:
        yield (
            f"The signing key ran out on {_day(state.until)}: nothing can be sealed, and so nothing hidden."
            " What was sealed stays good. Run `upstander keys rotate`."
        )
    elif state.until - now <= _SOON:
        yield (
            f"The signing key runs out on {_day(state.until)}; from then on nothing can be sealed."
            " Run `upstander keys rotate` before that."
        )


def _day(moment: datetime) -> str:
    return words.day(moment.astimezone(LONDON).date())
