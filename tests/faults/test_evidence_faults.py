"""Full disks, lost keys, odd clocks, killed stampings: a valid sealed snapshot or clearly none."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.services.process import require_or_skip
from tests.services.tsa import LoopbackAuthority, running_authority
from tests.services.warm import PROGRAMS, PROJECT
from tests.stores import postgres_store, sqlite_store
from tests.unit.evidence.world import World, actor, add_case, done, make_world
from worker.errors import EvidenceFault, NotYet
from worker.evidence.bag import TIMESTAMP
from worker.evidence.sidecars import Trust
from worker.evidence.stamping import Stamping
from worker.evidence.verify import verify_bag
from worker.keyring import CURRENT, Keyring
from worker.steps import unobserved
from worker.store import tables as t

pytestmark = pytest.mark.faults

SEAL = ("seal.read", "seal.built", "seal.synced", "seal.renamed")
STAMP = ("stamp.asked", "stamp.put", "stamp.written", "stamp.committed")
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackAuthority]:
    """A timestamp authority."""
    with running_authority(tmp_path_factory.mktemp("tsa")) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A case whose snapshot waits, on either database."""
    store = (
        sqlite_store(tmp_path)
        if request.param == "sqlite"
        else postgres_store(request.getfixturevalue("migrated_postgres_database"))
    )
    yield make_world(store, tmp_path / "bags")
    store.close()


@pytest.fixture
def at() -> dict[str, Callable[[], object]]:
    """What happens at which step; to be filled by the test."""
    return {}


@pytest.fixture
def world(tmp_path: Path, at: dict[str, Callable[[], object]]) -> Iterator[World]:
    """A case whose snapshot waits, on SQLite, whose steps a test can do something at."""

    def step(name: str) -> None:
        at.get(name, lambda: None)()

    store = sqlite_store(tmp_path)
    yield make_world(store, tmp_path / "bags", steps=step)
    store.close()


def problems(world: World) -> list[str]:
    """What a survey finds."""
    results = world.evidence.verify(None, actor(world.store))
    return [problem for result in results for problem in result.problems]


def is_refused(world: World) -> str:
    """A capture fails, nothing counts as evidence, and no receipt is given; the words of the refusal."""
    with pytest.raises(EvidenceFault) as told:
        world.evidence.capture(world.snapshot_id, done)
    assert world.row(world.snapshot_id).state == "pending"
    with pytest.raises(EvidenceFault, match="not a sealed core snapshot"):
        world.evidence.receipt_for(world.snapshot_id, world.request(), actor(world.store))
    assert all(verify_bag(bag).ok for bag in world.bags.glob("2*/*/*"))
    return str(told.value)


def is_finished(world: World) -> None:
    """The next attempt seals one whole bag, and nothing was ever changed on the platform."""
    assert world.capture().state == "sealed"
    assert problems(world) == []
    assert len(world.audits("sealed")) == 1
    assert len(list(world.bags.glob("2*/*/*"))) == 1
    assert world.platform.changes == []


def test_a_disk_that_is_full_or_read_only_at_any_moment(tmp_path: Path) -> None:
    """Of any size, short of names, or read-only from any step on: refused in words; with room it seals."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    world = make_world(sqlite_store(tmp_path), tmp_path / "bags")
    url = world.store.engine.url.render_as_string(hide_password=False)
    command = ["unshare", "--mount", "--propagation", "private", sys.executable]
    ran = subprocess.run(
        [*command, "-m", "tests.faults.small_disk", url, str(world.bags), str(world.snapshot_id)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    world.store.close()
    if "Operation not permitted" in ran.stderr or "permission denied" in ran.stderr:
        require_or_skip("root may not mount a file system here (the container needs CAP_SYS_ADMIN)")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["size"].pop(), said["problems"]) == ("sealed", [])
    for way in ("size", "names"):
        assert len(said[way]) > 10
        assert all("refused: " in each and "No space left on device" in each for each in said[way]), said[way]
    assert all("Read-only file system" in each for each in said["read_only"]), said["read_only"]


@pytest.mark.parametrize("most", [0, 40, 400, 2000])
def test_a_quota_is_told_in_words(world: World, at: dict[str, Callable[[], object]], most: int) -> None:
    """A limit on the size of files stops the sealing, not the next one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    at["seal.read"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(EvidenceFault, match="File too large"):
            world.evidence.capture(world.snapshot_id, done)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    at.clear()
    assert world.row(world.snapshot_id).state == "pending"
    is_finished(world)


@pytest.mark.parametrize("step", SEAL)
def test_a_store_that_is_removed_meanwhile(
    world: World, at: dict[str, Callable[[], object]], step: str
) -> None:
    """The whole folder goes while a bag is made: refused, or made anew; never a row without its bag."""
    at[step] = lambda: shutil.rmtree(world.bags, ignore_errors=True)
    if step != "seal.read":
        is_refused(world)
    at.clear()
    is_finished(world)


def _gone(ring: Keyring) -> None:
    (ring.folder / CURRENT).rename(ring.folder.parent / "kept.pem")


def _open(ring: Keyring) -> None:
    (ring.folder / CURRENT).chmod(0o644)


def _damaged(ring: Keyring) -> None:
    shutil.copy(ring.folder / CURRENT, ring.folder.parent / "kept.pem")
    (ring.folder / CURRENT).write_bytes(b"-----BEGIN PRIVATE KEY-----\n")


def _mended(ring: Keyring) -> None:
    if (ring.folder.parent / "kept.pem").exists():
        (ring.folder.parent / "kept.pem").rename(ring.folder / CURRENT)
    (ring.folder / CURRENT).chmod(0o600)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_gone, "There is no signing key in"),
        (_open, "Others on this machine can reach"),
        (_damaged, "damaged or replaced"),
    ],
)
def test_without_a_usable_key_nothing_is_sealed(
    world: World, harm: Callable[[Keyring], None], words: str
) -> None:
    """A key that is gone, open to others or damaged: told in words; once it is mended the bag is sealed."""
    ring = Keyring(world.bags.parent / f"{world.bags.name}-keys")
    harm(ring)
    assert words in is_refused(world)
    _mended(ring)
    is_finished(world)


