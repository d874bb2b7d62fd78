"""The rules: what each looks for, what came of it, and what they make of a text that somebody tries."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from rules.errors import RuleFileError
from rules.schema import Finding, Verdict
from worker.clock import LONDON
from worker.errors import Conflict
from worker.review.rule_effects import TextTooLong
from worker.review.view import FindingView
from worker.web.marked import stretches
from worker.web.routing import Handler, get_page, post
from worker.web.visit import Visit

_WEEKS = 4


def _with_rules(handler: Callable[[Visit], Response]) -> Handler:
    """A page that needs the rule files to be right, and says so where they are not."""

    def shown(visit: Visit) -> Response:
        try:
            return handler(visit)
        except RuleFileError as error:
            raise Conflict(
                f"The rule files have errors, so no rule can be shown. {error.problems[0]}",
                safe="What was judged before stays as it was.",
                do="Ask whoever writes your Trust’s rules to put them right.",
            ) from error

    return shown


@_with_rules
def rules(visit: Visit) -> Response:
    """Every rule with what came of it in the last weeks."""
    found = visit.app.rule_effects.rows(visit.actor, weeks=_WEEKS)
    today = visit.app.clock.now().astimezone(LONDON).date()
    return visit.page("rules.html", rows=found, weeks=_WEEKS, today=today)


@_with_rules
def rule(visit: Visit) -> Response:
    """One rule: what it looks for, its examples and its versions."""
    name = str(visit.request.path_params["rule"])
    row = visit.app.rule_effects.row(visit.actor, name, weeks=_WEEKS)
    return visit.page("rule.html", row=row, rule=row.rule, weeks=_WEEKS)


@_with_rules
def trying(visit: Visit) -> Response:
    """The form to try a text with."""
    return _tried(visit, status=200)


@_with_rules
def try_text(visit: Visit) -> Response:
    """What the rules make of a text. It came in a form, so that it is in no address, and is kept nowhere."""
    text = visit.fields.text("text")
    if not text:
        return _tried(visit, status=422)
    try:
        verdict = visit.app.rule_effects.try_text(visit.actor, text)
    except TextTooLong as refusal:
        return _tried(visit, status=422, refusal=refusal)
    return _tried(visit, verdict, text, status=200)


def _tried(
    visit: Visit,
    verdict: Verdict | None = None,
    text: str = "",
    *,
    status: int,
    refusal: TextTooLong | None = None,
) -> Response:
    findings = [_view(each) for each in verdict.findings] if verdict else []
    return visit.page(
        "rules_try.html",
        status=status,
        empty=status == 422 and refusal is None,
        verdict=verdict,
        findings=findings,
        stretches=stretches(text, findings, revealed=True),
        titles={each.id: each.title for each in visit.app.rule_effects.loaded(visit.actor)},
        refusal=refusal,
    )


def _view(finding: Finding) -> FindingView:
    return FindingView(
        finding.rule_id,
        finding.rule_version,
        finding.category,
        finding.severity,
        (finding.start, finding.end),
        finding.matched,
        finding.reason,
        finding.characteristics,
    )


PAGES = (
    get_page("/rules", rules),
    get_page("/rules/try", trying),
    post("/rules/try", try_text),
    get_page("/rules/{rule}", rule),
)
