"""The whole machine as Hypothesis works it: people decide, ask, approve; platforms fail; processes die."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from connectors.errors import ConnectorError, PlatformUnavailable
from tests.judging import said
from tests.unit.action.errands import dies_after
from tests.unit.review.floor import WORKERS, Floor
from tests.unit.review.promises import Watch, at_the_end, right_now
from worker.review.appeal import Answer, NewAppeal
from worker.review.people import change_person
from worker.review.requests import KINDS
from worker.review.restricting import restrict_case
from worker.review.ruling import Ruling
from worker.review.terms import Terms
from worker.steps import unobserved
from worker.store import tables as t

#: Gives a furnished floor over an empty database for as long as it is held.
Opened = Callable[[], AbstractContextManager[Floor]]

#: So few comments, so that the same ones are met again.
_MOST = 8
_NUMBER = st.integers(0, 99)
_WHO = st.integers(0, len(WORKERS) - 1)
_OFTEN = st.sampled_from((True, True, True, False))
_VERDICTS = st.sampled_from(("upheld", "upheld", "not_upheld", "needs_advice"))
_ACTIONS = st.sampled_from(((), ("hide",), ("hide",), ("delete",), ("block",), ("hide", "block")))
#: Under this name the steps themselves are counted.
STEPS = "steps"
_STEPS = ("act.started", "act.receipt", "act.sent", "act.read_back", "act.written", "act.committed")
_FAULTS = (
    "unread",
    "timeout_after",
    "timeout_before",
    "ignored",
    "limited",
    "unreachable",
    "forbidden",
    "gone",
)
_DEATHS = st.sampled_from((None, None, None, None, *_STEPS))
_TERMS = Terms(no_warning_because="They wrote thirty times in an hour.")


class CaseworkMachine(RuleBasedStateMachine):
    """One Trust's day. What a stage refuses is no failure; a broken promise is."""

    def __init__(self, opened: Opened, totals: dict[str, int]) -> None:
        super().__init__()
        self._totals = totals
        self._held = opened()
        self.floor = self._held.__enter__()
        self.floor.town.before_change = partial(right_now, self.floor)
        self.watch = Watch(self.floor)
        self.shown: dict[tuple[int, int], int] = {}

    @initialize()
    def begin(self) -> None:
        """Two comments wait; on another a hide is on its way, and a deletion waits for a second person."""
        for words in ("you are a useless nurse", "go and rot", "more of the same"):
            self.floor.add_comment(words)
        self.watch.look()
        case, revision = self.floor.numbers(t.Case)[0], self.floor.numbers(t.Revision)[0]
        self.floor.scene.upheld(case, revision, actions=("hide", "delete"))

    @rule(number=_NUMBER, words=st.sampled_from((None, "edited", "edited again", "sorry")))
    def write(self, number: int, words: str | None) -> None:
        """Somebody writes something that the rules queue, or changes what they wrote."""
        comments = self.floor.numbers(t.Comment)
        if words is not None:
            self.floor.attempt("edited", lambda: self.floor.edit(comments[number % len(comments)], words))
        elif len(comments) < _MOST:
            self.floor.attempt("written", lambda: self.floor.add_comment("more made-up words"))

    @rule(who=_WHO, number=_NUMBER)
    def look(self, who: int, number: int) -> None:
        """A reviewer looks at a case, and keeps what they saw in their head."""
        case, person = self._pick("case", number), self.floor.person(who)
        view = self.floor.attempt("shown", lambda: self.floor.scene.review.show(person, case))
        if view is not None:
            self.shown[person.person_id or 0, case] = view.revision_id

    @rule(
        who=_WHO, number=_NUMBER, what=st.sampled_from(("claim_next", "claim", "renew", "release", "snooze"))
    )
    def hold(self, who: int, number: int, what: str) -> None:
        """A reviewer takes a case, keeps it, gives it back, or puts it aside."""
        case, person = self._pick("case", number), self.floor.person(who)
        review, until = self.floor.scene.review, self.floor.scene.clock.now() + timedelta(hours=number)
        if what == "claim_next":
            self.floor.attempt(what, lambda: review.claim_next(person))
        elif what == "snooze":
            self.floor.attempt(what, lambda: self.floor.handing_on.snooze(person, case, until))
        else:
            self.floor.attempt(what, lambda: getattr(review, what)(person, case))

    @rule(who=_WHO, number=_NUMBER, verdict=_VERDICTS, actions=_ACTIONS, corrects=_OFTEN, looks=_OFTEN)
    def decide(
        self, *, who: int, number: int, verdict: str, actions: tuple[str, ...], corrects: bool, looks: bool
    ) -> None:
        """A reviewer decides on what they saw last, which may be old; promise 4 is looked at right here."""
        case, person = self._pick("case", number), self.floor.person(who)
        if looks:
            self.look(who, number)
        seen = self.shown.get((person.person_id or 0, case))
        if seen is None:
            return
        newest, decided_before = self._newest_revision(case), self._latest_decision(case)
        corrected = self._judged_before_a_later_case(case)
        takes = verdict == "needs_advice" or (verdict == "upheld" and actions)
        decided = self.floor.attempt(
            "decided" if decided_before is None else "corrected",
            lambda: self.floor.scene.review.decide(
                person,
                case,
                seen,
                verdict,
                reason="For a reason.",
                categories=("insult",) if verdict == "upheld" else (),
                severity="serious" if verdict == "upheld" else None,
                actions=actions if verdict == "upheld" else actions[:0],
                supersedes=decided_before if corrects else None,
                terms=_TERMS if verdict == "upheld" and "block" in actions else None,
                particulars=said(verdict),
            ),
        )
        sound = seen == newest or (seen == corrected and not takes)
        assert decided is None or sound, "a decision on words that nobody could see any more"

    @rule(who=_WHO, number=_NUMBER, kind=st.sampled_from((*KINDS, "withdraw")))
    def ask(self, who: int, number: int, kind: str) -> None:
        """A reviewer asks for an action on a case that was decided before, or takes one back."""
        person = self.floor.person(who)
        if kind == "withdraw":
            request = self._pick("requested_action", number, "requested", "awaiting_approval")
            self.floor.attempt(
                "withdrawn", lambda: self.floor.ending.withdraw(person, request, "Changed my mind.")
            )
            return
        case, terms = self._pick("case", number), _TERMS if kind == "block" else None
        review = self.floor.scene.review
        self.floor.attempt("asked", lambda: review.request(person, case, kind, "Because.", terms=terms))

    @precondition(lambda self: self.there_is("requested_action", "awaiting_approval"))
    @rule(who=_WHO, number=_NUMBER, what=st.sampled_from(("approve", "approve", "refuse", "break_glass")))
    def agree(self, who: int, number: int, what: str) -> None:
        """Somebody speaks about an action that needs two people: the asker themselves, too."""
        request = self._pick("requested_action", number, "awaiting_approval")
        person, approving = self.floor.person(who), self.floor.approving
        self.floor.attempt(what, lambda: getattr(approving, what)(person, request, "It is right."))

    @precondition(lambda self: self.there_is("requested_action", "requested"))
    @rule(number=_NUMBER, fault=st.sampled_from((None, None, None, *_FAULTS)), dies=_DEATHS, sealed=_OFTEN)
    def carry_out(self, *, number: int, fault: str | None, dies: str | None, sealed: bool) -> None:
        """The job of an action runs; the platform may fail, and the process may die at any step."""
        if sealed:
            self.floor.seal()
        request, town = self._pick("requested_action", number, "requested"), self.floor.town
        unread: ConnectorError = PlatformUnavailable("no connection", sent=False)
        town.faults[:] = [fault] if fault not in (None, "unread") else []
        town.read_faults[:] = [unread] if fault == "unread" else []
        self.floor.carry(request, dies_after(dies) if dies else unobserved)
        town.read_faults.clear()

    @rule(
        who=_WHO,
        number=_NUMBER,
        what=st.sampled_from(("lost", "elsewhere", "roles", "stop", "go", "closed", "time")),
    )
    def upset(self, who: int, number: int, what: str) -> None:
        """The next write is lost, a colleague hides something, roles change, all is stopped, time passes."""
        person, store, scene = self.floor.person(who), self.floor.store, self.floor.scene
        if what == "lost":
            store.doomed = True
        elif what == "elsewhere":
            things = list(self.floor.town.things.values())
            things[number % len(things)].hidden = bool(who % 2)
        elif what == "roles":
            name = ("senior_reviewer", "on_call_manager")[who % 2]
            number_of, given = scene.people[name].person_id or 0, [name, "referral_reader"][number % 2]
            self.floor.attempt(
                "roles", lambda: change_person(store, scene.clock, scene.admin, number_of, roles=[given])
            )
        elif what == "closed":
            case = self._pick("case", number)
            self.floor.attempt(
                "restricted",
                lambda: restrict_case(store, scene.clock, person, case, "safeguarding", "It must be."),
            )
        elif what == "time":
            self.floor.pass_time((1, 6, 90, 1440)[number % 4])
        else:
            turn = getattr(self.floor.switches, what)
            self.floor.attempt(what, lambda: turn(person, "Look first."))

    @precondition(lambda self: self.there_is("case", "decided"))
    @rule(who=_WHO, number=_NUMBER, succeeds=st.booleans(), alone=st.booleans())
    def challenge(self, *, who: int, number: int, succeeds: bool, alone: bool) -> None:
        """The author challenges what was decided, or somebody decides that: perhaps who decided the case."""
        person, appeals = self.floor.person(who), self.floor.appeals
        if not self.there_is("appeal", "waiting"):
            case = self._pick("case", number, "decided")
            came = NewAppeal(case, "author", "email", "That is not fair.", self.floor.scene.clock.now())
            self.floor.attempt("appealed", lambda: appeals.log(person, came))
            return
        appeal, because = self._pick("appeal", number, "waiting"), "Nobody else." if alone else None
        answer = Answer("dismissed", "It stands.", alone_because=because)
        if succeeds:
            ruling = Ruling("not_upheld", (), None, "Criticism.", (), None, particulars=said("not_upheld"))
            with self.floor.store.read() as session:
                case = session.get_one(t.Appeal, appeal).case_id
            newest = self._newest_revision(case)
            answer = Answer("upheld", "They are right.", ruling, newest, alone_because=because)
        self.floor.attempt("answered", lambda: appeals.decide(person, appeal, answer))

    def there_is(self, thing: str, *states: str) -> bool:
        """Whether there is such a thing in one of these states."""
        return any(what == thing and state in states for (what, _), state in self.watch.states.items())

    @invariant()
    def promises(self) -> None:
        """Whatever happened: see `promises.Watch`."""
        self.floor.note(STEPS)
        self.watch.look()

    def teardown(self) -> None:
        """Everything that waits is worked to its end on a platform that answers, then looked at once more."""
        try:
            if not self.watch.broken:
                self._finish()
                self.watch.look()
                at_the_end(self.floor)
        finally:
            for what, times in self.floor.happened.items():
                self._totals[what] = self._totals.get(what, 0) + times
            self._held.__exit__(None, None, None)

    def _finish(self) -> None:
        floor, scene = self.floor, self.floor.scene
        floor.store.doomed = False
        floor.town.faults.clear()
        for name in ("senior_reviewer", "on_call_manager"):
            person = scene.people[name].person_id or 0
            change_person(floor.store, scene.clock, scene.admin, person, roles=[name])
        floor.switches.go(scene.people["senior_reviewer"], "All is well.")
        floor.seal()
        for _ in range(12):
            for number in floor.numbers(t.RequestedAction):
                if self._state(number) == "requested":
                    floor.carry(number)
            floor.pass_time(5)

    def _pick(self, thing: str, number: int, *states: str) -> int:
        """One of the things in these states, or of all; 0, which nothing has, where there is none."""
        among = sorted(
            each
            for (what, each), state in self.watch.states.items()
            if what == thing and (not states or state in states)
        )
        return among[number % len(among)] if among else 0

    def _state(self, number: int) -> str:
        with self.floor.store.read() as session:
            return session.get_one(t.RequestedAction, number).state

    def _newest_revision(self, case: int) -> int | None:
        with self.floor.store.read() as session:
            comment = session.get_one(t.Case, case).comment_id
            return session.get_one(t.Comment, comment).revision_id

    def _judged_before_a_later_case(self, case: int) -> int | None:
        """What a decided case was about, where the newer words have a case: only corrected there."""
        with self.floor.store.read() as session:
            row = session.get_one(t.Case, case)
            newest = select(func.max(t.Case.id)).where(t.Case.comment_id == row.comment_id)
            return row.revision_id if row.state == "decided" and session.scalar(newest) != case else None

    def _latest_decision(self, case: int) -> int | None:
        with self.floor.store.read() as session:
            return session.scalar(select(func.max(t.Decision.id)).where(t.Decision.case_id == case))