@pytest.mark.parametrize("by", [-2 * YEAR, 11 * YEAR])
def test_a_key_that_does_not_hold_now_seals_nothing(world: World, by: timedelta) -> None:
    """A clock before or after the certificate's time, wrongly or rightly: nothing is signed with it."""
    world.clock.move(by)
    assert "The signing key holds from" in is_refused(world)
    world.clock.move(-by)
    is_finished(world)


def test_a_clock_that_is_moved_spoils_no_evidence(world: World, tsa: LoopbackAuthority) -> None:
    """Set back a day, and forward a year: what was sealed holds, what is sealed then does, all is stamped."""
    believe(world, tsa)
    stamping = _stamping(world, tsa)
    for moved in (timedelta(days=-1), timedelta(days=366), timedelta(days=-365)):
        receipt = None
        if world.row(world.snapshot_id).state == "sealed":
            receipt = world.evidence.receipt_for(world.snapshot_id, world.request(), actor(world.store))
        world.clock.move(moved)
        world.evidence.capture(world.snapshot_id, done)
        world.evidence.capture_now(world.case_id, actor(world.store))
        stamping.run(done)
        assert problems(world) == []
        if receipt is not None:
            with pytest.raises(Exception, match="older than 60 seconds"):
                world.platform.apply(world.request(), receipt)
    with world.store.read() as session:
        assert len(session.scalars(select(t.Timestamp)).all()) == 4
    assert world.platform.changes == []


def _stamping(world: World, tsa: LoopbackAuthority, *, seconds: float = 5) -> Stamping:
    trust, asked = world.evidence.surveyor.trust, tsa.authority(timeout_seconds=seconds)
    return Stamping(
        world.store, world.clock, world.evidence.shelf, trust, lambda: asked, share_from=2, steps=unobserved
    )


def believe(world: World, tsa: LoopbackAuthority) -> None:
    """Have the evidence stage believe this authority."""
    surveyor, roots = world.evidence.surveyor, tsa.authority().roots
    trust = Trust(surveyor.trust.certificates, lambda: roots)
    world.evidence = replace(world.evidence, surveyor=replace(surveyor, trust=trust))


def test_a_slow_authority_holds_nothing_up(
    world: World, tsa: LoopbackAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that is late is none: pending, tried again, and the evidence can be used meanwhile."""
    believe(world, tsa)
    world.capture()
    with monkeypatch.context() as slow:
        slow.setattr(tsa, "trouble", "slow")
        with pytest.raises(NotYet):
            _stamping(world, tsa, seconds=0.2).run(done)
    assert not (world.bag() / TIMESTAMP).exists()
    world.evidence.receipt_for(world.snapshot_id, world.request(), actor(world.store))
    _stamping(world, tsa).run(done)
    assert (world.bag() / TIMESTAMP).exists()


@pytest.mark.parametrize("step", STAMP)
def test_a_killed_stamping_is_finished_by_the_next(
    any_world: World, tsa: LoopbackAuthority, step: str
) -> None:
    """Killed between any two steps: whole bags all the while, in the end one timestamp each, entered once."""
    world = any_world
    believe(world, tsa)
    other = add_case(world.store, "18001")[1]
    for snapshot_id in (world.snapshot_id, other):
        world.evidence.capture(snapshot_id, done)
    url = world.store.engine.url.render_as_string(hide_password=False)
    command = ["-m", "tests.faults.stamps", url, str(world.bags), tsa.server.url, str(tsa.trial.ca), step]
    died = PROGRAMS.run(command, environ={**os.environ, "PYTHONPATH": str(PROJECT)}, patience=60)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert all(verify_bag(bag).ok for bag in world.bags.glob("2*/*/*"))
    world.evidence.receipt_for(world.snapshot_id, world.request(), actor(world.store))
    _stamping(world, tsa).run(done)
    with world.store.read() as session:
        stamped = session.scalars(select(t.Timestamp.snapshot_id).order_by(t.Timestamp.snapshot_id)).all()
    assert list(stamped) == [world.snapshot_id, other]
    assert len(world.audits("timestamped")) == 2
    assert problems(world) == []
