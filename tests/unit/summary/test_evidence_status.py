"""No silent gap in evidence: what it waits for is in the status, in words, with what to do (promise 9)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.clocks import StoppedClock
from tests.unit.summary.custody_rows import Custody
from tests.unit.summary.handmade import NOW, SECRETS, at
from tests.unit.summary.installation import healthy, settings, status
from worker import outbox
from worker.keyring import Keyring
from worker.ledger.audit import Actor, record
from worker.ledger.sequencer import append
from worker.settings_evidence import Evidence, Ledger, Safeguarding
from worker.steps import unobserved
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.signing import read_signing, signing_problems

NOW_ISH = NOW - timedelta(minutes=1)


def said(store: Store, **given: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Problems and notices, but for that evidence was never verified."""
    found = status(store, settings(**given))
    assert not [secret for secret in (*SECRETS, "zzrecipient") if secret in json.dumps(found.as_json())]
    return found.problems, tuple(each for each in found.notices if "never been verified" not in each)


def test_a_timestamp_that_does_not_come_is_a_problem_in_time(store: Store) -> None:
    """Within tsa_pending_minutes it is only counted; after them it is a problem, with how many since when."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.capture("rendered", NOW_ISH, NOW_ISH)
    (problem,), _ = said(store)
    assert problem.startswith(
        "2 sealed snapshots are without a trusted timestamp, the oldest since 10 November"
    )
    assert "evidence.tsa_url" in problem
    assert status(store).evidence.unstamped.since == at(10, "10:00:00")
    with store.write() as session:
        session.add(
            t.Timestamp(
                snapshot_id=rows.core,
                stamped_at=NOW,
                authority="a",
                serial="1",
                token_sha256="0" * 64,
                shared=False,
                entered_at=NOW,
            )
        )
    assert said(store) == ((), ())
    assert status(store).evidence.unstamped.count == 1


def test_locked_and_destroyed_evidence_waits_for_no_timestamp(store: Store) -> None:
    """What will never be stamped is not called pending for ever."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.dispose(rows.propose(rows.case, NOW_ISH), NOW_ISH)
        rows.case = rows.new_case("q2")
        rows.make.snapshot(rows.case, at(10), at(10))
        rows.mark("suspected_csam", NOW_ISH)
    assert status(store).evidence.unstamped.count == 0


def test_what_nobody_outside_vouches_for_is_a_notice(store: Store) -> None:
    """No timestamp authority, no place for checkpoints, no address of the lead: each setting is named."""
    healthy(store)
    with store.write() as session:
        Custody(session)
    problems, notices = said(
        store,
        evidence=Evidence(),
        ledger=Ledger(),
        safeguarding=Safeguarding(),
    )
    assert problems == ()
    assert [setting in notice for setting, notice in zip(
        ("evidence.tsa_url", "ledger.publish_dir", "safeguarding.lead_email"), notices, strict=True
    )] == [True] * 3  # fmt: skip
    assert "1 snapshot is without one" in notices[0]


def test_a_ledger_that_lags_is_a_problem(store: Store) -> None:
    """Audit rows that nobody enters are told after a minute, and are counted at once."""
    healthy(store)
    with store.write() as session:
        record(session, Actor(None, "poll"), "seen", "account", 1, now=NOW - timedelta(minutes=2))
    (problem,), _ = said(store)
    assert problem.startswith("The ledger lacks 1 of the newest audit rows")
    assert status(store, now=NOW - timedelta(seconds=90)).evidence.unentered.count == 1
    append(store, StoppedClock(NOW), unobserved)
    assert status(store).evidence.unentered.count == 0


def test_a_missing_signing_key_is_a_problem_not_a_crash(store: Store, tmp_path: Path) -> None:
    """Without the folder of keys the status still tells everything, and that nothing can be sealed."""
    healthy(store)
    (problem,), _ = said(store, keys_dir=tmp_path / "none")
    assert problem.startswith("Nothing can be sealed, and so nothing hidden: ")
    assert "upstander keys init" in problem
    assert status(store).evidence.signing.fingerprint


