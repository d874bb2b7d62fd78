"""The demo's stages in which people look at cases: called about danger, alone or in groups, and referred."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from worker.cli.demo_choices import Choice, choice_for
from worker.cli.demo_steps import DoesNotHold, Round, check
from worker.cli.demo_world import REVIEWER, SENIOR
from worker.jobs.run import drain
from worker.review.groups import GroupRow, GroupView, Member
from worker.review.referral_words import NewReferral
from worker.store import tables as t

#: A call that reached nobody is followed by the next after a minute; the demo has no mail server.
_NEXT_CALL = timedelta(minutes=1, seconds=1)
_POLICE = "Northmoor Police (demo)"


def call(round_: Round) -> str:
    """Immediate danger calls whoever is on call, again and again, until a person takes that call."""
    world = round_.world
    first = _calls(round_)
    check(
        first.keys() == _in_danger(round_),
        f"called about cases {sorted(first)}, which is not those in danger",
    )
    check(bool(first) and all(first.values()), "there is danger, and nobody was called")
    taken = min(first)
    _let_time_pass(round_)
    again = _calls(round_)
    check(all(again[case] > first[case] for case in first), "nobody took a call, and it was not made again")
    check(world.app.alarms.rota.acknowledge(round_.who(SENIOR), taken), "a call could not be taken")
    _let_time_pass(round_)
    last = _calls(round_)
    check(taken not in last, f"case {taken} still calls although somebody took the call")
    check(all(last[case] > again[case] for case in last), "one call was taken, and others ended with it")
    return (
        f"{len(first)} cases of immediate danger called whoever is on call, and again each minute that"
        f" reached nobody; {SENIOR} took the call about case {taken}, the others go on until somebody takes"
        " or decides them"
    )


def group(round_: Round) -> str:
    """Cases that are alike are decided together, each with a decision of its own; the others stay open."""
    app, reviewer = round_.world.app, round_.who(REVIEWER)
    rows = app.casework.groups.rows(reviewer, limit=1000)
    row, chosen, choice = _alike(round_, rows)
    done = app.casework.groups.decide(
        reviewer,
        row.group_id,
        lambda case_id, revision_id, together: _decide(round_, case_id, revision_id, choice, together),
        pairs=[(each.case_id, each.revision_id) for each in chosen],
    )
    check(not done.left_out, f"not decided together with the others: {done.left_out}")
    cases, decisions = {case for case, _ in done.decided}, {number for _, number in done.decided}
    check(len(cases) == len(decisions) == len(chosen), "cases decided together share a decision, or lack one")
    left = {each.case_id for each in app.casework.groups.show(reviewer, row.group_id, limit=1000).members}
    check(len(left) == row.waiting - len(chosen), "a group lost cases that nobody decided on")
    return (
        f"{len(chosen)} of the {row.waiting} cases of one group were alike and decided together, each with a"
        f" decision, evidence and a record of its own; {len(rows)} groups were found"
    )


def review(round_: Round) -> str:
    """The scripted reviewer takes case after case from the top of the queue and decides."""
    app, reviewer = round_.world.app, round_.who(REVIEWER)
    together: int = sum(round_.verdicts.values())
    before: int = len(app.review.queue(reviewer, limit=1000).rows)
    while (held := app.review.claim_next(reviewer)) is not None:
        view = app.review.show(reviewer, held.case_id)
        _decide(round_, view.case_id, view.revision_id, choice_for(round_.shows(view.external_id)))
    decided = sum(round_.verdicts.values())
    check(decided == before + together, f"{decided} of {before + together} cases were decided")
    with app.store.read() as session:
        done = session.scalar(select(func.count()).select_from(t.Action))
    check(done == 0, "something was done to a platform before the worker was told to")
    counted = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in round_.verdicts.items())
    return f"{decided} cases decided: {counted}; {len(round_.hides)} comments to hide"


def refer(round_: Round) -> str:
    """Whoever is at risk gets help at once, which nobody approves; a threat goes to the police."""
    app, senior, referrals = round_.world.app, round_.who(SENIOR), round_.world.app.casework.desk.referrals
    at_risk = sorted(_calls(round_))
    check(bool(at_risk), "a reviewer says that somebody is at risk now, and nobody is called")
    for case_id in at_risk:
        app.alarms.rota.acknowledge(senior, case_id)
        said = NewReferral(
            "police_999",
            _POLICE,
            "Demo: somebody is at risk now.",
            acknowledged="Call taken, a welfare check is on its way.",
            reference=f"INC 4417-{case_id}",
        )
        referrals.make(senior, case_id, said)
    said = NewReferral("police_101", _POLICE, "Demo: a threat to a nurse, with a place and a time.")
    round_.referral = referrals.make(round_.who(REVIEWER), round_.to_hand_over, said)
    check(not _calls(round_), "somebody is still called although every case was taken up or decided")
    return (
        f"999 was called, which waits for nobody's approval (somebody at risk now: {len(at_risk)});"
        f" case {round_.to_hand_over} goes to the police; nobody is called any more"
    )


def _decide(
    round_: Round, case_id: int, revision_id: int, choice: Choice, together: int | None = None
) -> int:
    """Decide as the script says; as part of a group decision where its number is given."""
    app, reviewer = round_.world.app, round_.who(REVIEWER)
    external_id = _external_id(round_, case_id)
    asked = app.casework.file.asking(
        reviewer, case_id, verdict=choice.verdict, categories=choice.categories
    ).questions
    number = app.review.decide(
        reviewer,
        case_id,
        revision_id,
        choice.verdict,
        reason=f"Demo: {round_.shows(external_id)}.",
        categories=choice.categories,
        severity=choice.severity,
        actions=("hide",) if choice.hide else (),
        particulars=choice.particulars(asked),
        together=together,
    )
    round_.verdicts[choice.verdict] = round_.verdicts.get(choice.verdict, 0) + 1
    for category in choice.categories:
        round_.upheld[category] = round_.upheld.get(category, 0) + 1
    if choice.hide:
        round_.hides[case_id] = external_id
    return number


def _alike(round_: Round, rows: tuple[GroupRow, ...]) -> tuple[GroupRow, list[Member], Choice]:
    """A group with cases on which the script decides the same, and these."""
    for row in rows:
        view: GroupView = round_.world.app.casework.groups.show(
            round_.who(REVIEWER), row.group_id, limit=1000
        )
        choices = {
            each.case_id: choice_for(round_.shows(_external_id(round_, each.case_id)))
            for each in view.members
        }
        choice, number = Counter(choices.values()).most_common(1)[0]
        if number > 1 and choice.verdict == "upheld":
            return row, [each for each in view.members if choices[each.case_id] == choice], choice
    message = "no cases that are alike were put into a group"
    raise DoesNotHold(message)


def _external_id(round_: Round, case_id: int) -> str:
    with round_.world.app.store.read() as session:
        return session.scalars(
            select(t.Comment.external_id)
            .join(t.Case, t.Case.comment_id == t.Comment.id)
            .where(t.Case.id == case_id)
        ).one()


def _calls(round_: Round) -> dict[int, int]:
    """The cases about which somebody is being called, with how often that was tried."""
    with round_.world.app.store.read() as session:
        rows = session.execute(
            select(t.Page.case_id, func.count(t.PageSending.id))
            .outerjoin(t.PageSending, t.PageSending.page_id == t.Page.id)
            .where(t.Page.state == "calling")
            .group_by(t.Page.case_id)
        ).tuples()
        return dict(rows.all())


def _in_danger(round_: Round) -> set[int]:
    with round_.world.app.store.read() as session:
        return set(session.scalars(select(t.Case.id).where(t.Case.severity == "immediate_danger")))


def _let_time_pass(round_: Round) -> None:
    """Until the next calls are due and made."""
    round_.world.pass_time(_NEXT_CALL)
    drain(round_.world.app)
