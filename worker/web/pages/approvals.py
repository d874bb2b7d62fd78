"""The second person: what waits for them, and what was done without one."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.web.fields import BadForm
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show(visit: Visit) -> Response:
    """Everything that waits for somebody to agree, and what this person asked for."""
    return _all(visit)


def show_one(visit: Visit) -> Response:
    """One requested action, with what may be done about it."""
    return _one(visit, "approval.html")


def alone(visit: Visit) -> Response:
    """What it means to go ahead alone, before anybody does."""
    return _one(visit, "alone.html")


def answer(visit: Visit) -> Response:
    """Approve or refuse what somebody else asked for, or review what they did alone."""
    number, reason, acting = visit.number(), visit.fields.text("reason"), visit.app.casework.acting.approving
    ways: dict[str, tuple[Callable[[], None], str]] = {
        "approve": (
            lambda: acting.approve(visit.actor, number, reason),
            "It is approved. The worker does it once its evidence is sealed.",
        ),
        "refuse": (
            lambda: acting.refuse(visit.actor, number, reason),
            "It is refused. Nothing was done there.",
        ),
        "review": (lambda: acting.review(visit.actor, number, reason), "Your review is on record."),
    }
    return _said(visit, ways, lambda refused: _one(visit, "approval.html", refused))


def answer_export(visit: Visit) -> Response:
    """Approve or refuse a hand-over of evidence, or review one that somebody made alone."""
    number, reason, stage = visit.number(), visit.fields.text("reason"), visit.app.hand_over
    ways: dict[str, tuple[Callable[[], None], str]] = {
        "approve": (
            lambda: stage.approve(visit.actor, number, os_user=None),
            "The export is approved. Its file can be made now.",
        ),
        "refuse": (
            lambda: stage.refuse(visit.actor, number, reason, os_user=None),
            "The export is refused. Nothing was handed over.",
        ),
        "review": (lambda: stage.review(visit.actor, number, os_user=None), "Your review is on record."),
    }
    return _said(visit, ways, lambda refused: _all(visit, refused))


def go_alone(visit: Visit) -> Response:
    """Go ahead without a second person, for a typed reason."""
    number = visit.number()
    try:
        visit.app.casework.acting.approving.break_glass(visit.actor, number, visit.fields.text("reason"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, "alone.html", refused)
    return visit.go(
        f"/approvals/{number}", "It goes ahead without a second person. Somebody else reviews it."
    )


def withdraw(visit: Visit) -> Response:
    """Take back what was asked for."""
    number = visit.number()
    try:
        why = visit.fields.text("withdrawn_because")
        visit.app.casework.acting.ending.withdraw(visit.actor, number, why)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, "approval.html", refused)
    return visit.go(f"/approvals/{number}", "It is taken back.")


def done(visit: Visit) -> Response:
    """Say that one did it in the platform's own app."""
    number = visit.number()
    try:
        visit.app.casework.acting.ending.done_by_hand(visit.actor, number, visit.fields.text("note"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, "approval.html", refused)
    return visit.go(f"/approvals/{number}", "It is noted as done outside Upstander.")


def _said(
    visit: Visit,
    ways: dict[str, tuple[Callable[[], None], str]],
    again: Callable[[UpstanderError], Response],
) -> Response:
    """Do what the pressed button says, or show the page again with why not."""
    chosen = ways.get(visit.fields.text("say"))
    if chosen is None:
        raise BadForm("The form does not say what to do.", safe="Nothing was done.")
    do, told = chosen
    try:
        do()
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return again(refused)
    return visit.go("/approvals", told)


def _all(visit: Visit, refused: UpstanderError | None = None) -> Response:
    asked, actor = visit.app.casework.acting.asked, visit.actor
    seconds = visit.may("approve_action")
    return visit.page(
        "approvals.html",
        status=422 if refused else 200,
        refused=refused,
        waiting=asked.waiting(actor) if seconds else (),
        to_review=asked.to_review(actor) if seconds else (),
        exports=visit.app.hand_over.waiting(actor) if visit.may("approve_export") else (),
        mine=asked.mine(actor),
    )


def _one(visit: Visit, template: str, refused: UpstanderError | None = None) -> Response:
    each = visit.app.casework.acting.asked.show(visit.actor, visit.number())
    return visit.page(template, status=422 if refused else 200, each=each, refused=refused)


_ONE = "/approvals/{number:int}"
PAGES = (
    get_page("/approvals", show),
    get_page(_ONE, show_one),
    get_page(f"{_ONE}/alone", alone),
    post(f"{_ONE}/answer", answer, confirmed=True),
    post(f"{_ONE}/alone", go_alone, confirmed=True),
    post(f"{_ONE}/withdraw", withdraw),
    post(f"{_ONE}/done", done),
    post("/approvals/exports/{number:int}/answer", answer_export, confirmed=True),
)
