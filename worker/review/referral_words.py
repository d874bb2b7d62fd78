"""What somebody says when they refer a case, checked before anything is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from worker.clock import for_people
from worker.errors import UpstanderError
from worker.review.guide import SEES
from worker.store.referrals import REFERRAL_KINDS

_LONGEST = 10_000
_REFERENCE_LONGEST = 200


class ReferralIncomplete(UpstanderError):
    """A referral, or what is noted on one, lacks something or asks for what cannot be."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A hand-over before it is written.

    Attributes:
        export_id: the export whose file it was.
        to: who took it, such as an officer's number.
        how: in person, by a secure transfer...
    """

    export_id: int
    to: str
    how: str = "in person"


@dataclass(frozen=True, slots=True)
class NewReferral:
    """A referral before it is written.

    Attributes:
        kind: to whom, one of the closed list.
        recipient: who they are, in words: a force, a firm, a team.
        person_id: somebody who works with Upstander, where it is for that person alone.
        sees: what they may see; None: what the guide says of the kind.
        acknowledged: what they said, where they have acknowledged it already; a call to 999 is.
        reference: theirs, where they gave one already.
        notice_at: when a notice of complaint under the Defamation Act came in.
        handed: files that went with it.
    """

    kind: str
    recipient: str
    reason: str
    person_id: int | None = None
    sees: Collection[str] | None = None
    acknowledged: str | None = None
    reference: str | None = None
    notice_at: datetime | None = None
    handed: Handed | None = None

    def check(self, now: datetime) -> None:
        """Refuse a referral that is not whole.

        Raises:
            ReferralIncomplete: with what is missing or not allowed.
        """
        known_kind(self.kind)
        words("recipient", self.recipient)
        words("reason", self.reason)
        unknown = sorted(set(self.sees or ()) - set(SEES))
        if unknown:
            raise incomplete(f"There is no {', '.join(unknown)} to show. Known: {', '.join(SEES)}.")
        if self.notice_at is not None:
            _check_notice(self.kind, self.notice_at, now)
        if self.reference is not None and self.acknowledged is None:
            raise incomplete(
                "They gave a reference: then say how they acknowledged it, too.",
                do='Add what they answered, such as --acknowledged "Logged by the control room".',
            )
        reference_of(self.reference)


def _check_notice(kind: str, notice_at: datetime, now: datetime) -> None:
    if kind != "legal":
        raise ReferralIncomplete(
            f"A notice of complaint goes to legal, and this referral goes to {kind}.",
            safe="Nothing was written.",
            do="Refer it with `--to legal --notice TIME`, or leave out the notice.",
        )
    if notice_at > now:
        raise ReferralIncomplete(
            f"The notice of complaint would have come in at {for_people(notice_at)}, which is in the future.",
            safe="Nothing was written.",
            do="Give the London time at which it came in, such as `--notice '2026-11-09 08:30'`.",
        )


def known_kind(kind: str) -> None:
    """Refuse a recipient that is not in the closed list."""
    if kind not in REFERRAL_KINDS:
        raise incomplete(f"There is no recipient {kind}. Known: {', '.join(REFERRAL_KINDS)}.")


def words(what: str, given: str) -> str:
    """The words, without what stands around them; refused where there are none, or far too many."""
    trimmed = given.strip()
    if not trimmed or len(trimmed) > _LONGEST:
        raise incomplete(f"The {what} needs words, at most {_LONGEST} characters.")
    return trimmed


def reference_of(given: str | None) -> str | None:
    """A reference as it is kept."""
    trimmed = (given or "").strip()
    if len(trimmed) > _REFERENCE_LONGEST:
        raise incomplete(f"A reference has at most {_REFERENCE_LONGEST} characters.")
    return trimmed or None


def incomplete(happened: str, *, do: str = "") -> ReferralIncomplete:
    """The refusal of something that is not whole."""
    return ReferralIncomplete(happened, safe="Nothing was written.", do=do)
