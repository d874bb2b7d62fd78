"""Requested actions as people read them: what waits for a second person, what one did alone, one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from connectors.contract import Capability
from worker.clock import Clock
from worker.errors import NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.abilities import Abilities, nothing_known
from worker.review.access import check_access, visible_to
from worker.review.kinds import OPPOSITES
from worker.review.rights import Right, permitted, require
from worker.store import tables as t
from worker.store.platform import HANDED_IN
from worker.store.session import Store

#: More than ever wait at a time; a list of more would not be read to its end either.
_MOST = 50


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person said about a requested action.

    Attributes:
        verdict: approved, refused, broke_glass or reviewed.
    """

    person: str
    verdict: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BlockTerms:
    """Under which terms an author is to be blocked: warned, or why not; and when it is looked at again."""

    warning: str | None
    warned_at: datetime | None
    no_warning_because: str | None
    review_at: datetime


@dataclass(frozen=True, slots=True)
class AskedView:
    """One requested action with what whoever agrees to it has to know.

    Attributes:
        text: the words that were judged; None where there are none or a list is not to show them.
        severity: of the decision that it hangs on.
        effect: what it really does on the platform; empty where that is not known.
        steps: how a person does it in the platform's own app, where no call does it.
        undone_by: the kind that takes it back; None where nothing does.
        mine: whether whoever looks asked for it.
        terms: of a block.
        outcome: what came of it, in words; None while nothing is known.
    """

    number: int
    case_id: int
    kind: str
    state: str
    platform: str
    account: str
    author: str | None
    text: str | None
    severity: str | None
    effect: str
    steps: tuple[str, ...]
    undone_by: str | None
    asked_by: str
    mine: bool
    asked_at: datetime
    reason: str | None
    terms: BlockTerms | None
    voices: tuple[Voice, ...]
    outcome: str | None
    finished_at: datetime | None

    @property
    def alone(self) -> Voice | None:
        """That one person went ahead with it alone; None where nobody did."""
        return next((each for each in self.voices if each.verdict == "broke_glass"), None)

    @property
    def to_review(self) -> bool:
        """Whether one person went ahead alone and nobody else has looked at that yet."""
        return self.alone is not None and all(each.verdict != "reviewed" for each in self.voices)


@dataclass(frozen=True)
class AskedBook:
    """The stage that shows requested actions, of the cases that whoever looks may see.

    Attributes:
        abilities: what each platform can do.
    """

    store: Store
    clock: Clock
    abilities: Abilities = nothing_known

    def waiting(self, actor: Actor) -> tuple[AskedView, ...]:
        """What others asked for and this person may approve, the longest waiting first.

        The words are in it: whoever agrees has to know them. The look is audited, once for each.

        Raises:
            NotAllowed: the actor may not approve actions.
        """
        return self._for_second(actor, t.RequestedAction.state == "awaiting_approval")

    def to_review(self, actor: Actor) -> tuple[AskedView, ...]:
        """What others went ahead with alone and nobody looked at yet; audited as `waiting`.

        Raises:
            NotAllowed: the actor may not approve actions.
        """
        return self._for_second(actor, _said("broke_glass"), ~_said("reviewed"))

    def mine(self, actor: Actor) -> tuple[AskedView, ...]:
        """What this person asked for lately, the newest first, without anybody's words.

        Raises:
            NotAllowed: the actor may not see the queue.
        """
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, "requested_action")
        with self.store.read() as session:
            asked = _columns().where(
                t.RequestedAction.requested_by == actor.person_id, visible_to(session, actor)
            )
            rows = session.execute(asked.order_by(t.RequestedAction.id.desc()).limit(_MOST)).all()
            return self._views(session, actor, rows, words=False)

    def show(self, actor: Actor, number: int) -> AskedView:
        """One requested action, with the words that were judged. The look is audited.

        Raises:
            NotAllowed: the actor may not see its case.
            NotFound: there is no such requested action.
        """
        with permitted(
            self.store, self.clock, actor, Right.VIEW_QUEUE, "requested_action", number
        ) as session:
            row = session.execute(_columns().where(t.RequestedAction.id == number)).one_or_none()
            if row is None:
                raise NotFound(f"There is no action {number}.")
            check_access(session, actor, row.RequestedAction.case_id)
            (view,) = self._views(session, actor, [row], words=True)
            self._record(session, actor, [view])
        return view

    def _for_second(self, actor: Actor, *which: ColumnElement[bool]) -> tuple[AskedView, ...]:
        right = Right.APPROVE_ACTION
        with permitted(self.store, self.clock, actor, right, "requested_action") as session:
            others = _columns().where(
                t.RequestedAction.requested_by != actor.person_id, visible_to(session, actor), *which
            )
            rows = session.execute(others.order_by(t.RequestedAction.id).limit(_MOST)).all()
            views = self._views(session, actor, rows, words=True)
            self._record(session, actor, views)
        return views

    def _record(self, session: Session, actor: Actor, views: Sequence[AskedView]) -> None:
        details = {each.number: {"case_id": each.case_id, "kind": each.kind} for each in views}
        audit.record_many(session, actor, "viewed", "requested_action", details, now=self.clock.now())

    def _views(
        self, session: Session, actor: Actor, rows: Sequence[Any], *, words: bool
    ) -> tuple[AskedView, ...]:
        numbers = [row.RequestedAction.id for row in rows]
        voices, terms = _voices(session, numbers), _terms(session, numbers)
        return tuple(
            _view(
                row,
                actor,
                self._capability(row.platform, row.RequestedAction.kind),
                terms.get(row.RequestedAction.id),
                voices.get(row.RequestedAction.id, ()),
                words=words,
            )
            for row in rows
        )

    def _capability(self, platform: str, kind: str) -> Capability | None:
        if platform == HANDED_IN:
            return None  # it is on no platform that could be asked
        return next((each for each in self.abilities(platform) if each.kind.value == kind), None)


