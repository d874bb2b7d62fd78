"""An appeal as it came, and what becomes of it, before either is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.errors import Conflict
from worker.review.ruling import Ruling
from worker.store.appeals import APPEAL_OUTCOMES, APPELLANTS, CHANNELS

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """An appeal as it came.

    Attributes:
        by_whom: author, staff or other.
        channel: how it came: email, letter, telephone, in_person, web_form, platform or complaint.
        words: what they wrote or said.
    """

    case_id: int
    by_whom: str
    channel: str
    words: str
    received_at: datetime

    def check(self, now: datetime) -> None:
        """Refuse what cannot be.

        Raises:
            Conflict: with what is wrong.
        """
        for what, given, known in (
            ("kind of appellant", self.by_whom, APPELLANTS),
            ("channel", self.channel, CHANNELS),
        ):
            if given not in known:
                raise not_whole(f"There is no {what} {given}. Known: {', '.join(known)}.")
        if not self.words.strip() or len(self.words) > _LONGEST:
            raise not_whole(f"An appeal is what somebody says, in at most {_LONGEST} characters.")
        if self.received_at > now:
            raise not_whole("An appeal cannot have been received in the future.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of an appeal.

    Attributes:
        outcome: upheld (overturned), partly, or dismissed.
        reason: for the record, and for the reply that a person writes.
        ruling: the new decision; None where the appeal is dismissed.
        revision_id: the revision that the new decision is about, as the person saw it.
        reply_template: the reply that was chosen, if one was.
        alone_because: why the decider may decide although they decided the case; None where they did not.
    """

    outcome: str
    reason: str
    ruling: Ruling | None = None
    revision_id: int | None = None
    reply_template: str | None = None
    alone_because: str | None = None

    def check(self) -> None:
        """Refuse an answer that is not whole.

        Raises:
            Conflict: with what is missing or too much.
        """
        if self.outcome not in APPEAL_OUTCOMES:
            raise not_whole(f"There is no outcome {self.outcome}. Known: {', '.join(APPEAL_OUTCOMES)}.")
        if not self.reason.strip() or len(self.reason) > _LONGEST:
            raise not_whole(f"An answer to an appeal needs a reason, of at most {_LONGEST} characters.")
        if self.alone_because is not None and not self.alone_because.strip():
            raise not_whole("To decide alone needs a reason.")
        if self.outcome == "dismissed" and (self.ruling is not None or self.revision_id is not None):
            raise not_whole("An appeal that is dismissed leaves the decision as it is: give no verdict.")
        if self.outcome != "dismissed" and (self.ruling is None or self.revision_id is None):
            raise not_whole(
                "An appeal that succeeds needs a new verdict, on the revision that you saw.",
                do="Give --verdict and --revision; `upstander appeal show` with the appeal's number says"
                " which revision it is.",
            )


def not_whole(happened: str, *, do: str = "") -> Conflict:
    """The refusal of what is not whole."""
    return Conflict(happened, safe="Nothing was changed.", do=do)
