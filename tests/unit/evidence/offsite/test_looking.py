"""Copies are read back whenever somebody asks, and a bag can be brought back from them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.unit.evidence.marked import person
from tests.unit.evidence.offsite.desk import Desk
from worker.errors import Conflict, EvidenceFault, NotAllowed, NotFound
from worker.evidence.bag import sha256
from worker.evidence.offsite.sending import CopyDiffers
from worker.evidence.offsite.stage import NoBucket
from worker.evidence.verify import verify_bag
from worker.review.restricting import tighten
from worker.store import tables as t


@pytest.fixture
def copied(desk: Desk) -> Desk:
    """A case whose evidence is copied."""
    desk.sealed()
    desk.run()
    return desk


def thing_named(desk: Desk, end: str) -> dict[str, str]:
    """One object of the only copy."""
    (found,) = [thing for thing in desk.row().objects if thing["name"].endswith(end)]
    return found


@pytest.mark.parametrize("name", ["data/report.html", "manifest-sha256.txt", "tagmanifest-sha256.txt.p7s"])
def test_a_changed_copy_is_named(copied: Desk, name: str) -> None:
    """One other byte anywhere in the bucket is found, by name; the audit tells that it was looked for."""
    thing = thing_named(copied, f"/{name}")
    copied.storage.spoil(copied.bucket, thing["name"], b"x")
    found = copied.problems()
    assert any(f"{thing['name']} elsewhere does not hold: its bytes" in problem for problem in found)
    assert copied.world.audits("offsite_surveyed")[-1]["problems"] == 1


def test_a_missing_lock_or_hold_is_named(copied: Desk) -> None:
    """Shortened or lost locks, and holds taken away behind our back, are found."""
    client, thing = copied.storage.client(), thing_named(copied, "bag-info.txt")
    sooner = copied.world.clock.now() + timedelta(days=1)
    client.put_object_retention(
        Bucket=copied.bucket, Key=thing["name"], VersionId=thing["version"], BypassGovernanceRetention=True,
        Retention={"Mode": "GOVERNANCE", "RetainUntilDate": sooner},
    )  # fmt: skip
    (found,) = [problem for problem in copied.problems() if "not locked" in problem]
    assert thing["name"] in found
    copied.hold()
    copied.run()
    client.put_object_legal_hold(
        Bucket=copied.bucket, Key=thing["name"], VersionId=thing["version"], LegalHold={"Status": "OFF"}
    )
    thing = thing_named(copied, "report.html")
    client.put_object_legal_hold(
        Bucket=copied.bucket, Key=thing["name"], VersionId=thing["version"], LegalHold={"Status": "OFF"}
    )
    assert f"{thing['name']} is not under a legal hold there" in copied.problems()


def test_newer_versions_and_deletion_markers_change_nothing(copied: Desk) -> None:
    """What was read back is named by its version: whoever writes over it or deletes it hides nothing."""
    client, name = copied.storage.client(), thing_named(copied, "report.html")["name"]
    client.put_object(Bucket=copied.bucket, Key=name, Body=b"forged")
    client.delete_object(Bucket=copied.bucket, Key=name)
    assert copied.problems() == []


def test_an_edited_row_is_found(copied: Desk) -> None:
    """The copy is held against the snapshot's own hashes, not only against its own row."""
    forged = sha256(b"forged")
    thing = thing_named(copied, "/manifest-sha256.txt")
    copied.storage.spoil(copied.bucket, thing["name"], b"forged")
    with copied.world.store.write() as session:
        for trigger in ("begun_stays", "read_back_stays"):
            session.execute(text(f"DROP TRIGGER offsite_copies_{trigger}"))
        session.execute(
            text("UPDATE offsite_copies SET objects = replace(objects, :was, :forged)"),
            {"was": thing["sha256"], "forged": forged},
        )
        size = f'"bytes": {thing["bytes"]}'
        session.execute(
            text("UPDATE offsite_copies SET objects = replace(objects, :was, :now)"),
            {"was": size, "now": '"bytes": 6'},
        )
    assert copied.problems() == [
        "the copy's manifest-sha256.txt is not the one whose hash the database holds"
    ]


def test_waiting_too_long_for_a_copy_is_a_problem(desk: Desk) -> None:
    """Pending is said at once, and is a problem after an hour."""
    desk.sealed()
    assert [result.state for result in desk.looked()] == ["pending"]
    assert desk.copies().told(desk.world.case_id) == {desk.world.snapshot_id: "pending"}
    assert desk.problems() == []
    desk.pass_time(timedelta(minutes=61))
    (problem,) = desk.problems()
    assert problem.startswith("it has waited for its copy since")


