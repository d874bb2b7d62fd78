"""What a decision needs beside its verdict, where a test is about something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from worker.review.checklists import Checklist
from worker.review.clocks import Clocks
from worker.review.consequences import Procedure
from worker.review.guidance import Guidance
from worker.review.law import LawMap
from worker.review.particulars import Particulars
from worker.review.questions import Questions
from worker.working_days import WorkingDays

_SAID = {
    "upheld": Particulars(target="staff", breaks_house_rules=True, may_be_offence="no"),
    "not_upheld": Particulars(why_not="criticism"),
    "needs_advice": Particulars(advice_from="legal"),
}
#: Tables of a Trust that asks nothing.
UNASKED = Guidance(
    Questions(), LawMap("test", "England and Wales", date(2026, 11, 1), date(2027, 5, 1), ()), Checklist()
)


def said(verdict: str, **more: Any) -> Particulars:
    """The particulars of a whole decision of this verdict; `more` takes the place of some."""
    return replace(_SAID.get(verdict, Particulars()), **more)


def procedure(clocks: Clocks, guidance: Guidance = UNASKED) -> Procedure:
    """How decisions are taken by a Trust that asks nothing, or by these tables; no holidays, no elections."""
    return Procedure(5, lambda: guidance, clocks, WorkingDays, lambda _: frozenset())


def beside(verdict: str) -> dict[str, Any]:
    """The columns that a row of decisions needs beside its verdict, for tests that write one themselves."""
    whole = said(verdict)
    return {
        name: getattr(whole, name)
        for name in ("why_not", "target", "breaks_house_rules", "may_be_offence", "advice_from")
    }
