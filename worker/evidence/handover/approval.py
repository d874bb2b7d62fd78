"""Asking, and the second person: an export is approved by somebody else, or the glass is broken for it.

Rights are looked at each time, for everybody who had a hand in it: somebody who lost the right since has
approved nothing. On a command line two people are also two of the operating system's users, because there a
name is only claimed; the setting of a demo, and a web page that one signs in to, may say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotAllowed
from worker.evidence.agreed import EXPORT_APPROVED, EXPORT_ASKED, GLASS_BROKEN, exports_not_agreed
from worker.evidence.handover.reach import may_be_handed, must_see, refusable, seen
from worker.evidence.handover.request import Request
from worker.evidence.locking import hold_comments
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.os_users import acted_as, must_be_another, must_be_named
from worker.review.rights import Right, check, permitted
from worker.store import tables as t
from worker.store.session import Store

REFUSED, REVIEWED, MADE = "export_refused", "export_reviewed", "export_made"


@dataclass(frozen=True, slots=True)
class Approvals:
    """The two people behind an export.

    Attributes:
        one_os_user_will_do: whether one user of the operating system may be both people; for a demo.
    """

    store: Store
    clock: Clock
    one_os_user_will_do: bool = False

    def ask(self, actor: Actor, request: Request, os_user: str | None) -> int:
        """Ask for an export.

        Args:
            os_user: the operating system's user, from a command line; None where people sign in.

        Returns:
            The export's number.

        Raises:
            NotAllowed: the actor may not ask for exports.
            NotFound: a case does not exist.
            Conflict: it cannot be asked for; says why.
        """
        must_be_named(actor.source, os_user)
        with permitted(self.store, self.clock, actor, Right.ASK_EXPORT, "export") as session:
            request.check()
            hold_comments(session, request.cases)
            for case_id in request.cases:
                may_be_handed(session, actor, case_id, request)
            row = t.Export(
                purpose=request.purpose,
                legal_basis=request.legal_basis,
                recipient=request.recipient,
                reason=request.reason,
                redacted=request.redacted,
                particulars=request.particulars(),
                state="asked",
                asked_by=actor.person_id,
                asked_at=self.clock.now(),
            )
            session.add(row)
            session.flush()
            session.add_all(t.ExportCase(export_id=row.id, case_id=case_id) for case_id in request.cases)
            self._record(session, actor, EXPORT_ASKED, row, os_user)
            return row.id

    def approve(self, actor: Actor, export_id: int, os_user: str | None) -> None:
        """Approve what somebody else asked for.

        Raises:
            NotAllowed: the actor asked for it, may not approve, or may not look at all of it; or the asker
                may not any more.
            NotFound: there is no such export.
            Conflict: it was decided already.
        """
        must_be_named(actor.source, os_user)
        with self._waiting(actor, export_id) as (session, row):
            self._must_be_another(session, actor, row, os_user, "approve it")
            check(session, Actor(row.asked_by, actor.source), Right.ASK_EXPORT)
            must_see(session, row, row.asked_by, "asked for")
            self._decide(row, actor, "approved")
            self._record(session, actor, EXPORT_APPROVED, row, os_user)

    def refuse(self, actor: Actor, export_id: int, reason: str, os_user: str | None) -> None:
        """Refuse an export or withdraw one's own, until it is made: who approved it may have left.

        Raises:
            NotAllowed: the actor may not approve, or did not ask for it and is concerned in a case of it.
            NotFound: there is no such export.
            Conflict: it was made or refused already, or there is no reason.
        """
        must_be_named(actor.source, os_user)
        with self._waiting(actor, export_id, ("asked", "approved"), refusable) as (session, row):
            row.decided_reason = _given(reason, "To refuse")
            taken_back = {"approved_by": row.decided_by, "alone_because": row.break_glass_reason}
            row.break_glass_reason = None
            self._decide(row, actor, "refused")
            self._record(session, actor, REFUSED, row, os_user, taken_back)

    def break_glass(self, actor: Actor, export_id: int, reason: str, os_user: str | None) -> None:
        """Go ahead alone, with a typed reason; somebody else reviews it within one working day.

        Raises:
            NotAllowed: the actor is not the one who asked, may not approve, or may not look at all of it.
            NotFound, Conflict: as `approve`; also where there is no reason.
        """
        must_be_named(actor.source, os_user)
        with self._waiting(actor, export_id) as (session, row):
            if row.asked_by != actor.person_id:
                raise NotAllowed(
                    "Only the person who asked goes ahead alone.",
                    safe="Nothing was done.",
                    do="You are a second person: approve it.",
                )
            row.break_glass_reason = _given(reason, "To go ahead alone")
            self._decide(row, actor, "approved")
            self._record(session, actor, GLASS_BROKEN, row, os_user)

    def review(self, actor: Actor, export_id: int, os_user: str | None) -> None:
        """Say that one has looked at an export for which the glass was broken.

        Raises:
            NotAllowed: the actor asked for it, may not approve, or may not look at all of it.
            NotFound: there is no such export.
            Conflict: the glass was not broken, or it was reviewed before.
        """
        must_be_named(actor.source, os_user)
        with permitted(self.store, self.clock, actor, Right.APPROVE_EXPORT, "export", export_id) as session:
            row = seen(session, actor, export_id)
            if row.break_glass_reason is None or row.reviewed_by is not None:
                raise Conflict(f"Export {export_id} does not wait for a review.", safe="Nothing was changed.")
            self._must_be_another(session, actor, row, os_user, "review it")
            row.reviewed_by, row.reviewed_at = actor.person_id, self.clock.now()
            self._record(session, actor, REVIEWED, row, os_user)

    def must_stand(self, session: Session, row: t.Export) -> None:
        """Refuse unless an export is approved, by people who still may, and is what they approved.

        Its cases are held: until this transaction ends nobody becomes concerned in one, none is restricted.

        Raises:
            NotAllowed: one of the two lost the right since, or may not look at all of it any more.
            Conflict: it is not approved, the audit knows of no approval, or it is not what was approved.
        """
        if row.state != "approved" or row.decided_by is None:
            raise Conflict(
                f"Export {row.id} is {row.state}, not approved.",
                safe="Nothing was made.",
                do="A second person approves it with `upstander evidence export approve`.",
            )
        for why in exports_not_agreed(session, [row]).values():
            raise Conflict(
                f"Export {row.id} was not approved in Upstander: {why}.",
                safe="Nothing was made.",
                do="Its row was altered: tell the evidence officer, run `upstander evidence verify --all`.",
            )
        check(session, Actor(row.asked_by, "export"), Right.ASK_EXPORT)
        check(session, Actor(row.decided_by, "export"), Right.APPROVE_EXPORT)
        request = Request.of(row)
        cases = session.scalars(select(t.ExportCase.case_id).where(t.ExportCase.export_id == row.id)).all()
        said = {detail.get("request_sha256") for detail in _details(session, row.id)}
        if said != {request.fingerprint()} or set(cases) != set(request.cases):
            raise Conflict(
                f"Export {row.id} is no longer what was asked for and approved: its row was altered.",
                safe="Nothing was made.",
                do="Tell the evidence officer, and run `upstander evidence verify --all`.",
            )
        hold_comments(session, request.cases)
        must_see(session, row, row.asked_by, "asked for")
        must_see(session, row, row.decided_by, "approved")

    @contextmanager
    def _waiting(
        self,
        actor: Actor,
        export_id: int,
        states: Sequence[str] = ("asked",),
        found: Callable[[Session, Actor, int], t.Export] = seen,
    ) -> Iterator[tuple[Session, t.Export]]:
        with permitted(self.store, self.clock, actor, Right.APPROVE_EXPORT, "export", export_id) as session:
            row = found(session, actor, export_id)
            if row.state not in states:
                raise Conflict(f"Export {export_id} is {row.state} already.", safe="Nothing was changed.")
            yield session, row

    def _must_be_another(
        self, session: Session, actor: Actor, row: t.Export, os_user: str | None, to: str
    ) -> None:
        if actor.person_id == row.asked_by:
            raise NotAllowed(f"Who asked for an export cannot {to}.", safe="Nothing was done.")
        # Whoever goes ahead alone may do so as another user than the one as whom they asked.
        first = acted_as(session, "export", row.id, EXPORT_ASKED, GLASS_BROKEN)
        second, will_do = replace(actor, os_user=os_user), self.one_os_user_will_do
        must_be_another(second, first, "It was asked for", to, one_will_do=will_do)

    def _decide(self, row: t.Export, actor: Actor, state: str) -> None:
        row.decided_by, row.decided_at, row.state = actor.person_id, self.clock.now(), state

    def _record(
        self,
        session: Session,
        actor: Actor,
        verb: str,
        row: t.Export,
        os_user: str | None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        facts = {
            "cases": row.particulars["cases"],
            "purpose": row.purpose,
            "legal_basis": row.legal_basis,
            "recipient": row.recipient,
            "redacted": row.redacted,
            "request_sha256": Request.of(row).fingerprint(),
            "os_user": os_user,
            **(more or {}),
        }
        audit.record(session, actor, verb, "export", row.id, now=self.clock.now(), detail=facts)


def _details(session: Session, export_id: int, verb: str | None = None) -> list[dict[str, object]]:
    """What the audit says of the asking and approving of an export, the oldest first."""
    verbs = (EXPORT_ASKED, EXPORT_APPROVED, GLASS_BROKEN) if verb is None else (verb,)
    rows = select(t.Audit.detail).where(
        t.Audit.object_type == "export", t.Audit.object_id == export_id, t.Audit.verb.in_(verbs)
    )
    return list(session.scalars(rows.order_by(t.Audit.id)))


def _given(reason: str, what: str) -> str:
    if not reason.strip():
        raise Conflict(f"{what} needs a reason.", safe="Nothing was changed.")
    return reason.strip()