@pytest.mark.parametrize(
    ("day", "word"),
    [(-1, "holds only from"), (1, ""), (3590, ""), (3594, "runs out on"), (3654, "ran out on")],
)
def test_a_key_is_told_of_two_months_before_it_runs_out(tmp_path: Path, day: int, word: str) -> None:
    """Ten years go by: sixty days before the end, and after it, somebody is told what to run."""
    made = datetime(2026, 11, 2, tzinfo=UTC)
    (tmp_path / "keys").mkdir(mode=0o700)
    Keyring(tmp_path / "keys").init("Northmoor", made)
    found = list(signing_problems(read_signing(tmp_path / "keys"), made + timedelta(days=day)))
    assert [word in each and "upstander keys rotate" in each for each in found] == ([True] if word else [])


def test_a_live_page_that_is_not_captured_holds_nothing_up_and_says_so(store: Store) -> None:
    """It is a notice after an hour; a job for it that gave up says that no action waits."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.stamp(rows.core, NOW)
        rows.capture("rendered", NOW - timedelta(minutes=61))
    problems, (notice,) = said(store)
    assert problems == ()
    assert "1 live page is not captured yet" in notice
    assert "no action waits for it" in notice
    _stuck(store, "render", "The browser could not be started.")
    (problem,), _ = said(store)
    assert "no action waits for it" in problem


def _stuck(store: Store, kind: str, error: str) -> None:
    with store.write() as session:
        job = outbox.enqueue(session, kind, {}, now=NOW)
        given_up = {"state": "stuck", "last_error": error, "finished_at": NOW}
        session.execute(update(t.Job).where(t.Job.id == job).values(**given_up))


def test_a_file_that_was_handed_in_and_is_not_sealed_is_a_problem(store: Store) -> None:
    """Who took a screenshot trusts that it is evidence: ten minutes later somebody is told that it is not."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.stamp(rows.core, NOW)
        rows.capture("supplement", NOW - timedelta(minutes=9))
    assert said(store) == ((), ())
    with store.write() as session:
        session.execute(
            update(t.Snapshot)
            .where(t.Snapshot.kind == "supplement")
            .values(asked_at=NOW - timedelta(minutes=11))
        )
    (problem,), _ = said(store)
    assert "1 file is handed in for a case and not sealed" in problem


def test_what_waits_for_a_person_is_a_notice_and_then_a_problem(store: Store) -> None:
    """A hand-over waits a day, a disposal thirty, before it counts as left undone."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.stamp(rows.core, NOW)
        rows.export("police", NOW - timedelta(hours=23))
        rows.propose(rows.case, NOW - timedelta(days=29))
    problems, notices = said(store)
    assert problems == ()
    assert ["export approve" in notices[0], "retention list" in notices[1]] == [True, True]
    later = status(store, now=NOW + timedelta(days=1, minutes=1))
    assert set(notices) <= set(later.problems)
    assert not set(notices) & set(later.notices)


def test_glass_that_was_broken_is_reviewed_within_a_working_day(store: Store) -> None:
    """Until then it is a notice, after it a problem, and reviewed it is neither."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.stamp(rows.core, NOW)
        early, late = rows.export("police", at(12)), rows.export("police", at(12))
        rows.decide(early, at(13, "09:00:00"), alone=True)  # Friday: due on Monday at nine
        rows.decide(late, at(12, "09:00:00"), alone=True)
    (problem,), (notice,) = said(store)
    assert problem.startswith("1 hand-over of evidence made by one person alone and not reviewed")
    assert notice.startswith("1 hand-over of evidence made by one person alone: another reviews it")
    with store.write() as session:
        person = session.scalars(select(t.Person.id).where(t.Person.name.startswith("Second"))).one()
        session.execute(update(t.Export).values(reviewed_by=person, reviewed_at=NOW))
    assert said(store) == ((), ())


