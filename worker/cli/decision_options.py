"""What a decision says beside its verdict, as options of a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

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
        help="An answer, such as at_risk_now=no (y and n will do); repeat it. `queue questions CASE` shows"
        " what is asked.",
    ),
]

#: Shown at the end of --help. The first line keeps the lines as they are.
EXAMPLES = """\b
For example:
  upstander queue decide 24 --revision 36 --verdict not_upheld \\
      --why-not criticism --reason "A complaint about waiting times."
  upstander queue decide 25 --revision 37 --verdict upheld \\
      --category threat --severity serious --target named_staff \\
      --breaks-house-rules --may-be-offence unsure \\
      --effect "She no longer walks to her car alone." \\
      --answer criticism_of_care=no --answer at_risk_now=no \\
      --reason "A threat with a place and a time." --action hide
"""

_SHORT = {"y": "yes", "n": "no"}


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
        typed = answer.strip().lower()
        answers[question.strip()] = _SHORT.get(typed, typed)
    return answers


def with_particulars(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a decision's particulars, once for all commands that decide.

    Args:
        command: takes them as one keyword argument, `particulars`; --help shows them in its place.
    """
    known = get_type_hints(command, localns={"Particulars": object}, include_extras=True)
    taken: list[Parameter] = []
    for each in signature(command).parameters.values():
        taken += _OPTIONS if each.name == "particulars" else [each.replace(annotation=known[each.name])]

    @wraps(command)
    def told(**given: Any) -> None:
        said = {each.name: given.pop(each.name) for each in _OPTIONS}
        command(**given, particulars=_particulars(said))

    # typer reads both.
    told.__signature__ = Signature(taken)  # type: ignore[attr-defined]  # what inspect looks for
    told.__annotations__ = {each.name: each.annotation for each in taken}
    return told


def _particulars(said: Mapping[str, Any]) -> Particulars:
    """The particulars that somebody typed.

    Raises:
        DecisionIncomplete: an answer is not written as question=answer.
    """
    from worker.review.particulars import Particulars

    several = {
        "characteristics": tuple(said["characteristics"] or ()),
        "answers": answers_of(said["answers"]),
    }
    return Particulars(**{**said, **several})


#: Under the names that the particulars have for them.
_OPTIONS = [
    Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=option)
    for name, option in {
        "why_not": WhyNot,
        "characteristics": Characteristics,
        "target": Target,
        "breaks_house_rules": HouseRules,
        "may_be_offence": Offence,
        "effect": Effect,
        "advice_from": AdviceFrom,
        "advice_who": AdviceWho,
        "criticism_yet_upheld": YetUpheld,
        "answers": Answers,
    }.items()
]
