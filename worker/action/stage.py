"""Carrying out: from a requested action to an outcome that was read back (promises 1 and 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.contract import ActionResult, Capability, Connector, Fate, Receipt
from connectors.errors import ConnectorError, ContentGone, CredentialsRejected, PermissionMissing
from worker import outbox
from worker.action import outcome as out
from worker.action import writing
from worker.action.errand import (
    Errand,
    Sealed,
    Started,
    being_captured,
    load,
    locked_away,
    newest_sealed,
    underway,
)
from worker.action.looking import Found, look
from worker.action.outcome import Outcome, Settled
from worker.action.wanted import doubt
from worker.clock import Clock
from worker.errors import EvidenceFault, NotYet, UpstanderError
from worker.evidence.stage import Evidence
from worker.intake.stage import Intake
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.kinds import words_of
from worker.steps import Steps, unobserved
from worker.store.session import Store

#: After so many calls that changed nothing a person has to look.
_MOST_CALLS = 5
_SHORTEST_WAIT, _LONGEST_WAIT = 3.0, 300.0
#: How long an action waits after the platform refused the token.
_TOKEN_WAIT = 60.0
_ITSELF = Actor(None, "act")

log = get("action")


class NotConfirmed(UpstanderError):
    """The platform was asked, and reading it again does not show that it was done."""


@dataclass(frozen=True)
class Carrying:
    """The action stage.

    Attributes:
        connector_for: gives the connector of an account, by row id; it holds the evidence stage's gate.
        intake: takes in a comment that turns out to have changed since the decision.
        steps: told of every named step.
    """

    store: Store
    clock: Clock
    connector_for: Callable[[int], Connector]
    evidence: Evidence
    intake: Intake
    steps: Steps = unobserved

    def carry_out(self, requested_action_id: int, finish: outbox.Finish) -> None:
        """Carry a requested action out, or find out what became of an attempt that had no answer.

        Running it again at any point is harmless: what an earlier attempt began is first read from the
        platform, and only what is not done there is asked for again.

        Raises:
            NotFound: there is no such requested action.
            NotYet: its evidence is still being sealed, an earlier request is being carried out, or actions
                are stopped.
            NotConfirmed: the platform did not do it, or does not say so; to be tried again.
            ConnectorError: the platform cannot be reached or asks to wait; to be tried again.
        """
        with self.store.read() as session:
            errand = load(session, requested_action_id)
        self.steps("act.loaded")
        if errand.state != "requested":
            with self.store.write() as session:
                finish(session)
            return
        try:
            ended: Outcome | None = self._attempt(errand)
        except Settled as settled:
            ended = settled.outcome
        except CredentialsRejected as refusal:
            # A renewed token is used without a restart; the feed's fault says meanwhile what is wrong.
            raise NotYet(f"{errand.platform} refused the token: {refusal}.", seconds=_TOKEN_WAIT) from refusal
        except PermissionMissing as refusal:
            ended = out.not_permitted(errand, str(refusal), self._calls(errand))
        with self.store.write() as session:
            if ended is not None:
                writing.write_outcome(session, errand, ended, now=self.clock.now())
            finish(session)
            self.steps("act.written")
        self.steps("act.committed")
        state = "by_hand" if ended is None else ended.state
        log.info("carried", requested_action=errand.id, kind=errand.kind.value, state=state)

    def _attempt(self, errand: Errand) -> Outcome | None:
        self._still_wanted(errand)
        connector = self.connector_for(errand.account_id)
        can = _capability(connector, errand)
        started = errand.started or self._start(errand)
        if not can.available:
            self._leave_to_a_person(errand, started, can)
            return None
        there = look(connector, errand)
        ended = out.seen(errand, there, started.calls)
        if ended is not None:
            if ended.changed and there.reading is not None:
                self.intake.take_in(errand.account_id, there.reading, judged_case=errand.case_id)
            return ended
        if started.calls >= _MOST_CALLS:
            return out.given_up(errand, started.calls, there)
        evidence, receipt, fault = self._receipt(errand, self._usable(errand, started.evidence))
        self.steps("act.receipt")
        with self.store.write() as session:
            writing.count_call(session, errand, evidence, started.calls, now=self.clock.now())
        result = self._apply(connector, errand, evidence, receipt)
        self.steps("act.sent")
        there = look(connector, errand)
        self.steps("act.read_back")
        return _judge(errand, result, there, fault)

    def _leave_to_a_person(self, errand: Errand, started: Started, can: Capability) -> None:
        """Leave to a person what the platform has no call for, once its evidence is sealed and verified."""
        self._receipt(errand, self._usable(errand, started.evidence))
        with self.store.write() as session:
            writing.hand_over(session, errand, can.steps, now=self.clock.now())

    def _still_wanted(self, errand: Errand) -> None:
        """Leave what somebody decided against since; what was begun is looked up first."""
        if not errand.ours:
            raise Settled(out.not_ours(errand))
        with self.store.read() as session:
            found = doubt(session, errand, self.clock.now())
            wait = underway(session, errand, self.clock.now())
            if not (errand.started and errand.started.calls):
                # What may have been done is looked up all the same; it is asked for again only when let go.
                writing.must_not_be_stopped(session, errand)
        if wait:
            raise NotYet(
                "An earlier request about this comment is being carried out.", seconds=_SHORTEST_WAIT
            )
        if found is None:
            return
        calls = errand.started.calls if errand.started else 0
        if calls:
            there = look(self.connector_for(errand.account_id), errand)
            if there.gone:
                raise Settled(out.gone(errand, calls))
            if there.as_wished:
                words = f"It was found done by reading the platform, although {found.why}."
                raise Settled(out.done(errand, words))
        raise Settled(out.unwanted(found.why, calls, ask_again=found.ask_again))

    def _start(self, errand: Errand) -> Started:
        """Write the action's row, which the database lets exist only with sealed evidence."""
        evidence = self._sealed(errand)
        with self.store.write() as session:
            started = writing.start(session, errand, evidence, now=self.clock.now())
        self.steps("act.started")
        return started

    def _usable(self, errand: Errand, begun_on: Sealed) -> Sealed:
        """What an action began on; where that was locked away since, the record that took its place."""
        with self.store.read() as session:
            locked = locked_away(session, begun_on)
        return self._sealed(errand) if locked else begun_on

    def _sealed(self, errand: Errand) -> Sealed:
        with self.store.read() as session:
            evidence = newest_sealed(session, errand)
            coming = being_captured(session, errand)
        if evidence is not None:
            return evidence
        if not errand.takes_down:
            return self._capture_now(errand, "There was no evidence yet.")
        if coming:
            age = (self.clock.now() - errand.requested_at).total_seconds()
            seconds = min(max(age / 4, _SHORTEST_WAIT), _LONGEST_WAIT)
            raise NotYet("The evidence of this comment is not sealed yet.", seconds=seconds)
        raise Settled(
            out.no_evidence(
                "There is no sealed evidence of what was decided on, and none is being captured. "
                "Nothing was done on the platform. Tell the evidence officer."
            )
        )

    def _receipt(self, errand: Errand, evidence: Sealed) -> tuple[Sealed, Receipt, str | None]:
        """A receipt, the evidence it stands for, and what was wrong with the older evidence, if anything.

        Raises:
            Settled: taking down without good evidence is refused; restoring is left to a person's own hands.
        """
        if errand.takes_down and evidence.revision_id != errand.revision_id:
            raise Settled(out.no_evidence("Its evidence is of other words than those that were decided on."))
        try:
            receipt = self.evidence.receipt_for(evidence.snapshot_id, errand.request(evidence), _ITSELF)
            return evidence, receipt, None
        except EvidenceFault as fault:
            if errand.takes_down:
                raise Settled(out.no_evidence(str(fault))) from fault
            old_fault = fault.happened
        fresh = self._capture_now(errand, old_fault)
        try:
            receipt = self.evidence.receipt_for(fresh.snapshot_id, errand.request(fresh), _ITSELF)
        except EvidenceFault as fault:
            raise Settled(out.by_hand(errand, f"{old_fault} {fault.happened}")) from fault
        return fresh, receipt, old_fault

    def _capture_now(self, errand: Errand, why: str) -> Sealed:
        try:
            snapshot_id = self.evidence.capture_now(errand.case_id, _ITSELF)
        except EvidenceFault as fault:
            raise Settled(out.by_hand(errand, f"{why} {fault.happened}")) from fault
        with self.store.read() as session:
            return writing.sealed(session, snapshot_id)

    def _apply(
        self, connector: Connector, errand: Errand, evidence: Sealed, receipt: Receipt
    ) -> ActionResult:
        try:
            return connector.apply(errand.request(evidence), receipt)
        except ContentGone:
            # Only reading says for certain that it is gone.
            return ActionResult(Fate.UNKNOWN, "the platform says that it is gone")
        except ConnectorError:
            # The platform said no: this call changed nothing, and must not look like one of unknown fate.
            with self.store.write() as session:
                writing.uncount_call(session, errand)
            raise

    def _calls(self, errand: Errand) -> int:
        with self.store.read() as session:
            started = load(session, errand.id).started
        return started.calls if started else 0


