"""The demo's script: what its reviewer decides on each written example, and nothing else.

Each choice is named by what the example is there to show (see connectors/sandbox/examples.json).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reviewer decides.

    Attributes:
        verdict: upheld, not_upheld or needs_advice.
        categories, severity: of what is upheld.
        hide: whether to ask the platform to hide the comment.
    """

    verdict: str
    categories: tuple[str, ...] = ()
    severity: str | None = None
    hide: bool = False


def _uphold(severity: str, *categories: str, hide: bool = True) -> Choice:
    return Choice("upheld", categories, severity, hide)


_ADVICE = Choice("needs_advice")

#: By what an example shows. What is not here is not upheld.
CHOICES: Mapping[str, Choice] = {
    "threat with place and time": _uphold("serious", "threat"),
    "threat and incitement": _uphold("serious", "threat", "incitement"),
    "conditional threat": _uphold("concerning", "threat"),
    "threat in full-width letters": _uphold("serious", "threat"),
    "stalking and threat": _uphold("serious", "stalking", "threat"),
    "doxxing of a made-up nurse": _uphold("serious", "doxxing"),
    "doxxing, children named": _uphold("serious", "doxxing"),
    "patient confidentiality": _uphold("serious", "patient_confidentiality"),
    "racist abuse": _uphold("serious", "hate"),
    "racist abuse, censored slur": _uphold("serious", "hate"),
    "religious hate": _uphold("serious", "hate"),
    "hate, sexuality and gender": _uphold("serious", "hate"),
    "disability hate": _uphold("serious", "hate"),
    "disguised spelling": _uphold("serious", "hate"),
    "harassment of a named nurse": _uphold("concerning", "harassment", "insult"),
    "harassment, repeated": _uphold("concerning", "harassment"),
    "sexual harassment": _uphold("concerning", "sexual_harassment"),
    "insult, censored": _uphold("routine", "insult", hide=False),
    "blackmail": _uphold("serious", "blackmail", hide=False),
    "spam": _uphold("routine", "spam_scam"),
    "scam": _uphold("routine", "spam_scam"),
    "impersonation and scam": _uphold("concerning", "impersonation", "spam_scam"),
    "possible defamation": _ADVICE,
    "self-harm, needs help at once": _ADVICE,
    "safeguarding of a child": _ADVICE,
    "safeguarding of an adult": _ADVICE,
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
