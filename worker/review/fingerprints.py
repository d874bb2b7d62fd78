"""What an upheld takedown teaches: fingerprints by which its words and pictures are known when back.

They open cases and nothing else: a person decides on each (promise 2). A fingerprint stands as long as its
case is upheld and taken down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rules.text.sketch import FEWEST_WORDS, sketch
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.alike import media_ids
from worker.review.history import latest_decision
from worker.store import tables as t
from worker.store.numbers import add_rows, take_numbers

_TAKEN_DOWN = ("hide", "delete")
_SETTLING = (*_TAKEN_DOWN, "unhide")
#: Words that tell a text from others that it needs before everybody's are compared with it, and before
#: words that are merely alike are.
_TELLING_EXACT, _TELLING_NEAR = 2, 3
_WORDS_NEAR = 6
_ITSELF = Actor(None, "fingerprints")


@dataclass(frozen=True, slots=True)
class _Lesson:
    """One fingerprint as it should be."""

    kind: str
    exact: str | None = None
    only_author_id: int | None = None
    sketch: bytes | None = None
    bands: tuple[int, ...] = ()
    media_id: str | None = None
    pdq: str | None = None

    @property
    def key(self) -> tuple[str | None, ...]:
        """What tells the fingerprints of one decision apart."""
        return (self.exact, self.media_id, self.pdq)


def follow(session: Session, case_id: int, *, now: datetime, decision: t.Decision | None = None) -> None:
    """Make a case's fingerprints what its decision and its takedown now call for.

    To be called in every transaction that changes one of the two. Doing it again changes nothing.

    Args:
        decision: the one that counts, where it was just written.
    """
    session.flush()
    case = session.get_one(t.Case, case_id)
    decision = decision or latest_decision(session, case_id)
    taken_down = _taken_down(session, case)
    wanted: dict[tuple[Any, ...], _Lesson] = {}
    if taken_down is not None and decision is not None and decision.verdict == "upheld":
        wanted = {(decision.id, *each.key): each for each in _lessons(session, case, taken_down)}
    live = {
        (row.decision_id, row.exact, row.media_id, row.pdq): row
        for row in session.scalars(
            select(t.Fingerprint).where(
                t.Fingerprint.case_id == case_id, t.Fingerprint.withdrawn_at.is_(None)
            )
        )
    }
    _withdraw(session, case, [row for key, row in live.items() if key not in wanted], now)
    new = [each for key, each in wanted.items() if key not in live]
    if new and decision is not None and taken_down is not None:
        _teach(session, case, decision, taken_down, new, now)
    if decision is not None and decision.verdict == "not_upheld" and case.repost_of is not None:
        _narrow(session, case.repost_of, now)


def _taken_down(session: Session, case: t.Case) -> int | None:
    """The revision that was judged and taken down; None where the comment is not taken down by us."""
    newest = session.execute(
        select(t.RequestedAction.kind, t.RequestedAction.revision_id)
        .where(
            t.RequestedAction.case_id == case.id,
            t.RequestedAction.kind.in_(_SETTLING),
            t.RequestedAction.state == "carried_out",
        )
        .order_by(t.RequestedAction.id.desc())
        .limit(1)
    ).one_or_none()
    return newest.revision_id if newest is not None and newest.kind in _TAKEN_DOWN else None


def _lessons(session: Session, case: t.Case, revision_id: int) -> list[_Lesson]:
    revision = session.get_one(t.Revision, revision_id)
    comment = session.get_one(t.Comment, case.comment_id)
    pictures = session.scalars(
        select(t.PicturePrint.pdq)
        .where(t.PicturePrint.revision_id == revision_id, t.PicturePrint.pdq.is_not(None))
        .distinct()
    )
    # The looks of suspected child abuse imagery are compared with nothing.
    looks = () if case.restriction == "imagery" else pictures.all()
    lessons = [_Lesson("picture", pdq=each) for each in looks]
    lessons += [_Lesson("picture", media_id=each) for each in media_ids(comment.platform, revision.media)]
    words = _of_words(revision.text, comment.author_id)
    return lessons if words is None else [words, *lessons]


def _of_words(text: str | None, author_id: int | None) -> _Lesson | None:
    """What words teach: the fewer and the more common they are, the less is taken for them again."""
    found = sketch(text or "")
    if not found.exact:
        return None
    if found.words < FEWEST_WORDS or found.telling < _TELLING_EXACT:
        return None if author_id is None else _Lesson("words", found.exact, only_author_id=author_id)
    if found.words < _WORDS_NEAR or found.telling < _TELLING_NEAR:
        return _Lesson("words", found.exact)
    return _Lesson("words", found.exact, sketch=found.packed(), bands=found.bands())


def _teach(
    session: Session,
    case: t.Case,
    decision: t.Decision,
    revision_id: int,
    lessons: list[_Lesson],
    now: datetime,
) -> None:
    numbers = take_numbers(session, t.Fingerprint, len(lessons))
    rows = [
        {
            "id": number,
            "kind": each.kind,
            "case_id": case.id,
            "revision_id": revision_id,
            "decision_id": decision.id,
            "severity": decision.severity,
            "exact": each.exact,
            "only_author_id": each.only_author_id,
            "sketch": each.sketch,
            "media_id": each.media_id,
            "pdq": each.pdq,
            "taught_at": now,
        }
        for number, each in zip(numbers, lessons, strict=True)
    ]
    add_rows(session, t.Fingerprint, rows)
    bands = [
        {"fingerprint_id": number, "value": value}
        for number, each in zip(numbers, lessons, strict=True)
        for value in each.bands
    ]
    add_rows(session, t.FingerprintBand, bands)
    detail = {"fingerprints": list(numbers), "decision_id": decision.id}
    audit.record(session, _ITSELF, "fingerprint_taught", "case", case.id, now=now, detail=detail)


def _withdraw(session: Session, case: t.Case, rows: list[t.Fingerprint], now: datetime) -> None:
    if not rows:
        return
    for row in rows:
        row.withdrawn_at = now
    detail = {"fingerprints": [row.id for row in rows]}
    audit.record(session, _ITSELF, "fingerprint_withdrawn", "case", case.id, now=now, detail=detail)


def _narrow(session: Session, first_case: int, now: datetime) -> None:
    """From now on only the very same words count: a person did not uphold what was taken for them."""
    narrowed = session.scalars(
        update(t.Fingerprint)
        .where(
            t.Fingerprint.case_id == first_case,
            t.Fingerprint.sketch.is_not(None),
            t.Fingerprint.narrowed_at.is_(None),
            t.Fingerprint.withdrawn_at.is_(None),
        )
        .values(narrowed_at=now)
        .returning(t.Fingerprint.id)
    ).all()
    if narrowed:
        detail = {"fingerprints": list(narrowed)}
        audit.record(session, _ITSELF, "fingerprint_narrowed", "case", first_case, now=now, detail=detail)
