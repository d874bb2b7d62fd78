"""The drill: back up while a worker polls and seals, lose everything, restore, go on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.judging import said
from tests.services.postgres import PostgresServer
from tests.worlds import REVIEWER, World, world
from worker.bootstrap import make_clock
from worker.evidence.backup.make import Backups, Made
from worker.evidence.backup.restore import Place, restore
from worker.evidence.survey import nobody
from worker.ledger.audit import Actor
from worker.settings_load import load
from worker.store import tables as t
from worker.store.session import Store

THREAT = "I know your shift and I will stab you, number"
PASSPHRASE = "seven wards by the sea"

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture(params=["embedded", "served"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An Upstander in each mode over a sandbox of its own."""
    served = request.param == "served"
    database = request.getfixturevalue("migrated_postgres_database") if served else None
    redis = request.getfixturevalue("own_redis").url if served else None
    with world(tmp_path, database=database, redis_url=redis) as made:
        yield made


def served(place: World) -> bool:
    """Whether several processes share a PostgreSQL."""
    return place.environ.get("UPSTANDER_MODE") == "served"


def threaten(place: World, number: int) -> str:
    """Somebody posts a threat, on each platform in turn. Returns the platform's id of it."""
    platform = ("x", "facebook")[number % 2]
    account = f"Northmoor{platform.title()}"
    found = place.control("comment", platform=platform, account=account, text=f"{THREAT} {number}")
    comment = found["comment"]
    assert isinstance(comment, dict)
    return str(comment["id"])


def case_of(place: World, external_id: str) -> t.Case | None:
    """The case of a comment, by the platform's id, once it is there."""
    with place.store.read() as session:
        return session.scalars(
            select(t.Case)
            .join(t.Comment, t.Comment.id == t.Case.comment_id)
            .where(t.Comment.external_id == external_id)
        ).one_or_none()


def sealed(place: World, external_ids: list[str]) -> bool:
    """Whether each of these comments has a case, and no snapshot waits."""
    pending = select(t.Snapshot).where(t.Snapshot.state == "pending").subquery()
    return all(case_of(place, each) for each in external_ids) and place.count(pending) == 0


def at_work(place: World) -> None:
    """Start what works in this mode."""
    place.poll_now()
    for way in ("schedule", "work") if served(place) else ("up",):
        place.start_warm(way)


def stopped(place: World) -> None:
    """End every process."""
    for process in place.processes:
        if process.poll() is None:
            place.end(process)


def hide(place: World, external_id: str) -> None:
    """A person upholds a threat and asks to hide it."""
    case = case_of(place, external_id)
    assert case is not None
    app = place.app()
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
    app.close()


def changes(place: World, external_id: str) -> int:
    """How often the platform was made to change this comment."""
    found = place.ask("changes", comment_id=external_id)["changes"]
    assert isinstance(found, list)
    return sum(bool(change["made"]) for change in found)


def back_up(place: World, into: Path) -> Made:
    """Back up as the command does."""
    app = place.app()
    chosen = app.settings
    backups = Backups(
        app.store, app.clock, chosen.bags, chosen.data_dir / "inbox", chosen.keys_dir, (chosen.data_dir,)
    )
    made = backups.make(into, Actor(None, "backup"), PASSPHRASE, nobody)
    app.close()
    return made


def lose_everything(place: World, stack: ExitStack, request: pytest.FixtureRequest) -> str | None:
    """The machine is gone: data, keys, database. The owner's address of the new, empty database (served)."""
    place.store.close()
    for folder in ("var", "keys"):
        for path in (place.folder / folder).rglob("*"):
            path.chmod(0o700)
        shutil.rmtree(place.folder / folder)
    if not served(place):
        return None
    server: PostgresServer = request.getfixturevalue("postgres_server")
    database = stack.enter_context(server.database())
    place.environ["UPSTANDER_DATABASE_URL"] = database.app_url
    return database.owner_url


def put_back(place: World, source: Path, owner: str | None) -> None:
    """Restore as the command does."""
    chosen = load(None, place.environ).settings
    where = Place(chosen.database, owner, chosen.bags, chosen.data_dir / "inbox", chosen.keys_dir)
    restore(source, where, make_clock(chosen), Actor(None, "restore"), PASSPHRASE)
    place.store = Store(chosen.database)


def done(place: World, number: int) -> bool:
    """Whether so many actions are done."""
    return place.count(select(t.Action).where(t.Action.state == "done").subquery()) == number


def test_the_drill(place: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """After the loss of everything: evidence verifies, nothing polled is lost or doubled, actions work."""
    early = [threaten(place, number) for number in range(2)]
    at_work(place)
    place.wait("the first threats are sealed", lambda: sealed(place, early))
    hide(place, early[0])
    place.wait("the first is hidden", lambda: done(place, 1))
    late = [threaten(place, number) for number in range(2, 6)]
    place.poll_now()
    made = back_up(place, tmp_path / "backups")
    assert made.facts.whole
    place.wait("the late threats are sealed", lambda: sealed(place, late))
    stopped(place)
    with ExitStack() as stack:
        owner = lose_everything(place, stack, request)
        put_back(place, made.folder, owner)
        stack.callback(place.store.close)
        verified = place.run("evidence", "verify", "--all", "--as", REVIEWER)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        at_work(place)
        place.wait("everything is polled and sealed again", lambda: sealed(place, [*early, *late]))
        hide(place, late[0])
        place.wait("the action is done", lambda: done(place, 2))
        stopped(place)
        assert [changes(place, each) for each in (early[0], late[0])] == [1, 1]
        assert (place.count(t.Comment), place.count(t.Case), place.count(t.Revision)) == (6, 6, 6)
        verified = place.run("evidence", "verify", "--all", "--as", REVIEWER)
        assert verified.returncode == 0, verified.stdout + verified.stderr
