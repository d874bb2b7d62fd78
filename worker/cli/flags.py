"""`upstander queue flag` and `unflag`: what a reviewer sees and no rule can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.queue import Case
from worker.cli.show import say

if TYPE_CHECKING:
    from worker.bootstrap import App

Flag = Annotated[
    str,
    typer.Argument(
        metavar="FLAG",
        help="named_staff, patient, minor, high_profile, escalating, reviewer_is_target or at_risk_now.",
    ),
]
#: What to do next, where a flag means more than another place in the queue.
_NEXT = {
    "at_risk_now": "The case is immediate danger now, and whoever is on call is being called.",
    "reviewer_is_target": "Whoever is meant need not work on it: give it back with `upstander queue release`,"
    " no reason is asked. `upstander support --help` shows how support is offered.",
    "escalating": "Consider the police, and record what you decide: `upstander refer --help`.",
}


def flag(context: typer.Context, case: Case, flag: Flag, person: running.AsPerson) -> None:
    """Flag a case, so that it is looked at sooner. `at_risk_now` calls whoever is on call."""
    from worker.review.pages import PROMPT

    with running.app(context) as app:
        app.alarms.flags.put(running.acting(app, person), case, flag)
        if flag == "at_risk_now":
            say(PROMPT)
        say(f"Case {case} is flagged {flag}. {_priority(app, case)}")
    if flag in _NEXT:
        say(_NEXT[flag])


def unflag(context: typer.Context, case: Case, flag: Flag, person: running.AsPerson) -> None:
    """Take a flag off a case. A severity that it raised stays until somebody decides."""
    with running.app(context) as app:
        app.alarms.flags.take_off(running.acting(app, person), case, flag)
        say(f"Case {case} is not flagged {flag} any more. {_priority(app, case)}")


def _priority(app: App, case_id: int) -> str:
    from worker.review.priority import explained
    from worker.store import tables as t

    with app.store.read() as session:
        case = session.get_one(t.Case, case_id)
        return explained(case.priority, case.priority_parts) + "."
