"""What the state of evidence means, in words, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from worker.clock import for_people
from worker.settings import Settings
from worker.summary import words
from worker.summary.checks import check_notices, check_problems
from worker.summary.evidence_state import EvidenceState, Waiting
from worker.summary.signing import signing_problems

#: What is handed in is sealed, and the named lead is told, in seconds; longer than this, something is wrong.
_AT_ONCE = timedelta(minutes=10)
#: Browsers are slow and may have many pages to go through.
_RENDERED = timedelta(hours=1)
#: Somebody outside waits for a hand-over.
_EXPORT = timedelta(days=1)
#: What should not be kept any longer is decided on within this time.
_DISPOSAL = timedelta(days=30)

#: What a job that gave up means for people, besides what went wrong.
STUCK = {
    "render": "Only the picture of the live page is missing: no action waits for it.",
    "supplement": "The file that was handed in is kept until it can be sealed.",
    "offsite": "Evidence stays sealed here; copies elsewhere may be missing, or kept for too long.",
    "stamp": "Evidence stays sealed and says `timestamp: pending`.",
    "page": "Whoever is on call may not have been called: phone them now. A new try was begun.",
    "overdue": "Somebody was not told of cases that are overdue; the queue shows them.",
    "tell_lead": "Phone the named safeguarding lead now.",
    "lock": "Copies that were made of it may still be readable: let nobody open the evidence of that case.",
    "dispose": "What was approved to be destroyed is still there.",
    "tell_recipient": "Phone whoever something was referred to; their task is in `upstander tasks list`.",
    "follow_up": "Tasks that follow from a decision are missing: police, support, debrief, Datix.",
    "follow_group": "Tasks that follow from deciding on a group are missing: police, support, Datix.",
}


def evidence_problems(state: EvidenceState, settings: Settings, now: datetime) -> Iterator[str]:
    """What a person must do about evidence, a sentence or two each; the gravest first."""
    if state.leads.over(_AT_ONCE, now):
        yield _lead_untold(state.leads, settings)
    yield from signing_problems(state.signing, now)
    yield from check_problems(state.checks)
    yield from state.ledger_problems
    if state.authority and state.unstamped.over(
        timedelta(minutes=settings.evidence.tsa_pending_minutes), now
    ):
        yield (
            f"{_of(state.unstamped, 'sealed snapshot')} without a trusted timestamp, the oldest since"
            f" {_since(state.unstamped)}. No action waits for it; it is tried again. See whether the"
            " timestamp authority (evidence.tsa_url) answers."
        )
    yield from _copies(state, settings, now)
    if state.supplements.over(_AT_ONCE, now):
        yield (
            f"{_of(state.supplements, 'file')} handed in for a case and not sealed, the oldest since"
            f" {_since(state.supplements)}: kept, and tried again. Look at the worker's log."
        )
    if state.exports.over(_EXPORT, now):
        yield _exports(state.exports)
    if state.glass_late:
        yield (
            f"{words.counted(state.glass_late, 'hand-over')} of evidence made by one person alone and not"
            " reviewed by another within one working day. `upstander evidence export list` shows which; then"
            " `upstander evidence export review`."
        )
    if state.retention_from is not None:
        yield (
            "Nothing is erased, and no destruction is proposed: this machine was off for more than a day, or"
            " its clock was set. Look at the clock. If it is right, `upstander evidence retention go-on`; if"
            " not, set it right. Retention goes on by itself when time has passed normally for a day."
        )
    if state.disposals.over(_DISPOSAL, now):
        yield _disposals(state.disposals)


def evidence_notices(state: EvidenceState, settings: Settings, now: datetime) -> Iterator[str]:
    """What is as somebody chose it, or waits as it may, and should not be forgotten."""
    if not state.authority:
        waits = f" {_of(state.unstamped, 'snapshot')} without one." if state.unstamped.count else ""
        yield (
            "No timestamp authority is set (evidence.tsa_url): nobody outside the Trust can say when evidence"
            f" was sealed.{waits}"
        )
    if state.copied_to is not None and not state.locks_copies:
        yield (
            "Copies of evidence elsewhere need not be locked (evidence.offsite.allow_without_object_lock):"
            " whoever has the access key may change or remove them."
        )
    if state.copies_left.count:
        yield (
            f"Of {words.counted(state.copies_left.count, 'destroyed snapshot')} a copy is still elsewhere,"
            " under its lock; it is removed when that is over (`upstander evidence custody` says when)."
        )
    yield from state.ledger_notices
    if settings.safeguarding.lead_email is None:
        yield (
            "No address of the named safeguarding lead is set (safeguarding.lead_email): of suspected child"
            " sexual abuse imagery nobody is told by e-mail, and somebody must phone."
        )
    if state.rendered.over(_RENDERED, now):
        yield (
            f"{_of(state.rendered, 'live page')} not captured yet, the oldest since {_since(state.rendered)}:"
            " no action waits for it. If it lasts, see that evidence.chromium can be started."
        )
    if state.exports.count and not state.exports.over(_EXPORT, now):
        yield _exports(state.exports)
    in_time = state.glass.count - state.glass_late
    if in_time:
        yield (
            f"{words.counted(in_time, 'hand-over')} of evidence made by one person alone: another reviews it"
            " within one working day (`upstander evidence export list`)."
        )
    if state.disposals.count and not state.disposals.over(_DISPOSAL, now):
        yield _disposals(state.disposals)
    yield from check_notices(state.checks, now)


def _copies(state: EvidenceState, settings: Settings, now: datetime) -> Iterator[str]:
    if state.uncopied.over(timedelta(minutes=settings.evidence.offsite.pending_minutes), now):
        yield (
            f"{_of(state.uncopied, 'sealed snapshot')} without a copy elsewhere, the oldest since"
            f" {_since(state.uncopied)}. No action waits for it; it is tried again. See whether the storage"
            " (evidence.offsite.endpoint) answers."
        )
    if state.copies_elsewhere:
        copies = words.counted(state.copies_elsewhere, "copy", "copies")
        yield (
            f"{copies} of evidence at a place that the settings do not name: holds and destruction do not"
            " reach there. Set evidence.offsite back until they are gone (`upstander evidence custody` names"
            " the place)."
        )


def _lead_untold(leads: Waiting, settings: Settings) -> str:
    lead = settings.safeguarding
    phone = f" on {lead.lead_phone}" if lead.lead_phone else ""
    return words.clean(
        f"{words.counted(leads.count, 'suspicion')} of child sexual abuse imagery that {lead.lead_name} could"
        f" not be told of by e-mail, the oldest since {_since(leads)}. Nothing is copied. Phone them"
        f" now{phone}; see that safeguarding.lead_email is set and the mail server answers."
    )


def _exports(exports: Waiting) -> str:
    waits = "waits" if exports.count == 1 else "wait"
    return (
        f"{words.counted(exports.count, 'hand-over')} of evidence {waits} for a second person, the oldest"
        f" since {_since(exports)}: `upstander evidence export list` shows which, `upstander evidence export"
        " approve` lets one go ahead."
    )


def _disposals(disposals: Waiting) -> str:
    cases = words.counted(disposals.count, "case")
    return (
        f"The time of {cases} is up, first on {_since(disposals)}: the evidence officer decides whether the"
        " evidence is destroyed (`upstander evidence retention list`). Until then it is kept."
    )


def _of(waiting: Waiting, noun: str) -> str:
    return f"{words.counted(waiting.count, noun)} {'is' if waiting.count == 1 else 'are'}"


def _since(waiting: Waiting) -> str:
    return for_people(waiting.since) if waiting.since else "now"
