"""Hand-ins as those see them who may: a list, and one with everything but a protected name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import check_access, visible_to
from worker.review.rights import Right, permitted, require
from worker.store import tables as t
from worker.store.session import Store


@dataclass(frozen=True, slots=True)
class HandInRow:
    """One hand-in, without its words.

    Attributes:
        given_by: None where the name is protected, empty where it was destroyed when its time was up.
        state: of its case; routed where it went to HR and is not judged here, closed once HR is done.
    """

    hand_in_id: int
    case_id: int
    received_at: datetime
    what: str
    given_by: str | None
    service: str
    files: int
    state: str
    restriction: str | None


@dataclass(frozen=True, slots=True)
class HandInFileView:
    """One file of a hand-in. It lies in the evidence, and is never opened by Upstander.

    Attributes:
        same_as: other hand-ins that came with the very same file, of those that the person may see.
    """

    snapshot_id: int
    name: str
    media_type: str
    size: int
    sha256: str
    same_as: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HandInView:
    """One hand-in with everything but a protected name. Who wrote what was handed in is not known."""

    row: HandInRow
    text: str | None
    link: str | None
    about_manager: str | None
    staff_on_staff: bool
    files: tuple[HandInFileView, ...]


def list_hand_ins(store: Store, clock: Clock, actor: Actor, *, limit: int) -> tuple[HandInRow, ...]:
    """The newest hand-ins that a person may see.

    Raises:
        NotAllowed: they may see none at all.
    """
    require(store, clock, actor, Right.VIEW_QUEUE, "hand_in")
    with store.read() as session:
        rows = session.execute(
            select(t.HandIn, t.Case)
            .join(t.Case, t.Case.id == t.HandIn.case_id)
            .where(visible_to(session, actor))
            .order_by(t.HandIn.id.desc())
            .limit(limit)
        ).all()
        files = _counted(session, [given.id for given, _ in rows])
        return tuple(_row(given, case, files.get(given.id, 0)) for given, case in rows)


def show_hand_in(store: Store, clock: Clock, actor: Actor, hand_in_id: int) -> HandInView:
    """One hand-in. The look is audited.

    Raises:
        NotAllowed: the case of it is not theirs to see.
        NotFound: there is no such hand-in.
    """
    with permitted(store, clock, actor, Right.VIEW_QUEUE, "hand_in", hand_in_id) as session:
        given = session.get(t.HandIn, hand_in_id)
        if given is None:
            raise NotFound(f"There is no hand-in {hand_in_id}.", do="`upstander handin list` shows them.")
        case = check_access(session, actor, given.case_id)
        files = _files(session, actor, hand_in_id)
        view = HandInView(
            row=_row(given, case, len(files)),
            text=session.get_one(t.Revision, case.revision_id).text,
            link=given.link,
            about_manager=given.about_manager,
            staff_on_staff=given.staff_on_staff,
            files=files,
        )
        detail = {"case_id": case.id, "restriction": case.restriction}
        audit.record(session, actor, "viewed", "hand_in", hand_in_id, now=clock.now(), detail=detail)
    return view


def hand_in_of(store: Store, case_id: int) -> int | None:
    """The number of the hand-in that a case is about; None where it is about a comment on a platform."""
    with store.read() as session:
        return session.scalar(select(t.HandIn.id).where(t.HandIn.case_id == case_id))


def _row(given: t.HandIn, case: t.Case, files: int) -> HandInRow:
    return HandInRow(
        hand_in_id=given.id,
        case_id=case.id,
        received_at=given.received_at,
        what=given.what,
        given_by=given.given_by,
        service=given.service,
        files=files,
        state=case.state,
        restriction=case.restriction,
    )


def _counted(session: Session, hand_in_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(t.HandInFile.hand_in_id, func.count())
        .where(t.HandInFile.hand_in_id.in_(hand_in_ids))
        .group_by(t.HandInFile.hand_in_id)
    )
    return dict(rows.all())


def _files(session: Session, actor: Actor, hand_in_id: int) -> tuple[HandInFileView, ...]:
    mine = session.scalars(
        select(t.HandInFile).where(t.HandInFile.hand_in_id == hand_in_id).order_by(t.HandInFile.snapshot_id)
    ).all()
    others = session.execute(
        select(t.HandInFile.sha256, t.HandInFile.hand_in_id)
        .join(t.HandIn, t.HandIn.id == t.HandInFile.hand_in_id)
        .join(t.Case, t.Case.id == t.HandIn.case_id)
        .where(
            t.HandInFile.sha256.in_([each.sha256 for each in mine]),
            t.HandInFile.hand_in_id != hand_in_id,
            visible_to(session, actor),
        )
        .order_by(t.HandInFile.hand_in_id)
    ).all()
    return tuple(
        HandInFileView(
            snapshot_id=each.snapshot_id,
            name=each.name,
            media_type=each.media_type,
            size=each.size,
            sha256=each.sha256,
            same_as=tuple(dict.fromkeys(number for digest, number in others if digest == each.sha256)),
        )
        for each in mine
    )
