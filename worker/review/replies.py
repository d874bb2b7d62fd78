"""Replies: templates for a person to post, never posted by themselves, and who said that they posted one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import check_access, held_case
from worker.review.reply_templates import ReplyTemplate, fill, templates_for
from worker.review.rights import Right, permitted, require
from worker.store import tables as t
from worker.store.session import Store

_X = "x"
_LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply ready to be posted by a person."""

    template: str
    title: str
    case_id: int
    platform: str
    words: str


@dataclass(frozen=True)
class Replies:
    """The stage of replies.

    Attributes:
        templates: all of them; read when first asked for.
        values: what fills their places (see `reply_templates.PLACES`).
        pre_election: whether only neutral replies may be used at a moment.
    """

    store: Store
    clock: Clock
    templates: Callable[[], tuple[ReplyTemplate, ...]]
    values: Mapping[str, str | None]
    pre_election: Callable[[datetime], bool]

    def listing(self, actor: Actor, reason: str | None = None) -> tuple[ReplyTemplate, ...]:
        """The templates that may be used now: in a pre-election period only the neutral ones.

        Args:
            reason: only those that fit this reason.

        Raises:
            NotAllowed: the actor may not use replies.
        """
        require(self.store, self.clock, actor, Right.POST_REPLY, "reply")
        neutral = self.pre_election(self.clock.now())
        if reason is not None:
            return self.for_reason(reason, neutral=neutral)
        return tuple(each for each in self.templates() if each.neutral or not neutral)

    def for_reason(self, reason: str, *, neutral: bool) -> tuple[ReplyTemplate, ...]:
        """The templates that fit a reason: see `reply_templates.templates_for`."""
        return templates_for(self.templates(), reason, neutral=neutral)

    def show(self, actor: Actor, template_id: str, case_id: int) -> Reply:
        """One template filled for a case, in the form of its platform. That it was shown is audited.

        Raises:
            NotAllowed: the actor may not use replies, or not see this case.
            NotFound: there is no such template or case.
            Conflict: it is not neutral and this is a pre-election period, or nothing may be answered here.
            ReplyIncomplete: a place in it has nothing to fill it.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.POST_REPLY, "case", case_id) as session:
            template, case = self._usable(session, actor, template_id, case_id, now)
            platform = session.get_one(t.Comment, case.comment_id).platform
            words = fill(template, self.values, short=platform == _X)
            detail = {"template": template.id}
            audit.record(session, actor, "template_shown", "case", case_id, now=now, detail=detail)
        return Reply(template.id, template.title, case_id, platform, words)

    def posted(self, actor: Actor, case_id: int, template_id: str, address: str | None = None) -> int:
        """Note that a person posted a reply in the platform's own app; by their word, nothing looks it up.

        Args:
            address: of the reply, where they give it.

        Returns:
            The number of the record.

        Raises:
            NotAllowed: the actor may not use replies, or not see this case.
            NotFound: there is no such template or case.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.POST_REPLY, "case", case_id) as session:
            held_case(session, actor, case_id)
            template = self._template(template_id)
            row = t.PostedReply(
                case_id=case_id,
                template=template.id,
                address="".join((address or "").split())[:_LONGEST_ADDRESS] or None,
                posted_by=actor.person_id,
                posted_at=now,
            )
            session.add(row)
            session.flush()
            detail = {"template": template.id, "reply_id": row.id}
            audit.record(session, actor, "reply_posted", "case", case_id, now=now, detail=detail)
            return row.id

    def _usable(
        self, session: Session, actor: Actor, template_id: str, case_id: int, now: datetime
    ) -> tuple[ReplyTemplate, t.Case]:
        case = check_access(session, actor, case_id)
        template = self._template(template_id)
        if not template.neutral and self.pre_election(now):
            raise Conflict(
                f"The reply {template.id} is not for a pre-election period.",
                safe="Nothing was shown.",
                do="`upstander replies list` shows the neutral ones.",
            )
        suspected = select(t.Mark.id).where(
            t.Mark.comment_id == case.comment_id, t.Mark.mark == "suspected_csam"
        )
        if case.restriction == "imagery" or session.scalar(suspected.limit(1)) is not None:
            raise Conflict(
                "Child sexual abuse imagery is suspected here: nobody answers whoever posted it before"
                " the police have said so.",
                safe="Nothing was shown.",
            )
        return template, case

    def _template(self, template_id: str) -> ReplyTemplate:
        found = next((each for each in self.templates() if each.id == template_id), None)
        if found is None:
            raise NotFound(f"There is no reply {template_id}.", do="`upstander replies list` shows them.")
        return found
