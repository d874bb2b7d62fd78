"""The words that figures are told in: plain British English for a busy communications lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from worker.summary.visible import visible

PLATFORMS = {"x": "X", "facebook": "Facebook", "instagram": "Instagram", "handed_in": "Handed in by staff"}
SEVERITIES = {
    "immediate_danger": "Immediate danger",
    "serious": "Serious",
    "concerning": "Concerning",
    "routine": "Routine",
}
CATEGORIES = {
    "doxxing": "Personal details published",
    "patient_confidentiality": "Patient confidentiality",
    "self_harm": "Self-harm",
    "suspected_csam": "Suspected child sexual abuse imagery",
    "intimate_image": "Intimate image",
    "account_compromise": "Account compromise",
    "spam_scam": "Spam or scam",
    "repost": "Posted again",
}
REPORTS = {
    "prepared": "Prepared for a person to file",
    "filed": "Filed",
    "removed": "The platform removed the comment",
    "kept": "The platform kept the comment",
    "no_answer": "No answer",
}
ACTIONS = {"platform_report": "Report to the platform"}
RESULTS = {
    "done": "Done",
    "already": "Already so",
    "outside": "Outside Upstander",
    "refused": "Refused",
    "failed": "Failed",
    "withdrawn": "Taken back",
    "rehearsed": "Rehearsed, nothing sent",
    "waiting": "Waiting",
    "alone": "Of all these, decided by one person alone",
}
#: What evidence was handed over for, and what people said of pictures, in the order that they are shown.
PURPOSES = {
    "police": "Police",
    "solicitor": "Solicitor",
    "hr": "HR",
    "subject_access": "Subject access",
    "platform": "Platform",
}
MARKS = {
    "safe_to_copy": "Safe to copy",
    "intimate_image": "Intimate image",
    "suspected_csam": "Suspected child sexual abuse imagery",
}
MEDIANS = {
    "posted_to_seen": "From being posted to being seen by Upstander",
    "opened_to_viewed": "From a case opening to a reviewer viewing it",
    "opened_to_decided": "From a case opening to its decision",
    "decided_to_done": "From the decision to the action being done",
}
#: What a gap means and what mends it, by the short name that intake and connectors give it.
GAPS: dict[str, tuple[str, str]] = {
    "credentials_rejected": (
        "the platform rejected our access token",
        "Ask an administrator to renew this account's token.",
    ),
    "permission_missing": (
        "our access token lacks a permission, a plan or credits",
        "Ask an administrator to check this account's permissions and plan on the platform.",
    ),
    "rate_limited": (
        "the platform made us wait",
        "Nothing to do: reading goes on by itself. If it happens often, poll less often or raise the plan.",
    ),
    "platform_unavailable": (
        "the platform did not answer",
        "Nothing to do: reading goes on by itself. If it lasts, look at the platform's own status page.",
    ),
    "unexpected_response": (
        "the platform answered in a form that Upstander does not know",
        "Ask an administrator to look at the log: Upstander may need an update.",
    ),
    "content_gone": (
        "the platform said that what we read from is not there",
        "Ask an administrator to check that the account still exists and is ours.",
    ),
    "cursor_expired": (
        "the platform forgot where we had stopped reading",
        "Nothing to do: reading starts again by itself.",
    ),
    "not_configured": (
        "the account is not set up completely",
        "Ask an administrator to complete this account's settings.",
    ),
    "unreachable": (
        "the platform could no longer give us older comments",
        "Look at these posts on the platform itself.",
    ),
    "late": (
        "Upstander did not read it on time",
        "Ask an administrator to check that Upstander is running.",
    ),
    "never_read": (
        "Upstander has never read it to its end",
        "Ask an administrator to check that Upstander is running and that this account works.",
    ),
    "paused": (
        "polling is paused",
        "Nothing is read until somebody resumes this account.",
    ),
}
_OTHER_GAP = ("Upstander itself failed", "Ask an administrator to look at the log.")


def gap(kind: str) -> str:
    """Why a feed was not read."""
    return GAPS.get(kind, _OTHER_GAP)[0]


def remedy(kind: str) -> str:
    """What to do about it."""
    return GAPS.get(kind, _OTHER_GAP)[1]


def title(names: dict[str, str], name: str) -> str:
    """A stable id as people read it."""
    return names.get(name, name.replace("_", " ").capitalize())


def clean(text: str) -> str:
    """Text from outside on one line; what could steer a terminal or turn what is read is written out."""
    return visible(" ".join(text.split()))


def account(platform: str, handle: str) -> str:
    """One of the Trust's own accounts."""
    return f"{title(PLATFORMS, platform)} {clean(handle)}".strip()


def number(count: int) -> str:
    """A count with its thousands marked."""
    return f"{count:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun, such as "1 case" or "2 cases"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def change(this: int, before: int) -> str:
    """How a count changed: "same", "+3" or "-1,204"."""
    return "same" if this == before else f"{this - before:+,}"


def duration(seconds: int | None) -> str:
    """A stretch of time in its two largest units, such as "2 hours 5 minutes"."""
    if seconds is None:
        return "none"
    if seconds < 60:
        return counted(seconds, "second")
    # Rounded to what is shown, so that 59.9 minutes never read as 60 minutes.
    minutes = round(seconds / 60) if seconds < 86_400 else round(seconds / 3600) * 60
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    return " ".join(counted(count, unit) for count, unit in parts if count)


def day(when: date) -> str:
    """A date as the NHS content style writes it: "9 November 2026"."""
    return f"{when.day} {when:%B %Y}"


def listed(parts: Sequence[str]) -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
