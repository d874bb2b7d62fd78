"""Appeals: somebody challenges a decision, and a person who had no part in it decides."""

from __future__ import annotations

from datetime import time

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.review.appeal import Answer, NewAppeal
from worker.review.ruling import Ruling
from worker.web.deciding import given
from worker.web.routing import get_page, post
from worker.web.visit import Visit

#: The reply that a person sends, by outcome.
_REPLIES = {"upheld": "appeal_changed", "partly": "appeal_changed", "dismissed": "appeal_stands"}


def show_all(visit: Visit) -> Response:
    """The appeals that wait for somebody, the soonest due first."""
    everything = visit.fields.flag("all")
    lines = visit.app.casework.appeals.list(visit.actor, all_states=everything)
    return visit.page("appeals.html", lines=lines, everything=everything)


def of_case(visit: Visit) -> Response:
    """The form to log an appeal about a case."""
    return _form(visit)


def log(visit: Visit) -> Response:
    """Log an appeal against the decision that counts on a case."""
    fields = visit.fields
    try:
        came = fields.moment("received", time(9)) or visit.app.clock.now()
        appeal = NewAppeal(
            visit.number(), fields.text("by_whom"), fields.text("channel"), fields.text("words"), came
        )
        number = visit.app.casework.appeals.log(visit.actor, appeal)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _form(visit, refused)
    return visit.go(
        f"/appeals/{number}", "The appeal is logged. Somebody who did not decide the case decides it."
    )


def show(visit: Visit) -> Response:
    """An appeal with the words that were judged and the decision on them."""
    return _one(visit)


def decide(visit: Visit) -> Response:
    """Decide an appeal. Overturning asks for what was hidden or blocked to be given back."""
    number = visit.number()
    try:
        visit.app.casework.appeals.decide(visit.actor, number, _answer(visit))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, refused)
    return visit.go(
        f"/appeals/{number}", "The appeal is decided. A person sends the reply: Upstander never does."
    )


def review(visit: Visit) -> Response:
    """Say that one has looked at an appeal that one person decided alone."""
    number = visit.number()
    visit.app.casework.appeals.review_alone(visit.actor, number)
    return visit.go(f"/appeals/{number}", "Your review is on record.")


def withdraw(visit: Visit) -> Response:
    """Note that the appellant took it back."""
    number = visit.number()
    try:
        visit.app.casework.appeals.withdraw(visit.actor, number, visit.fields.text("withdrawn_because"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, refused)
    return visit.go(f"/appeals/{number}", "The appeal is withdrawn.")


def _answer(visit: Visit) -> Answer:
    """What becomes of the appeal, with the new decision where it succeeds."""
    fields, said = visit.fields, given(visit.fields)
    outcome, reason = fields.text("outcome"), fields.text("reason")
    ruling = None
    if outcome != "dismissed" and said.verdict:
        ruling = Ruling(
            said.verdict, said.categories, said.severity, reason, (), None, particulars=said.particulars
        )
    return Answer(
        outcome,
        reason,
        ruling,
        said.revision_id if ruling else None,
        _REPLIES.get(outcome),
        fields.one("alone_because"),
    )


def _form(visit: Visit, refused: UpstanderError | None = None) -> Response:
    view = visit.app.review.show(visit.actor, visit.number())
    return visit.page("appeal_new.html", status=422 if refused else 200, view=view, refused=refused)


def _one(visit: Visit, refused: UpstanderError | None = None) -> Response:
    casework = visit.app.casework
    view = casework.appeals.show(visit.actor, visit.number())
    chosen = visit.fields.texts("category")
    asking = casework.file.asking(visit.actor, view.line.case_id, categories=chosen)
    return visit.page(
        "appeal.html", status=422 if refused else 200, view=view, questions=asking.questions, refused=refused
    )


_ONE = "/appeals/{number:int}"
PAGES = (
    get_page("/appeals", show_all),
    get_page("/cases/{number:int}/appeal", of_case),
    post("/cases/{number:int}/appeal", log),
    get_page(_ONE, show),
    post(f"{_ONE}/decide", decide, confirmed=True),
    post(f"{_ONE}/review", review),
    post(f"{_ONE}/withdraw", withdraw),
)
