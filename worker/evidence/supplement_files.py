"""What goes into a supplement's bag: the file exactly as it was handed in, and who handed it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.evidence.bag import sha256
from worker.evidence.bagstore import CUSTODY
from worker.evidence.contents import machine_facts
from worker.evidence.handed_in import KINDS, Kind
from worker.evidence.plain_json import plain_json
from worker.evidence.report import page
from worker.evidence.subject import Subject
from worker.store import tables as t
from worker.store.platform import HANDED_IN

FORMAT = "upstander-supplement/1"
_STATEMENT = (
    "This file was not captured by Upstander. A person handed it in. Upstander vouches for what happened to "
    "it from then on, and not for how it was made."
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was known of a file at the moment it was accepted.

    Attributes:
        sha256, size: of its bytes as received.
        name: what it was called where it came from, made harmless.
        note: what the person said about it.
        person_id, source: who handed it in, and from where.
    """

    kind: Kind
    sha256: str
    size: int
    name: str
    note: str | None
    person_id: int | None
    source: str
    received_at: datetime

    def as_json(self) -> dict[str, Any]:
        """As it is kept beside the file until that is sealed."""
        return {
            "media_type": self.kind.media_type,
            "sha256": self.sha256,
            "bytes": self.size,
            "original_name": self.name,
            "note": self.note,
            "handed_in_by": {"person": self.person_id, "source": self.source},
            "received_at": self.received_at.isoformat(),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Receipt:
        """Read what `as_json` wrote.

        Raises:
            LookupError, TypeError, ValueError: it is nothing of the kind.
        """
        kinds = {kind.media_type: kind for kind in KINDS}
        return cls(
            kind=kinds[facts["media_type"]],
            sha256=facts["sha256"],
            size=facts["bytes"],
            name=facts["original_name"],
            note=facts["note"],
            person_id=facts["handed_in_by"]["person"],
            source=facts["handed_in_by"]["source"],
            received_at=datetime.fromisoformat(facts["received_at"]),
        )


def supplement_payload(
    about: Subject,
    core: t.Snapshot,
    receipt: Receipt,
    content: bytes,
    trust_name: str,
    built_at: datetime,
    clock: t.Timestamp | None,
) -> dict[str, bytes]:
    """Every file of the payload, by name: the file itself, custody facts, and a page that says what it is.

    Args:
        core: the sealed core snapshot that it belongs to.
        clock: the newest timestamp that compared the host's clock; None without one.
    """
    name = f"handed-in.{receipt.kind.ending}"
    files = {name: content}
    custody = {
        "format": FORMAT,
        "snapshot": about.identity.as_json(),
        "organisation": trust_name,
        "source": HANDED_IN,
        "statement": _STATEMENT,
        "core": {
            "snapshot_id": core.id,
            "manifest_sha256": core.manifest_sha256,
            "tagmanifest_sha256": core.tagmanifest_sha256,
        },
        "account": {"platform": about.account.platform, "external_id": about.account.external_id},
        "comment": {"external_id": about.comment.external_id, "permalink": about.comment.permalink},
        "handed_in": {"file": name, **receipt.as_json()},
        "times": {"received_at": receipt.received_at.isoformat(), "built_at": built_at.isoformat()},
        **machine_facts(clock),
        "files": {name: sha256(content)},
    }
    files[CUSTODY] = plain_json(custody)
    hashes = {each: sha256(its) for each, its in sorted(files.items())}
    return files | {"report.html": page("supplement.html", custody=custody, hashes=hashes).encode("utf-8")}
