"""What a decision says beside its verdict, as options of a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from worker.review.particulars import Particulars

WhyNot = Annotated[
    Literal["criticism", "counter_speech", "clinical_language", "reclaimed", "harmless_spam", "other"] | None,
    typer.Option(help="Not upheld: why not."),
]
Characteristics = Annotated[
    list[str] | None,
    typer.Option(
        "--characteristic",
        help="Upheld: a protected characteristic that it is about, or unclear; repeat it for several.",
    ),
]
Target = Annotated[
    Literal["named_staff", "staff", "patient", "minor", "trust", "other"] | None,
    typer.Option(help="Upheld: whom it is aimed at."),
]
HouseRules = Annotated[
    bool | None,
    typer.Option(
        "--breaks-house-rules/--within-house-rules", help="Upheld: whether it breaks the house rules."
    ),
]
Offence = Annotated[
    Literal["yes", "no", "unsure"] | None,
    typer.Option("--may-be-offence", help="Upheld: whether it may be an offence, in your eyes."),
]
Effect = Annotated[str | None, typer.Option(help="What it did to the people affected.")]
AdviceFrom = Annotated[
    Literal["legal", "hr", "safeguarding", "security", "police", "information_governance", "other"] | None,
    typer.Option(help="Needs advice: from whom."),
]
AdviceWho = Annotated[str | None, typer.Option(help="Needs advice from other: who that is.")]
YetUpheld = Annotated[
    str | None,
    typer.Option("--criticism-yet-upheld", help="Why it is upheld although it criticises care too."),
]
Answers = Annotated[
    list[str] | None,
    typer.Option(
        "--answer",
        metavar="QUESTION=ANSWER",
        help="An answer, such as at_risk_now=no; repeat it. `queue questions CASE` shows what is asked.",
    ),
]


def answers_of(given: Sequence[str] | None) -> dict[str, str]:
    """The answers that somebody typed.

    Raises:
        DecisionIncomplete: one is not written as question=answer, or a question is answered twice.
    """
    from worker.review.errors import DecisionIncomplete

    answers: dict[str, str] = {}
    for each in given or ():
        question, equals, answer = each.partition("=")
        if not equals or question.strip() in answers:
            raise DecisionIncomplete(
                "An answer is written as QUESTION=ANSWER, once for each question.",
                safe="Nothing was decided.",
                do="For example: --answer at_risk_now=no",
            )
        answers[question.strip()] = answer.strip()
    return answers


def particulars_of(
    *,
    why_not: str | None = None,
    characteristics: Sequence[str] | None = None,
    target: str | None = None,
    house_rules: bool | None = None,
    offence: str | None = None,
    effect: str | None = None,
    advice_from: str | None = None,
    advice_who: str | None = None,
    yet_upheld: str | None = None,
    answers: Sequence[str] | None = None,
) -> Particulars:
    """The particulars that somebody typed.

    Raises:
        DecisionIncomplete: an answer is not written as question=answer.
    """
    from worker.review.particulars import Particulars

    return Particulars(
        why_not=why_not,
        characteristics=tuple(characteristics or ()),
        target=target,
        breaks_house_rules=house_rules,
        may_be_offence=offence,
        effect=effect,
        advice_from=advice_from,
        advice_who=advice_who,
        criticism_yet_upheld=yet_upheld,
        answers=answers_of(answers),
    )
