"""The settings of review: clocks of the queue, and how cases are worked to their end."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from worker.settings_types import Address, Addresses, Group, Names, Severities, Severity

#: Minutes until a case is due, where the file names no other. One that it leaves out keeps this value.
#: Of a working day of eight hours: routine within two, concerning within one.
_DUE_MINUTES = {"routine": 960, "concerning": 480, "serious": 240, "immediate_danger": 15}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


#: A time of the day as people write it; JSON Schema's own `time` wants an offset from UTC as well.
_Time = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:00)?$"})]


class Hours(Group):
    """When the team that works the queue is there. Bank holidays of England are never worked."""

    opens: _Time = Field(time(9), description="From when on, in London.")
    closes: _Time = Field(time(17), description="Until when, in London; later on the same day.")
    on: Names = Field(_DAYS[:5], description="On which days of the week.")

    @field_validator("on")
    @classmethod
    def _days_of_the_week(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= set(_DAYS):
            message = f"name days of the week, at least one: {', '.join(_DAYS)}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            message = "closes must be later on the same day than opens"
            raise ValueError(message)
        return self

    @property
    def weekdays(self) -> frozenset[int]:
        """The days as numbers: 0 is Monday."""
        return frozenset(_DAYS.index(day) for day in self.on)


class Review(Group):
    """Clocks of the queue."""

    claim_minutes: Annotated[int, Field(ge=1)] = Field(5, description="How long a claim on a case lasts.")
    reassign_minutes: Annotated[int, Field(ge=1)] = Field(
        60, description="How long a case stays with the person it was handed on to, before they take it up."
    )
    snooze_days: Annotated[int, Field(ge=1, le=14)] = Field(
        14, description="How long a case may be put aside at most, in days."
    )
    due_minutes: dict[Severity, Annotated[int, Field(ge=1)]] = Field(
        default_factory=lambda: dict(_DUE_MINUTES),  # type: ignore[arg-type]  # mypy sees str where pydantic checks the words
        description="Minutes from opening until a case is due, by severity. Working minutes, but for those in"
        " all_hours.",
    )
    all_hours: Severities = Field(
        ("serious", "immediate_danger"),
        description="Severities whose minutes run at night, at weekends and on bank holidays too.",
    )
    hours: Hours = Field(Hours(), description=Hours.__doc__)
    overdue_recipients: Addresses = Field(
        (), description="Who gets a mail about cases that have just become overdue, beside who works on them."
    )
    block_review_days: Annotated[int, Field(ge=1, le=365)] = Field(
        365, description="Days until a block is looked at again, where nobody named a day; a year at most."
    )
    pile_on_cases: Annotated[int, Field(ge=2)] = Field(
        5, description="So many cases under one post within pile_on_minutes are a pile-on."
    )
    pile_on_minutes: Annotated[int, Field(ge=1)] = Field(
        30, description="How close together the cases of a pile-on are."
    )

    @field_validator("due_minutes", mode="before")
    @classmethod
    def _keep_the_others(cls, value: Any) -> Any:
        return {**_DUE_MINUTES, **value} if isinstance(value, dict) else value


class Appeals(Group):
    """How soon those who challenge a decision are answered."""

    answer_working_days: Annotated[int, Field(ge=1, le=60)] = Field(
        10, description="Working days from receiving an appeal until it is to be decided."
    )


class Reports(Group):
    """Reports to the platforms, which a person files."""

    remind_days: Annotated[int, Field(ge=1, le=90)] = Field(
        7, description="Days after filing until a person is reminded to look for the platform's answer."
    )
    file_working_days: Annotated[int, Field(ge=1, le=20)] = Field(
        2, description="Working days within which a prepared report should be filed."
    )


class Replies(Group):
    """What reply templates are filled with. A template whose place is not filled is refused."""

    pals_phone: str | None = Field(None, description="Telephone of the patient advice and liaison service.")
    pals_email: Address | None = Field(
        None, description="E-mail address of the patient advice and liaison service."
    )
    house_rules: str | None = Field(None, description="Address of the Trust's published house rules.")
    review_contact: str | None = Field(
        None, description="Where somebody asks for a moderation decision to be looked at again."
    )
    facts_page: str | None = Field(None, description="Address of health facts that the Trust points to.")
