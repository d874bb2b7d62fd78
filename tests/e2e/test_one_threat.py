"""One threat from the platform to its outcome, by the commands, everything killed between the steps."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import FromClause, func, select

from tests import outsider
from tests.e2e.transcript import Transcript
from tests.services.postgres import PostgresDatabase
from tests.services.redis import PrivateRedis
from tests.services.tsa import running_authority
from tests.worlds import REVIEWER, World, world
from worker.store import tables as t

THREAT = "I know your shift and I will stab you in the car park tonight."
OFFICER, SENIOR = "Asha Okafor", "Sam Elder"


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_one_threat_goes_the_whole_way_although_everything_is_killed(
    tmp_path: Path, migrated_postgres_database: PostgresDatabase, own_redis: PrivateRedis
) -> None:
    """Polled, sealed, stamped, hidden, reported, handed over, deleted, each once; an outsider verifies it."""
    with running_authority(tmp_path / "tsa") as tsa:
        # Better a disk of somebody else's.
        published = tmp_path / "published"
        published.mkdir()
        more = {
            "UPSTANDER_EVIDENCE__TSA_URL": tsa.server.url,
            "UPSTANDER_EVIDENCE__TSA_CA_FILE": str(tsa.trial.ca),
            "UPSTANDER_LEDGER__CHECKPOINT_SECONDS": "1",
            "UPSTANDER_LEDGER__PUBLISH_DIR": str(published),
        }
        with world(
            tmp_path, database=migrated_postgres_database, redis_url=own_redis.url, more=more
        ) as place:
            _tell(Transcript(place), own_redis)


def _tell(story: Transcript, redis: PrivateRedis) -> None:
    try:
        found = story.place.control("comment", platform="facebook", account="NorthmoorFacebook", text=THREAT)
        comment = found["comment"]
        assert isinstance(comment, dict)
        story.tell(f"Somebody posts comment {comment['id']} under a post of the Trust's Facebook Page.")
        number = _live_through(story, redis, str(comment["id"]))
        _report(story, redis, number)
        _care_for(story, number)
        file = _hand_over(story, redis, number)
        _delete(story, redis, number, str(comment["id"]))
        _verify_outside(story, file)
        _look_back(story, str(comment["id"]))
    finally:
        for process in story.running:
            process.kill()
            process.wait()


def _live_through(story: Transcript, redis: PrivateRedis, comment_id: str) -> str:
    """Up to the outcome. Returns the case's number."""
    place, who = story.place, ("--as", REVIEWER)
    # The database is watched, because that costs little; what counts is what the command says then.
    story.until("a case is open", lambda: place.count(t.Case) == 1)
    assert len(_queue(place)) == 1
    redis.flush()
    story.tell("  flushed Redis")
    story.until("its evidence is sealed", lambda: place.count(_sealed()) == 1)
    (case,) = _queue(place)
    assert case["evidence"] == "sealed"
    number = str(case["case_id"])
    story.until("a timestamp lies beside it", lambda: place.count(t.Timestamp) == 1)
    story.command("queue", "show", number, *who)
    story.command(
        *("queue", "decide", number, *who, "--revision", str(case["revision_id"]), "--verdict", "upheld"),
        *("--category", "threat", "--severity", "serious", "--target", "staff", "--breaks-house-rules"),
        *("--may-be-offence", "unsure", "--answer", "at_risk_now=no", "--answer", "criticism_of_care=no"),
        *("--reason", "A threat with a place and a time.", "--action", "hide"),
    )
    redis.flush()
    story.tell("  flushed Redis with the action pending")
    story.until("the platform shows it as hidden", lambda: _made(place, comment_id) == 1)
    story.until("the outcome is written", lambda: place.count(_done()) == 1)
    assert "carried_out" in place.run("act", "list", *who, "--json").stdout
    story.until("a signed checkpoint of the ledger covers its sealing", lambda: _covered(place))
    story.command("act", "list", *who)
    return number


def _report(story: Transcript, redis: PrivateRedis, number: str) -> None:
    """Its packet is prepared once, a person files it, the platform removes nothing."""
    place, who = story.place, ("--as", REVIEWER)
    story.command("report", "ask", number, *who)
    redis.flush()
    story.tell("  flushed Redis with the report asked for")
    story.until("its packet is prepared", lambda: place.count(t.PlatformReport) == 1)
    (report,) = json.loads(place.run("report", "list", *who, "--json").stdout)
    which = str(report["report_id"])
    assert THREAT in story.command("report", "show", which, *who)
    story.command("report", "file", which, "--reference", "FB-20931", *who)
    story.command("report", "file", which, "--reference", "FB-20931", *who, code=1)
    story.command("report", "outcome", which, "kept", *who)
    assert place.count(t.PlatformReport) == 1


def _care_for(story: Transcript, number: str) -> None:
    """The police are told, the member of staff is offered support, Datix has its record."""
    who = ("--as", REVIEWER)
    story.command(
        *("refer", "make", number, "--to", "police_101", "--reason", "A threat with a place and a time."),
        *("--acknowledged", "The force control room logged it.", "--reference", "42/1234/26", *who),
    )
    story.command("support", "offer", number, "--kind", "occupational_health", "--to", "a staff nurse", *who)
    story.command("datix", "show", number, *who)
    story.command("datix", "note", number, "W-20931", *who)


