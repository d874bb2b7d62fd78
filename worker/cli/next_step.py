"""What somebody types next to decide on what they have just read, ready to be filled in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from worker.cli.show import say, when

if TYPE_CHECKING:
    from worker.review.questions import Question
    from worker.review.view import CaseView

#: A command is broken before it gets longer than a terminal is wide.
_WIDTH = 110
_VERDICTS = {"upheld": "Uphold it", "not_upheld": "Do not uphold it", "needs_advice": "Ask for advice"}


def tell_decide(view: CaseView, person: str) -> None:
    """Write what decides on a case that waits, with what is asked, and how to keep it meanwhile."""
    if view.state not in ("open", "needs_advice"):
        return
    if view.questions:
        say("\nWhat a decision may have to answer:")
        for each in view.questions:
            say(f"  {each.id} ({', '.join(each.verdicts)}): {each.words}")
    say("\nTo decide, fill one of these in. Of what stands between bars choose one:")
    tell_commands(
        f"upstander queue decide {view.case_id} --revision {view.revision_id}", view.questions, person
    )
    say(f'What else your categories ask for: upstander queue questions {view.case_id} --as "{person}"')
    if view.claimed_by:
        say(f"{view.claimed_by} has it until {when(view.claimed_until)}. For longer, claim it again:")
        say(f'  upstander queue claim {view.case_id} --as "{person}"')


def tell_commands(
    command: str, questions: Iterable[Question], person: str, verdicts: Sequence[str] = tuple(_VERDICTS)
) -> None:
    """Write the command that decides, once for each verdict, with all that it must not be without.

    Args:
        command: how it begins, with what is decided on.
        questions: what the decision has to answer.
    """
    from worker.review.ruling import needed

    asked = tuple(questions)
    for verdict in verdicts:
        answers = [each.option for each in asked if verdict in each.verdicts]
        options = [f"--verdict {verdict}", *(each.option for each in needed(verdict)), *answers]
        say(f"{_VERDICTS[verdict]}:")
        say(_broken([command, *options, '--reason "WHY"', f'--as "{person}"']))


def _broken(parts: Sequence[str]) -> str:
    """The parts of a command over as many lines as it needs."""
    lines = [f"  {parts[0]}"]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 3 > _WIDTH:
            lines[-1] += " \\"
            lines.append(f"      {part}")
        else:
            lines[-1] += f" {part}"
    return "\n".join(lines)
