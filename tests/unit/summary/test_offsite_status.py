"""No silent gap in the copies elsewhere: pending, left behind, out of reach, and not locked are told of."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from tests.unit.summary.custody_rows import Custody
from tests.unit.summary.handmade import NOW, at
from tests.unit.summary.installation import healthy, settings, status
from worker.evidence.offsite.wanted import place_of
from worker.settings import Settings
from worker.settings_evidence import Evidence, Offsite
from worker.store import tables as t
from worker.store.session import Store

BUCKET = Offsite(bucket="zzbucket", access_key=SecretStr("zzkey"), secret_key=SecretStr("zzsecret"))


def copying(bucket: Offsite = BUCKET) -> Settings:
    """Settings with a bucket."""
    chosen = Evidence(tsa_url="http://127.0.0.1:1/tsa", tsa_ca_file=Path("ca.pem"), offsite=bucket)
    return settings(evidence=chosen)


def about_copies(store: Store, chosen: Settings) -> tuple[list[str], list[str]]:
    """The problems and notices about copies."""
    found = status(store, chosen)
    assert "zzsecret" not in json.dumps(found.as_json())
    return [each for each in found.problems if "cop" in each], [
        each for each in found.notices if "elsewhere" in each
    ]


@pytest.fixture
def core(store: Store) -> int:
    """A healthy installation with one sealed core snapshot."""
    healthy(store)
    with store.write() as session:
        return Custody(session).core


def copy(session: Session, core: int, place: str) -> None:
    """A copy that was read back."""
    row = t.OffsiteCopy(
        snapshot_id=core, part="bag", place=place, begun_at=at(10), mode="governance",
        retain_until=NOW + timedelta(days=30),
    )  # fmt: skip
    session.add(row)
    session.flush()
    row.read_back_at, row.objects = at(10), [{"name": "a"}]
    session.flush()


def test_a_copy_that_does_not_come_is_a_problem_in_time(store: Store, core: int) -> None:
    """Counted at once, a problem after pending_minutes; nothing at all where no bucket is set."""
    assert status(store, settings()).evidence.uncopied.count == 0
    assert status(store, copying()).evidence.uncopied.count == 1
    (problem,), _ = about_copies(store, copying())
    assert problem.startswith("1 sealed snapshot is without a copy elsewhere, the oldest since 10 November")
    patient = copying(BUCKET.model_copy(update={"pending_minutes": 1_000_000}))
    assert about_copies(store, patient) == ([], [])
    with store.write() as session:
        copy(session, core, place_of(BUCKET))
    assert about_copies(store, copying()) == ([], [])


def test_copies_out_of_reach_are_a_problem(store: Store, core: int) -> None:
    """A bucket that the settings do not name any more, or none: holds and destruction do not reach there."""
    with store.write() as session:
        copy(session, core, "https://old.example.test/bucket/upstander")
    for chosen in (settings(), copying(BUCKET.model_copy(update={"pending_minutes": 1_000_000}))):
        (problem,), _ = about_copies(store, chosen)
        assert problem.startswith("1 copy of evidence at a place that the settings do not name")


def test_what_is_left_after_destruction_and_what_is_not_locked_is_said(store: Store) -> None:
    """Until its lock is over a copy of destroyed evidence is told of; so is a bucket that need not lock."""
    healthy(store)
    with store.write() as session:
        rows = Custody(session)
        copy(session, rows.core, place_of(BUCKET))
        rows.dispose(rows.propose(rows.case, NOW), NOW)
    _, (left,) = about_copies(store, copying())
    assert left.startswith("Of 1 destroyed snapshot a copy is still elsewhere")
    lax = copying(BUCKET.model_copy(update={"allow_without_object_lock": True}))
    _, notices = about_copies(store, lax)
    assert any("allow_without_object_lock" in each for each in notices)
