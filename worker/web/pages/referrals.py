"""Referrals: a case is handed over to a person or body, and followed until there is an outcome."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from worker.errors import NotAllowed, NotFound, UpstanderError
from worker.review.people import find_person
from worker.review.referral_words import Handed, NewReferral
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show_all(visit: Visit) -> Response:
    """The referrals that this person made or received, or may follow."""
    fields = visit.fields
    rows = visit.app.casework.desk.referred.list(
        visit.actor, state=fields.one("state"), overdue=fields.flag("overdue")
    )
    return visit.page("referrals.html", rows=rows, state=fields.one("state"), overdue=fields.flag("overdue"))


def of_case(visit: Visit) -> Response:
    """The referrals of a case, and making one."""
    return _of_case(visit)


def make(visit: Visit) -> Response:
    """Hand a case over. Nobody has to approve it."""
    case_id, desk = visit.number(), visit.app.casework.desk
    try:
        number = desk.referrals.make(visit.actor, case_id, _new(visit))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _of_case(visit, refused)
    return visit.go(
        f"/referrals/{number}",
        "It is written down as referred. Nothing was sent: call or write to them now.",
    )


def considered(visit: Visit) -> Response:
    """Note that a referral was considered and not made."""
    case_id, fields = visit.number(), visit.fields
    try:
        kind = fields.text("to")
        visit.app.casework.desk.referrals.considered(visit.actor, case_id, kind, fields.text("not_because"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _of_case(visit, refused)
    return visit.go(f"/cases/{case_id}/referrals", "It is on record that you considered it, and why not.")


def support(visit: Visit) -> Response:
    """Note that a colleague who was targeted was offered support, or what they answered."""
    case_id, fields, stage = visit.number(), visit.fields, visit.app.casework.desk.support
    try:
        offer = fields.number("offer")
        if offer is None:
            kind, to = fields.text("kind"), fields.text("offered_to")
            stage.offer(visit.actor, case_id, kind, to, state=fields.text("answered"))
        else:
            stage.answer(visit.actor, offer, fields.text("answered"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _of_case(visit, refused)
    return visit.go(f"/cases/{case_id}/referrals#support", "The offer of support is noted.")


def show(visit: Visit) -> Response:
    """One referral, with exactly what its recipient may see."""
    return _one(visit)


def acknowledge(visit: Visit) -> Response:
    """Note that they have it."""
    fields, desk = visit.fields, visit.app.casework.desk
    return _noted(
        visit,
        lambda number: desk.referrals.acknowledge(
            visit.actor, number, fields.text("acknowledged"), reference=fields.one("reference")
        ),
        "The referral is acknowledged.",
    )


def chase(visit: Visit) -> Response:
    """Note that they were reminded."""
    desk, note = visit.app.casework.desk, visit.fields.text("chased")
    return _noted(
        visit, lambda number: desk.referrals.chase(visit.actor, number, note), "The reminder is noted."
    )


def close(visit: Visit) -> Response:
    """Note what came of it."""
    fields, desk = visit.fields, visit.app.casework.desk
    return _noted(
        visit,
        lambda number: desk.referrals.close(
            visit.actor, number, fields.text("outcome"), reference=fields.one("last_reference")
        ),
        "The referral is closed.",
    )


def withdraw(visit: Visit) -> Response:
    """Take a referral back: the recipient sees nothing of it any more."""
    desk, reason = visit.app.casework.desk, visit.fields.text("withdrawn_because")
    said = "The referral is taken back. The recipient sees nothing of it any more."
    return _noted(visit, lambda number: desk.referrals.withdraw(visit.actor, number, reason), said)


def hand_over(visit: Visit) -> Response:
    """Log that the file of an export went with a referral."""
    fields, desk = visit.fields, visit.app.casework.desk
    handed = Handed(fields.number("export") or 0, fields.text("handed_to"), fields.text("how"))
    said = "The hand-over is logged."
    return _noted(visit, lambda number: desk.referrals.handed_over(visit.actor, number, handed), said)


def _new(visit: Visit) -> NewReferral:
    fields, desk = visit.fields, visit.app.casework.desk
    kind, colleague = fields.text("to"), fields.one("colleague")
    known = desk.referrals.guide().kinds.get(kind)
    return NewReferral(
        kind=kind,
        recipient=fields.text("recipient") or colleague or (known.title if known else ""),
        reason=fields.text("reason"),
        person_id=None if colleague is None else find_person(visit.app.store, colleague).id,
        sees=fields.texts("sees"),
        acknowledged=fields.one("acknowledged"),
        reference=fields.one("reference"),
        notice_at=fields.moment("notice"),
    )


def _noted(visit: Visit, do: Callable[[int], object], said: str) -> Response:
    """Do one thing about a referral and show it again; with why not, where it was refused."""
    number = visit.number()
    try:
        do(number)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, refused)
    return visit.go(f"/referrals/{number}", said)


def _of_case(visit: Visit, refused: UpstanderError | None = None) -> Response:
    case_id, casework = visit.number(), visit.app.casework
    kinds = casework.desk.referrals.guide().kinds
    kind = visit.fields.one("to")
    if kind is not None and kind not in kinds:
        raise NotFound("There is no such recipient.", do="Choose one on the case's page of referrals.")
    view = casework.review.show(visit.actor, case_id)
    upheld = view.decisions[-1].categories if view.decisions else ()
    return visit.page(
        "case_referrals.html",
        status=422 if refused else 200,
        view=view,
        rows=casework.desk.referred.list(visit.actor, case_id=case_id),
        offers=casework.desk.support.list(visit.actor, case_id) if visit.may("refer") else (),
        kinds=kinds,
        kind=kind,
        law=casework.file.law_on(upheld),
        refused=refused,
    )


def _one(visit: Visit, refused: UpstanderError | None = None) -> Response:
    view = visit.app.casework.desk.referred.show(visit.actor, visit.number())
    return visit.page("referral.html", status=422 if refused else 200, view=view, refused=refused)


_CASE, _ONE = "/cases/{number:int}/referrals", "/referrals/{number:int}"
PAGES = (
    get_page("/referrals", show_all),
    get_page(_CASE, of_case),
    post(_CASE, make),
    post(f"{_CASE}/considered", considered),
    post("/cases/{number:int}/support", support),
    get_page(_ONE, show),
    post(f"{_ONE}/acknowledge", acknowledge),
    post(f"{_ONE}/chase", chase),
    post(f"{_ONE}/close", close),
    post(f"{_ONE}/withdraw", withdraw),
    post(f"{_ONE}/hand-over", hand_over),
)
