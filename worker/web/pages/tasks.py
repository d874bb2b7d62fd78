"""Tasks: what somebody has to do by a time, each with the page that finishes it."""

from __future__ import annotations

from starlette.responses import Response

from worker.errors import NotAllowed, UpstanderError
from worker.review.blocks import REVIEW_TASK
from worker.review.people import find_person
from worker.review.worklist import TaskRow
from worker.web.routing import get_page, post
from worker.web.visit import Visit

#: Where the page is that finishes a task, by what it is about beside its case.
_ABOUT = {
    "requested_action": "/approvals/{}",
    "platform_report": "/reports/{}",
    "referral": "/referrals/{}",
    "appeal": "/appeals/{}",
    "hand_in": "/hand-ins/{}",
    "group_decision": "/groups/decisions/{}",
}
#: Where it is for kinds that their case does not finish by itself.
_OF_KIND = {
    "call_police": "/cases/{}/referrals",
    "consider_police": "/cases/{}/referrals",
    "refer_welfare": "/cases/{}/referrals",
    "legal_advice": "/cases/{}/referrals",
    "tell_insurers": "/cases/{}/referrals",
    "offer_support": "/cases/{}/referrals",
    "record_in_datix": "/cases/{}/referrals",
    "emergency": "/cases/{}/referrals",
    "safeguarding": "/cases/{}/referrals",
}


def show(visit: Visit) -> Response:
    """What this person has to do, the longest overdue first."""
    fields = visit.fields
    rows = visit.app.casework.desk.tasks.list(
        visit.actor, everybody=fields.flag("everybody"), done=fields.flag("done")
    )
    kinds = sorted({each.kind for each in rows})
    chosen = fields.one("kind")
    return visit.page(
        "tasks.html",
        rows=[each for each in rows if chosen in (None, each.kind)],
        kinds=kinds,
        chosen=chosen,
        done=fields.flag("done"),
        everybody=fields.flag("everybody"),
        place=place,
    )


def show_one(visit: Visit) -> Response:
    """One task, with the form that finishes it."""
    return _one(visit)


def done(visit: Visit) -> Response:
    """Say that a task is done, and what came of it."""
    number = visit.number()
    try:
        visit.app.casework.desk.tasks.done(visit.actor, number, visit.fields.text("outcome"))
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, refused)
    return visit.go("/tasks", "The task is done.")


def pass_on(visit: Visit) -> Response:
    """Pass a task on to a person or a role. No reason is asked."""
    number, fields = visit.number(), visit.fields
    name, role = fields.one("to"), fields.one("role")
    try:
        receiver = None if name is None else find_person(visit.app.store, name).id
        visit.app.casework.desk.tasks.reassign(visit.actor, number, person_id=receiver, role=role)
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _one(visit, refused)
    return visit.go("/tasks", "The task is passed on.")


def place(row: TaskRow) -> str | None:
    """The path of the page that finishes a task; None where the task's own page does."""
    if row.kind == REVIEW_TASK:
        return "/blocks"
    if row.about is not None and row.about[0] in _ABOUT:
        return _ABOUT[row.about[0]].format(row.about[1])
    if row.case_id is not None:
        return _OF_KIND.get(row.kind, "/cases/{}").format(row.case_id)
    return None


def _one(visit: Visit, refused: UpstanderError | None = None) -> Response:
    row = visit.app.casework.desk.tasks.show(visit.actor, visit.number())
    return visit.page(
        "task.html",
        status=422 if refused else 200,
        row=row,
        place=place(row),
        refused=refused,
    )


_ONE = "/tasks/{number:int}"
PAGES = (
    get_page("/tasks", show),
    get_page(_ONE, show_one),
    post(f"{_ONE}/done", done),
    post(f"{_ONE}/pass-on", pass_on),
)
