"""One case: what was said, what stands beside it, and the decision on it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.responses import PlainTextResponse, Response

from worker.errors import Conflict, UpstanderError
from worker.review.errors import AlreadyDecided, ClaimHeld, DecisionIncomplete, RevisionChanged
from worker.review.kinds import NEEDS_SECOND
from worker.review.law import Provision
from worker.review.people import list_people
from worker.review.view import CaseView
from worker.web.deciding import Given, given
from worker.web.language import _, language_named
from worker.web.marked import is_masked, stretches
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def show(visit: Visit) -> Response:
    """A case with everything about it."""
    return _page(visit, visit.number())


def reveal(visit: Visit) -> Response:
    """Show what is masked of a comment's words. That somebody asked is recorded."""
    case_id = visit.number()
    visit.app.review.reveal(visit.actor, case_id, visit.fields.number("revision") or 0)
    return _page(visit, case_id, revealed=True)


def questions(visit: Visit) -> Response:
    """What a decision answers under the categories that somebody chose, for the page that is open."""
    case_id = visit.number()
    asking = visit.app.casework.file.asking(visit.actor, case_id, categories=visit.fields.texts("category"))
    return visit.page("questions.html", questions=asking.questions, ask_at=f"/cases/{case_id}/questions")


def claim(visit: Visit) -> Response:
    """Take a case, so that nobody else works on it meanwhile."""
    case_id = visit.number()
    visit.app.review.claim(visit.actor, case_id)
    return visit.go(f"/cases/{case_id}")


def renew(visit: Visit) -> Response:
    """Keep a claim while the page is open; the page itself asks."""
    try:
        visit.app.review.renew(visit.actor, visit.number())
    except ClaimHeld as lost:
        return PlainTextResponse(lost.happened, status_code=409)
    return PlainTextResponse("", status_code=204)


def release(visit: Visit) -> Response:
    """Give a case back without a reason."""
    case_id = visit.number()
    visit.app.review.release(visit.actor, case_id)
    return visit.go("/queue", "Case %(case)s is free for others.", case=case_id)


def decide(visit: Visit) -> Response:
    """Decide on the words that were seen, and open the next case."""
    case_id, said = visit.number(), given(visit.fields)
    if visit.fields.flag("ask_more"):
        # Without scripts: the questions that the chosen categories ask for, with all that was filled in.
        return _page(visit, case_id)
    try:
        _decided(visit, case_id, said)
    except RevisionChanged as changed:
        return _page(visit, case_id, status=409, refused=changed, changed=changed)
    except (DecisionIncomplete, Conflict) as refused:
        return _page(visit, case_id, status=422, refused=refused)
    prompts = visit.app.casework.file.prompts(said.particulars.answers)
    if prompts:
        # Shown at once, not on a page of the case: an answer may just have closed it to whoever gave it.
        return visit.page(
            "decided.html",
            case_id=case_id,
            verdict=said.verdict,
            categories=said.categories,
            asked=[(kind, None) for kind in said.actions],
            prompts=prompts,
            law=_law_on(visit, said.categories, said.particulars.may_be_offence),
        )
    if visit.fields.flag("stay"):
        return visit.go(f"/cases/{case_id}/decided")
    held = visit.app.review.claim_next(visit.actor) if visit.may("claim") else None
    going = f"/cases/{held.case_id}" if held else "/queue"
    return visit.go(going, "Case %(decided)s is decided.", decided=case_id)


def decided(visit: Visit) -> Response:
    """What a decision led to, and what cannot wait now."""
    view = visit.app.review.show(visit.actor, visit.number())
    latest = view.decisions[-1] if view.decisions else None
    prompts = visit.app.casework.file.prompts(latest.answers) if latest else ()
    return visit.page(
        "decided.html",
        case_id=view.case_id,
        verdict=latest.verdict if latest else None,
        categories=latest.categories if latest else (),
        asked=[(each.kind, each.state) for each in view.actions if latest and each.decision_id == latest.id],
        prompts=prompts,
        law=_law_on(visit, latest.categories, latest.may_be_offence) if latest else (),
    )


def note(visit: Visit) -> Response:
    """Write a note on a case."""
    case_id = visit.number()
    visit.app.casework.file.note(visit.actor, case_id, visit.fields.text("text"))
    return visit.go(f"/cases/{case_id}#notes", "Your note is on the case.")


def tick(visit: Visit) -> Response:
    """Tick an item of the evidence checklist, or take the tick back."""
    case_id, fields = visit.number(), visit.fields
    done = fields.text("done") == "yes"
    item = fields.text("item")
    visit.app.casework.file.tick(visit.actor, case_id, item, done=done, note=fields.one("note"))
    return visit.go(f"/cases/{case_id}#checklist")


def flag(visit: Visit) -> Response:
    """Put a flag on a case, or take it off."""
    case_id, fields = visit.number(), visit.fields
    flags = visit.app.alarms.flags
    (flags.put if fields.text("on") == "yes" else flags.take_off)(visit.actor, case_id, fields.text("flag"))
    return visit.go(f"/cases/{case_id}")


def ask(visit: Visit) -> Response:
    """Ask for an action on a case that was decided before."""
    case_id, fields = visit.number(), visit.fields
    kind = fields.text("kind")
    terms = given(fields).terms if kind == "block" else None
    visit.app.review.request(visit.actor, case_id, kind, fields.text("reason"), terms=terms)
    done = _WAITS_FOR_SECOND if kind in NEEDS_SECOND else _IS_DONE
    return visit.go(f"/cases/{case_id}#actions", done)


