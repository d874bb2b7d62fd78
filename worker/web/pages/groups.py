"""Groups: cases that belong together, decided on at once where somebody has seen them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from connectors.contract import Capability
from worker.errors import NotAllowed, UpstanderError
from worker.review.errors import DecisionIncomplete
from worker.review.groups import GroupView
from worker.review.ruling import Ruling
from worker.review.wordings import wordings
from worker.store.platform import HANDED_IN
from worker.web import labels
from worker.web.deciding import Given, given
from worker.web.fields import BadForm
from worker.web.language import _
from worker.web.routing import get_page, post
from worker.web.visit import SECRET_FIELDS, Visit
from worker.web.work_labels import GROUP_ACTIONS

_AT_ONCE, _MOST = 100, 500


def show_all(visit: Visit) -> Response:
    """The groups in which several cases wait, that with the most severe first."""
    return visit.page("groups.html", rows=visit.app.casework.groups.rows(visit.actor))


def show(visit: Visit) -> Response:
    """The waiting cases of a group, and what they say."""
    return _page(visit)


def summarise(visit: Visit) -> Response:
    """What will happen to how many cases, before anything does."""
    said, pairs = given(visit.fields), _pairs(visit)
    if visit.fields.flag("ask_more"):
        return _page(visit)
    try:
        if not pairs:
            raise BadForm("No case is ticked, so there is nothing to decide on.", safe="Nothing was decided.")
        _ruling(said).check()
    except UpstanderError as refused:
        return _page(visit, refused)
    view = visit.app.casework.groups.show(visit.actor, visit.number(), limit=_limit(visit))
    return visit.page(
        "group_summary.html",
        view=view,
        ruling=said,
        chosen=len(pairs),
        abilities=_abilities(visit, {each.platform for each in view.members}),
        again=visit.fields.those(SECRET_FIELDS),
    )


def change(visit: Visit) -> Response:
    """Go back to the form with everything that was filled in."""
    return _page(visit)


def decide(visit: Visit) -> Response:
    """Decide on the cases that were ticked, each with a decision and a record of its own."""
    group_id, said = visit.number(), given(visit.fields)

    def one(case_id: int, revision_id: int, together: int | None) -> int:
        return visit.app.review.decide(
            visit.actor,
            case_id,
            revision_id,
            said.verdict,
            reason=said.reason,
            categories=said.categories,
            severity=said.severity,
            actions=said.actions,
            particulars=said.particulars,
            together=together,
        )

    try:
        done = visit.app.casework.groups.decide(visit.actor, group_id, one, pairs=_pairs(visit))
    except DecisionIncomplete as refused:
        return _page(visit, refused)
    prompts = visit.app.casework.file.prompts(said.particulars.answers) if done.decided else ()
    return visit.page("group_done.html", done=done, group_id=group_id, prompts=prompts)


def progress(visit: Visit) -> Response:
    """How far a decision on a group is: what was decided, and what became of what it asked for."""
    return _progress(visit)


def show_again(visit: Visit) -> Response:
    """Ask for every comment that a group decision had hidden to be shown again."""
    number, reason = visit.number(), visit.fields.text("reason")
    try:
        if not reason:
            raise DecisionIncomplete("To show them again needs a reason.", safe="Nothing was asked for.")
        done = visit.app.casework.groups.show_again(
            visit.actor, number, lambda case_id: visit.app.review.request_unhide(visit.actor, case_id, reason)
        )
    except NotAllowed:
        raise
    except UpstanderError as refused:
        return _progress(visit, refused)
    counts = {"asked": len(done.asked), "left": len(done.left_out)}
    if done.left_out:
        return visit.go(f"/groups/decisions/{number}", _SOME_LEFT_OUT, **counts)
    return visit.go(f"/groups/decisions/{number}", "Asked to be shown again: %(asked)s.", **counts)


_SOME_LEFT_OUT = _(
    "Asked to be shown again: %(asked)s. Could not be asked for: %(left)s. Look at each of those."
)


def _page(visit: Visit, refused: UpstanderError | None = None) -> Response:
    """A group with the form to decide on it; with what was refused, and everything that was filled in."""
    app = visit.app
    view = app.casework.groups.show(visit.actor, visit.number(), limit=_limit(visit))
    return visit.page(
        "group.html",
        status=422 if refused else 200,
        view=view,
        wordings=wordings(view.members),
        ticked=set(visit.fields.texts("member")) if visit.request.method == "POST" else None,
        most=_MOST,
        abilities=_abilities(visit, {each.platform for each in view.members}),
        refused=refused,
        **_asked(visit, view),
    )


def _asked(visit: Visit, view: GroupView) -> dict[str, Any]:
    """What the form asks for: as of the group's first case, which is the most severe."""
    if not view.members:
        return {"questions": (), "law": (), "found": ()}
    chosen = visit.fields.texts("category")
    asking = visit.app.casework.file.asking(visit.actor, view.members[0].case_id, categories=chosen)
    return {"questions": asking.questions, "law": asking.provisions, "found": asking.categories}


def _abilities(visit: Visit, platforms: Iterable[str]) -> Mapping[str, Capability]:
    """What may be asked for each comment, and what it does on the platforms that they are on."""
    found: dict[str, Capability] = {}
    for platform in sorted(set(platforms) - {HANDED_IN}):
        for each in visit.app.review.abilities(platform):
            kind = each.kind.value
            if kind not in GROUP_ACTIONS:
                continue
            told = replace(each, effect=f"{labels.of('platform', platform)}: {each.effect}")
            other = found.get(kind)
            found[kind] = told if other is None else replace(told, effect=f"{other.effect} {told.effect}")
    return found


def _pairs(visit: Visit) -> tuple[tuple[int, int], ...]:
    """Case and wording of each member that is ticked.

    Raises:
        BadForm: one is written otherwise than the page writes them.
    """
    pairs = []
    for each in visit.fields.texts("member"):
        case_id, _, revision_id = each.partition(":")
        if not (_is_number(case_id) and _is_number(revision_id)):
            raise BadForm("The form names something that is no case.", safe="Nothing was decided.")
        pairs.append((int(case_id), int(revision_id)))
    return tuple(pairs)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _ruling(said: Given) -> Ruling:
    return Ruling(
        said.verdict,
        said.categories,
        said.severity,
        said.reason,
        said.actions,
        None,
        said.terms,
        said.particulars,
    )


def _limit(visit: Visit) -> int:
    return min(visit.fields.number("limit") or _AT_ONCE, _MOST)


def _progress(visit: Visit, refused: UpstanderError | None = None) -> Response:
    view = visit.app.casework.groups.progress(visit.actor, visit.number())
    return visit.page("group_progress.html", status=422 if refused else 200, view=view, refused=refused)


_ONE, _DECISION = "/groups/{number:int}", "/groups/decisions/{number:int}"
PAGES = (
    get_page("/groups", show_all),
    get_page(_DECISION, progress),
    post(f"{_DECISION}/show-again", show_again),
    get_page(_ONE, show),
    post(f"{_ONE}/summary", summarise),
    post(f"{_ONE}/change", change),
    post(f"{_ONE}/decide", decide),
)
