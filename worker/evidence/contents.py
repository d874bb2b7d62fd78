"""What goes into a core snapshot's bag, file by file."""

from __future__ import annotations

import json
import platform as machine
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from connectors.contract import Author, Comment, Exchange
from worker.evidence.bag import sha256
from worker.evidence.bagstore import CUSTODY
from worker.evidence.report import render
from worker.evidence.reread import Source
from worker.evidence.subject import Stored, Subject
from worker.ledger.audit import Actor
from worker.store import tables as t

#: Names the shape of custody.json, for whoever reads one years from now.
FORMAT = "upstander-core-snapshot/2"


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture: what it is about, where its words come from, and who set it off.

    Attributes:
        started_at, built_at: when the capture began, and when its files were made.
        clock: how far the host's clock was off when it was last compared; None where it never was.
    """

    subject: Subject
    source: Source
    actor: Actor
    trust_name: str
    started_at: datetime
    built_at: datetime
    clock: t.Timestamp | None = None


@cache
def agent() -> str:
    """This software and its version."""
    return f"upstander/{version('upstander')}"


def payload(capture: Capture) -> dict[str, bytes]:
    """Every file of the payload, by name. The report comes last: it states the others' hashes."""
    files = _replies(capture.source)
    files["polled-item.json"] = capture.subject.revision.raw
    files["author.json"] = _author(capture)
    thread, found = context(capture), findings(capture.subject)
    files["context.json"] = as_json(thread)
    files["findings.json"] = as_json(found)
    facts = custody(capture, files)
    files[CUSTODY] = as_json(facts)
    hashes = {name: sha256(content) for name, content in sorted(files.items())}
    report = render(facts, thread, found, hashes, words(capture))
    return files | {"report.html": report}


def words(capture: Capture) -> dict[str, str | None]:
    """The comment's text as it was polled, and, where it was read again, as it is now."""
    reading = capture.source.reading
    return {
        "polled": capture.subject.revision.text,
        "now": capture.subject.revision.text if reading is None else reading.comment.text,
    }


def findings(subject: Subject) -> list[dict[str, Any]]:
    """What the rules found; spans count characters of the polled text."""
    return [
        {
            "rule": finding.rule_id,
            "rule_version": finding.rule_version,
            "category": finding.category,
            "severity": finding.severity,
            "span": [finding.span_start, finding.span_end],
            "matched": finding.matched,
            "reason": finding.reason,
            "characteristics": finding.characteristics,
        }
        for finding in subject.findings
    ]


def context(capture: Capture) -> dict[str, Any]:
    """The post, what the comment answers, and the answers under it. Nobody else's words."""
    subject, reading = capture.subject, capture.source.reading
    post = subject.post
    polled_post = None if post is None else _post(post.external_id, post.text, post.permalink, post.posted_at)
    if reading is None:
        return {
            "source": "polled",
            "post": polled_post,
            "above": [_stored(other) for other in subject.above],
            "below": [_stored(other) for other in subject.below],
        }
    given = reading.post
    # An answer to the post itself has the post for parent: it is shown once, as the post.
    post_id = reading.post.external_id if reading.post else None
    parent = () if reading.parent is None or reading.parent.external_id == post_id else (reading.parent,)
    shown = {reading.comment.external_id, post_id, *(other.external_id for other in parent)}
    thread = [other for other in reading.thread if other.external_id not in shown]
    above = _ancestors((reading.parent or reading.comment).parent_external_id, thread)
    return {
        "source": "reread",
        "post": polled_post
        if given is None
        else _post(given.external_id, given.text, given.permalink, given.posted_at),
        "above": [_read(other) for other in (*parent, *above)],
        "below": [_read(other) for other in thread if other not in above],
    }