def _capability(connector: Connector, errand: Errand) -> Capability:
    """How this is done on the platform: through a call, or by a person.

    Raises:
        Settled: nobody can, or not of this comment.
    """
    can = next((each for each in connector.capabilities() if each.kind is errand.kind), None)
    if can is None or not (can.available or can.steps):
        raise Settled(out.impossible(errand, can.effect if can else "it is not known there."))
    if can.available and errand.about_author and errand.author_external_id is None:
        raise Settled(
            out.impossible(errand, "it did not say who wrote the comment. Hide the comment instead.")
        )
    return can


def _judge(errand: Errand, result: ActionResult, there: Found, fault: str | None) -> Outcome:
    """Believe what reading shows, before what the platform said.

    Raises:
        NotConfirmed: it is not as wished, or nobody can tell.
    """
    if there.gone:
        return out.gone(errand, 1)
    note = f" The older evidence could not be used: {fault} Fresh evidence was sealed first." if fault else ""
    if there.as_wished:
        return out.done(errand, f"{out.read_back(errand)}{note}")
    if there.as_wished is None and result.fate is not Fate.UNKNOWN:
        return out.taken_at_its_word(errand, result.detail + note)
    raise NotConfirmed(
        f"{errand.platform} was asked to {words_of(errand.kind.value)} of case {errand.case_id}; "
        f"reading it again does not show that it was done ({result.fate.value}).",
        do="It is tried again.",
    )
