"""Recognising what was taken down before: by the very same words, much the same words, or the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from rules.text.sketch import FEWEST_WORDS, Sketch, likeness, sketch, unpacked
from worker.review.alike import PDQ_DISTANCE
from worker.store import tables as t

#: From how alike on words are taken for those that were taken down. Higher than for groups: it opens a case.
ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that came in.

    Attributes:
        comment, author: the platform's ids.
        media: as `alike.media_ids` gives them.
    """

    platform: str
    comment: str
    author: str | None
    text: str | None
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What it brings back.

    Attributes:
        case_id: the case that was upheld and taken down.
        severity: that a person gave it.
        priority: that case's.
        what: the same words, much the same words, or the same picture.
        restricted: whether that case is for named roles only.
    """

    case_id: int
    severity: str
    priority: int
    what: str
    restricted: bool


@dataclass(frozen=True, slots=True)
class _Taught:
    """A fingerprint with what it must be compared with."""

    row: t.Fingerprint
    priority: int
    platform: str
    comment: str
    author: str | None
    restriction: str | None

    def fits(self, seen: Seen) -> bool:
        """Whether it may be held against this at all: not against its own comment, nor another author."""
        if (self.platform, self.comment) == (seen.platform, seen.comment):
            return False
        mine = (self.platform, self.author) == (seen.platform, seen.author)
        return self.row.only_author_id is None or (self.author is not None and mine)

    def as_recognised(self, what: str) -> Recognised:
        """What it stands for."""
        return Recognised(
            self.row.case_id, self.row.severity, self.priority, what, self.restriction is not None
        )


def recognise(session: Session, items: Sequence[Seen]) -> dict[str, Recognised]:
    """What was taken down before, of these; by the platform's id of the comment.

    Costs one query where nothing was ever taught, and four at most, however many items there are.
    """
    live = t.Fingerprint.withdrawn_at.is_(None)
    if not items or session.scalar(select(t.Fingerprint.id).where(live).limit(1)) is None:
        return {}
    sketches = {each.comment: sketch(each.text or "") for each in items}
    same = _taught(
        session,
        _columns().where(
            live,
            or_(
                t.Fingerprint.exact.in_({each.exact for each in sketches.values()} - {""}),
                t.Fingerprint.media_id.in_({media_id for each in items for media_id in each.media}),
            ),
        ),
    )
    near = _near(session, sketches.values())
    found = ((each.comment, _best(each, sketches[each.comment], same, near)) for each in items)
    return {comment: recognised for comment, recognised in found if recognised is not None}


def recognise_picture(session: Session, seen: Seen, pdq: str) -> Recognised | None:
    """What was taken down before and looks like this picture."""
    taught = _taught(
        session,
        _columns().where(
            t.Fingerprint.withdrawn_at.is_(None),
            t.Fingerprint.pdq.is_not(None),
            t.Case.restriction.is_distinct_from("imagery"),
        ),
    )
    for each in taught:
        if each.row.pdq is not None and distance(each.row.pdq, pdq) <= PDQ_DISTANCE and each.fits(seen):
            return each.as_recognised("the same picture")
    return None


def distance(one: str, other: str) -> int:
    """In how many of 256 bits two pictures' likenesses differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _best(
    seen: Seen, found: Sketch, same: Sequence[_Taught], near: Sequence[tuple[_Taught, tuple[int, ...]]]
) -> Recognised | None:
    fitting = [each for each in same if each.fits(seen)]
    for each in fitting:
        if found.exact and each.row.exact == found.exact:
            return each.as_recognised("the same words")
    for each in fitting:
        if each.row.media_id is not None and each.row.media_id in seen.media:
            return each.as_recognised("the same picture")
    if found.words < FEWEST_WORDS:
        return None
    alike = [
        (likeness(found.smallest, smallest), -each.row.id, each) for each, smallest in near if each.fits(seen)
    ]
    best = max(alike, default=None, key=lambda each: each[:2])
    return best[2].as_recognised("much the same words") if best and best[0] >= ALIKE else None


def _near(session: Session, sketches: Iterable[Sketch]) -> list[tuple[_Taught, tuple[int, ...]]]:
    bands = {band for each in sketches for band in each.bands()}
    if not bands:
        return []
    sharing = select(t.FingerprintBand.fingerprint_id).where(t.FingerprintBand.value.in_(bands))
    rows = _taught(
        session,
        _columns().where(
            t.Fingerprint.id.in_(sharing),
            t.Fingerprint.withdrawn_at.is_(None),
            t.Fingerprint.narrowed_at.is_(None),
        ),
    )
    return [(each, unpacked(each.row.sketch or b"")) for each in rows]


def _columns() -> Select[*tuple[Any, ...]]:
    return (
        select(
            t.Fingerprint,
            t.Case.priority,
            t.Comment.platform,
            t.Comment.external_id,
            t.Author.external_id,
            t.Case.restriction,
        )
        .join(t.Case, t.Case.id == t.Fingerprint.case_id)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .order_by(t.Fingerprint.id)
    )


def _taught(session: Session, query: Select[*tuple[Any, ...]]) -> list[_Taught]:
    return [_Taught(*row) for row in session.execute(query)]
