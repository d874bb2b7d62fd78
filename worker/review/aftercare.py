"""What a decision makes necessary beside actions: considering the police, support, a debrief, Datix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.schema import Category, Severity
from worker import outbox
from worker.clock import LONDON, Clock
from worker.errors import NotYet
from worker.ledger.audit import Actor
from worker.review import duties, welfare
from worker.review.consequences import ADVICE, SEEN_TO
from worker.review.duties import Matter, Office
from worker.review.group_decisions import counting, ever, overtaken, that_counts
from worker.review.guide import Guide
from worker.review.history import latest_decision
from worker.review.reckoning import flags_of
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

#: Where the police have to be considered, and the decision stands on record either way.
_CONSIDER_POLICE = frozenset(
    {
        Category.THREAT,
        Category.STALKING,
        Category.HARASSMENT,
        Category.HATE,
        Category.BLACKMAIL,
        Category.INCITEMENT,
        Category.DEFAMATION,
        Category.INTIMATE_IMAGE,
        Category.SUSPECTED_CSAM,
    }
)
#: Where the security specialist calls the police if the member of staff has not.
_CALL_POLICE = frozenset({Category.THREAT, Category.STALKING})
#: Nobody files these as an incident when nothing else was upheld.
_NOT_FOR_DATIX = frozenset({Category.SPAM_SCAM})
_GRAVE = frozenset({Severity.SERIOUS, Severity.IMMEDIATE_DANGER})
_STAFF = frozenset({"named_staff", "staff"})
#: A reviewer who is the one that was meant is a member of staff, too.
_STAFF_FLAGS = frozenset({"named_staff", "reviewer_is_target"})
_ALL = tuple(duties.TITLES)
#: A claim for defamation has to be begun within a year of publication; the task to look at it is due before.
_LIMITATION = timedelta(days=365)
_WARNED_BEFORE = timedelta(days=60)
#: A group decision of which nothing was heard for so long was cut off: what was decided is followed.
_CUT_OFF = timedelta(minutes=1)
_LOOK_AGAIN = 5
_WORKER = Actor(None, "aftercare")


def ask(
    session: Session, case_id: int, decision_id: int, *, now: datetime, together: int | None = None
) -> None:
    """Have a decision followed, in the transaction that writes it.

    Args:
        together: the group decision that it is part of already: that is followed once, whole.
    """
    if together is not None:
        payload = {"group_decision": together}
        outbox.enqueue(session, "follow_group", payload, now=now, key=f"follow_group:{together}")
    else:
        outbox.enqueue(session, "follow_up", {"case_id": case_id}, now=now, key=f"follow_up:{decision_id}")


@dataclass(frozen=True)
class Aftercare:
    """Follows decisions with tasks."""

    store: Store
    clock: Clock
    guide: Callable[[], Guide]
    days: Callable[[], WorkingDays]

    def follow(self, case_id: int, finish: outbox.Finish) -> None:
        """Add the tasks that the decision that counts calls for, and end those that it no longer does.

        Running it twice changes nothing.

        Args:
            finish: called in the transaction that writes them.
        """
        office = Office(self.guide(), self.days(), self.clock.now())
        with self.store.write() as session:
            finish(session)
            session.get_one(t.Case, case_id, with_for_update=True, populate_existing=True)
            decision = latest_decision(session, case_id)
            if decision is None:
                return
            categories = _categories(session, [decision.id])[decision.id]
            wanted = called_for(decision, categories, flags=flags_of(session, [case_id]).get(case_id, ()))
            matter = duties.one_case(case_id)
            duties.end(session, _WORKER, matter, _not_in(wanted), duties.NOT_NEEDED, office.now)
            if session.scalar(that_counts(case_id)) is None:
                _begin(session, matter, wanted, office, cause=f"decision:{decision.id}")
            for number in session.scalars(ever(case_id)).all():
                session.get_one(t.GroupDecision, number, with_for_update=True)
                _end_of_group(session, number, session.scalars(counting(number)).all(), office.now)

    def follow_group(self, number: int, finish: outbox.Finish) -> None:
        """Add the tasks that a group decision calls for, each once for all of its cases.

        What was corrected before this ran stands for itself. Running it twice changes nothing.

        Args:
            finish: called in the transaction that writes them.

        Raises:
            NotYet: members are still being decided.
        """
        office = Office(self.guide(), self.days(), self.clock.now())
        with self.store.write() as session:
            # Locked, the earliest first: whoever decides on another member finds this job waiting, or asks
            # for a new one.
            before = session.scalars(overtaken(number)).all()
            for earlier in before:
                session.get_one(t.GroupDecision, earlier, with_for_update=True)
            row = session.get_one(t.GroupDecision, number, with_for_update=True, populate_existing=True)
            members = session.scalars(counting(number)).all()
            newest = max((each.decided_at for each in members), default=row.begun_at)
            if row.ended_at is None and newest > office.now - _CUT_OFF:
                message = f"Members of group {row.group_id} are still being decided."
                raise NotYet(message, seconds=_LOOK_AGAIN)
            finish(session)
            for earlier in before:
                _end_of_group(session, earlier, session.scalars(counting(earlier)).all(), office.now)
            wanted = _end_of_group(session, number, members, office.now)
            if len(members) == 1:
                matter = duties.one_case(members[0].case_id)
            else:
                matter = duties.decided_together(number, row.group_id, len(members))
            _begin(session, matter, wanted, office, cause="decided")


def called_for(
    decision: t.Decision, categories: Collection[str], *, flags: Collection[str] = ()
) -> frozenset[str]:
    """The tasks that a decision calls for: none unless it upholds.

    Args:
        categories: what it upheld.
        flags: that people put on the case.
    """
    if decision.verdict != "upheld":
        return frozenset()
    upheld, wanted = frozenset(categories), set[str]()
    danger = decision.severity == Severity.IMMEDIATE_DANGER
    helpless = upheld == {welfare.DISTRESS}
    if upheld & _CONSIDER_POLICE or (danger and not helpless):
        wanted.add("consider_police")
    if upheld & _CALL_POLICE or (danger and not helpless):
        wanted.add("call_police")
    if welfare.DISTRESS in upheld:
        wanted.add("refer_welfare")
    if Category.DEFAMATION in upheld:
        wanted |= {"legal_advice", "tell_insurers", "limitation"}
    if decision.target in _STAFF or not _STAFF_FLAGS.isdisjoint(flags):
        wanted.add("offer_support")
    if decision.severity in _GRAVE:
        wanted.add("debrief")
    if not upheld <= _NOT_FOR_DATIX:
        wanted.add("record_in_datix")
    return frozenset(wanted)


def _end_of_group(
    session: Session, number: int, members: Sequence[t.Decision], now: datetime
) -> frozenset[str]:
    """End a group decision's tasks that no member calls for any more.

    What was answered was answered for all of them: it is called for as long as one of them counts.

    Args:
        members: its decisions that count.

    Returns:
        The duties that at least one of them calls for.
    """
    categories = _categories(session, [each.id for each in members])
    flags = flags_of(session, [each.case_id for each in members])
    wanted = frozenset[str]().union(
        *(called_for(each, categories[each.id], flags=flags.get(each.case_id, ())) for each in members)
    )
    needless = _not_in(wanted)
    needless += [] if members else SEEN_TO
    needless += [] if any(each.advice_from for each in members) else [ADVICE]
    duties.end(session, _WORKER, duties.of_group(number), needless, duties.NOT_NEEDED, now)
    return wanted


def _begin(session: Session, matter: Matter, wanted: Collection[str], office: Office, *, cause: str) -> None:
    for duty in _ALL:
        if duty == "limitation" and duty in wanted:
            _warn_of_limitation(session, matter, office, cause)
        elif duty in wanted:
            duties.begin(session, _WORKER, matter, duty, office, cause=cause)


def _not_in(wanted: Collection[str]) -> list[str]:
    return [duty for duty in _ALL if duty not in wanted and duty != "answer_notice"]


def _categories(session: Session, decision_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """What each of these decisions upheld."""
    found: dict[int, set[str]] = {each: set() for each in decision_ids}
    rows = select(t.DecisionCategory.decision_id, t.DecisionCategory.category)
    for decision_id, category in session.execute(rows.where(t.DecisionCategory.decision_id.in_(found))):
        found[decision_id].add(category)
    return {each: frozenset(chosen) for each, chosen in found.items()}


def _warn_of_limitation(session: Session, matter: Matter, office: Office, cause: str) -> None:
    """Of several cases the first that was published counts."""
    published = func.min(func.coalesce(t.Comment.posted_at, t.Comment.first_seen_at))
    comments = select(published).join(t.Case, t.Case.comment_id == t.Comment.id)
    over = session.scalars(comments.where(t.Case.id.in_(matter.cases))).one() + _LIMITATION
    soonest = office.guide.tasks["limitation"].within.after(office.now, office.days)
    due = max(over - _WARNED_BEFORE, soonest)
    duties.begin(session, _WORKER, matter, "limitation", office, cause=cause, due_at=due, over=_day(over))


def _day(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B %Y}"
