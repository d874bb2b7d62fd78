"""The terms of a block, as options of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.moments import Moment, in_utc, option

if TYPE_CHECKING:
    from worker.clock import Clock
    from worker.review.terms import Terms

Warned = Annotated[
    Moment | None,
    option("--warned-on", word="DAY", help="Block: when the author was warned, such as 2026-11-24."),
]
Warning_ = Annotated[str | None, typer.Option("--warning", help="Block: what the author was told.")]
Unwarned = Annotated[
    str | None, typer.Option("--no-warning-because", help="Block: why nobody warned the author.")
]
ReviewOn = Annotated[
    Moment | None,
    option(
        "--review-on",
        word="DAY",
        help="Block: when to look at it again, such as 2026-11-24; else as late as allowed.",
    ),
]


def terms_of(
    clock: Clock,
    warned: Moment | None,
    warning: str | None,
    unwarned: str | None,
    review_on: Moment | None,
) -> Terms | None:
    """The terms that somebody typed; None where they typed none."""
    from worker.review.terms import Terms

    if warned is None and warning is None and unwarned is None and review_on is None:
        return None
    return Terms(
        warning=warning,
        warned_at=in_utc(warned, clock) if warned else None,
        no_warning_because=unwarned,
        review_at=in_utc(review_on, clock) if review_on else None,
    )
