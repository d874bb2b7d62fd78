"""Copies elsewhere, by real processes over HTTP, in both modes: copied, held, read back, brought back."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.services.storage import LoopbackStorage, running_storage
from tests.worlds import REVIEWER, World, world
from worker.evidence.verify import verify_bag
from worker.ledger.audit import Actor
from worker.review.people import add_person
from worker.store import tables as t

OFFICER = "Asha Okafor"


@pytest.fixture(scope="module")
def storage() -> Iterator[LoopbackStorage]:
    """A storage in this process; the workers reach it over HTTP."""
    with running_storage() as made:
        yield made


@pytest.fixture(params=["embedded", "served"])
def place(request: pytest.FixtureRequest, tmp_path: Path, storage: LoopbackStorage) -> Iterator[World]:
    """An Upstander in each mode that copies its evidence to a bucket."""
    served = request.param == "served"
    database = request.getfixturevalue("migrated_postgres_database") if served else None
    redis = request.getfixturevalue("redis_url") if served else None
    with world(tmp_path, database=database, redis_url=redis, more=told_of(storage)) as made:
        yield made


@pytest.fixture
def alone(tmp_path: Path, storage: LoopbackStorage) -> Iterator[World]:
    """An embedded Upstander that copies its evidence to a bucket."""
    with world(tmp_path, more=told_of(storage)) as made:
        yield made


def told_of(storage: LoopbackStorage, *, locks: bool = True) -> dict[str, str]:
    """The environment that names a new bucket."""
    return {
        "UPSTANDER_EVIDENCE__OFFSITE__ENDPOINT": storage.endpoint,
        "UPSTANDER_EVIDENCE__OFFSITE__BUCKET": storage.bucket(locks=locks),
        "UPSTANDER_EVIDENCE__OFFSITE__ACCESS_KEY": "AKIDEXAMPLE",
        "UPSTANDER_EVIDENCE__OFFSITE__SECRET_KEY": "never-to-be-told",
    }


def at_work(place: World, step: str = "-") -> None:
    """Somebody threatens, and everything is started."""
    place.control("comment", platform="facebook", account="NorthmoorFacebook", text="I will stab you at work")
    place.poll_now()
    served = place.environ.get("UPSTANDER_MODE") == "served"
    for way in ("schedule", "work") if served else ("up",):
        place.start_warm(way, step)


def copies(place: World) -> list[t.OffsiteCopy]:
    """The copies that were read back."""
    with place.store.read() as session:
        whole = select(t.OffsiteCopy).where(t.OffsiteCopy.read_back_at.is_not(None))
        return list(session.scalars(whole.order_by(t.OffsiteCopy.id)))


def case_of(place: World) -> int:
    """The only case."""
    with place.store.read() as session:
        return session.scalars(select(t.Case.id)).one()


def test_the_whole_way_there_and_back(place: World, tmp_path: Path) -> None:
    """From a threat on a platform to a copy that was read back, held, told of, verified and fetched."""
    at_work(place)
    place.wait("a copy that was read back", lambda: len(copies(place)) == 1)
    case = str(case_of(place))
    app = place.app()
    officer = add_person(app.store, app.clock, place.reviewer, OFFICER, ("evidence_officer",))
    app.keeping.hold(int(case), Actor(officer, "test"), "A claim is expected.")
    app.copies.schedule()
    app.close()
    place.wait("the hold at the storage", lambda: copies(place)[0].held)
    found = json.loads(place.run("status", "--json").stdout)["evidence"]
    assert (found["uncopied"]["count"], found["copies_elsewhere"]) == (0, 0)
    assert "Copies elsewhere pending: 0." in place.run("status").stdout
    verified = place.run("evidence", "verify", "--offsite", "--all", "--as", REVIEWER)
    assert (verified.returncode, verified.stdout) == (0, "1 looked at, 0 with problems. 1 copied.\n")
    shown = place.run("evidence", "show", case, "--as", OFFICER).stdout
    assert "copy elsewhere  read back" in shown
    assert "and held" in shown
    (as_json,) = json.loads(place.run("evidence", "show", case, "--json", "--as", OFFICER).stdout)
    assert as_json["offsite"].startswith("read back")
    custody = place.run("evidence", "custody", case, "--as", OFFICER).stdout
    assert "a copy elsewhere was read back and compared" in custody
    assert "the copy elsewhere was held" in custody
    back = tmp_path / "back"
    fetched = place.run("evidence", "fetch", case, "--into", str(back), "--as", OFFICER)
    assert fetched.returncode == 0, fetched.stderr
    (bag,) = back.iterdir()
    assert verify_bag(bag).ok
    assert place.run("evidence", "verify", "--bag", str(bag)).returncode == 0
    for said in (place.logs(), place.run("settings").stdout, shown, custody):
        assert "never-to-be-told" not in said


@pytest.mark.faults
def test_killed_over_a_copy_the_next_process_goes_on(alone: World, storage: LoopbackStorage) -> None:
    """SIGKILL after sending, before entering: one copy in the end, nothing sent twice, nothing forgotten."""
    at_work(alone, "offsite.sent")
    (process,) = alone.processes
    assert process.wait(60) == -signal.SIGKILL
    # What the dead process held, its lease and its office, is free after a while.
    alone.control("clock", shift_seconds=60)
    alone.start_warm("up")
    alone.wait("a copy that was read back", lambda: len(copies(alone)) == 1)
    (copy,) = copies(alone)
    names = storage.names(alone.environ["UPSTANDER_EVIDENCE__OFFSITE__BUCKET"])
    assert names == sorted(thing["name"] for thing in copy.objects)


def test_a_bucket_that_does_not_lock_stops_the_start(alone: World, storage: LoopbackStorage) -> None:
    """The worker does not start, and says what to do; commands that send nothing still run."""
    alone.environ |= told_of(storage, locks=False)
    refused = alone.run("up")
    assert refused.returncode == 1
    assert "no versioning with Object Lock" in refused.stderr
    assert "never-to-be-told" not in refused.stderr
    assert "Copies elsewhere pending: 0." in alone.run("status").stdout


def test_a_storage_that_is_away_stops_nothing(alone: World, storage: LoopbackStorage) -> None:
    """The worker starts, reads and seals; the copy is pending, and is made once the storage is back."""
    storage.stop()
    try:
        at_work(alone)
        sealed = select(t.Snapshot).where(t.Snapshot.state == "sealed").subquery()
        alone.wait("sealed evidence", lambda: alone.count(sealed) == 1)
        postponed = select(t.Job).where(t.Job.kind == "offsite", t.Job.last_error.is_not(None)).subquery()
        alone.wait("an attempt at a copy", lambda: alone.count(postponed) == 1)
        assert "Copies elsewhere pending: 1 since" in alone.run("status").stdout
    finally:
        storage.start()
    with alone.store.write() as session:
        for job in session.scalars(select(t.Job).where(t.Job.kind == "offsite", t.Job.state == "waiting")):
            job.due_at = job.created_at
    alone.wait("a copy that was read back", lambda: len(copies(alone)) == 1)
