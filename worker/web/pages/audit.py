"""The audit: who did or saw what, for those who look after that."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from worker.errors import UpstanderError
from worker.review.audit_reading import KINDS, AuditFilter, AuditPage
from worker.review.people import list_people
from worker.web.fields import Fields
from worker.web.routing import get_page, post
from worker.web.visit import Visit

_AT_ONCE = 100
_DAY = timedelta(days=1)
_NOTHING = AuditPage((), None)


def audit(visit: Visit) -> Response:
    """The newest rows that fit the filters. The filters stay in the address."""
    try:
        found = visit.app.audit_book.search(
            visit.actor, wanted_by(visit.fields), before=visit.fields.number("before"), limit=_AT_ONCE
        )
    except UpstanderError as refusal:
        if not visit.may("read_audit"):
            raise
        return _audit(visit, _NOTHING, refusal)
    return _audit(visit, found, None)


def export(visit: Visit) -> Response:
    """The rows that fit the filters as a file for a spreadsheet. Its hash is recorded with it."""
    file = visit.app.audit_book.export(visit.actor, wanted_by(visit.fields))
    return Response(
        file,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="upstander-audit.csv"'},
    )


def wanted_by(fields: Fields) -> AuditFilter:
    """The filter that an address or a form asks for.

    Raises:
        BadForm: a number or a date cannot be read.
    """
    until = fields.moment("until")
    return AuditFilter(
        person=fields.number("person"),
        verb=fields.one("verb"),
        object_type=fields.one("kind"),
        object_id=fields.number("number"),
        since=fields.moment("since"),
        # The day that is named belongs to it.
        until=None if until is None else until + _DAY,
    )


def _audit(visit: Visit, found: AuditPage, refusal: UpstanderError | None) -> Response:
    return visit.page(
        "audit.html",
        status=200 if refusal is None else 422,
        found=found,
        refusal=refusal,
        kinds=KINDS,
        people=list_people(visit.app.store),
        filters=[
            (name, visit.fields.text(name))
            for name in ("person", "verb", "kind", "number", "since", "until")
            if visit.fields.text(name)
        ],
    )


PAGES = (
    get_page("/audit", audit),
    post("/audit/export", export, confirmed=True),
)
