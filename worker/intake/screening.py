"""Fetching is done: every comment of the page gets a hash of its wording and a verdict."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from connectors.contract import Comment, Media
from rules.schema import Category, Context, Finding, RevisionText, Severity, Verdict

#: A comment as the rules see it: its text and its author's history with us.
Judge = Callable[[RevisionText, Context], Verdict]

#: The finding on an item that no rule could be applied to: a guard that fails closed.
_UNSCREENED = Verdict(
    findings=(
        Finding(
            rule_id="intake.unscreened",
            rule_version=1,
            category=Category.OTHER,
            severity=Severity.ROUTINE,
            start=0,
            end=0,
            matched="",
            reason="This item came without words that Upstander could read, so no rule could be applied. "
            "It is kept exactly as it came: look at it on the platform.",
        ),
    ),
    severity=Severity.ROUTINE,
    priority=5,
    queue=True,
    categories=(Category.OTHER,),
)
_NOTHING = Verdict(findings=(), severity=None, priority=0, queue=False, categories=())
#: An address, however broken: its path, and its query.
_ADDRESS = re.compile(r"(?:[^/?#]*//[^/?#]*)?([^?#]*)(?:\?([^#]*))?")


@dataclass(frozen=True, slots=True)
class Screened:
    """A comment with the hash of its wording and what the rules made of it."""

    comment: Comment
    revision_hash: str
    verdict: Verdict


def revision_hash(comment: Comment) -> str:
    """Hex SHA-256 over what an edit changes: the words and which media hang on them."""
    return wording_hash(comment.text, comment.media)


def wording_hash(text: str | None, media: Sequence[Media] = ()) -> str:
    """Hex SHA-256 over words and media: each medium's id, or its address where the platform gives no id."""
    hung = [
        [item.kind, item.external_id, *(_lasting(item.url) if item.external_id is None else ())]
        for item in media
    ]
    wording = json.dumps([text, hung], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(wording.encode("ascii")).hexdigest()


def _lasting(address: str | None) -> tuple[str, ...]:
    """What stays the same of an address while the picture does.

    Platforms sign the query anew in every answer, and spread hosts. The path names the picture; where a
    platform relays somebody else's, the query names that as `url`.
    """
    found = _ADDRESS.match(address or "")
    if found is None or address is None:
        return ()
    return (found[1], *(value for name, value in parse_qsl(found[2] or "") if name == "url"))


def screen(comments: Sequence[Comment], judge: Judge, histories: Mapping[str, Context]) -> list[Screened]:
    """Judge each comment of a page.

    Args:
        judge: the rules.
        histories: what is stored about each author, by the platform's id.
    """
    return [
        Screened(comment, revision_hash(comment), _verdict(comment, judge, histories)) for comment in comments
    ]


def _verdict(comment: Comment, judge: Judge, histories: Mapping[str, Context]) -> Verdict:
    if not comment.text:
        return _NOTHING if comment.media else _UNSCREENED
    author = comment.author.external_id if comment.author else None
    history = histories.get(author, Context()) if author else Context()
    return judge(RevisionText(comment.text), history)