def custody(capture: Capture, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Who took this, when, with what, from where: the facts that a court asks for first.

    Args:
        files: those made so far; their hashes are stated.
    """
    subject, source = capture.subject, capture.source
    comment, revision = subject.comment, subject.revision
    text = words(capture)
    return {
        "format": FORMAT,
        "snapshot": subject.identity.as_json(),
        "organisation": capture.trust_name,
        "account": {
            "platform": subject.account.platform,
            "external_id": subject.account.external_id,
            "handle": subject.account.handle,
        },
        "comment": {
            "external_id": comment.external_id,
            "kind": comment.kind,
            "permalink": comment.permalink,
            "post_external_id": None if subject.post is None else subject.post.external_id,
            "parent_external_id": comment.parent_external_id,
            "author": _who(capture),
            "posted_at": _time(comment.posted_at),
            "first_seen_at": _time(comment.first_seen_at),
            "hidden": comment.hidden if source.reading is None else source.reading.comment.hidden,
        },
        "revision": {"number": revision.number, "seen_at": _time(revision.seen_at), "flaws": revision.flaws},
        "polled": {
            "file": "polled-item.json",
            "page_sha256": revision.page_sha256,
            "received_at": _time(revision.seen_at),
        },
        "source": source.name,
        "why_polled": source.why_polled,
        "wording_changed": text["now"] != text["polled"],
        "media": _media(revision.media),
        "triggered_by": {"person": capture.actor.person_id, "source": capture.actor.source},
        "times": {
            "started_at": _time(capture.started_at),
            "read_started_at": _time(source.started_at),
            "read_ended_at": _time(source.ended_at),
            "built_at": _time(capture.built_at),
        },
        **machine_facts(capture.clock),
        "rules": revision.pack_version,
        "files": {name: sha256(content) for name, content in sorted(files.items())},
    }


def machine_facts(clock: t.Timestamp | None) -> dict[str, Any]:
    """What took a snapshot, and how far its clock was off: host, clock and software, as custody.json says it.

    Args:
        clock: the newest timestamp, which compared the host's clock with its authority's.
    """
    compared = None
    if clock is not None:
        compared = {
            "authority": clock.authority,
            "authority_less_host_seconds": clock.clock_offset,
            "compared_at": _time(clock.stamped_at),
        }
    return {
        "host": machine.node(),
        "clock": compared,
        "software": {
            "agent": agent(),
            "python": machine.python_version(),
            "platform": machine.platform(),
        },
    }


def _replies(source: Source) -> dict[str, bytes]:
    """Each reply's bytes as received, and beside them what was asked and what the reply's head said."""
    if source.reading is None:
        return {}
    files: dict[str, bytes] = {}
    for number, exchange in enumerate(source.reading.exchanges, start=1):
        stem = "api-response" if number == 1 else f"api-response-{number}"
        files[f"{stem}.json"] = exchange.body
        files[f"{stem}.headers.json"] = as_json(_head(f"{stem}.json", exchange))
    return files


def _head(name: str, exchange: Exchange) -> dict[str, Any]:
    return {
        "body": name,
        "request": exchange.request,
        "status": exchange.status,
        "received_at": _time(exchange.received_at),
        "headers": [list(header) for header in exchange.headers],
        "token_removed_from_body": exchange.redacted,
    }


def _author(capture: Capture) -> bytes:
    """The author as the API gave it just now; else as it was polled, which says so."""
    reading, author = capture.source.reading, capture.subject.author
    given = None if reading is None else reading.comment.author
    if given is not None and given.raw:
        return given.raw
    if author is None:
        return as_json({"source": "polled", "author": None})
    return as_json({"source": "polled", "author": {"id": author.external_id, "handle": author.handle}})


def _who(capture: Capture) -> dict[str, str | None] | None:
    """The author's id and handle: as it was polled, else as the platform gives them now."""
    stored, reading = capture.subject.author, capture.source.reading
    if stored is not None:
        return {"id": stored.external_id, "handle": stored.handle}
    return None if reading is None else _name(reading.comment.author)


def _name(author: Author | None) -> dict[str, str | None] | None:
    return None if author is None else {"id": author.external_id, "handle": author.handle}


def _ancestors(answered: str | None, thread: list[Comment]) -> list[Comment]:
    """Those of a thread that lead upwards from the comment with this id, the nearest first."""
    by_id = {other.external_id: other for other in thread}
    found: list[Comment] = []
    at = by_id.pop(answered or "", None)
    while at is not None:
        found.append(at)
        at = by_id.pop(at.parent_external_id or "", None)
    return found


def _post(external_id: str, text: str | None, permalink: str | None, at: datetime | None) -> dict[str, Any]:
    return {"external_id": external_id, "text": text, "permalink": permalink, "posted_at": _time(at)}


def _read(other: Comment) -> dict[str, Any]:
    return {
        "external_id": other.external_id,
        "author": _name(other.author),
        "text": other.text,
        "posted_at": _time(other.posted_at),
        "parent_external_id": other.parent_external_id,
    }


def _stored(other: Stored) -> dict[str, Any]:
    return {
        "external_id": other.comment.external_id,
        "author": None
        if other.author is None
        else {"id": other.author.external_id, "handle": other.author.handle},
        "text": other.revision.text,
        "posted_at": _time(other.comment.posted_at),
        "parent_external_id": other.comment.parent_external_id,
    }


def _media(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """That there was a picture or video, and its id. Never its address, and never its bytes."""
    return [{"kind": item.get("kind"), "external_id": item.get("external_id")} for item in items]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def as_json(value: Any) -> bytes:
    """A file of readable JSON. Half a surrogate pair, which UTF-8 cannot hold, becomes its JSON escape."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")
