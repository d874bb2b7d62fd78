"""The options of `upstander refer`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from worker.cli import moments

Referral = Annotated[int, typer.Argument(metavar="REFERRAL", help="Number of the referral.")]
Kind = Literal[
    "police_999",
    "police_101",
    "safeguarding",
    "hr",
    "legal",
    "insurers",
    "security_specialist",
    "freedom_to_speak_up_guardian",
    "pals",
    "it",
    "occupational_health",
    "employee_assistance",
    "samaritans",
    "other",
]
To = Annotated[Kind, typer.Option(help="To whom.")]
Why = Annotated[str, typer.Option(help="Why, in your words.")]
Recipient = Annotated[
    str | None, typer.Option(help="Who they are: a force, a firm, a team. Else what the kind is called.")
]
Colleague = Annotated[
    str | None,
    typer.Option(help="One person of `people list`, who alone reads it. Else whoever has the role."),
]
Sees = Annotated[
    list[str] | None,
    typer.Option(help="What they may see: words, author, evidence, files; or nothing. Repeat it."),
]
Acknowledged = Annotated[
    str | None, typer.Option(help="What they answered, if they have it already, as after a call.")
]
Reference = Annotated[
    str | None, typer.Option(help="Their reference, such as a crime reference or an incident number.")
]
Notice = Annotated[
    moments.Moment | None,
    moments.option(help='When a notice of complaint came in (legal only), such as "2026-11-24 09:00".'),
]
Export = Annotated[int | None, typer.Option(help="An export whose file was handed over with it.")]
HandedTo = Annotated[str | None, typer.Option(help="Who took the files, such as an officer's number.")]
How = Annotated[str, typer.Option(help="How the files were handed over.")]
