"""What carrying out a requested action needs to know, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from connectors.contract import Account, ActionKind, ActionRequest, Platform
from worker.errors import NotFound
from worker.evidence.standing import usable
from worker.review.history import latest_decision
from worker.store import tables as t

#: Kinds that undo each other: of two requests the later one counts.
_OPPOSITES = ("hide", "unhide")
NAMES = {Platform.X: "X", Platform.FACEBOOK: "Facebook", Platform.INSTAGRAM: "Instagram"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed core snapshot, and the revision that it is evidence of."""

    snapshot_id: int
    revision_id: int


@dataclass(frozen=True, slots=True)
class Started:
    """An action that an earlier attempt began: its fate on the platform is not known.

    Attributes:
        calls: how often the platform may have been asked already.
    """

    evidence: Sealed
    calls: int


@dataclass(frozen=True, slots=True)
class Errand:
    """A requested action with what it is about.

    Attributes:
        state: the requested action's state.
        revision_hash: of the words and media that the person decided on.
    """

    id: int
    case_id: int
    comment_id: int
    revision_id: int
    kind: ActionKind
    state: str
    requested_at: datetime
    account_id: int
    account: Account
    external_id: str
    author_external_id: str | None
    revision_hash: str
    started: Started | None

    @property
    def hides(self) -> bool:
        """Whether it takes a comment away from readers; the other kind restores it."""
        return self.kind is ActionKind.HIDE

    @property
    def ours(self) -> bool:
        """Whether Upstander itself carries this kind out; nothing else may pass for hiding or restoring."""
        return self.kind.value in _OPPOSITES

    @property
    def platform(self) -> str:
        """The platform's name, for people."""
        return NAMES[self.account.platform]

    def request(self, evidence: Sealed) -> ActionRequest:
        """What the platform is asked for, on the strength of this evidence."""
        return ActionRequest(
            account=self.account,
            kind=self.kind,
            comment_id=self.comment_id,
            revision_id=evidence.revision_id,
            external_id=self.external_id,
            author_external_id=self.author_external_id,
        )


def load(session: Session, requested_action_id: int) -> Errand:
    """Read a requested action.

    Raises:
        NotFound: there is none of this number.
    """
    found = session.execute(
        select(t.RequestedAction, t.Comment, t.Account, t.Revision.revision_hash, t.Author.external_id)
        .join(t.Comment, t.Comment.id == t.RequestedAction.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .join(t.Revision, t.Revision.id == t.RequestedAction.revision_id)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .where(t.RequestedAction.id == requested_action_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"There is no requested action {requested_action_id}.")
    asked, comment, account, judged, author = found
    return Errand(
        id=asked.id,
        case_id=asked.case_id,
        comment_id=comment.id,
        revision_id=asked.revision_id,
        kind=ActionKind(asked.kind),
        state=asked.state,
        requested_at=asked.requested_at,
        account_id=account.id,
        account=Account(Platform(account.platform), account.external_id, account.handle),
        external_id=comment.external_id,
        author_external_id=author,
        revision_hash=judged,
        started=_started(session, asked.id),
    )


def overruled(session: Session, errand: Errand) -> str | None:
    """Why this is not wanted any more, in words; None where it still is."""
    later = session.scalar(
        select(t.RequestedAction.id)
        .where(
            t.RequestedAction.comment_id == errand.comment_id,
            t.RequestedAction.kind.in_(_OPPOSITES),
            t.RequestedAction.id > errand.id,
        )
        .limit(1)
    )
    if later is not None:
        return f"a later request ({later}) about this comment counts instead"
    decision = latest_decision(session, errand.case_id)
    if errand.hides and (decision is None or decision.verdict != "upheld"):
        return "the decision was corrected and no longer upholds the case"
    return None


def underway(session: Session, errand: Errand, now: datetime) -> bool:
    """Whether an earlier request about the same comment is being carried out at this very moment."""
    earlier = session.scalars(
        select(t.RequestedAction.id).where(
            t.RequestedAction.comment_id == errand.comment_id,
            t.RequestedAction.state == "requested",
            t.RequestedAction.id < errand.id,
        )
    ).all()
    held = select(t.Job.id).where(
        t.Job.key.in_([f"act:{each}" for each in earlier]), t.Job.state == "waiting", t.Job.lease_until > now
    )
    return bool(earlier) and session.scalar(held.limit(1)) is not None


def newest_sealed(session: Session, errand: Errand) -> Sealed | None:
    """The newest usable core snapshot: of the very revision for a hide, of any for restoring."""
    found = session.execute(
        select(t.Snapshot.id, t.Snapshot.revision_id)
        .where(*_core(errand), t.Snapshot.state == "sealed", t.Snapshot.destroyed_at.is_(None), usable())
        .order_by(t.Snapshot.id.desc())
        .limit(1)
    ).one_or_none()
    return None if found is None else Sealed(*found)


def locked_away(session: Session, evidence: Sealed) -> bool:
    """Whether evidence may not be used any more because of what its comment's pictures may show."""
    still = select(t.Snapshot.id).where(t.Snapshot.id == evidence.snapshot_id, usable())
    return session.scalar(still) is None


def being_captured(session: Session, errand: Errand) -> bool:
    """Whether such a snapshot has been asked for and is not sealed yet."""
    pending = select(t.Snapshot.id).where(*_core(errand), t.Snapshot.state == "pending")
    return session.scalar(pending.limit(1)) is not None


def _core(errand: Errand) -> list[ColumnElement[bool]]:
    conditions = [t.Snapshot.comment_id == errand.comment_id, t.Snapshot.kind == "core"]
    return [*conditions, t.Snapshot.revision_id == errand.revision_id] if errand.hides else [*conditions]


def _started(session: Session, requested_action_id: int) -> Started | None:
    found = session.execute(
        select(t.Action.snapshot_id, t.Snapshot.revision_id, t.Action.calls)
        .join(t.Snapshot, t.Snapshot.id == t.Action.snapshot_id)
        .where(t.Action.requested_action_id == requested_action_id)
    ).one_or_none()
    return None if found is None else Started(Sealed(found.snapshot_id, found.revision_id), found.calls)
