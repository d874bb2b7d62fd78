"""What a person sees of referrals: a list without anybody's words, and one with exactly what was referred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.review.guide import Guide
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referral in a list.

    Attributes:
        overdue: nobody acknowledged it in time.
        chases: how often they were reminded.
    """

    id: int
    case_id: int
    kind: str
    title: str
    recipient: str
    state: str
    made_at: datetime
    due_at: datetime
    overdue: bool
    chases: int
    reference: str | None


@dataclass(frozen=True, slots=True)
class ChaseView:
    """One time that the recipient was reminded."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """One snapshot in the list of evidence; its files are only handed over by an export."""

    id: int
    kind: str
    state: str
    sealed_at: datetime | None
    manifest_sha256: str | None


@dataclass(frozen=True, slots=True)
class HandOverView:
    """One entry of the hand-over log."""

    export_id: int
    file_name: str | None
    file_sha256: str | None
    handed_to: str
    how: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """What a recipient may see of the case, and nothing else of it. None: not for them.

    Attributes:
        platform, comment, address, posted_at: where the comment is: with its words, or of imagery instead.
        erased: the words were erased when their time was up.
        author: the platform's number and the handle.
    """

    platform: str | None = None
    comment: str | None = None
    address: str | None = None
    posted_at: datetime | None = None
    words: str | None = None
    erased: bool = False
    author: tuple[str, str | None] | None = None
    evidence: Sequence[SnapshotLine] | None = None
    files: Sequence[HandOverView] | None = None


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One referral with what came of it and what its recipient may see."""

    row: ReferralRow
    sees: tuple[str, ...]
    says: str
    reason: str
    recipient_person: str | None
    template: str | None
    made_by: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledged_note: str | None
    ended_by: str | None
    ended_at: datetime | None
    outcome: str | None
    chases: tuple[ChaseView, ...]
    shown: Shown


def rows_of(
    session: Session, found: Sequence[t.Referral], guide: Guide, now: datetime
) -> tuple[ReferralRow, ...]:
    """Referrals as rows of a list, in the same order."""
    counted = session.execute(
        select(t.ReferralChase.referral_id, func.count())
        .where(t.ReferralChase.referral_id.in_([row.id for row in found]))
        .group_by(t.ReferralChase.referral_id)
    )
    chased = dict(counted.all())
    return tuple(
        ReferralRow(
            id=row.id,
            case_id=row.case_id,
            kind=row.kind,
            title=guide.kinds[row.kind].title,
            recipient=row.recipient,
            state=row.state,
            made_at=row.made_at,
            due_at=row.due_at,
            overdue=row.state == "made" and row.due_at < now,
            chases=chased.get(row.id, 0),
            reference=row.reference,
        )
        for row in found
    )


def sees_of(row: t.Referral) -> tuple[str, ...]:
    """What the recipient may see, in words of the closed list."""
    given = {
        "words": row.sees_words,
        "author": row.sees_author,
        "evidence": row.sees_evidence,
        "files": row.sees_files,
    }
    return tuple(name for name, may in given.items() if may)


def view_of(session: Session, row: t.Referral, guide: Guide, now: datetime) -> ReferralView:
    """One referral in full."""
    (line,) = rows_of(session, [row], guide, now)
    names = _names(session, row)
    return ReferralView(
        row=line,
        sees=sees_of(row),
        says=guide.kinds[row.kind].says,
        reason=row.reason,
        recipient_person=names.get(row.recipient_person),
        template=row.template,
        made_by=names[row.made_by],
        acknowledged_by=names.get(row.acknowledged_by),
        acknowledged_at=row.acknowledged_at,
        acknowledged_note=row.acknowledged_note,
        ended_by=names.get(row.ended_by),
        ended_at=row.ended_at,
        outcome=row.outcome,
        chases=_chases(session, row.id),
        shown=_shown(session, row),
    )


def _shown(session: Session, row: t.Referral) -> Shown:
    case = session.get_one(t.Case, row.case_id)
    comment = session.get_one(t.Comment, case.comment_id)
    revision = session.get_one(t.Revision, row.revision_id)
    # Also what became restricted after it was referred: nothing but address, ids and times.
    imagery = case.restriction == "imagery"
    words, placed = row.sees_words and not imagery, row.sees_words or imagery
    given = comment.author_id if row.sees_author and not imagery else None
    author = session.get(t.Author, given) if given is not None else None
    return Shown(
        platform=comment.platform if placed else None,
        comment=comment.external_id if placed else None,
        address=comment.permalink if placed else None,
        posted_at=comment.posted_at if placed else None,
        words=revision.text if words else None,
        erased=words and revision.erased_at is not None,
        author=None if author is None else (author.external_id, author.handle),
        evidence=_evidence(session, row) if row.sees_evidence and not imagery else None,
        files=hand_overs(session, row.id) if row.sees_files and not imagery else None,
    )


def _evidence(session: Session, row: t.Referral) -> tuple[SnapshotLine, ...]:
    found = session.scalars(
        select(t.Snapshot).where(t.Snapshot.case_id == row.case_id).order_by(t.Snapshot.id)
    )
    return tuple(
        SnapshotLine(
            each.id,
            each.kind,
            "destroyed" if each.destroyed_at else each.state,
            each.sealed_at,
            each.manifest_sha256,
        )
        for each in found
    )


def hand_overs(session: Session, referral_id: int) -> tuple[HandOverView, ...]:
    """The hand-over log of a referral, oldest first."""
    found = session.execute(
        select(t.HandOver, t.Export.file_name, t.Export.file_sha256, t.Person.name)
        .join(t.Export, t.Export.id == t.HandOver.export_id)
        .join(t.Person, t.Person.id == t.HandOver.logged_by)
        .where(t.HandOver.referral_id == referral_id)
        .order_by(t.HandOver.id)
    )
    return tuple(
        HandOverView(entry.export_id, file_name, sha256, entry.handed_to, entry.how, name, entry.logged_at)
        for entry, file_name, sha256, name in found
    )


def _chases(session: Session, referral_id: int) -> tuple[ChaseView, ...]:
    found = session.execute(
        select(t.ReferralChase, t.Person.name)
        .join(t.Person, t.Person.id == t.ReferralChase.chased_by)
        .where(t.ReferralChase.referral_id == referral_id)
        .order_by(t.ReferralChase.id)
    )
    return tuple(ChaseView(chase.chased_at, name, chase.note) for chase, name in found)


def _names(session: Session, row: t.Referral) -> dict[int | None, str]:
    wanted = [row.recipient_person, row.made_by, row.acknowledged_by, row.ended_by]
    found = session.execute(select(t.Person.id, t.Person.name).where(t.Person.id.in_(wanted)))
    return dict(found.all())
