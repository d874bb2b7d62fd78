"""Search: comments and cases by what they say, who wrote them, and what was found and decided."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from rules.errors import RuleFileError
from worker.errors import NotAllowed, UpstanderError
from worker.review.search.results import SearchPage
from worker.review.search.wanted import SearchFilter, SearchRefused
from worker.web.fields import BadForm, Fields
from worker.web.routing import get_page
from worker.web.visit import Visit

_AT_ONCE = 50
#: Fields that are called otherwise than in the stage.
_FIELDS = {"since": "from", "until": "to"}


def search(visit: Visit) -> Response:
    """What is found, the newest first. Words and filters stand in the address, so that one can go back."""
    fields = visit.fields
    asked = any(text.strip() for _, text in fields.those(("before",)))
    if not asked and visit.may("view_queue"):
        return _page(visit, None)
    try:
        found = visit.app.casework.search.find(
            visit.actor, wanted_by(fields), limit=_AT_ONCE, before=fields.number("before")
        )
    except (SearchRefused, BadForm) as refusal:
        return _page(visit, None, refusal, status=422)
    except NotAllowed as refusal:
        if not visit.may("view_queue"):
            raise
        return _page(visit, None, refusal, status=403)
    return _page(visit, found)


def wanted_by(fields: Fields) -> SearchFilter:
    """The search that an address asks for.

    Raises:
        BadForm: a number or a date cannot be read.
    """
    return SearchFilter(
        words=fields.one("words"),
        handle=fields.one("handle"),
        rule_id=fields.one("rule"),
        category=fields.one("category"),
        platform=fields.one("platform"),
        account_id=fields.number("account"),
        state=fields.one("state"),
        severity=fields.one("severity"),
        since=fields.day("from"),
        until=fields.day("to"),
    )


def _page(
    visit: Visit, found: SearchPage | None, refusal: UpstanderError | None = None, *, status: int = 200
) -> Response:
    return visit.page(
        "search.html",
        status=status,
        found=found,
        refusal=refusal,
        wrong=_FIELDS.get(refusal.about, refusal.about) if isinstance(refusal, SearchRefused) else "",
        accounts=visit.app.accounts.list(),
        rules=_rules(visit),
    )


def _rules(visit: Visit) -> Mapping[str, str]:
    """The titles of the rules to choose from, by id; none where this person or nobody can read them."""
    if not visit.may("read_rules"):
        return {}
    try:
        return {each.id: each.title for each in visit.app.rule_effects.loaded(visit.actor)}
    except RuleFileError:
        return {}


PAGES = (get_page("/search", search),)
