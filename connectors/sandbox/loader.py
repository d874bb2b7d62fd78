"""Filling the sandbox with comments from a file, spread over posts and authors, repeatable by seed."""

from __future__ import annotations

import csv
import json
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.state import World
from connectors.sandbox.things import Account, Comment, Post

#: X's search reaches seven days back; loaded replies stay well inside.
X_REACH = timedelta(days=6)
FACEBOOK_REACH = timedelta(days=28)
COMMENTS_A_POST = 150
#: X gives no more than 800 mentions, so no more than this many are made.
MOST_MENTIONS = 700
_TOPICS = (
    "Our outpatients clinic opens at 9am on Monday",
    "Visiting times on the wards change from tomorrow",
    "Flu vaccinations are now open to everybody over 65",
    "Parking at the main site is limited this week",
    "Meet the team on our maternity unit",
    "Emergency department waiting times this weekend",
    "We are recruiting nurses and porters",
    "Thank you to our volunteers",
)


class FileWrong(ValueError):
    """A file cannot be loaded; the message names the file and the line."""


@dataclass(frozen=True)
class Row:
    """One comment of a file. `posted_at` is ISO 8601; without an offset it is UTC."""

    id: str
    text: str | None
    author: str | None = None
    posted_at: str | None = None


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Attributes:
        added, already: comments that are new, and those that had been loaded before.
        posts: posts made for them.
        account_id, token: the account they were written to.
    """

    added: int
    already: int
    posts: int
    account_id: str
    token: str


def read_rows(path: Path) -> list[Row]:
    """Read a CSV (with a header) or JSONL file with `id` and `text`, perhaps `author` and `posted_at`.

    Raises:
        FileWrong: a line is not as it should be.
    """
    reader = _csv if path.suffix.lower() == ".csv" else _jsonl
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for line, cells in reader(path):
        for name in ("id", "text"):
            if name not in cells:
                raise FileWrong(f"{path}:{line}: there is no {name!r}")
        row_id = str(cells["id"] if cells["id"] is not None else "").strip()
        if not row_id:
            raise FileWrong(f"{path}:{line}: the id is empty")
        if row_id in seen:
            raise FileWrong(f"{path}:{line}: the id {row_id!r} stands on line {seen[row_id]} already")
        seen[row_id] = line
        text = cells["text"]
        if text is not None and not isinstance(text, str):
            raise FileWrong(f"{path}:{line}: the text is not a text")
        try:
            when = _moment(cells.get("posted_at") or None)
        except ValueError as error:
            raise FileWrong(f"{path}:{line}: posted_at is no ISO 8601 time ({error})") from error
        rows.append(
            Row(row_id, text, str(cells.get("author") or "") or None, when.isoformat() if when else None)
        )
    return rows


def load_rows(
    world: World, rows: Sequence[Row], *, platform: str, account: str, seed: int = 0, now: datetime
) -> Loaded:
    """Write rows to an account as comments. Rows loaded before are left alone.

    On X they are replies within the six days that search reaches (some also as mentions); on
    Facebook about a third answer other comments.

    Args:
        account: the account's handle; it is made if it does not exist.
        seed: the same seed, rows and time give the same world.
        now: the latest moment to use (aware).

    Raises:
        ValueError: there is no such platform.
    """
    dice = random.Random(f"{seed}/{platform}/{account}")
    with world.lock:
        owner = world.add_account(platform, account)
        fresh = [each for each in rows if (platform, owner.id, each.id) not in world.rows]
        reach = X_REACH if platform == "x" else FACEBOOK_REACH
        times = _times(fresh, dice, now, reach, squeeze=platform == "x")
        posts = _make_posts(world, owner, len(fresh), times, dice, now - reach)
        handles = [f"{dice.choice(_FIRST)}{dice.choice(_LAST)}{n}" for n in range(len(fresh) // 6 + 1)]
        pairs = sorted(zip(times, fresh, strict=True), key=lambda each: each[0])
        _write(world, owner, posts, handles, pairs, dice)
        return Loaded(len(fresh), len(rows) - len(fresh), len(posts), owner.id, owner.token)


_FIRST = ("ash", "bryn", "cole", "dale", "ellis", "fern", "glen", "haze", "iris", "jade", "kit", "lane")
_LAST = (
    "brook",
    "croft",
    "field",
    "garth",
    "hill",
    "lake",
    "marsh",
    "reed",
    "stone",
    "thorpe",
    "vale",
    "wood",
)


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        before = 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise FileWrong(f"{path}:{reader.line_num}: {error}") from error
            except UnicodeDecodeError as error:
                raise FileWrong(
                    f"{path}:{before + 1}: not UTF-8 here or soon after ({error.reason})"
                ) from error
            if cells is None:
                return
            yield before + 1, {name: value for name, value in cells.items() if value is not None}
            before = reader.line_num


def _jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            try:
                cells = json.loads(raw)
            except ValueError as error:
                raise FileWrong(f"{path}:{line}: not JSON ({error})") from error
            if not isinstance(cells, dict):
                raise FileWrong(f"{path}:{line}: not a JSON object")
            yield line, cells


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(str(text))
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)


def _times(
    rows: Sequence[Row], dice: random.Random, now: datetime, reach: timedelta, *, squeeze: bool
) -> list[datetime]:
    """When each row was posted: as the file says, else by chance; squeezed into the reach if need be."""
    start, end = now - reach, now - timedelta(minutes=1)
    span = (end - start).total_seconds()
    given = [_moment(each.posted_at) for each in rows]
    known = [each for each in given if each is not None]
    low, high = min(known, default=start), max(known, default=end)
    scale = high > end or (squeeze and low < start)
    wide = max((high - low).total_seconds(), 1.0)
    times = []
    for at in given:
        share = 0.04 + 0.96 * dice.random()
        if at is not None and not scale:
            times.append(at)
            continue
        if at is not None:
            share = 0.04 + 0.96 * (at - low).total_seconds() / wide
        times.append(start + timedelta(seconds=span * share))
    return times


def _write(
    world: World,
    owner: Account,
    posts: Sequence[Post],
    handles: Sequence[str],
    pairs: Sequence[tuple[datetime, Row]],
    dice: random.Random,
) -> None:
    """Write rows as comments, oldest first."""
    on_x = owner.platform == "x"
    mentions = 0
    recent: dict[str, list[Comment]] = {}
    for at, row in pairs:
        post = _choose(posts, at, dice)
        above = recent.setdefault(post.id, [])
        answers = dice.random() < (0.1 if on_x else 1 / 3) and above
        parent = dice.choice(above) if answers else None
        mention = on_x and mentions < MOST_MENTIONS and dice.random() < 0.05
        mentions += mention
        comment = world.add_comment(
            owner,
            row.text,
            post=post,
            parent=parent,
            author=world.add_author(owner.platform, row.author or dice.choice(handles)),
            posted_at=at,
            mentions=mention,
            row_id=row.id,
        )
        if parent is None:
            above.append(comment)
            del above[:-10]


def _make_posts(
    world: World,
    owner: Account,
    count: int,
    times: Sequence[datetime],
    dice: random.Random,
    start: datetime,
) -> list[Post]:
    """Posts for so many comments, in order of time; the first is older than every comment."""
    if not count:
        return []
    number = -(-count // COMMENTS_A_POST)
    first = min(start + timedelta(minutes=5), min(times) - timedelta(minutes=30))
    wide = (max(times) - first) * 0.9
    moments = [first, *sorted(first + wide * dice.random() for _ in range(number - 1))]
    return [world.add_post(owner, dice.choice(_TOPICS), posted_at=at) for at in moments]


def _choose(posts: Sequence[Post], at: datetime, dice: random.Random) -> Post:
    """A post that was there already: mostly a recent one, sometimes an old one."""
    there = max(bisect_right(posts, at, key=lambda each: each.posted_at), 1)
    back = min(int(dice.expovariate(0.2)), there - 1)
    return posts[there - 1 - back]
