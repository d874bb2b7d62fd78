"""Moments as people type them: a day, or a day and a time, as the clocks of the United Kingdom show it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

FORMATS = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]

Received = Annotated[
    datetime | None,
    typer.Option(formats=FORMATS, help="When it was received, such as 2026-11-09; else now."),
]


def in_utc(typed: datetime) -> datetime:
    """What somebody typed, as the same moment in UTC."""
    from worker.clock import LONDON

    return typed.replace(tzinfo=LONDON).astimezone(UTC)
