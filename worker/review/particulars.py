"""What a decision says beside its verdict: why not, about whom, what it did, whose advice is wanted.

There is no place for what the author meant: harassment does not need intention, and nobody here could know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from worker.review.errors import DecisionIncomplete, unknown
from worker.review.pasting import pasteable
from worker.review.questions import SAY_WHY_UPHELD, Answer
from worker.store.casework import ADVICE, OFFENCE, TARGETS, WHY_NOT
from worker.store.deciding import CHARACTERISTICS

_LONGEST = 10_000
_UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that a decision lacks.

    Attributes:
        words: what, as a sentence.
        option: how to give it on the command line, as it can be pasted.
    """

    words: str
    option: str


def refuse_lacking(lacking: Sequence[Lacking]) -> None:
    """Name everything that a decision lacks at once, so that nobody finds out one by one.

    Raises:
        DecisionIncomplete: something is lacking.
    """
    if lacking:
        raise DecisionIncomplete(
            " ".join(each.words for each in lacking),
            safe="Nothing was decided.",
            do=f"Add {' '.join(each.option for each in lacking)}",
        )


@dataclass(frozen=True, slots=True)
class Particulars:
    """The particulars of one decision. What a verdict needs is refused where it is missing.

    Attributes:
        why_not: where not upheld: one of WHY_NOT.
        characteristics: protected ones that the words are about, or unclear; none where they are about none.
        target: where upheld: whom it is aimed at.
        breaks_house_rules: where upheld; apart from whether it may be an offence.
        may_be_offence: where upheld: yes, no or unsure, in the person's eyes.
        effect: what it did to the people affected.
        advice_from: where advice is needed: whose; advice_who: who that is, needed for other.
        criticism_yet_upheld: why it is upheld although it also criticises care.
        answers: to the Trust's questions, by the question's id.
    """

    why_not: str | None = None
    characteristics: Sequence[str] = ()
    target: str | None = None
    breaks_house_rules: bool | None = None
    may_be_offence: str | None = None
    effect: str | None = None
    advice_from: str | None = None
    advice_who: str | None = None
    criticism_yet_upheld: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    def check(self, verdict: str) -> None:
        """Refuse what is missing for a verdict, and what does not belong to it.

        Raises:
            DecisionIncomplete: with what is missing or not allowed.
        """
        self.check_fits(verdict)
        refuse_lacking(self.lacking(verdict))

    def check_fits(self, verdict: str) -> None:
        """Refuse what does not belong to a verdict, or is no word of its list.

        Raises:
            DecisionIncomplete: with what is not allowed.
        """
        for text in (self.effect, self.advice_who, self.criticism_yet_upheld):
            if text is not None and not 0 < len(text.strip()) <= _LONGEST:
                raise _incomplete(f"What is written with a decision has 1 to {_LONGEST} characters.")
        if self.why_not is not None and verdict != "not_upheld":
            raise _incomplete("Only a decision that does not uphold says why not.")
        if self.advice_from is not None and verdict != "needs_advice":
            raise _incomplete("Only where advice is needed it is said from whom.")
        _among("why not", self.why_not, WHY_NOT)
        _among("advice from", self.advice_from, ADVICE)
        self._check_upheld(verdict)

    def lacking(self, verdict: str) -> list[Lacking]:
        """What is missing for a verdict."""
        if verdict == "not_upheld" and self.why_not is None:
            words = f"A decision that does not uphold says why not, in one word ({', '.join(WHY_NOT)})."
            return [Lacking(words, pasteable(f"--why-not {'|'.join(WHY_NOT)}"))]
        if verdict == "needs_advice" and self.advice_from is None:
            words = f"Where advice is needed it is said from whom ({', '.join(ADVICE)})."
            return [Lacking(words, pasteable(f"--advice-from {'|'.join(ADVICE)}"))]
        if verdict == "needs_advice" and self.advice_from == "other" and self.advice_who is None:
            return [Lacking("Advice from somebody else: say who that is.", "--advice-who WHO")]
        return self._lacking_upheld() if verdict == "upheld" else []

    def check_criticism(self, verdict: str, answered: Collection[Answer]) -> None:
        """Refuse to uphold what is criticism too, without a word about why it is upheld all the same.

        Raises:
            DecisionIncomplete: that word is missing.
        """
        criticises = any(answer.leads_to == SAY_WHY_UPHELD for answer in answered)
        if verdict == "upheld" and criticises and self.criticism_yet_upheld is None:
            raise DecisionIncomplete(
                "This is criticism too, and criticism is not abuse.",
                safe="Nothing was decided.",
                do="Say what goes beyond criticism with --criticism-yet-upheld, or do not uphold it"
                " (--verdict not_upheld --why-not criticism).",
            )

    def _lacking_upheld(self) -> list[Lacking]:
        lacking = []
        if self.target is None:
            words = f"An upheld decision says whom it is aimed at ({', '.join(TARGETS)})."
            lacking.append(Lacking(words, pasteable(f"--target {'|'.join(TARGETS)}")))
        if self.breaks_house_rules is None:
            words = "An upheld decision says whether it breaks the house rules."
            lacking.append(Lacking(words, pasteable("--breaks-house-rules|--within-house-rules")))
        if self.may_be_offence is None:
            words = "An upheld decision says whether it may be an offence, in your eyes."
            lacking.append(Lacking(words, pasteable(f"--may-be-offence {'|'.join(OFFENCE)}")))
        return lacking

    def _check_upheld(self, verdict: str) -> None:
        about = (self.target, self.breaks_house_rules, self.may_be_offence)
        if verdict != "upheld" and (self.characteristics or any(each is not None for each in about)):
            raise _incomplete(
                "Only an upheld decision says whom it is aimed at, about what characteristic, whether it"
                " breaks the house rules and whether it may be an offence."
            )
        _among("target", self.target, TARGETS)
        _among("answer whether it may be an offence", self.may_be_offence, OFFENCE)
        for each in self.characteristics:
            _among("protected characteristic", each, CHARACTERISTICS)
        if _UNCLEAR in self.characteristics and len(set(self.characteristics)) > 1:
            raise _incomplete("Which characteristic it is about is either named or unclear.")


def _among(what: str, given: str | None, known: Sequence[str]) -> None:
    if given is not None and given not in known:
        raise unknown(what, given, known)


def _incomplete(happened: str) -> DecisionIncomplete:
    return DecisionIncomplete(happened, safe="Nothing was decided.")


#: Nothing said: whole for no verdict.
NOTHING_SAID = Particulars()
