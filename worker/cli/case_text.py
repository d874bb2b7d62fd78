"""One case as text for a reviewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.cli.act_text import state_in_words
from worker.cli.queue_text import KINDS, call_in_words
from worker.cli.show import fields, say, tell, when
from worker.summary.visible import visible

if TYPE_CHECKING:
    from worker.review.errors import RevisionChanged
    from worker.review.law import Provision
    from worker.review.view import ActionView, CaseView, DecisionView, ItemView, RevisionView


def tell_case(view: CaseView) -> None:
    """Write a case for a person: what was said, why it is here, who and where, what was done."""
    from worker.review.priority import explained

    if view.severity == "immediate_danger" and view.closed_at is None:
        _tell_danger(view)
    fields(
        [
            ("case", f"{view.case_id}, {view.state}"),
            ("severity", view.severity),
            ("priority", explained(view.priority, view.priority_parts).removeprefix("Priority ")),
            ("flags", ", ".join(view.flags) or "none"),
            ("due", f"{when(view.due_at)}{' (overdue)' if view.overdue else ''}"),
            (
                "claimed by",
                f"{view.claimed_by} until {when(view.claimed_until)}" if view.claimed_by else "nobody",
            ),
            *([("call", call_in_words(view.call))] if view.call else []),
            (
                "where",
                f"{view.kind} on {view.platform}, account {view.account}, posted {when(view.posted_at)}",
            ),
            ("address", view.permalink or "not given by the platform"),
            ("author", _author(view)),
            ("hidden", _hidden(view)),
            ("taken away", f"seen gone {when(view.gone_at)}" if view.gone_at else "not that we know"),
            ("evidence", view.evidence),
            ("restricted", _restricted(view.restrictions)),
            ("closed to", ", ".join(view.closed_to) or "nobody"),
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
    _tell_neighbours(view)
    _tell_history(view)


def tell_law(provisions: tuple[Provision, ...]) -> None:
    """Write the law map's prompts for people."""
    for each in provisions:
        say(f"\n  {each.provision}")
        for prompt in each.evidence:
            say(f"    [ ] {prompt}")
        for clock in each.clocks:
            say(f"    Time: {clock}")
        if each.uncertain:
            say(f"    Not established: {each.uncertain}")


def tell_prompts(law: tuple[Provision, ...], whole: str) -> None:
    """Write what evidence to look for, each thing once.

    Args:
        whole: the command that shows the law map itself.
    """
    from worker.review.law import NOT_ADVICE

    say(f"\nWhat evidence to look for. {NOT_ADVICE}")
    for prompt in dict.fromkeys(prompt for each in law for prompt in each.evidence):
        say(f"  [ ] {prompt}")
    say(f"The provisions that they are for, and their times: {whole}")


def _tell_danger(view: CaseView) -> None:
    """Before anything else: what must not wait for this program, nor for anybody."""
    from worker.review.pages import PROMPT

    say(PROMPT)
    if view.call is not None and view.call.taken_by is None:
        say(
            "Whoever is on call is being called. Say that you have taken it:"
            f' `upstander on-call acknowledge {view.case_id} --as "YOUR NAME"`.'
        )
    say("")


def tell_changed(changed: RevisionChanged) -> None:
    """Show a person, beside the refusal, what changed since they looked."""
    from worker.review.difference import in_one_line

    tell(f"It now says (revision {changed.revision_id}): {in_one_line(changed.changes)}")
    if changed.media_changed:
        tell("Its pictures or videos are not those that you saw.")


def _hidden(view: CaseView) -> str:
    """Whether the platform shows it as hidden, as last read."""
    if view.hidden is None:
        return (
            "not read: it was handed in" if view.platform == "handed_in" else "the platform does not tell us"
        )
    return "yes" if view.hidden else "no"