def _delete(story: Transcript, redis: PrivateRedis, number: str, comment_id: str) -> None:
    """Asked for by one person, approved by another, made once, and nothing that was sealed goes with it."""
    place, who = story.place, ("--as", REVIEWER)
    story.command("act", "delete", number, "--reason", "It names a place and a time.", *who)
    asked = str(place.one(select(t.RequestedAction.id).where(t.RequestedAction.kind == "delete")))
    story.command("act", "approve", asked, *who, code=1)
    story.by_another(
        lambda app, senior: app.casework.acting.approving.approve(senior, int(asked)),
        *("act", "approve", asked),
        person=SENIOR,
    )
    redis.flush()
    story.tell("  flushed Redis with the deletion approved")
    story.until("the platform deleted it", lambda: _made(place, comment_id) == 2)
    story.until("its outcome is written", lambda: place.count(_done()) == 2)
    story.command("act", "list", *who)


def _hand_over(story: Transcript, redis: PrivateRedis, number: str) -> Path:
    """Asked for by one person, approved by another, made. Returns the file."""
    place, admin = story.place, ("--as", REVIEWER)
    story.command("people", "add", OFFICER, "--role", "evidence_officer", *admin)
    story.command("people", "add", SENIOR, "--role", "senior_reviewer", *admin)
    story.command(
        *("evidence", "export", "ask", number, "--as", OFFICER, "--for", "police"),
        *("--to", "PC 4521, Northmoor Police", "--basis", "DPA 2018 Schedule 2 paragraph 2"),
        *("--reason", "Crime reference 42/1234/26"),
    )
    (asked,) = json.loads(place.run("evidence", "export", "list", "--as", OFFICER, "--json").stdout)
    export = str(asked["id"])
    story.command("evidence", "export", "make", export, "--as", OFFICER, code=1)
    redis.flush()
    story.tell("  flushed Redis")
    story.by_another(
        lambda app, senior: app.hand_over.approve(senior, int(export), os_user=senior.os_user),
        *("evidence", "export", "approve", export),
        person=SENIOR,
    )
    made = story.command("evidence", "export", "make", export, "--as", OFFICER, "--json")
    return Path(json.loads(made)["path"])


def _verify_outside(story: Transcript, file: Path) -> None:
    """In an empty folder, with the commands of docs/verifying-evidence.md and nothing else."""
    folder = story.place.folder / "police"
    folder.mkdir()
    with zipfile.ZipFile(file) as packed:
        packed.extractall(folder)
    story.tell(f"  unpacked {file.name}, SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}")
    steps = [step for step in outsider.blocks(outsider.HAND_OVER) if step.applies(folder)]
    for step in steps:
        story.outsider(folder, step)
    said = "\n".join(story.lines)
    assert "Time stamp:" in said
    assert "upstander " not in "".join(step.commands for step in steps), "public tools only"


def _verify_growth(story: Transcript) -> None:
    """From the checkpoint that was handed over to the newest one, which was published since."""
    given = next(story.place.folder.glob("police/trust/ledger/*/checkpoint.txt")).read_text()
    newest = max(
        story.place.folder.glob("published/checkpoint-*.txt"), key=lambda path: _size(path.read_text())
    )
    old, new = _size(given), _size(newest.read_text())
    proof = story.place.folder / "growth"
    story.command("ledger", "consistency", str(old), str(new), "--as", OFFICER, "--into", str(proof))
    for step in outsider.blocks(outsider.TWO_CHECKPOINTS):
        said = story.outsider(proof, step)
        assert _root(given) in said
        assert _root(newest.read_text()) in said


def _size(checkpoint: str) -> int:
    return int(_stated(checkpoint, "size"))


def _root(checkpoint: str) -> str:
    return _stated(checkpoint, "root")


def _stated(checkpoint: str, what: str) -> str:
    return next(line for line in checkpoint.splitlines() if line.startswith(f"{what}: ")).partition(": ")[2]


def _look_back(story: Transcript, comment_id: str) -> None:
    place = story.place
    story.command("evidence", "verify", "--all", "--as", OFFICER)
    story.command("ledger", "checkpoint", "--as", OFFICER)
    story.command("ledger", "publish", "--as", OFFICER)
    story.command("ledger", "verify", "--as", OFFICER)
    _verify_growth(story)
    week = json.loads(place.run("summary", "--format", "json", "--week", _this_week(place)).stdout)
    assert week["week"] == _this_week(place)
    story.command("summary", "--week", _this_week(place), "--format", "text")
    assert _made(place, comment_id) == 2
    changes = place.ask("changes", comment_id=comment_id)["changes"]
    story.tell(f"The sandbox counted: {changes}")


def _queue(place: World) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(place.run("queue", "list", "--as", REVIEWER, "--json").stdout)[
        "rows"
    ]
    return rows


def _sealed() -> FromClause:
    return select(t.Snapshot).where(t.Snapshot.state == "sealed").subquery()


def _covered(place: World) -> bool:
    """Whether a checkpoint states a ledger that holds the sealing."""
    with place.store.read() as session:
        position = session.scalar(
            select(t.LedgerEntry.position)
            .join(t.Audit, t.Audit.id == t.LedgerEntry.audit_id)
            .where(t.Audit.verb == "sealed")
        )
        size = session.scalar(select(func.max(t.Checkpoint.size)))
    return position is not None and size is not None and size > position


def _done() -> FromClause:
    return select(t.Action).where(t.Action.state == "done").subquery()


def _made(place: World, comment_id: str) -> int:
    changes = place.ask("changes", comment_id=comment_id)["changes"]
    assert isinstance(changes, list)
    return sum(bool(change["made"]) for change in changes)


def _this_week(place: World) -> str:
    return f"{place.sandbox.world.now():%G-W%V}"
