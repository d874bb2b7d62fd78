"""The core snapshot of what staff handed in: sealed from what they gave, never by asking a platform.

There is no reply to keep here and no author to name. What can be proved is what was given to the Trust, when,
and that nothing of it was changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.evidence.bag import sha256
from worker.evidence.bagstore import CUSTODY
from worker.evidence.contents import findings, machine_facts
from worker.evidence.plain_json import plain_json
from worker.evidence.report import page
from worker.evidence.subject import Subject
from worker.ledger.audit import Actor
from worker.store import tables as t
from worker.store.platform import HANDED_IN

FORMAT = "upstander-hand-in/1"
#: The hand-in as it was received.
GIVEN = "hand-in.json"
_STATEMENT = (
    "A member of staff handed this in. Upstander vouches for what was handed in and for what happened to it "
    "from then on. It did not see where it comes from, asked no platform about it, and does not say who "
    "wrote it."
)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One capture of a hand-in.

    Attributes:
        actor: who or what asked for the snapshot.
        built_at: when its files are made.
        clock: the newest timestamp, which compared the host's clock with its authority's; None without one.
    """

    subject: Subject
    actor: Actor
    trust_name: str
    built_at: datetime
    clock: t.Timestamp | None = None


def handed_in_payload(capture: HandedIn) -> dict[str, bytes]:
    """Every file of the payload, by name: the hand-in as received, what the rules found, facts and a page."""
    found = findings(capture.subject)
    files = {GIVEN: capture.subject.revision.raw, "findings.json": plain_json(found)}
    custody = _custody(capture, files)
    files[CUSTODY] = plain_json(custody)
    report = page(
        "hand-in.html",
        custody=custody,
        findings=found,
        words=capture.subject.revision.text,
        spans=[(each["span"][0], each["span"][1]) for each in found],
        hashes={name: sha256(content) for name, content in sorted(files.items())},
    )
    return files | {"report.html": report.encode("utf-8")}


def _custody(capture: HandedIn, files: dict[str, bytes]) -> dict[str, Any]:
    about = capture.subject
    return {
        "format": FORMAT,
        "snapshot": about.identity.as_json(),
        "organisation": capture.trust_name,
        "source": HANDED_IN,
        "statement": _STATEMENT,
        "account": {"platform": about.account.platform, "external_id": about.account.external_id},
        "comment": {
            "external_id": about.comment.external_id,
            "kind": about.comment.kind,
            "permalink": None,
            "first_seen_at": about.comment.first_seen_at.isoformat(),
        },
        "revision": {"number": about.revision.number, "seen_at": about.revision.seen_at.isoformat()},
        "handed_in": {"file": GIVEN, "received_at": about.revision.seen_at.isoformat()},
        "triggered_by": {"person": capture.actor.person_id, "source": capture.actor.source},
        "times": {"built_at": capture.built_at.isoformat()},
        **machine_facts(capture.clock),
        "rules": about.revision.pack_version,
        "files": {name: sha256(content) for name, content in sorted(files.items())},
    }
