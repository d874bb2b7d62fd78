"""A draft witness statement for the person who will produce the evidence: theirs to correct and to sign.

In the form of a statement under section 9 of the Criminal Justice Act 1967. The facts come from the rows;
what only the person can know is left blank in square brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Pages
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from worker.evidence.handover.plain import london, utc, written_out

_HEAD = "WITNESS STATEMENT"
_RULES = "(Criminal Procedure Rules, r. 16.2; Criminal Justice Act 1967, s. 9)"
_DECLARATION = (
    "This statement (consisting of [   ] pages each signed by me) is true to the best of my knowledge and "
    "belief and I make it knowing that, if it is tendered in evidence, I shall be liable to prosecution if I "
    "have wilfully stated in it anything which I know to be false, or do not believe to be true."
)
_CIVIL = (
    "For civil proceedings, replace the declaration above by a statement of truth (CPR PD 22): "
    "I believe that the facts stated in this witness statement are true. I understand that proceedings for "
    "contempt of court may be brought against anyone who makes, or causes to be made, a false statement in a "
    "document verified by a statement of truth without an honest belief in its truth."
)
_DRAFT = (
    "DRAFT, made by a program from its records. Nobody has said any of this yet. Read every paragraph, "
    "correct it, take out what you do not know yourself, fill in the square brackets, and delete this box. "
    "Do not sign it as it is."
)


def draft(
    witness: str,
    occupation: str | None,
    exhibit: str,
    trust_name: str,
    cases: Sequence[Mapping[str, Any]],
    *,
    civil: bool,
) -> bytes:
    """The draft as a DOCX file.

    Args:
        cases: as `facts.case_facts` gives them; locked ones are passed over.
        civil: add what a civil court wants instead of the declaration.
    """
    pages = Document()
    pages.core_properties.title = "Draft witness statement"
    pages.core_properties.author = ""
    pages.core_properties.comments = ""
    style = pages.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(11)
    _box(pages, _DRAFT)
    _heading(pages, _HEAD)
    _centred(pages, _RULES)
    _line(pages, "Statement of", witness)
    _line(pages, "Age if under 18", "[over 18]")
    _line(pages, "Occupation", occupation or "[occupation]")
    pages.add_paragraph(_DECLARATION)
    if civil:
        _box(pages, _CIVIL)
    _line(pages, "Signature", "______________________________    Date: ____________________")
    told = [case for case in cases if not case["locked"]]
    damaged = [each["name"] for case in told for each in case["snapshots"] if each["problems"]]
    text = _template().render(
        witness=witness, exhibit=exhibit, trust_name=trust_name, cases=told, damaged=damaged
    )
    for number, paragraph in enumerate(re.split(r"\n{2,}", text.strip()), start=1):
        pages.add_paragraph(f"{number}.  {paragraph.strip()}")
    _line(pages, "Signature", "______________________________    Signature witnessed by: ______________")
    made = BytesIO()
    pages.save(made)
    return made.getvalue()


def _both(moment: Any) -> str:
    shown = utc(moment, "at a time that the platform did not give")
    return f"{shown} ({london(moment)})" if moment is not None else shown


def _safe(text: str) -> str:
    """Text that a word processor can hold, on one line: no control characters, nothing that reorders."""
    return " ".join(written_out(text).split())


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # noqa: S701 -- plain text: `_safe` makes every value harmless
        undefined=StrictUndefined,
        finalize=lambda value: _safe(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["both"] = _both
    return environment.get_template("statement.txt")


def _line(pages: Pages, name: str, value: str) -> None:
    paragraph = pages.add_paragraph()
    paragraph.add_run(f"{name}: ").bold = True
    paragraph.add_run(_safe(value))


def _heading(pages: Pages, text: str) -> None:
    paragraph = pages.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.size = True, Pt(14)


def _centred(pages: Pages, text: str) -> None:
    pages.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.CENTER


def _box(pages: Pages, text: str) -> None:
    box = pages.add_table(rows=1, cols=1)
    box.style = "Table Grid"
    box.rows[0].cells[0].paragraphs[0].add_run(text).bold = True
    pages.add_paragraph()
