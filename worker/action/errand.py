"""What carrying out a requested action needs to know, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from connectors.contract import Account, ActionKind, ActionRequest, Platform
from worker.errors import NotFound
from worker.evidence.standing import usable
from worker.review.abilities import NAMES
from worker.review.history import overturned_since
from worker.review.kinds import ABOUT_AUTHORS, RESTORING
from worker.store import tables as t

#: What a later request may be for an earlier one to count no more. A deletion is called off by showing the
#: comment again; that a deletion is asked for does not call off a hide, which may come first.
_OVERRULES = {
    "hide": ("hide", "unhide"),
    "unhide": ("hide", "unhide"),
    "delete": ("unhide", "delete"),
    "block": ("block", "unblock"),
    "unblock": ("block", "unblock"),
    "mute": ("mute", "unmute"),
    "unmute": ("mute", "unmute"),
}
#: Requests that nobody agreed to, or that were taken back, overrule nothing.
_WITHOUT_WEIGHT = ("awaiting_approval", "refused", "withdrawn")


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
    decision_id: int
    comment_id: int
    revision_id: int
    kind: ActionKind
    state: str
    requested_at: datetime
    requested_by: int
    author_id: int | None
    account_id: int
    account: Account
    external_id: str
    author_external_id: str | None
    revision_hash: str
    started: Started | None

    @property
    def takes_down(self) -> bool:
        """Whether it takes something away: a comment, or a voice; the other kinds give it back."""
        return self.kind.value not in RESTORING

    @property
    def about_author(self) -> bool:
        """Whether it is about who wrote the comment, and not about the comment."""
        return self.kind.value in ABOUT_AUTHORS

    @property
    def judges_words(self) -> bool:
        """Whether it is only wanted of the very words that were decided on (promise 4)."""
        return self.takes_down and not self.about_author

    @property
    def ours(self) -> bool:
        """Whether platforms are asked for this kind; nothing else may pass for taking down or restoring."""
        return self.kind.value in _OVERRULES

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
        decision_id=asked.decision_id,
        comment_id=comment.id,
        revision_id=asked.revision_id,
        kind=ActionKind(asked.kind),
        state=asked.state,
        requested_at=asked.requested_at,
        requested_by=asked.requested_by,
        author_id=comment.author_id,
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
            t.RequestedAction.comment_id.in_(_same(errand)),
            t.RequestedAction.kind.in_(_OVERRULES[errand.kind.value]),
            t.RequestedAction.state.not_in(_WITHOUT_WEIGHT),
            t.RequestedAction.id > errand.id,
            # One that ended with its decision takes nothing down, and must not keep another from it.
            or_(t.RequestedAction.kind.in_(sorted(RESTORING)), ~_overturned().exists()),
        )
        .limit(1)
    )
    if later is not None:
        thing = "author" if errand.about_author else "comment"
        return f"a later request ({later}) about this {thing} counts instead"
    state = session.scalar(select(t.RequestedAction.state).where(t.RequestedAction.id == errand.id))
    if state == "withdrawn":
        return "it was withdrawn"
    if errand.takes_down and overturned_since(session, errand.case_id, errand.decision_id):
        return "the decision was corrected, which did not uphold the case any more"
    return None


def _overturned() -> Select[int]:
    """The decisions after which what a request hangs on does not count any more, as a part of its select."""
    return select(t.Decision.id).where(
        t.Decision.case_id == t.RequestedAction.case_id,
        t.Decision.id > t.RequestedAction.decision_id,
        t.Decision.verdict != "upheld",
    )


def underway(session: Session, errand: Errand, now: datetime) -> bool:
    """Whether an earlier request about the same thing is being carried out at this very moment."""
    earlier = session.scalars(
        select(t.RequestedAction.id).where(
            t.RequestedAction.comment_id.in_(_same(errand)),
            t.RequestedAction.state == "requested",
            t.RequestedAction.id < errand.id,
        )
    ).all()
    held = select(t.Job.id).where(
        t.Job.key.in_([f"act:{each}" for each in earlier]), t.Job.state == "waiting", t.Job.lease_until > now
    )
    return bool(earlier) and session.scalar(held.limit(1)) is not None


def newest_sealed(session: Session, errand: Errand) -> Sealed | None:
    """The newest usable core snapshot: of the very revision for taking down, of any for restoring."""
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
    return [*conditions, t.Snapshot.revision_id == errand.revision_id] if errand.takes_down else conditions


def _same(errand: Errand) -> Select[int]:
    """The comments that requests about the same thing hang on: this one, or all of the author's here."""
    if errand.about_author and errand.author_id is not None:
        return select(t.Comment.id).where(
            t.Comment.author_id == errand.author_id, t.Comment.account_id == errand.account_id
        )
    return select(t.Comment.id).where(t.Comment.id == errand.comment_id)


def _started(session: Session, requested_action_id: int) -> Started | None:
    found = session.execute(
        select(t.Action.snapshot_id, t.Snapshot.revision_id, t.Action.calls)
        .join(t.Snapshot, t.Snapshot.id == t.Action.snapshot_id)
        .where(t.Action.requested_action_id == requested_action_id)
    ).one_or_none()
    return None if found is None else Started(Sealed(found.snapshot_id, found.revision_id), found.calls)
