"""The terms of a block, as options of a command."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.moments import FORMATS, in_utc

if TYPE_CHECKING:
    from worker.review.terms import Terms

Warned = Annotated[
    datetime | None,
    typer.Option(
        "--warned-on", formats=FORMATS, help="Block: when the author was warned, such as 2026-11-09."
    ),
]
Warning_ = Annotated[str | None, typer.Option("--warning", help="Block: what the author was told.")]
Unwarned = Annotated[
    str | None, typer.Option("--no-warning-because", help="Block: why nobody warned the author.")
]
ReviewOn = Annotated[
    datetime | None,
    typer.Option(
        "--review-on", formats=FORMATS, help="Block: when to look at it again; else as late as allowed."
    ),
]


def terms_of(
    warned: datetime | None, warning: str | None, unwarned: str | None, review_on: datetime | None
) -> Terms | None:
    """The terms that somebody typed; None where they typed none."""
    from worker.review.terms import Terms

    if warned is None and warning is None and unwarned is None and review_on is None:
        return None
    return Terms(
        warning=warning,
        warned_at=in_utc(warned) if warned else None,
        no_warning_because=unwarned,
        review_at=in_utc(review_on) if review_on else None,
    )
