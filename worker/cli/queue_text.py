"""The queue as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.cli.show import say, table, when
from worker.summary.visible import visible

if TYPE_CHECKING:
    from worker.review.pages import Call
    from worker.review.queue import QueuePage, QueueRow


#: What the cases of a group share.
KINDS = {
    "text": "one text",
    "picture": "one picture",
    "author": "one author",
    "thread": "a burst under one post",
}


def tell_page(page: QueuePage) -> None:
    """Write a page of the queue: what everybody should know, the cases, and how many there are."""
    for banner in page.banners:
        say(f"*** {visible(banner)} ***")
    headings = ("case", "revision", "severity", "priority", "due", "platform", "author", "found", "state")
    table(
        (*headings, "evidence", "begins"),
        [
            (
                row.case_id,
                row.revision_id,
                row.severity,
                row.priority,
                f"{when(row.due_at)}{' (overdue)' if row.overdue else ''}",
                row.platform,
                row.author or "not known",
                ", ".join(row.categories) or "by no rule",
                _state(row),
                row.evidence,
                "shown on opening it" if row.begins is None else row.begins or "(no words)",
            )
            for row in page.rows
        ],
        empty="No case waits." if not page.counts.total else "No case is like that.",
    )
    counts = page.counts
    say(f"{page.matching} of {counts.total} cases; {counts.overdue} overdue, {counts.snoozed} put aside.")
    if page.more:
        say("More follow: --offset passes over these.")
    if page.folded:
        say(f"{page.folded} routine cases are folded away while the incident lasts; --all shows them.")


def call_in_words(call: Call) -> str:
    """How far a call about danger is."""
    return "calling whoever is on call" if call.taken_by is None else f"call taken by {call.taken_by}"


def _state(row: QueueRow) -> str:
    """Whether a case waits, and who is at it."""
    state = f"put aside until {when(row.snoozed_until)}" if row.snoozed_until else row.state.replace("_", " ")
    parts = [state, *([call_in_words(row.call)] if row.call else [])]
    if row.group:
        parts.append(f"first of {row.group.size} in group {row.group.id} ({KINDS[row.group.kind]})")
    return "; ".join([*parts, f"{row.claimed_by} has it"] if row.claimed_by else parts)
