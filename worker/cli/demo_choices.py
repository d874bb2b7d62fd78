"""The demo's script: what its reviewer decides on each written example, and nothing else.

Each choice is named by what the example is there to show (see connectors/sandbox/examples.json).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from worker.review.particulars import Particulars
from worker.review.questions import Question


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reviewer decides.

    Attributes:
        verdict: upheld, not_upheld or needs_advice.
        categories, severity: of what is upheld.
        hide: whether to ask the platform to hide the comment.
        target, characteristics: of what is upheld: whom it is aimed at, and what it is about.
        advice_from: where advice is needed.
        yes: the questions that are answered with yes; all others with no.
    """

    verdict: str
    categories: tuple[str, ...] = ()
    severity: str | None = None
    hide: bool = False
    target: str = "staff"
    characteristics: tuple[str, ...] = ()
    advice_from: str | None = None
    yes: tuple[str, ...] = ()

    def particulars(self, asked: Collection[Question]) -> Particulars:
        """What the reviewer says beside the verdict, with an answer to each question that is asked."""
        answers = {each.id: "yes" if each.id in self.yes else "no" for each in asked}
        if self.verdict == "not_upheld":
            return Particulars(why_not="other", answers=answers)
        if self.verdict == "needs_advice":
            return Particulars(advice_from=self.advice_from, answers=answers)
        return Particulars(
            target=self.target,
            characteristics=self.characteristics,
            breaks_house_rules=True,
            may_be_offence="no" if self.severity == "routine" else "unsure",
            effect="Staff who saw it were upset." if self.target != "other" else None,
            answers=answers,
        )


def _uphold(
    severity: str, *categories: str, hide: bool = True, target: str = "staff", about: tuple[str, ...] = ()
) -> Choice:
    return Choice("upheld", categories, severity, hide, target, about)


def _advice(advice_from: str, *yes: str) -> Choice:
    return Choice("needs_advice", advice_from=advice_from, yes=yes)


#: By what an example shows. What is not here is not upheld.
CHOICES: Mapping[str, Choice] = {
    "threat with place and time": _uphold("serious", "threat"),
    "threat and incitement": _uphold("serious", "threat", "incitement"),
    "conditional threat": _uphold("concerning", "threat"),
    "threat in full-width letters": _uphold("serious", "threat"),
    "stalking and threat": _uphold("serious", "stalking", "threat"),
    "doxxing of a made-up nurse": _uphold("serious", "doxxing", target="named_staff"),
    "doxxing, children named": _uphold("serious", "doxxing", target="minor"),
    "patient confidentiality": _uphold("serious", "patient_confidentiality", target="patient"),
    "racist abuse": _uphold("serious", "hate", about=("race",)),
    "racist abuse, censored slur": _uphold("serious", "hate", about=("race",)),
    "religious hate": _uphold("serious", "hate", about=("religion_belief",)),
    "hate, sexuality and gender": _uphold(
        "serious", "hate", about=("gender_reassignment", "sexual_orientation")
    ),
    "disability hate": _uphold("serious", "hate", about=("disability",)),
    "disguised spelling": _uphold("serious", "hate", about=("unclear",)),
    "harassment of a named nurse": _uphold("concerning", "harassment", "insult", target="named_staff"),
    "harassment, repeated": _uphold("concerning", "harassment"),
    "sexual harassment": _uphold("concerning", "sexual_harassment", about=("sex",)),
    "insult, censored": _uphold("routine", "insult", hide=False),
    "blackmail": _uphold("serious", "blackmail", hide=False),
    "spam": _uphold("routine", "spam_scam", target="other"),
    "scam": _uphold("routine", "spam_scam", target="other"),
    "impersonation and scam": _uphold("concerning", "impersonation", "spam_scam", target="trust"),
    "possible defamation": _advice("legal"),
    "self-harm, needs help at once": _advice("safeguarding", "at_risk_now", "safeguarding"),
    "safeguarding of a child": _advice("safeguarding", "safeguarding"),
    "safeguarding of an adult": _advice("safeguarding", "safeguarding"),
}

#: Examples that a person must see: if the rules miss one, the round has failed.
MUST_QUEUE = frozenset(
    {
        "threat with place and time",
        "threat and incitement",
        "conditional threat",
        "threat in full-width letters",
        "stalking and threat",
        "doxxing of a made-up nurse",
        "doxxing, children named",
        "racist abuse",
        "racist abuse, censored slur",
        "religious hate",
        "disguised spelling",
        "self-harm, needs help at once",
        "safeguarding of a child",
        "safeguarding of an adult",
    }
)

#: Examples that must not be queued: criticism, grief, praise and plain questions.
MUST_NOT_QUEUE_ENDS = ("stays out",)
MUST_NOT_QUEUE = frozenset({"praise", "ordinary", "ordinary reply", "plain mention"})


def choice_for(shows: str) -> Choice:
    """What the reviewer decides on an example that shows this."""
    return CHOICES.get(shows, Choice("not_upheld"))


def must_stay_out(shows: str) -> bool:
    """Whether an example that shows this may not be queued."""
    return shows in MUST_NOT_QUEUE or shows.endswith(MUST_NOT_QUEUE_ENDS)
