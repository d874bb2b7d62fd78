"""SIGKILL at every named step of poll, seal and act, in both modes: nothing lost, nothing doubled."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.judging import said
from tests.worlds import World, world
from worker.store import tables as t

POLL = ("poll.fetched", "poll.screened", "poll.written", "poll.committed")
SEAL = ("seal.read", "seal.built", "seal.synced", "seal.renamed", "seal.written", "seal.committed")
ACT = (
    "act.loaded",
    "act.started",
    "act.receipt",
    "act.sent",
    "act.read_back",
    "act.written",
    "act.committed",
)
THREAT = "I know your shift and I will stab you, number"

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]


@pytest.fixture(params=["embedded", "served"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An Upstander in each mode over a sandbox of its own."""
    served = request.param == "served"
    database = request.getfixturevalue("migrated_postgres_database") if served else None
    redis = request.getfixturevalue("own_redis").url if served else None
    with world(tmp_path, database=database, redis_url=redis) as made:
        if served:
            made.start_warm("schedule")
        yield made


def way(place: World) -> str:
    """The process that does the work in this mode."""
    return "work" if place.environ.get("UPSTANDER_MODE") == "served" else "up"


def threaten(place: World, number: int) -> str:
    """Somebody posts a threat, on each platform in turn. Returns the platform's id of it."""
    platform = ("x", "facebook")[number % 2]
    found = place.control(
        "comment", platform=platform, account=f"Northmoor{platform.title()}", text=f"{THREAT} {number}"
    )
    comment = found["comment"]
    assert isinstance(comment, dict)
    return str(comment["id"])


def killed_at(place: World, step: str) -> None:
    """Start a worker that dies at a step, and wait until it did."""
    process = place.start_warm(way(place), step)
    place.wait(f"a worker reaches {step}", lambda: process.poll() is not None)
    assert process.returncode == -signal.SIGKILL, place.logs()
    place.outlive_an_office()


def case_of(place: World, external_id: str) -> t.Case | None:
    """The case of a comment, by the platform's id, once it is there."""
    with place.store.read() as session:
        return session.scalars(
            select(t.Case)
            .join(t.Comment, t.Comment.id == t.Case.comment_id)
            .where(t.Comment.external_id == external_id)
        ).one_or_none()


def quiet(place: World) -> bool:
    """Whether no job waits and every snapshot is sealed."""
    waiting = select(t.Job).where(t.Job.state == "waiting", t.Job.kind != "poll").subquery()
    pending = select(t.Snapshot).where(t.Snapshot.state == "pending").subquery()
    return place.count(waiting) == 0 and place.count(pending) == 0


def settle(place: World, *external_ids: str) -> None:
    """Run a worker that nothing kills until these comments have cases and nothing is left to do."""
    process = place.start_warm(way(place))
    place.wait("every case is opened", lambda: all(case_of(place, each) for each in external_ids))
    place.wait("nothing is left to do", lambda: quiet(place))
    assert place.end(process) == 0, place.logs()


def test_killed_while_polling_and_sealing(place: World) -> None:
    """Killed right after any step of a poll or a seal, the next worker goes on as if nothing had been."""
    threats = []
    for number, step in enumerate((*POLL, *SEAL)):
        threats.append(threaten(place, number))
        place.poll_now()
        killed_at(place, step)
    settle(place, *threats)
    with place.store.read() as session:
        stored = session.scalars(select(t.Comment.external_id)).all()
        snapshots = session.execute(select(t.Snapshot.case_id, t.Snapshot.state)).all()
    assert sorted(stored) == sorted(threats)
    assert len(snapshots) == len(threats)
    assert {state for _, state in snapshots} == {"sealed"}
    verified = place.run("evidence", "verify", "--all", "--as", "Rowan Ashby")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_killed_while_acting(place: World) -> None:
    """Killed right after any step of an action: hidden in the end, by one change on the platform."""
    threats = [threaten(place, number) for number in range(len(ACT))]
    settle(place, *threats)
    app = place.app()
    for step, threat in zip(ACT, threats, strict=True):
        case = case_of(place, threat)
        assert case is not None
        app.review.decide(
            place.reviewer,
            case.id,
            case.revision_id,
            "upheld",
            categories=("threat",),
            severity="serious",
            reason="A threat against staff.",
            actions=("hide",),
            particulars=said("upheld", answers={"criticism_of_care": "no", "at_risk_now": "no"}),
        )
        killed_at(place, step)
    app.close()
    settle(place, *threats)
    for threat in threats:
        changes = place.ask("changes", comment_id=threat)["changes"]
        assert isinstance(changes, list)
        made = [change for change in changes if change["made"]]
        assert len(made) == 1, (threat, changes)
    with place.store.read() as session:
        actions = session.scalars(select(t.Action)).all()
        sealed = {row.id: row for row in session.scalars(select(t.Snapshot))}
        on_x = set(session.scalars(select(t.Comment.id).where(t.Comment.platform == "x")))
    assert len(actions) == len(threats)
    for action in actions:
        assert action.state == "done"
        # X has no field that says whether a reply is hidden: there its answer to the call is all there is.
        assert action.verified_at is not None or action.comment_id in on_x
        assert sealed[action.snapshot_id].comment_id == action.comment_id
