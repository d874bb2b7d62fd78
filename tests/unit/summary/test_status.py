"""The status tells of everything that is not as it should be, in words, and of nothing else."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.clocks import StoppedClock
from tests.unit.summary.handmade import NOW, SECRETS, at, make_week
from tests.unit.summary.installation import LEAD, healthy, settings, status
from worker import outbox
from worker.settings import Settings, Summaries
from worker.store import tables as t
from worker.store.session import Store
from worker.summary import machine
from worker.summary.status import read_status


def test_all_is_well_when_all_is_well(store: Store) -> None:
    """No problem is invented, and the summary due at this very minute is not called missing."""
    healthy(store)
    found = status(store)
    assert (found.ok, found.problems, found.notices) == (True, (), ())
    assert (found.scheduler, found.scheduler_alive) == ("up:1", True)
    assert found.summary.last_week == "2026-W45"
    assert found.summary.next_due_at == at(23, "08:00:00")
    assert json.loads(json.dumps(found.as_json()))["ok"] is True


def test_a_fresh_installation_says_what_is_missing(store: Store) -> None:
    """Nothing runs, nothing is watched, nobody gets the summary: each is said, with the command."""
    found = status(store, Settings())
    assert not found.ok
    assert any("No worker is running" in problem and "upstander up" in problem for problem in found.problems)
    assert any("Nothing is scheduling" in problem for problem in found.problems)
    assert any("summary.recipients" in notice for notice in found.notices)
    assert any("No account" in notice for notice in found.notices)
    served = status(
        store,
        Settings(
            mode="served",
            database_url=SecretStr("postgresql+psycopg://app@127.0.0.1/upstander"),
            redis_url=SecretStr("redis://127.0.0.1:1/0"),
        ),
    )
    assert any("Redis does not answer" in problem for problem in served.problems)
    assert any("upstander work" in problem for problem in served.problems)
    assert any("upstander schedule" in problem for problem in served.problems)


@pytest.mark.parametrize(
    ("kind", "do"),
    [
        ("credentials_rejected", "renew this account's token"),
        ("permission_missing", "permissions and plan"),
        ("rate_limited", "goes on by itself"),
        ("platform_unavailable", "goes on by itself"),
        ("unexpected_response", "look at the log"),
        ("something_new", "look at the log"),
    ],
)
def test_a_fault_of_a_feed_says_since_when_and_what_to_do(store: Store, kind: str, do: str) -> None:
    """Every kind of fault, also one that nobody foresaw, is a problem with its remedy."""
    healthy(store)
    with store.write() as session:
        session.execute(
            update(t.Feed).values(
                fault_kind=kind, fault_text="Code 190.\x1b[2J", fault_since=at(16, "07:00:00"), fault_count=3
            )
        )
    (problem,) = status(store).problems
    assert "X Northmoor, mentions: not read since 16 November 2026 at 7:00am" in problem
    assert "(Code 190.\\x1b[2J)" in problem
    assert do in problem


@pytest.mark.parametrize("caught_up", [None, NOW - timedelta(seconds=901)])
def test_a_feed_that_is_not_read_on_time_is_a_problem(store: Store, caught_up: object) -> None:
    """A feed without any fault that nobody reads is no silent gap."""
    healthy(store)
    with store.write() as session:
        session.execute(update(t.Feed).values(caught_up_at=caught_up))
    found = status(store)
    assert not found.ok
    assert found.feeds[0].late


def test_a_paused_account_is_noticed_but_is_no_problem(store: Store) -> None:
    """Somebody chose it; it stays in sight."""
    healthy(store)
    with store.write() as session:
        session.execute(update(t.Account).values(paused=True))
        session.execute(update(t.Feed).values(caught_up_at=None))
    found = status(store)
    assert (found.ok, found.notices) == (True, ("X Northmoor is paused: nothing is read there.",))


def test_an_account_without_a_feed_is_in_sight(store: Store) -> None:
    """An account that nothing reads is late like any other."""
    healthy(store)
    with store.write() as session:
        session.execute(update(t.Feed).values(account_id=_another_account(session)))
    found = status(store)
    assert [(feed.account, feed.feed) for feed in found.feeds] == [
        ("Elsewhere", "mentions"),
        ("Northmoor", None),
    ]
    assert not found.ok


def _another_account(session: Session) -> int:
    row = t.Account(platform="x", external_id="2", handle="Elsewhere", credential="c", created_at=at(2))
    session.add(row)
    session.flush()
    return row.id


def test_silent_processes_and_a_dead_scheduler_are_problems(store: Store) -> None:
    """A process that stopped saying that it lives, and an office that ran out, are seen within a minute."""
    healthy(store)
    with store.write() as session:
        session.execute(update(t.Process).values(seen_at=NOW - timedelta(seconds=61)))
        session.execute(update(t.Election).values(until=NOW))
    found = status(store)
    assert len(found.problems) == 2
    assert [process.alive for process in found.processes] == [False]
    assert (found.scheduler, found.scheduler_alive) == ("up:1", False)


def test_stuck_and_overdue_jobs_are_problems(store: Store) -> None:
    """A stuck job shows its number, kind and last error; work left lying shows since when."""
    healthy(store)
    with store.write() as session:
        outbox.enqueue(session, "capture", {"snapshot_id": 1}, now=NOW - timedelta(minutes=11))
        job = outbox.enqueue(session, "act", {"requested_action_id": 1}, now=at(15))
        session.execute(
            update(t.Job)
            .where(t.Job.id == job)
            .values(state="stuck", last_error="Disk full.\x1b[0m", finished_at=at(15, "09:00:00"))
        )
    found = status(store)
    assert found.jobs_waiting == {"capture": 1}
    assert any("Work that was due on 16 November 2026 at 7:49am" in problem for problem in found.problems)
    said = f"Job {job} (act) gave up on 15 November 2026 at 9:00am: Disk full.\\x1b[0m. Mend the cause"
    assert any(problem.startswith(said) for problem in found.problems)


def test_unsealed_evidence_overdue_cases_and_open_gaps_are_told(store: Store) -> None:
    """Evidence that stays pending and cases past their time are problems; open gaps are listed."""
    make_week(store)
    found = status(store)
    assert (found.snapshots_pending, found.oldest_pending_at) == (1, at(12, "09:00:00"))
    assert found.open_cases == {"routine": 1, "concerning": 0, "serious": 1, "immediate_danger": 0}
    assert found.overdue_cases == 2
    assert any(problem.startswith("2 cases are overdue") for problem in found.problems)
    assert any(problem.startswith("Evidence of 1 case is not sealed") for problem in found.problems)
    (gap,) = found.open_gaps
    assert (gap.platform, gap.kind, gap.since) == ("facebook", "credentials_rejected", at(15, "20:00:00"))
    whole = json.dumps(found.as_json())
    # A stuck job's error is for whoever mends it, so it is the one text that is shown.
    assert not [secret for secret in SECRETS if secret != "zzdetail" and secret in whole]


def test_a_summary_that_was_not_sent_or_was_refused_is_a_problem(store: Store) -> None:
    """A missing week is named ten minutes after it was due; an address that was refused is named too."""
    healthy(store)
    with store.write() as session:
        session.execute(update(t.Summary).where(t.Summary.week == "2026-W45").values(refused=[LEAD]))
    late = read_status(store, StoppedClock(NOW + timedelta(minutes=11)), settings())
    assert late.summary.unsent == ("2026-W46",)
    assert any("2026-W46 is due and was not sent" in problem for problem in late.problems)
    assert any(LEAD in problem for problem in late.problems)


def test_a_wrong_schedule_is_a_problem_not_a_crash(store: Store) -> None:
    """Status works also where the settings do not."""
    healthy(store)
    found = status(
        store, settings(summary=Summaries(recipients=(LEAD,)).model_copy(update={"send_at": "mondays"}))
    )
    assert any("mondays" in problem for problem in found.problems)
    assert found.summary.next_due_at is None


def test_a_clock_that_was_ahead_is_a_problem(store: Store) -> None:
    """A feed read “in the future” is never late: without a word nobody would learn that it is not read."""
    healthy(store)
    with store.write() as session:
        session.execute(update(t.Feed).values(caught_up_at=NOW + timedelta(days=3)))
    (problem,) = status(store).problems
    assert "clock was ahead" in problem


def test_work_that_somebody_is_doing_is_not_called_left_lying(store: Store) -> None:
    """A job that is due and held is being worked on; one that nobody takes is a problem after two minutes."""
    healthy(store)
    with store.write() as session:
        job = outbox.enqueue(session, "capture", {"snapshot_id": 1}, now=NOW - timedelta(minutes=3))
        session.execute(update(t.Job).where(t.Job.id == job).values(lease_until=NOW + timedelta(minutes=1)))
    assert status(store).ok
    with store.write() as session:
        session.execute(update(t.Job).where(t.Job.id == job).values(lease_until=NOW))
    (problem,) = status(store).problems
    assert "has not been begun" in problem


def test_little_room_for_evidence_is_a_problem(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is nearly full is told while evidence can still be sealed."""
    healthy(store)
    monkeypatch.setattr(machine, "LEAST_FREE", shutil.disk_usage("/").total * 1000)
    (problem,) = status(store).problems
    assert "MB are free" in problem


def test_a_request_that_did_not_come_to_be_is_a_problem(store: Store) -> None:
    """A hide that failed is in the status, so that nobody reads that all is well."""
    make_week(store)
    found = status(store)
    assert not found.ok
    assert any("the request to unhide the comment ended as outside" in each for each in found.problems)
