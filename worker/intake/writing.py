"""What one polled page writes, inside its one transaction. Writing the same page twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.contract import Comment, Page
from worker.intake import reposts
from worker.intake.screening import Screened
from worker.intake.surroundings import author_ids, post_ids
from worker.review import visible_again
from worker.review.clocks import Clocks
from worker.review.opening import Opening, follow_edit, open_cases
from worker.review.recognising import Recognised
from worker.store import tables as t
from worker.store.numbers import add_rows, take_numbers
from worker.store.searching import index_words


@dataclass(frozen=True, slots=True)
class Written:
    """What a page changed, in numbers."""

    comments: int
    revisions: int
    cases: int


@dataclass(frozen=True, slots=True)
class _Stored:
    """A comment that is in the database already."""

    id: int
    revision_hash: str
    hidden: bool | None
    gone: bool


def write_page(
    session: Session,
    account: t.Account,
    page: Page,
    screened: Sequence[Screened],
    *,
    pack_version: str,
    clocks: Clocks,
    now: datetime,
) -> Written:
    """Write a page's authors, posts, comments, revisions, findings and cases.

    Raises:
        sqlalchemy.exc.IntegrityError: another feed's page wrote one of these comments at this very
            moment; roll back and write again.
    """
    unique = list({item.comment.external_id: item for item in screened}.values())
    stored = _stored(session, account.platform, [item.comment.external_id for item in unique])
    fresh = [item for item in unique if item.comment.external_id not in stored]
    edited = [item for item in unique if _is_edit(item, stored)]
    _follow_visibility(session, unique, stored, page.received_at, now)
    if not fresh and not edited:
        return Written(0, 0, 0)
    back = reposts.find(session, account.platform, [*fresh, *edited])
    fresh = [reposts.marked(item, back) for item in fresh]
    edited = [reposts.marked(item, back) for item in edited]
    authors = author_ids(session, account.platform, fresh, now)
    posts = post_ids(session, account.id, page, fresh, now)
    ids = {key: row.id for key, row in stored.items()}
    ids |= _numbered(session, t.Comment, fresh)
    revisions = _numbered(session, t.Revision, [*fresh, *edited])
    _insert_comments(session, account, fresh, ids, revisions, authors, posts, now)
    _insert_revisions(session, [*fresh, *edited], ids, revisions, len(fresh), page, pack_version, now)
    _follow_edits(session, edited, ids, revisions)
    _insert_findings(session, [*fresh, *edited], revisions)
    cases = _open(session, [*fresh, *edited], ids, revisions, back, clocks, now)
    follow_edit(
        session,
        {ids[item.comment.external_id]: revisions[item.comment.external_id] for item in edited},
        now=now,
        clocks=clocks,
    )
    return Written(len(fresh), len(revisions), cases)


def _stored(session: Session, platform: str, external_ids: Sequence[str]) -> dict[str, _Stored]:
    rows = session.execute(
        select(
            t.Comment.external_id,
            t.Comment.id,
            t.Comment.revision_hash,
            t.Comment.hidden,
            t.Comment.gone_at.is_not(None),
        ).where(t.Comment.platform == platform, t.Comment.external_id.in_(external_ids))
    )
    return {key: _Stored(row_id, digest, hidden, gone) for key, row_id, digest, hidden, gone in rows}


def _is_edit(item: Screened, stored: Mapping[str, _Stored]) -> bool:
    known = stored.get(item.comment.external_id)
    return known is not None and known.revision_hash != item.revision_hash


def _follow_visibility(
    session: Session,
    items: Iterable[Screened],
    stored: Mapping[str, _Stored],
    read_at: datetime,
    now: datetime,
) -> None:
    """Keep whether the platform shows a comment as hidden, and that one taken for gone is there again."""
    shown: list[int] = []
    for item in items:
        known, hidden = stored.get(item.comment.external_id), item.comment.hidden
        if known is None:
            continue
        changes: dict[str, Any] = {}
        if hidden is not None and known.hidden != hidden:
            changes["hidden"] = hidden
        if known.gone:
            changes |= {"gone_at": None, "hidden": bool(hidden)}
        if changes:
            session.execute(update(t.Comment).where(t.Comment.id == known.id).values(changes))
            if changes.get("hidden") is True:
                visible_again.settle(session, known.id, "It is hidden again.", now=now)
            elif "hidden" in changes:
                shown.append(known.id)
    if shown:
        visible_again.notice(session, shown, read_at=read_at, now=now)


def _numbered(session: Session, table: type[t.Base], items: Sequence[Screened]) -> dict[str, int]:
    """Row numbers for these items, by the platform's id."""
    numbers = take_numbers(session, table, len(items))
    return {item.comment.external_id: number for number, item in zip(numbers, items, strict=True)}