def restrict(visit: Visit) -> Response:
    """Keep a case for named roles."""
    case_id, fields = visit.number(), visit.fields
    visit.app.casework.file.restrict(visit.actor, case_id, fields.text("kind"), fields.text("reason"))
    return visit.go("/queue", "Case %(case)s is restricted.", case=case_id)


def unrestrict(visit: Visit) -> Response:
    """Lift one restriction of a case."""
    case_id, fields = visit.number(), visit.fields
    visit.app.casework.file.unrestrict(visit.actor, case_id, fields.text("reason"), fields.one("kind"))
    return visit.go(f"/cases/{case_id}", "The restriction is lifted.")


def conflict(visit: Visit) -> Response:
    """Close a case to somebody who is concerned in it; to oneself, too."""
    case_id, fields = visit.number(), visit.fields
    name = fields.text("name") or visit.person.name
    visit.app.casework.file.note_conflict(visit.actor, case_id, name, fields.text("reason"))
    return visit.go("/queue", "Case %(case)s is closed to %(name)s.", case=case_id, name=name)


def snooze(visit: Visit) -> Response:
    """Put a case aside until a time."""
    case_id = visit.number()
    until = visit.fields.moment("until")
    if until is None:
        raise Conflict("Say until when it is put aside.", safe="Nothing was changed.")
    visit.app.casework.handing_on.snooze(visit.actor, case_id, until)
    return visit.go("/queue", "Case %(case)s is put aside.", case=case_id)


def wake(visit: Visit) -> Response:
    """Take back that a case was put aside."""
    case_id = visit.number()
    visit.app.casework.handing_on.wake(visit.actor, case_id)
    return visit.go(f"/cases/{case_id}")


def hand_on(visit: Visit) -> Response:
    """Hand a case on to a named person."""
    case_id, to = visit.number(), visit.fields.number("to")
    visit.app.casework.handing_on.reassign(visit.actor, case_id, to or 0)
    return visit.go("/queue", "Case %(case)s is handed on.", case=case_id)


def _law_on(visit: Visit, categories: Collection[str], may_be_offence: str | None) -> tuple[Provision, ...]:
    """What the law map says beside a decision that may be about an offence; nothing beside another."""
    return visit.app.casework.file.law_on(categories) if may_be_offence in ("yes", "unsure") else ()


def _decided(visit: Visit, case_id: int, said: Given) -> None:
    visit.app.review.decide(
        visit.actor,
        case_id,
        said.revision_id,
        said.verdict,
        reason=said.reason,
        categories=said.categories,
        severity=said.severity,
        actions=said.actions,
        supersedes=said.supersedes,
        terms=said.terms,
        particulars=said.particulars,
    )


def _page(
    visit: Visit,
    case_id: int,
    *,
    status: int = 200,
    revealed: bool = False,
    refused: UpstanderError | None = None,
    changed: RevisionChanged | None = None,
) -> Response:
    """The page of a case, with what was refused and everything that was filled in."""
    app = visit.app
    view = app.review.show(visit.actor, case_id)
    chosen = visit.fields.texts("category")
    file = app.casework.file
    asking = file.asking(visit.actor, case_id, categories=chosen) if chosen else None
    found = tuple(dict.fromkeys(each.category for each in view.findings))
    return visit.page(
        "case.html",
        status=status,
        view=view,
        stretches=stretches(view.text, view.findings, revealed=revealed),
        masked=is_masked(view.findings) and not revealed,
        revealed=revealed,
        questions=asking.questions if asking else view.questions,
        law=asking.provisions if asking else file.law_on(found),
        abilities={each.kind.value: each for each in app.review.abilities(view.platform)},
        refused=refused,
        changed=changed,
        supersedes=_supersedes(view, refused),
        mine=view.claimed_by == visit.person.name,
        **_beside(visit, view),
    )


def _supersedes(view: CaseView, refused: UpstanderError | None) -> int | None:
    """The decision that the next one corrects; None where there is none yet."""
    if isinstance(refused, AlreadyDecided):
        return refused.decision_id
    return view.decisions[-1].id if view.state == "decided" and view.decisions else None


def _beside(visit: Visit, view: CaseView) -> dict[str, Any]:
    """What stands beside a case."""
    colleagues = (
        [each for each in list_people(visit.app.store) if each.active] if visit.may("reassign") else []
    )
    return {
        "colleagues": colleagues,
        "waits": view.state in ("open", "needs_advice"),
        "language": language_named(view.text, visit.language),
    }


_WAITS_FOR_SECOND = _("It is asked for. A second person has to approve it.")
_IS_DONE = _("It is asked for. The worker does it now.")
_CASE = "/cases/{number:int}"
PAGES = (
    get_page(_CASE, show),
    get_page(f"{_CASE}/decided", decided),
    get_page(f"{_CASE}/questions", questions, background=True),
    post(f"{_CASE}/reveal", reveal),
    post(f"{_CASE}/claim", claim),
    post(f"{_CASE}/renew", renew, background=True),
    post(f"{_CASE}/release", release),
    post(f"{_CASE}/decide", decide),
    post(f"{_CASE}/notes", note),
    post(f"{_CASE}/ticks", tick),
    post(f"{_CASE}/flags", flag),
    post(f"{_CASE}/actions", ask),
    post(f"{_CASE}/restrictions", restrict),
    post(f"{_CASE}/restrictions/lift", unrestrict),
    post(f"{_CASE}/conflicts", conflict),
    post(f"{_CASE}/snooze", snooze),
    post(f"{_CASE}/wake", wake),
    post(f"{_CASE}/hand-on", hand_on),
)
