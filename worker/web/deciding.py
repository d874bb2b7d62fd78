"""A decision as a form brings it, for the stage that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from worker.review.kinds import RESTORING
from worker.review.particulars import Particulars
from worker.review.terms import Terms
from worker.web import labels
from worker.web.fields import Fields

#: The name of a question's field begins with this.
QUESTION = "answer-"


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody filled in. What belongs to another verdict than theirs is left out.

    Attributes:
        revision_id: the wording that they saw.
        supersedes: the decision that this one corrects.
    """

    revision_id: int
    verdict: str
    reason: str
    categories: tuple[str, ...]
    severity: str | None
    actions: tuple[str, ...]
    supersedes: int | None
    terms: Terms | None
    particulars: Particulars


def given(fields: Fields) -> Given:
    """Read a decision from its form.

    Raises:
        BadForm: a number or a date cannot be read.
    """
    verdict = fields.text("verdict")
    upheld = verdict == "upheld"
    categories = fields.texts("category") if upheld else ()
    actions = tuple(each for each in fields.texts("action") if upheld or each in RESTORING)
    particulars = _particulars(fields, verdict)
    return Given(
        revision_id=fields.number("revision") or 0,
        verdict=verdict,
        # What else is missing is told by the stage.
        reason=fields.text("reason")
        or in_short(verdict, categories, particulars)
        or labels.of("verdict", verdict),
        categories=categories,
        severity=fields.one("severity") if upheld else None,
        actions=actions,
        supersedes=fields.number("supersedes"),
        terms=_terms(fields) if "block" in actions else None,
        particulars=particulars,
    )


def in_short(verdict: str, categories: tuple[str, ...], particulars: Particulars) -> str:
    """What was chosen, as a sentence: the reason where nobody wrote one. Empty where nothing was chosen."""
    if verdict == "not_upheld":
        return labels.of("why_not", particulars.why_not)
    if verdict == "needs_advice":
        return labels.of("advice", particulars.advice_from)
    named = ", ".join(labels.of("category", each) for each in categories)
    about = f"; aimed at: {labels.of('target', particulars.target).lower()}" if particulars.target else ""
    return f"{named}{about}" if named else ""


def _particulars(fields: Fields, verdict: str) -> Particulars:
    upheld = verdict == "upheld"
    rules = {"yes": True, "no": False}.get(fields.text("breaks_house_rules"))
    return Particulars(
        why_not=fields.one("why_not") if verdict == "not_upheld" else None,
        characteristics=fields.texts("characteristic") if upheld else (),
        target=fields.one("target") if upheld else None,
        breaks_house_rules=rules if upheld else None,
        may_be_offence=fields.one("may_be_offence") if upheld else None,
        effect=fields.one("effect"),
        advice_from=fields.one("advice_from") if verdict == "needs_advice" else None,
        advice_who=fields.one("advice_who") if verdict == "needs_advice" else None,
        criticism_yet_upheld=fields.one("criticism_yet_upheld") if upheld else None,
        answers=_answers(fields),
    )


def _answers(fields: Fields) -> Mapping[str, str]:
    """What was answered to the Trust's questions, by the question's id."""
    return {
        name.removeprefix(QUESTION): fields.text(name)
        for name in fields.texts_of
        if name.startswith(QUESTION) and fields.text(name)
    }


def _terms(fields: Fields) -> Terms:
    return Terms(
        warning=fields.one("warning"),
        warned_at=fields.moment("warned_on", time(12)),
        no_warning_because=fields.one("no_warning_because"),
        review_at=fields.moment("review_on", time(12)),
    )