def test_bank_holidays_are_no_working_days_for_a_review(store: Store) -> None:
    """What was done alone on Christmas Eve is reviewed by the end of the next working day, 29 December."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        export = rows.export("police", at(12))
        rows.decide(export, datetime(2026, 12, 24, 9, tzinfo=UTC), alone=True)
    assert status(store, now=datetime(2026, 12, 29, 8, 59, tzinfo=UTC)).evidence.glass_late == 0
    assert status(store, now=datetime(2026, 12, 29, 9, 1, tzinfo=UTC)).evidence.glass_late == 1


def test_a_table_of_bank_holidays_that_ends_is_told_of(store: Store, tmp_path: Path) -> None:
    """Three months ahead as a notice, afterwards as a problem; so is one that cannot be used at all."""

    def told(now: datetime, **given: object) -> tuple[list[str], list[str]]:
        found = status(store, settings(**given), now=now)
        about = "bank holidays"
        return [each for each in found.problems if about in each], [
            each for each in found.notices if about in each
        ]

    assert told(NOW) == ([], [])
    problems, notices = told(datetime(2028, 12, 31, 23, 59, tzinfo=UTC))
    assert problems == []
    assert "ends with 2028: add the next years to `bank-holidays.yaml`" in notices[0]
    problems, notices = told(datetime(2029, 1, 1, tzinfo=UTC))
    assert "ended with 2028" in problems[0]
    assert notices == []
    (problem,), _ = told(NOW, reference_dir=tmp_path)
    assert "cannot be used: bank-holidays.yaml: cannot be read" in problem
    assert "every day from Monday to Friday counts as a working day" in problem


def test_a_lead_who_was_not_told_is_the_first_problem(store: Store) -> None:
    """Ten minutes after a mark that could not be mailed somebody is told to phone, and whom and where."""
    healthy(store)
    with store.write() as session:
        outbox.enqueue(session, "tell_lead", {"mark_id": 1}, now=NOW - timedelta(minutes=11))
        session.execute(update(t.Job).values(lease_until=NOW + timedelta(minutes=1)))
    lead = Safeguarding(lead_name="Ines Hollow", lead_email="i@t.example.test", lead_phone="07700 900123")
    (problem,), _ = said(store, safeguarding=lead)
    assert problem.startswith(
        "1 suspicion of child sexual abuse imagery that Ines Hollow could not be told of"
    )
    assert "Phone them now on 07700 900123" in problem
    with store.write() as session:
        session.execute(update(t.Job).values(state="done"))
    assert said(store) == ((), ())
    _stuck(store, "tell_lead", "No mail server answers.")
    assert any("Phone the named safeguarding lead now." in each for each in said(store)[0])


def test_the_last_verification_is_remembered(store: Store) -> None:
    """Never, too long ago, and what it found: each is said until a later verification is clean."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.stamp(rows.core, NOW)
    assert any("never been verified" in notice for notice in status(store).notices)

    def verified(problems: int, case: int | None = None, *, days: int = 0) -> tuple[list[str], list[str]]:
        with store.write() as session:
            rows.session = session
            rows.surveyed(case, problems, NOW - timedelta(days=days))
        append(store, StoppedClock(NOW), unobserved)
        found = status(store)
        told = [[each for each in some if "verif" in each] for some in (found.problems, found.notices)]
        return told[0], told[1]

    assert verified(0, days=9)[1][0].startswith("All evidence was last verified on 7 November 2026")
    assert verified(0, days=8) == ([], [])
    (problem,), _ = verified(2)
    assert "found problems with 2 snapshots or folders" in problem
    assert verified(0, 7)[0] == [problem]
    assert verified(0) == ([], [])
    (problem,), _ = verified(1, 7)
    assert "The evidence of case 7 was not whole" in problem
    assert verified(0, 7) == ([], [])
    assert status(store).evidence.checks.evidence_at == NOW


def test_a_ledger_that_was_not_whole_is_a_problem_until_it_is(store: Store) -> None:
    """Only a later clean check of the ledger takes it back."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        rows.stamp(rows.core, NOW)
    for ok in (False, True):
        with store.write() as session:
            rows.session = session
            rows.ledger_verified(NOW, ok=ok)
        append(store, StoppedClock(NOW), unobserved)
        assert any("The ledger was not whole" in each for each in said(store)[0]) is not ok
        assert status(store).evidence.checks.ledger_whole is ok
