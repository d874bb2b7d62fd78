"""The dashboard's figures against rows whose numbers were worked out on paper, on both databases."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.clocks import StoppedClock
from tests.quiet import statements
from tests.unit.summary.handmade import HANDLE, NOW, SECRETS, at, make_week
from tests.unit.summary.maker import Maker
from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.review.clocks import make_clocks
from worker.review.looking_back import TooFarBack
from worker.review.rights import HOLDERS, Right
from worker.settings import Polling
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t
from worker.store.platform import HANDED_IN, SEVERITIES
from worker.store.session import Store
from worker.summary import counts
from worker.summary.ages import BANDS, Waiting
from worker.summary.dashboard import Dashboard, DashboardFigures
from worker.summary.figures import read_figures
from worker.summary.medians import medians
from worker.summary.response import ResponseTime
from worker.summary.weeks import Week
from worker.working_days import WorkingDays

CLOCKS = make_clocks(ReviewSettings(), WorkingDays)
MINUTE = timedelta(minutes=1)


def person(store: Store, role: str) -> Actor:
    """Somebody of a role, one more each time."""
    with store.write() as session:
        name = f"The {role} {session.scalar(select(func.count()).select_from(t.Person))}"
        row = t.Person(name=name, active=True, created_at=at(1), roles=[t.PersonRole(role=role)])
        session.add(row)
        session.flush()
        return Actor(row.id, "test")


def figures(store: Store, *, now: datetime = NOW, weeks: int = 4) -> DashboardFigures:
    """The dashboard at a moment, as a communications lead reads it."""
    reader = person(store, "communications_lead")
    return Dashboard(store, StoppedClock(now), Polling(), CLOCKS).figures(reader, weeks=weeks)


def a_post(make: Maker) -> None:
    """People, one account and a post of it."""
    make.people()
    make.account("x", "mentions", caught_up_at=NOW)
    make.post = make.add(t.Post(account_id=make.accounts["x"], external_id="p", first_seen_at=at(2))).id


def test_cases_that_wait_stand_by_severity_and_age_and_are_the_summarys_backlog(store: Store) -> None:
    """Each case is in one band; a case exactly as old as a band reaches is in the next; all are counted."""
    make_week(store)
    with store.write() as session:
        make = Maker(session, accounts={"x": 1}, author=1, post=1)
        for number, age in enumerate((MINUTE, 60 * MINUTE, 239 * MINUTE, 240 * MINUTE, 3 * 24 * 60 * MINUTE)):
            comment = make.comment("x", f"young{number}", NOW - age, None)
            make.case(comment, "serious", NOW - age, NOW + (MINUTE if number else -MINUTE))
    found = figures(store)
    nothing = dict.fromkeys(BANDS, Waiting())
    assert found.waiting == {
        "immediate_danger": nothing,
        "serious": {
            "under_1_hour": Waiting(1, 1),
            "1_to_4_hours": Waiting(2, 0),
            "4_to_24_hours": Waiting(2, 1),
            "1_to_3_days": Waiting(),
            "older": Waiting(1, 0),
        },
        "concerning": nothing,
        "routine": nothing | {"older": Waiting(1, 1)},
    }
    with store.read() as session:
        backlog = counts.backlog(session, NOW)
    assert found.total == Waiting(sum(backlog.by_severity.values()), backlog.overdue)


def test_arrivals_are_told_by_the_clocks_of_london(store: Store) -> None:
    """By weekday and hour of London over the weeks, and one by one for the last 48 hours."""
    make_week(store)
    with store.write() as session:
        session.add(
            t.Account(
                platform=HANDED_IN, external_id="staff", handle="Staff", credential="-", created_at=at(1)
            )
        )
        session.flush()
        make = Maker(session, accounts={"x": 1, HANDED_IN: 3}, author=1, post=1)
        # The clocks go back on 25 October: there the hour from 1am comes twice.
        for name, moment in (("b1", "2026-10-25T00:30:00+00:00"), ("b2", "2026-10-25T01:30:00+00:00")):
            make.comment("x", name, datetime.fromisoformat(moment), None)
        make.comment(HANDED_IN, "by hand", at(12, "09:00:00"), None)
        make.comment("x", "too old", at(16, "07:59:59") - timedelta(weeks=4), None)
    found = figures(store).arrivals
    counted = {
        (day, hour): count
        for day, hours in enumerate(found.comments)
        for hour, count in enumerate(hours)
        if count
    }
    assert counted == {(0, 0): 2, (1, 10): 1, (2, 12): 1, (3, 9): 2, (3, 10): 1, (6, 1): 2, (6, 23): 1}
    assert [sum(hours) for hours in found.cases] == [1, 1, 1, 3, 0, 0, 1]
    assert len(found.latest) == 48
    assert [(each.starts, each.comments, each.cases) for each in found.latest if each.comments] == [
        (at(15, "23:00:00"), 1, 1),
        (at(16), 1, 0),
    ]
    assert (found.latest[0].starts, found.latest[-1].starts) == (at(14, "09:00:00"), at(16, "08:00:00"))


def test_response_times_are_those_worked_out_by_hand(store: Store) -> None:
    """From opening to the first verdict: corrections and requests for advice are none."""
    make_week(store)
    found = figures(store).response
    assert list(found) == list(reversed(SEVERITIES))
    assert found == {
        "immediate_danger": ResponseTime(1, 600, 600, 1),
        "serious": ResponseTime(1, 352_800, 352_800, 0),
        "concerning": ResponseTime(1, 86_400, 86_400, 1),
        "routine": ResponseTime(2, 171_000, 338_400, 1),
    }
    assert found["routine"].share_in_time == 0.5
    assert ResponseTime().share_in_time is None


def test_nine_of_ten_took_no_longer_than_the_ninetieth_percentile(store: Store) -> None:
    """Of ten cases it is the ninth; the median lies between the fifth and the sixth, as in the summary."""
    with store.write() as session:
        make = Maker(session)
        a_post(make)
        for number in range(1, 11):
            opened = at(12) + number * MINUTE
            case = make.case(
                make.comment("x", str(number), opened, None),
                "serious",
                opened,
                opened + 5 * MINUTE,
                closed=opened + number * MINUTE,
            )
            make.decision(case, "not_upheld", opened + number * MINUTE)
    assert figures(store).response["serious"] == ResponseTime(10, 330, 540, 5)
    with store.read() as session:
        assert medians(session, counts.Span(at(1), NOW))["opened_to_decided"] == 330


def test_outcomes_are_those_of_the_weekly_summaries(store: Store) -> None:
    """Week by week the same verdicts and results of actions as the mail tells, and what was asked for."""
    make_week(store)
    found = {each.week: each for each in figures(store).outcomes}
    assert list(found) == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    assert [each.complete for each in found.values()] == [True, True, True, False]
    for name, each in found.items():
        with store.read() as session:
            mail = read_figures(session, Week.parse(name), now=NOW, late_after=timedelta(minutes=15)).this
        assert (each.upheld, each.not_upheld, each.needs_advice) == (
            mail.upheld,
            mail.not_upheld,
            mail.needs_advice,
        )
        assert each.actions == mail.actions
    week = found["2026-W46"]
    assert (week.upheld, week.not_upheld, week.needs_advice) == (3, 1, 1)
    assert week.asked == {"hide": 4, "unhide": 2}
    assert (week.came_to("done", "already"), week.came_to("failed"), week.came_to("outside")) == (2, 1, 1)


def _burst(make: Maker, name: str, opened: datetime, size: int) -> list[t.Case]:
    """A post with so many cases at one moment, in the group of their burst."""
    make.post = make.add(t.Post(account_id=make.accounts["x"], external_id=name, first_seen_at=at(2))).id
    about = {"kind": "thread", "about": make.post, "serial": 0}
    group = make.add(t.Group(**about, opened_at=opened, grown_at=opened))
    cases = []
    for number in range(size):
        comment = make.comment("x", f"{name}-{number}", opened, None)
        case = make.case(comment, "serious", opened, opened)
        row = {"group_id": group.id, "case_id": case.id, "revision_id": case.revision_id}
        make.add(t.GroupMember(**row, added_at=opened))
        cases.append(case)
    return cases


def test_pile_ons_are_told_without_cases_that_are_kept_from_anybody(store: Store) -> None:
    """One that goes on, one that was; what is restricted or concerns somebody is not counted."""
    with store.write() as session:
        make = Maker(session)
        a_post(make)
        now = _burst(make, "now", NOW - 20 * MINUTE, 7)
        _burst(make, "before", at(10), 5)
        # Four that everybody may know of are no pile-on, neither then nor now.
        for few in (_burst(make, "few", at(11), 5), _burst(make, "few now", NOW - 10 * MINUTE, 5)):
            few[0].restriction = "manager"
        now[0].restriction = "manager"
        concerned = {"person_id": make.person, "reason": "It is about them.", "noted_at": at(10)}
        make.add(t.Conflict(case_id=now[1].id, **concerned))
    found = figures(store).pile_ons
    assert [(each.cases, each.goes_on, each.began) for each in found] == [
        (5, True, NOW - 20 * MINUTE),
        (5, False, at(10)),
    ]
    assert {(each.platform, each.account) for each in found} == {("x", HANDLE)}
    later = figures(store, now=NOW + 30 * MINUTE).pile_ons
    assert [each.goes_on for each in later] == [False, False]


def test_each_account_tells_whether_its_token_is_taken_and_what_was_missed(store: Store) -> None:
    """The same words as the status, under the account that they are about."""
    make_week(store)
    with store.write() as session:
        session.execute(
            update(t.Feed)
            .where(t.Feed.name == "comments")
            .values(fault_kind="credentials_rejected", fault_text="zz", fault_since=at(15, "20:00:00"))
        )
        session.add(
            t.Account(
                platform=HANDED_IN, external_id="staff", handle="Staff", credential="-", created_at=at(1)
            )
        )
    facebook, x = figures(store).accounts
    assert (facebook.platform, x.platform) == ("facebook", "x")
    assert (facebook.token_refused_since, x.token_refused_since) == (at(15, "20:00:00"), None)
    assert "renew this account's token" in facebook.problems[0]
    assert x.problems == ()
    assert [gap.kind for gap in facebook.open_gaps] == ["credentials_rejected"]
    assert x.open_gaps == ()
    assert {hole.kind for hole in x.holes} >= {"rate_limited", "platform_unavailable", "unreachable"}
    assert {hole.account for hole in (*facebook.holes, *x.holes)} == {HANDLE}


def test_the_dashboard_holds_no_words_and_no_names(store: Store) -> None:
    """Neither what people wrote nor who they are is in it, however it is written out."""
    make_week(store)
    said = json.dumps(figures(store).as_json())
    assert [secret for secret in SECRETS if secret in said] == []


def test_only_those_who_read_summaries_see_the_dashboard(store: Store) -> None:
    """Whoever lacks the right sees no number; weeks beyond half a year are refused."""
    dashboard = Dashboard(store, StoppedClock(NOW), Polling(), CLOCKS)
    for role in t.ROLES:
        reader = person(store, role)
        if role in HOLDERS[Right.READ_SUMMARY]:
            assert dashboard.figures(reader).total == Waiting()
        else:
            with pytest.raises(NotAllowed):
                dashboard.figures(reader)
    for weeks in (0, 27):
        with pytest.raises(TooFarBack):
            figures(store, weeks=weeks)


def test_it_costs_the_same_statements_however_many_cases_there_are(store: Store) -> None:
    """Nothing is read case by case, and two weeks more cost their own few statements and no others."""
    sent = {}
    for weeks in (4, 6):
        with statements(store) as seen:
            figures(store, weeks=weeks)
        sent[weeks] = len(seen)
    make_week(store)
    for weeks, before in sent.items():
        with statements(store) as seen:
            figures(store, weeks=weeks)
        assert len(seen) == before, weeks
    assert sent[6] - sent[4] <= 8
    assert sent[4] <= 40