def _columns() -> Select[*tuple[Any, ...]]:
    return (
        select(
            t.RequestedAction,
            t.Comment.platform,
            t.Account.handle.label("account"),
            func.coalesce(t.Author.handle, t.Author.name, t.Author.external_id).label("author"),
            t.Revision.text,
            t.Decision.severity,
            t.Person.name.label("asked_by"),
            func.coalesce(t.Action.outcome, t.RequestedAction.detail).label("outcome"),
        )
        .join(t.Case, t.Case.id == t.RequestedAction.case_id)
        .join(t.Comment, t.Comment.id == t.RequestedAction.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .join(t.Revision, t.Revision.id == t.RequestedAction.revision_id)
        .join(t.Decision, t.Decision.id == t.RequestedAction.decision_id)
        .join(t.Person, t.Person.id == t.RequestedAction.requested_by)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .outerjoin(t.Action, t.Action.requested_action_id == t.RequestedAction.id)
    )


def _said(verdict: str) -> ColumnElement[bool]:
    """The SQL that holds of the requested actions about which somebody said this."""
    voices = select(t.Approval.id).where(t.Approval.requested_action_id == t.RequestedAction.id)
    return voices.where(t.Approval.verdict == verdict).correlate(t.RequestedAction).exists()


def _voices(session: Session, numbers: Sequence[int]) -> Mapping[int, tuple[Voice, ...]]:
    rows = session.execute(
        select(t.Approval, t.Person.name)
        .join(t.Person, t.Person.id == t.Approval.person_id)
        .where(t.Approval.requested_action_id.in_(numbers))
        .order_by(t.Approval.id)
    )
    found: dict[int, tuple[Voice, ...]] = {}
    for row, name in rows:
        voice = Voice(name, row.verdict, row.reason, row.at)
        found[row.requested_action_id] = (*found.get(row.requested_action_id, ()), voice)
    return found


def _terms(session: Session, numbers: Sequence[int]) -> Mapping[int, BlockTerms]:
    """The newest terms of each block."""
    rows = session.scalars(
        select(t.BlockTerms).where(t.BlockTerms.requested_action_id.in_(numbers)).order_by(t.BlockTerms.id)
    )
    return {
        row.requested_action_id: BlockTerms(row.warning, row.warned_at, row.no_warning_because, row.review_at)
        for row in rows
    }


def _view(
    row: Any,
    actor: Actor,
    able: Capability | None,
    terms: BlockTerms | None,
    voices: tuple[Voice, ...],
    *,
    words: bool,
) -> AskedView:
    asked: t.RequestedAction = row.RequestedAction
    return AskedView(
        number=asked.id,
        case_id=asked.case_id,
        kind=asked.kind,
        state=asked.state,
        platform=row.platform,
        account=row.account,
        author=row.author,
        text=row.text if words else None,
        severity=row.severity,
        effect="" if able is None else able.effect,
        steps=() if able is None else able.steps,
        undone_by=OPPOSITES.get(asked.kind),
        asked_by=row.asked_by,
        mine=asked.requested_by == actor.person_id,
        asked_at=asked.requested_at,
        reason=asked.reason,
        terms=terms,
        voices=voices,
        outcome=row.outcome,
        finished_at=asked.finished_at,
    )
