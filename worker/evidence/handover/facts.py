"""What the pages of a hand-over tell of each case, as plain values for the templates and the index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from worker.clock import span_for_people
from worker.evidence.handover.gather import LOCKED, CaseFile, Item
from worker.evidence.handover.plain import london, utc
from worker.evidence.keeping.wording import is_slip
from worker.evidence.subject import Subject
from worker.review.evidence_state import PAGES
from worker.review.view import ActionView, DecisionView
from worker.store.platform import HANDED_IN

PLATFORMS = {
    "x": "X (formerly Twitter)",
    "facebook": "Facebook",
    "instagram": "Instagram",
    HANDED_IN: "no platform: handed in by staff",
}
PURPOSES = {
    "police": "For the police",
    "solicitor": "For a solicitor",
    "hr": "For human resources",
    "subject_access": "For a subject access request",
    "platform": "For the platform",
}
_KINDS = {
    "core": "the comment as the platform's interface gave it",
    "rendered": "what a browser met at the comment's address",
    "supplement": "added by a member of staff",
}
#: What a snapshot was made from, in words.
SOURCES = {
    "reread": "read again for this",
    "polled": "as it was polled; it could not be read again",
    "record_only": "ids and times only",
    **PAGES,
    "handed_in": "handed in",
}
#: A timestamp no further than this from the sealing needs no word.
_CLOSE = timedelta(minutes=5)
_STATES = {
    "awaiting_approval": "waits for a second person",
    "requested": "not carried out yet",
    "by_hand": "to be done by a person in the platform's own app",
    "carried_out": "done",
    "outside": "done outside Upstander",
    "rehearsed": "rehearsed: nothing was sent",
    "refused": "refused",
    "withdrawn": "taken back before it was done",
    "failed": "did not work",
}


def case_facts(case: CaseFile, *, named: bool, inside: bool = True) -> dict[str, Any]:
    """What a report says of a case.

    Args:
        named: whether the Trust's staff are named.
        inside: whether it tells what went on inside the Trust: why it decided so, who looked at what.
    """
    about = case.about
    if about is None:
        return {"id": case.case_id, "locked": LOCKED, "snapshots": []}
    return {
        "id": case.case_id,
        "locked": None,
        "wordings": [
            {"number": each.number, "seen_at": each.seen_at, "text": each.text} for each in case.wordings
        ],
        **where_from(about),
        "author": None
        if about.author is None
        else {"id": about.author.external_id, "handle": about.author.handle},
        "account": {"id": about.account.external_id, "handle": about.account.handle},
        "external_id": about.comment.external_id,
        "permalink": about.comment.permalink,
        "post": None if about.post is None else {"id": about.post.external_id, "text": about.post.text},
        "decisions": [
            each if inside else each | {"reason": None} for each in decisions(case.decisions, named=named)
        ],
        "actions": actions(case.actions, named=named),
        "snapshots": [snapshot(item) for item in case.items],
        "custody": [
            {"at": event.at, "who": who(event.who, named=named) or f"Upstander itself ({event.source})"}
            | {"what": event.what}
            for event in (case.custody if inside else ())
            if not is_slip(event.verb, event.detail)
        ],
    }


def where_from(about: Subject) -> dict[str, Any]:
    """Kind, platform and times of a comment: what names nobody."""
    return {
        "platform": PLATFORMS.get(about.account.platform, about.account.platform),
        "kind": about.comment.kind.replace("_", " "),
        "posted_at": about.comment.posted_at,
        "first_seen_at": about.comment.first_seen_at,
    }


def decisions(rows: Sequence[DecisionView], *, named: bool) -> list[dict[str, Any]]:
    """What people decided, the oldest first."""
    superseded = {each.supersedes_id for each in rows}
    return [
        {
            "verdict": each.verdict.replace("_", " "),
            "severity": (each.severity or "").replace("_", " "),
            "categories": ", ".join(each.categories).replace("_", " "),
            "reason": each.reason,
            "person": who(each.person, named=named),
            "decided_at": each.decided_at,
            "superseded": each.id in superseded,
        }
        for each in rows
    ]


def actions(rows: Sequence[ActionView], *, named: bool) -> list[dict[str, Any]]:
    """What was asked of the platform and what came of it, the oldest first."""
    return [
        {
            "kind": each.kind.replace("_", " "),
            "state": _STATES.get(each.state, each.state),
            "requested_at": each.requested_at,
            "person": who(each.requested_by, named=named),
            "outcome": each.outcome,
            "verified_at": each.verified_at,
        }
        for each in rows
    ]


def snapshot(item: Item) -> dict[str, Any]:
    """One snapshot: where it is, when it was sealed, its fingerprints."""
    row = item.row
    return {
        "id": row.id,
        "name": item.name,
        "kind": _KINDS[row.kind],
        "source": SOURCES.get(row.source or "", (row.source or "").replace("_", " ")),
        "why_not": item.why_not,
        "problems": list(item.problems),
        "sealed_at": row.sealed_at,
        "stamped_at": item.stamped_at,
        "apart": _apart(row.sealed_at, item.stamped_at),
        "authority": item.authority,
        "manifest_sha256": row.manifest_sha256,
        "tagmanifest_sha256": row.tagmanifest_sha256,
    }


def _apart(sealed: datetime | None, stamped: datetime | None) -> str | None:
    """How far the timestamp is from the sealing by our clock, in words, where that is worth a look."""
    if sealed is None or stamped is None or abs(stamped - sealed) <= _CLOSE:
        return None
    span = span_for_people(stamped - sealed)
    if stamped < sealed:
        return f"The timestamp is {span} earlier than the time of sealing: the Trust's clock was fast."
    return f"The timestamp is {span} later than the time of sealing: it was late, or the Trust's clock slow."


def who(name: str | None, *, named: bool) -> str | None:
    """A member of staff: by name, or only as one."""
    return name if named or name is None else "a member of the Trust's staff"


def warnings(cases: Iterable[CaseFile]) -> list[dict[str, Any]]:
    """What whoever opens this must know first, in words."""
    told: list[dict[str, Any]] = []
    items = [item for case in cases for item in case.items]
    damaged = [item for item in items if item.problems and item.folder is not None]
    pending = [item for item in items if item.folder is not None and item.stamped_at is None]
    missing = [item for item in items if item.folder is None]
    locked = [case for case in cases if case.locked]
    if damaged:
        lines = [f"bags/{item.name}: {'; '.join(item.problems)}" for item in damaged]
        told.append({"title": "Some of this evidence does not verify. Do not rely on it.", "lines": lines})
    left_out = [(item.name, path) for item in damaged for path in item.left_out]
    if left_out:
        lines = [f"bags/{name}: {path!a}" for name, path in left_out]
        told.append({"title": "Left out: what no file of evidence is or is called like", "lines": lines})
    if pending:
        names = ", ".join(item.name for item in pending)
        lines = [f"{names}. The Trust's own signature and clock are what speaks for the time."]
        told.append({"title": "Not timestamped by an outside authority yet", "lines": lines})
    if missing:
        lines = [f"Snapshot {item.row.id} of case {item.row.case_id}: {item.why_not}." for item in missing]
        told.append({"title": "Not in here", "lines": lines})
    if locked:
        told.append({"title": LOCKED, "lines": [f"Case {case.case_id}" for case in locked]})
    return told


def index_rows(cases: Iterable[CaseFile]) -> list[list[tuple[str, Any]]]:
    """One row for each snapshot, or one for a locked case, for a spreadsheet: names and values."""
    rows: list[list[tuple[str, Any]]] = []
    for case in cases:
        if case.about is None:
            rows.append([("case", case.case_id), ("state", LOCKED)])
            continue
        words = {each.id: each.text for each in case.wordings}
        rows += [_index_row(case.about, item, words.get(item.row.revision_id)) for item in case.items]
    return rows


def _index_row(about: Subject, item: Item, words: str | None) -> list[tuple[str, Any]]:
    comment, author, row = about.comment, about.author, item.row
    state = item.why_not or ("; ".join(item.problems) or "whole when it was handed over")
    return [
        ("case", row.case_id),
        ("snapshot", row.id),
        ("folder", "" if item.folder is None else f"bags/{item.name}"),
        ("state", state),
        ("what it is", _KINDS[row.kind]),
        ("platform", PLATFORMS.get(about.account.platform, about.account.platform)),
        ("account", about.account.handle),
        ("comment id", comment.external_id),
        ("address", comment.permalink),
        ("author handle", None if author is None else author.handle),
        ("author id", None if author is None else author.external_id),
        ("posted (UTC)", utc(comment.posted_at, "")),
        ("posted (UK)", london(comment.posted_at)),
        ("first seen (UTC)", utc(comment.first_seen_at)),
        ("sealed (UTC)", utc(row.sealed_at, "")),
        ("sealed (UK)", london(row.sealed_at)),
        ("timestamped (UTC)", utc(item.stamped_at, "pending")),
        ("words", words),
        ("sha256 of manifest-sha256.txt", row.manifest_sha256),
        ("sha256 of tagmanifest-sha256.txt", row.tagmanifest_sha256),
    ]
