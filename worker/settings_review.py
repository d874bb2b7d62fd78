"""The settings of review: clocks of the queue, and how cases are worked to their end."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from worker.settings_types import Group

#: Minutes until a case is due, where the file names no other. One that it leaves out keeps this value.
_DUE_MINUTES = {"routine": 2880, "concerning": 1440, "serious": 240, "immediate_danger": 15}


class Review(Group):
    """Clocks of the queue."""

    claim_minutes: Annotated[int, Field(ge=1)] = Field(5, description="How long a claim on a case lasts.")
    due_minutes: dict[
        Literal["routine", "concerning", "serious", "immediate_danger"], Annotated[int, Field(ge=1)]
    ] = Field(
        default_factory=lambda: dict(_DUE_MINUTES),  # type: ignore[arg-type]  # mypy sees str where pydantic checks the words
        description="Minutes from opening until a case is due, by severity.",
    )

    @field_validator("due_minutes", mode="before")
    @classmethod
    def _keep_the_others(cls, value: Any) -> Any:
        return {**_DUE_MINUTES, **value} if isinstance(value, dict) else value