def _author(view: CaseView) -> str | None:
    author = view.author
    if author is None:
        return "not known" if view.platform == "handed_in" else "not given by the platform"
    counts = (("comment", author.comments), ("case", author.cases), ("incident", author.incidents))
    history = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts) + " here"
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
        if entry.kept:
            say(f"  {entry.relation}: (of a restricted case)")
            continue
        say(f"  {entry.relation}, {visible(entry.author or 'unknown')}: {visible(entry.text or '(no text)')}")


def _restricted(kinds: tuple[str, ...]) -> str:
    return f"{', '.join(kind.replace('_', ' ') for kind in kinds)}: for named roles only" if kinds else "no"


def _tell_neighbours(view: CaseView) -> None:
    """Cases like it, and what was decided on its author before."""
    if view.similar:
        say("\nCases like it:")
    for each in view.similar:
        decided = "nobody decided" if each.verdict is None else each.verdict.replace("_", " ")
        say(f"  {each.case_id}, {KINDS[each.shares]}, opened {when(each.opened_at)}: {decided}")
    if view.author_before:
        say("\nDecided on the same author before:")
    for before in view.author_before:
        categories = f" ({', '.join(before.categories)})" if before.categories else ""
        verdict = before.verdict.replace("_", " ")
        say(f"  {before.case_id}, {when(before.decided_at)}: {verdict}{categories}")


def _tell_history(view: CaseView) -> None:
    for decision in view.decisions:
        categories = f" ({', '.join(decision.categories)})" if decision.categories else ""
        say(
            f"\nDecision {decision.id}, {when(decision.decided_at)}, {decision.person}: "
            f"{decision.verdict}{categories}\n{_indented(decision.reason)}"
        )
        for line in _particulars(decision):
            say(_indented(line))
    for action in view.actions:
        say(f"\nAction {action.requested_action_id}, {when(action.requested_at)}, {_asked_by(action)}")
        came = action.outcome or "Nothing is known of it yet."
        say(_indented(f"{state_in_words(action.kind, action.state)}. {came}"))
    for note in view.notes:
        say(f"\nNote {note.id}, {when(note.written_at)}, {note.person}:\n{_indented(note.text)}")
    tell_checklist(view.checklist)


def _asked_by(action: ActionView) -> str:
    second = f"; second person: {action.second_person}" if action.second_person else ""
    return f"{action.requested_by}: {action.kind.replace('_', ' ')}{second}"


def tell_checklist(items: tuple[ItemView, ...]) -> None:
    """Write what the evidence has and what it lacks; what a person ticks with the name to tick it by."""
    if items:
        done = sum(each.done for each in items)
        say(f"\nEvidence checklist: {done} of {len(items)}.")
    for item in items:
        by_hand = "" if item.by_itself else f" ({item.id})"
        note_on = f": {item.note}" if item.note else ""
        say(visible(f"  [{'x' if item.done else ' '}] {item.words}{by_hand}{note_on}"))


def _particulars(decision: DecisionView) -> list[str]:
    """What a decision says beside its verdict, a line each; nothing for what it does not say."""
    rules = {None: None, True: "breaks the house rules", False: "within the house rules"}
    offence = {None: None, "yes": "may be an offence", "no": "no offence", "unsure": "unsure if an offence"}
    said = (
        ("Why not", decision.why_not),
        ("Aimed at", decision.target),
        ("About", ", ".join(decision.characteristics) or None),
        ("Judged", rules[decision.breaks_house_rules]),
        ("And", offence.get(decision.may_be_offence, decision.may_be_offence)),
        ("Law map shown", decision.law_version),
        ("Effect", decision.effect),
        ("Advice from", decision.advice_from),
        ("Who that is", decision.advice_who),
        ("Upheld although it is criticism", decision.criticism_yet_upheld),
        ("Answers", ", ".join(f"{name}: {answer}" for name, answer in decision.answers.items()) or None),
    )
    return [f"{name}: {value}" for name, value in said if value is not None]


def _indented(text: str) -> str:
    return "\n".join(f"  {visible(line)}" for line in text.split("\n"))
