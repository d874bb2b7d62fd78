"""Who wrote a page's comments and what they hang on: authors and posts, each stored once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.contract import Author, Page
from worker.intake.screening import Screened
from worker.store import tables as t
from worker.store.numbers import add_rows, take_numbers


def author_ids(session: Session, platform: str, fresh: Iterable[Screened], now: datetime) -> dict[str, int]:
    """The row id of every author of these comments, by the platform's id."""
    named: dict[str, Author] = {}
    for item in fresh:
        author = item.comment.author
        if author is not None and author.external_id is not None:
            named[author.external_id] = author
    if not named:
        return {}
    # Locked against retention, which takes the platform's id from authors of whom nothing is kept.
    rows = session.execute(
        select(t.Author.external_id, t.Author.id, t.Author.handle)
        .where(t.Author.platform == platform, t.Author.external_id.in_(named))
        .with_for_update(read=True, key_share=True)
    )
    ids: dict[str, int] = {}
    for external_id, row_id, handle in rows:
        ids[external_id] = row_id
        if named[external_id].handle not in (None, handle):
            renamed = {"handle": named[external_id].handle, "name": named[external_id].name}
            session.execute(update(t.Author).where(t.Author.id == row_id).values(renamed))
    missing = [
        {
            "platform": platform,
            "external_id": key,
            "handle": author.handle,
            "name": author.name,
            "first_seen_at": now,
        }
        for key, author in sorted(named.items())
        if key not in ids
    ]
    return ids | _insert(session, t.Author, missing)


def post_ids(
    session: Session, account_id: int, page: Page, fresh: Iterable[Screened], now: datetime
) -> dict[str, int]:
    """The row id of every post that these comments hang on, by the platform's id."""
    given = {post.external_id: post for post in page.posts}
    wanted = {item.comment.post_external_id for item in fresh} - {None} | set(given)
    rows = session.execute(
        select(t.Post.external_id, t.Post.id, t.Post.text).where(
            t.Post.account_id == account_id, t.Post.external_id.in_(wanted)
        )
    )
    ids: dict[str, int] = {}
    for external_id, row_id, text in rows:
        ids[external_id] = row_id
        if text is None and external_id in given and given[external_id].text is not None:
            session.execute(update(t.Post).where(t.Post.id == row_id).values(_post(given[external_id])))
    missing = [
        {
            "account_id": account_id,
            "external_id": key,
            "first_seen_at": now,
            **_post(given.get(key)),
        }
        for key in sorted(key for key in wanted if key is not None and key not in ids)
    ]
    return ids | _insert(session, t.Post, missing)


def _post(post: Any) -> dict[str, Any]:
    return {name: getattr(post, name, None) for name in ("text", "permalink", "posted_at")}


def _insert(
    session: Session, table: type[t.Author | t.Post], rows: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    numbers = take_numbers(session, table, len(rows))
    add_rows(session, table, [{"id": number, **row} for number, row in zip(numbers, rows, strict=True)])
    return {row["external_id"]: number for number, row in zip(numbers, rows, strict=True)}
