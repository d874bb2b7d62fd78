"""One case as text for a reviewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.cli.show import fields, say, tell, when
from worker.summary.visible import visible

if TYPE_CHECKING:
    from worker.review.errors import RevisionChanged
    from worker.review.view import CaseView, RevisionView


def tell_case(view: CaseView) -> None:
    """Write a case for a person: what was said, why it is here, who and where, what was done."""
    fields(
        [
            ("case", f"{view.case_id}, {view.state}"),
            ("severity", f"{view.severity}, priority {view.priority}"),
            ("due", f"{when(view.due_at)}{' (overdue)' if view.overdue else ''}"),
            (
                "claimed by",
                f"{view.claimed_by} until {when(view.claimed_until)}" if view.claimed_by else None,
            ),
            (
                "where",
                f"{view.kind} on {view.platform}, account {view.account}, posted {when(view.posted_at)}",
            ),
            ("address", view.permalink),
            ("author", _author(view)),
            ("hidden", {True: "yes", False: "no", None: "the platform does not say"}[view.hidden]),
            ("gone", when(view.gone_at) if view.gone_at else None),
            ("evidence", view.evidence),
        ]
    )
    if view.post is not None and view.post.text is not None:
        say(f"\nUnder the post:\n{_indented(view.post.text)}")
    for revision in view.revisions:
        now = " <- decide on this one" if revision.id == view.revision_id else ""
        flaws = f" ({', '.join(revision.flaws)})" if revision.flaws else ""
        say(f"\nRevision {revision.id}, seen {when(revision.seen_at)}{flaws}{now}")
        say(_indented(revision.text if revision.text is not None else _without_text(revision)))
    _tell_findings(view)
    _tell_history(view)


def tell_changed(changed: RevisionChanged) -> None:
    """Show a person, beside the refusal, what changed since they looked."""
    from worker.review.difference import in_one_line

    tell(f"It now says (revision {changed.revision_id}): {in_one_line(changed.changes)}")
    if changed.media_changed:
        tell("Its pictures or videos are not those that you saw.")


def _author(view: CaseView) -> str | None:
    author = view.author
    if author is None:
        return "not given by the platform"
    history = f"{author.comments} comments, {author.cases} cases, {author.incidents} incidents here"
    return f"{author.handle or author.name or author.external_id} ({history})"


def _without_text(revision: RevisionView) -> str:
    if revision.erased_at is None:
        return "(no text)"
    return f"(erased {when(revision.erased_at)}; what it said is not kept)"


def _tell_findings(view: CaseView) -> None:
    for found in view.findings:
        say(f'\nRule {found.rule_id} ({found.category}, {found.severity}): "{visible(found.matched)}"')
        say(f"  {found.reason}")
    if view.thread:
        say("\nIts thread:")
    for entry in view.thread:
        say(f"  {entry.relation}, {visible(entry.author or 'unknown')}: {visible(entry.text or '(no text)')}")


def _tell_history(view: CaseView) -> None:
    for decision in view.decisions:
        categories = f" ({', '.join(decision.categories)})" if decision.categories else ""
        say(
            f"\nDecision {decision.id}, {when(decision.decided_at)}, {decision.person}: "
            f"{decision.verdict}{categories}\n{_indented(decision.reason)}"
        )
    for action in view.actions:
        say(f"\nAction {action.requested_action_id}: {action.kind}, {action.state}. {action.outcome or '-'}")


def _indented(text: str) -> str:
    return "\n".join(f"  {visible(line)}" for line in text.split("\n"))