def test_a_bag_is_brought_back_whole(copied: Desk, tmp_path: Path) -> None:
    """The same bytes, verified as any bag is; that somebody fetched it is told."""
    (fetched,) = copied.copies().fetch(copied.world.case_id, tmp_path / "back", copied.officer)
    assert fetched.problems == ()
    assert verify_bag(fetched.folder).ok
    mine = copied.world.bag()
    for path in mine.rglob("*"):
        if path.is_file():
            assert (fetched.folder / path.relative_to(mine)).read_bytes() == path.read_bytes()
    assert fetched.folder.parent == tmp_path / "back"
    assert [each.name for each in (tmp_path / "back").iterdir()] == [mine.name]
    (facts,) = copied.world.audits("offsite_fetched")
    assert facts["snapshots"] == [copied.world.snapshot_id]


def test_a_bag_that_comes_back_otherwise_is_not_put_there(copied: Desk, tmp_path: Path) -> None:
    """What differs from what was sealed never lies in the folder under a bag's name."""
    copied.storage.spoil(copied.bucket, thing_named(copied, "report.html")["name"], b"x")
    with pytest.raises(CopyDiffers):
        copied.copies().fetch(copied.world.case_id, tmp_path / "back", copied.officer)
    assert list((tmp_path / "back").iterdir()) == []


def test_nothing_is_written_over(copied: Desk, tmp_path: Path) -> None:
    """A folder that holds anything is refused before anything is read."""
    (tmp_path / "mine").write_text("keep me")
    for place in (tmp_path, tmp_path / "mine"):
        with pytest.raises(Conflict, match="not an empty folder"):
            copied.copies().fetch(copied.world.case_id, place, copied.officer)
    assert (tmp_path / "mine").read_text() == "keep me"


@pytest.mark.parametrize("role", ["administrator", "reviewer", "senior_reviewer", "communications_lead"])
def test_only_an_evidence_officer_fetches(copied: Desk, tmp_path: Path, role: str) -> None:
    """Who may look at evidence may not therefore carry a copy of it away: that is a hand-over."""
    with pytest.raises(NotAllowed, match="may not bring evidence back"):
        copied.copies().fetch(copied.world.case_id, tmp_path / "a", person(copied.world, role))
    assert not (tmp_path / "a").exists()


def test_what_an_officer_may_not_see_they_neither_fetch_nor_read_back(copied: Desk, tmp_path: Path) -> None:
    """A copy elsewhere is no way round a restriction: the bags would lie open in a folder of theirs."""
    officer, case_id = copied.officer, copied.world.case_id
    with copied.world.store.write() as session:
        case = session.get_one(t.Case, case_id)
        tighten(session, officer, case, "manager", "About a manager.", now=copied.world.clock.now())
    with pytest.raises(NotAllowed, match="is restricted"):
        copied.copies().fetch(case_id, tmp_path / "back", officer)
    with pytest.raises(NotAllowed, match="is restricted"):
        copied.copies().verify(case_id, officer)
    assert not (tmp_path / "back").exists()
    assert len(copied.world.audits("refused")) == 2


def test_who_may_not_verify_evidence_may_not_verify_copies(copied: Desk) -> None:
    """The right to verify evidence holds for its copies."""
    with pytest.raises(NotAllowed):
        copied.copies().verify(None, person(copied.world, "communications_lead"))


def test_what_is_locked_away_is_neither_fetched_nor_read(copied: Desk, tmp_path: Path) -> None:
    """After a suspicion the copy that went before stays where it is, and nobody opens it through us."""
    copied.mark()
    assert [(result.state, result.problems) for result in copied.looked()] == [("locked", ())]
    with pytest.raises(NotFound, match="No copy"):
        copied.copies().fetch(copied.world.case_id, tmp_path / "back", copied.officer)


def test_a_row_that_names_anothers_object_is_refused(copied: Desk, tmp_path: Path) -> None:
    """A name that is not of this snapshot is never written, wherever it leads."""
    with copied.world.store.write() as session:
        session.execute(text("DROP TRIGGER offsite_copies_read_back_stays"))
        session.execute(text("UPDATE offsite_copies SET objects = replace(objects, '/data/', '/../')"))
    with pytest.raises(EvidenceFault, match="not of this snapshot"):
        copied.copies().fetch(copied.world.case_id, tmp_path / "back", copied.officer)
    assert list((tmp_path / "back").iterdir()) == []


def test_without_a_bucket_there_is_nothing_to_look_at(desk: Desk, tmp_path: Path) -> None:
    """Said in words; the job ends at once, and nothing is said of copies."""
    copies = desk.copies()
    object.__setattr__(copies, "bucket", lambda: None)
    for ask in (
        lambda: copies.verify(None, desk.officer),
        lambda: copies.fetch(desk.world.case_id, tmp_path / "back", desk.officer),
    ):
        with pytest.raises(NoBucket, match="No bucket is set"):
            ask()
    finished: list[object] = []
    copies.run(finished.append)
    assert len(finished) == 1
    copies.check()
