"""A process that is killed anywhere in a rendering: a whole sealed snapshot, or clearly none."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from tests.bench.evidence import opened
from tests.services.warm import PROGRAMS
from tests.unit.evidence.world import done
from tests.worlds import World, world
from worker.bootstrap import App
from worker.evidence.survey import nobody
from worker.evidence.verify import verify_bag
from worker.store import tables as t

pytestmark = [pytest.mark.faults, pytest.mark.browser]

MAKING = ("render.seen", "render.drawn", "seal.built", "seal.synced")
KEEPING = ("seal.renamed", "seal.written", "seal.committed")
STEPS = (*MAKING, *KEEPING)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with a threat for every step, the core of each sealed, its rendered snapshot waiting."""
    with world(tmp_path_factory.mktemp("killed")) as made:
        made.control("settings", login_wall=False)
        for step in STEPS:
            text = f"I will find the nurse on ward 7 after her shift and stab her, {step}"
            made.control(
                "comment", platform="facebook", account="NorthmoorFacebook", author="passer.by", text=text
            )
        made.environ["UPSTANDER_EVIDENCE__RENDER"] = "true"
        made.environ["UPSTANDER_EVIDENCE__RENDER_HOSTS"] = ""
        made.environ["UPSTANDER_EVIDENCE__RENDER_LOOPBACK"] = urlsplit(made.sandbox.web_url).netloc
        yield made


@pytest.fixture(scope="module")
def app(place: World) -> Iterator[App]:
    """The stages of the process that goes on with the work."""
    made = place.app()
    yield made
    made.close()


@pytest.fixture(scope="module")
def waiting(place: World, app: App) -> dict[str, int]:
    """The rendered snapshot that waits, for each step."""
    for snapshot_id in opened(place, app, len(STEPS)):
        app.evidence.capture(snapshot_id, done)
    with place.store.read() as session:
        found = session.scalars(
            select(t.Snapshot.id).where(t.Snapshot.kind == "rendered").order_by(t.Snapshot.id)
        ).all()
    return dict(zip(STEPS, found, strict=True))


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_rendering_is_finished_by_the_next(
    place: World, app: App, waiting: dict[str, int], step: str
) -> None:
    """Killed between any two steps: whole bags all the while, in the end one that verifies, entered once."""
    snapshot_id = waiting[step]
    command = ["-m", "tests.faults.renders", str(snapshot_id), step]
    died = PROGRAMS.run(command, environ=place.environ, patience=100)
    assert died.returncode == -signal.SIGKILL, died.stderr
    row = _row(place, snapshot_id)
    assert row.state == ("sealed" if step == "seal.committed" else "pending")
    bags = app.evidence.shelf.root
    left = [verify_bag(bag) for bag in bags.glob(f"2*/*/{row.case_id}-{snapshot_id}")]
    assert [report.ok for report in left] == ([True] if step in KEEPING else [])
    app.rendering.render(snapshot_id, done)
    row = _row(place, snapshot_id)
    assert (row.state, row.source) == ("sealed", "content")
    assert [report.hashes.tagmanifest for report in left if report.hashes] in ([], [row.tagmanifest_sha256])
    assert not list((bags / ".building").glob(f"{snapshot_id}-*"))
    surveyed = app.evidence.surveyor.survey(case_id=row.case_id, pending_minutes=15, progress=nobody)
    assert [result.problems for result in surveyed] == [(), ()]
    with place.store.read() as session:
        told = select(t.Audit.id).where(
            t.Audit.verb == "sealed", t.Audit.object_type == "snapshot", t.Audit.object_id == snapshot_id
        )
        assert len(session.scalars(told).all()) == 1


def _row(place: World, snapshot_id: int) -> t.Snapshot:
    with place.store.read() as session:
        row = session.get_one(t.Snapshot, snapshot_id)
        session.expunge_all()
    return row
