"""A bag that records that something was there, and holds no copy of it: address, ids and times only.

It is what a comment gets once child sexual abuse imagery is suspected under it. It is evidence enough for a
receipt, so that the comment can be hidden, and there is nothing in it that anybody must not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.evidence.bag import sha256
from worker.evidence.bagstore import CUSTODY
from worker.evidence.contents import machine_facts
from worker.evidence.instruction import instruction, provenance
from worker.evidence.plain_json import plain_json
from worker.evidence.report import page
from worker.evidence.standing import RECORD_ONLY
from worker.evidence.subject import Subject
from worker.ledger.audit import Actor
from worker.settings_evidence import Safeguarding
from worker.store import tables as t

FORMAT = "upstander-record-only/1"


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        mark: the mark that is the reason.
        actor: who or what asked for the snapshot.
        built_at: when its files are made.
        clock: the newest timestamp, which compared the host's clock with its authority's; None without one.
    """

    subject: Subject
    mark: t.Mark
    actor: Actor
    trust_name: str
    safeguarding: Safeguarding
    built_at: datetime
    clock: t.Timestamp | None = None


def record_only_payload(record: Record) -> dict[str, bytes]:
    """Every file of the payload, by name: facts and a page. No words, no reply, no handle, no picture."""
    custody = _custody(record)
    files = {CUSTODY: plain_json(custody)}
    report = page(
        "record-only.html",
        custody=custody,
        hashes={name: sha256(content) for name, content in files.items()},
        instruction=instruction(record.safeguarding),
        provenance=provenance(),
    )
    return files | {"report.html": report.encode("utf-8")}


def _custody(record: Record) -> dict[str, Any]:
    about = record.subject
    comment = about.comment
    return {
        "format": FORMAT,
        "snapshot": about.identity.as_json(),
        "organisation": record.trust_name,
        "source": RECORD_ONLY,
        "why": "A person suspects child sexual abuse imagery. This record holds no copy of anything.",
        "marked": {
            "mark": record.mark.id,
            "by_person": record.mark.marked_by,
            "at": _time(record.mark.marked_at),
        },
        "account": {"platform": about.account.platform, "external_id": about.account.external_id},
        "comment": {
            "external_id": comment.external_id,
            "kind": comment.kind,
            "permalink": comment.permalink,
            "post_external_id": None if about.post is None else about.post.external_id,
            "parent_external_id": comment.parent_external_id,
            "author_id": None if about.author is None else about.author.external_id,
            "posted_at": _time(comment.posted_at),
            "first_seen_at": _time(comment.first_seen_at),
            "hidden": comment.hidden,
        },
        "revision": {"number": about.revision.number, "seen_at": _time(about.revision.seen_at)},
        "triggered_by": {"person": record.actor.person_id, "source": record.actor.source},
        "times": {"built_at": _time(record.built_at)},
        **machine_facts(record.clock),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
