"""What the commands of `upstander evidence export` can be told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Purpose = Annotated[
    Literal["police", "solicitor", "hr", "subject-access", "platform"],
    typer.Option("--for", help="What it is for."),
]
Cases = Annotated[list[int], typer.Argument(metavar="CASE...", help="Numbers of the cases.")]
Export = Annotated[int, typer.Argument(metavar="EXPORT", help="Number of the export.")]
Recipient = Annotated[str, typer.Option("--to", help="Who gets it.")]
Basis = Annotated[str, typer.Option(help="The legal basis.")]
Reason = Annotated[str, typer.Option(help="Why, in your words.")]
Redact = Annotated[
    bool, typer.Option("--redact", help="A copy without other people's names; usual for some purposes.")
]
Unredacted = Annotated[
    str | None, typer.Option(metavar="REASON", help="For hr: why all of it, names and all, is needed.")
]
Witness = Annotated[
    str | None, typer.Option(help="Who will produce it as a witness; else the person who asks.")
]
Occupation = Annotated[str | None, typer.Option(help="The witness's occupation.")]
Exhibit = Annotated[str | None, typer.Option(help="The exhibit's reference, such as BL/1.")]
Keep = Annotated[
    list[str] | None,
    typer.Option(help="Redacted: a name, handle or id that stays, of the person it is about."),
]
Replace = Annotated[list[str] | None, typer.Option(help="Redacted: a name in the words that is replaced.")]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE:x,y,w,h",
        help="Redacted: a picture to include, as CASE-SNAPSHOT/NAME, and a part of it to black out.",
    ),
]
Intimate = Annotated[bool, typer.Option("--intimate-images", help="Cases with an intimate image are meant.")]
Damaged = Annotated[
    str | None,
    typer.Option(metavar="REASON", help="Why evidence that does not verify goes along, with a warning."),
]
BreakGlass = Annotated[
    str | None, typer.Option(metavar="REASON", help="Go ahead alone, now; somebody else reviews it.")
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="A file, readable by you alone, whose first line is the password of the ZIP."),
]
PasswordPrompt = Annotated[
    bool, typer.Option("--password-prompt", help="Ask for a password of the ZIP, without showing it.")
]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the newest first.")]