def _insert_comments(
    session: Session,
    account: t.Account,
    fresh: Sequence[Screened],
    ids: Mapping[str, int],
    revisions: Mapping[str, int],
    authors: Mapping[str, int],
    posts: Mapping[str, int],
    now: datetime,
) -> None:
    rows = [
        {
            "id": ids[item.comment.external_id],
            "revision_id": revisions[item.comment.external_id],
            "account_id": account.id,
            "platform": account.platform,
            "external_id": item.comment.external_id,
            "kind": item.comment.kind,
            "author_id": authors.get(_author_id(item.comment)),
            "post_id": posts.get(item.comment.post_external_id or ""),
            "parent_external_id": item.comment.parent_external_id,
            "permalink": item.comment.permalink,
            "posted_at": item.comment.posted_at,
            "first_seen_at": now,
            "hidden": item.comment.hidden,
            "revision_hash": item.revision_hash,
        }
        for item in fresh
    ]
    add_rows(session, t.Comment, rows)


def _author_id(comment: Comment) -> str:
    return (comment.author.external_id if comment.author else None) or ""


def _insert_revisions(
    session: Session,
    items: Sequence[Screened],
    ids: Mapping[str, int],
    revisions: Mapping[str, int],
    known_from: int,
    page: Page,
    pack_version: str,
    now: datetime,
) -> None:
    comment_ids = [ids[item.comment.external_id] for item in items]
    numbers = _last_numbers(session, comment_ids[known_from:])
    rows = [
        {
            "id": revisions[item.comment.external_id],
            "comment_id": comment_id,
            "number": numbers.get(comment_id, 0) + 1,
            "text": item.comment.text,
            "revision_hash": item.revision_hash,
            "media": [
                {
                    "kind": media.kind,
                    "external_id": media.external_id,
                    "url": media.url,
                    "alt": media.alt_text,
                }
                for media in item.comment.media
            ],
            "flaws": list(item.comment.flaws),
            "raw": item.comment.raw,
            "page_sha256": page.body_sha256,
            "seen_at": now,
            "severity": item.verdict.severity.value if item.verdict.severity else None,
            "priority": item.verdict.priority,
            "queued": item.verdict.queue,
            "pack_version": pack_version,
        }
        for item, comment_id in zip(items, comment_ids, strict=True)
    ]
    add_rows(session, t.Revision, rows)
    index_words(session, ((revisions[item.comment.external_id], item.comment.text) for item in items))


def _follow_edits(
    session: Session, edited: Sequence[Screened], ids: Mapping[str, int], revisions: Mapping[str, int]
) -> None:
    """Make the new revision of each edited comment its newest."""
    changes = [
        {
            "id": ids[item.comment.external_id],
            "revision_id": revisions[item.comment.external_id],
            "revision_hash": item.revision_hash,
            "gone_at": None,
        }
        for item in edited
    ]
    if changes:
        session.execute(update(t.Comment), changes)


def _last_numbers(session: Session, comment_ids: Sequence[int]) -> dict[int, int]:
    """The number of each comment's newest revision so far; a new comment has none."""
    if not comment_ids:
        return {}
    rows = session.execute(
        select(t.Revision.comment_id, t.Revision.number)
        .where(t.Revision.comment_id.in_(comment_ids))
        .order_by(t.Revision.number)
    )
    return dict(rows.all())


def _insert_findings(session: Session, items: Iterable[Screened], revisions: Mapping[str, int]) -> None:
    rows = [
        {
            "revision_id": revisions[item.comment.external_id],
            "rule_id": finding.rule_id,
            "rule_version": finding.rule_version,
            "category": finding.category.value,
            "severity": finding.severity.value,
            "span_start": finding.start,
            "span_end": finding.end,
            "matched": finding.matched,
            "reason": finding.reason,
            "characteristics": [characteristic.value for characteristic in finding.characteristics],
        }
        for item in items
        for finding in item.verdict.findings
    ]
    add_rows(session, t.Finding, rows)


def _open(
    session: Session,
    items: Iterable[Screened],
    ids: Mapping[str, int],
    revisions: Mapping[str, int],
    back: Mapping[str, Recognised],
    clocks: Clocks,
    now: datetime,
) -> int:
    openings = [
        Opening(
            comment_id=ids[item.comment.external_id],
            revision_id=revisions[item.comment.external_id],
            severity=item.verdict.severity.value,
            priority=item.verdict.priority,
            repost_of=reposts.first_case(back, item),
        )
        for item in items
        if item.verdict.queue and item.verdict.severity is not None
    ]
    return len(open_cases(session, openings, now=now, clocks=clocks)) if openings else 0
