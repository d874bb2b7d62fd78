"""Sealed core evidence is copied, locked and read back before a row says so; nothing else ever is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.services.tsa import running_authority
from tests.unit.evidence.marked import KilledError, dying_at, person
from tests.unit.evidence.offsite.desk import Desk
from tests.unit.evidence.test_stamping import stamping_of
from tests.unit.evidence.world import add_case, done
from worker.evidence.bag import sha256
from worker.evidence.following import Following
from worker.evidence.offsite import copier
from worker.evidence.offsite.bucket import Bucket, BucketRefused
from worker.evidence.offsite.sending import CopyDiffers
from worker.evidence.offsite.wanted import missing, prefix_of, uncopied
from worker.evidence.survey import Surveyor
from worker.store import tables as t

STEPS = ("offsite.begun", "offsite.sent", "offsite.entered")


def whole(bag: Path) -> dict[str, str]:
    """The SHA-256 of every file of a bag, by name within it."""
    files = [path for path in bag.rglob("*") if path.is_file()]
    return {path.relative_to(bag).as_posix(): sha256(path.read_bytes()) for path in files}


def test_a_sealed_bag_is_copied_under_a_lock_and_read_back(any_desk: Desk) -> None:
    """Every file of the bag lies in the bucket as it was sealed, locked for 30 days, and the row says so."""
    row = any_desk.sealed()
    any_desk.run()
    copy, prefix = any_desk.row(), prefix_of(any_desk.settings, row)
    assert {thing["name"]: thing["sha256"] for thing in copy.objects} == {
        prefix + name: hash_ for name, hash_ in whole(any_desk.world.bag()).items()
    }
    assert (copy.part, copy.mode, copy.held, copy.removed_at) == ("bag", "governance", False, None)
    assert copy.read_back_at == any_desk.world.clock.now()
    for thing in copy.objects:
        head = any_desk.head(thing)
        assert head["ObjectLockMode"] == "GOVERNANCE"
        assert head["ObjectLockRetainUntilDate"] == copy.retain_until
        assert head["ContentLength"] == thing["bytes"]
    assert copy.retain_until == any_desk.world.clock.now() + timedelta(days=30)
    (facts,) = any_desk.world.audits("offsite_copied")
    assert (facts["part"], facts["objects"]) == ("bag", len(copy.objects))
    assert [result.state for result in any_desk.looked()] == ["copied"]
    assert any_desk.problems() == []


def test_copying_twice_changes_nothing(desk: Desk) -> None:
    """What has its copy is not sent again."""
    desk.sealed()
    desk.run()
    before, row = desk.names(), desk.row()
    desk.pass_time(timedelta(days=1))
    desk.run()
    assert desk.names() == before
    assert desk.row().retain_until == row.retain_until


def test_a_timestamp_that_comes_later_is_copied_later(desk: Desk, tmp_path: Path) -> None:
    """The bag does not wait for its timestamp; once it is there, it is copied as well, and compared."""
    row = desk.sealed()
    desk.run()
    with running_authority(tmp_path / "tsa") as tsa:
        stamping = stamping_of(desk.world, tsa)
        stamping.run(done)
        trusting = replace(desk.world.evidence.surveyor, trust=stamping.trust)
        replace(desk.copies(), surveyor=trusting).run(done)
    bag, stamp = desk.rows()
    assert (bag.part, stamp.part) == ("bag", "timestamp")
    assert [thing["name"] for thing in stamp.objects] == [
        prefix_of(desk.settings, row) + "tagmanifest-sha256.txt.tsr"
    ]
    assert desk.problems() == []


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_the_next_goes_on(desk: Desk, step: str) -> None:
    """A process that dies between sending and entering leaves objects that the next one takes over."""
    desk.sealed()
    with pytest.raises(KilledError):
        desk.run(dying_at(step))
    assert (desk.row().read_back_at is not None) is (step == "offsite.entered")
    desk.pass_time(timedelta(hours=1))
    desk.run()
    assert len(desk.names()) == len(set(desk.names())) == len(desk.row().objects)
    assert desk.row().read_back_at is not None
    assert desk.problems() == []
    assert len(desk.world.audits("offsite_copied")) == 1


def test_what_comes_back_otherwise_is_no_copy_and_is_shouted_about(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storage that gives back other bytes: nothing is recorded as copied, the audit and the job say so."""
    desk.sealed()
    put = Bucket.put

    def spoiled(self: Bucket, name: str, content: bytes, *lock: Any) -> str:
        version = put(self, name, content, *lock)
        if name.endswith("report.html"):
            desk.storage.spoil(desk.bucket, name, content[::-1])
        return version

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "put", spoiled)
        with pytest.raises(CopyDiffers, match=r"report\.html elsewhere does not hold: its bytes"):
            desk.run()
    assert desk.row().read_back_at is None
    (facts,) = desk.world.audits("offsite_differs")
    assert "report.html" in facts["why"]
    with desk.world.store.read() as session:
        assert uncopied(session, desk.copies().place)[0] == 1
    # Once the storage is honest again, a new version is sent, and counts.
    desk.run()
    assert desk.problems() == []


def test_a_storage_that_does_not_lock_as_told_is_not_believed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes may be right: without the lock there is no copy."""
    desk.sealed()
    put = Bucket.put
    monkeypatch.setattr(
        Bucket, "put", lambda self, name, content, _mode, _until: put(self, name, content, "", None)
    )
    with pytest.raises(CopyDiffers, match="not locked"):
        desk.run()
    assert desk.row().read_back_at is None


def test_one_that_cannot_be_copied_keeps_no_other_from_its_copy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are copied; the job fails, so that a person hears of the one."""
    first, second = desk.sealed(), desk.sealed("17002")
    put = Bucket.put

    def refused(self: Bucket, name: str, content: bytes, *lock: Any) -> str:
        if name.startswith(prefix_of(desk.settings, first)):
            raise BucketRefused("The storage refused to put object (AccessDenied).", "AccessDenied")
        return put(self, name, content, *lock)

    monkeypatch.setattr(Bucket, "put", refused)
    with pytest.raises(BucketRefused):
        desk.run()
    assert [(row.snapshot_id, row.read_back_at is not None) for row in desk.rows()] == [
        (first.id, False),
        (second.id, True),
    ]


@pytest.mark.parametrize("name", ["data/report.html", "tagmanifest-sha256.txt.p7s"])
def test_an_altered_bag_is_not_copied(desk: Desk, name: str) -> None:
    """A copy of something else would only lend it weight: nothing of it leaves."""
    desk.sealed()
    altered = desk.world.bag() / name
    altered.chmod(0o644)
    altered.write_bytes(altered.read_bytes() + b"<!-- -->")
    desk.run()
    assert desk.rows() == []
    assert desk.names() == []


@pytest.mark.parametrize("kind", ["rendered", "supplement"])
def test_what_may_hold_pictures_never_leaves(desk: Desk, kind: str) -> None:
    """A copy under lock could not be closed to everybody: rendered bags and supplements are not copied."""
    core = desk.sealed()
    with desk.world.store.write() as session:
        late = t.Snapshot(
            case_id=core.case_id, comment_id=core.comment_id, revision_id=core.revision_id, kind=kind,
            state="pending", core_id=core.id, asked_at=core.asked_at,
        )  # fmt: skip
        session.add(late)
        session.flush()
        late.state, late.sealed_at, late.bag, late.source = "sealed", core.sealed_at, "2026/11/1-2", "content"
        late.manifest_sha256 = late.tagmanifest_sha256 = "0" * 64
        late_id = late.id
    desk.run()
    assert [row.snapshot_id for row in desk.rows()] == [core.id]
    with desk.world.store.read() as session:
        assert missing(session, desk.copies().place, 10) == []
    prefix = prefix_of(desk.settings, core)
    assert {name.startswith(prefix) for name in desk.names()} == {True}
    assert desk.copies().told(core.case_id)[late_id] == "never copied: it may hold pictures"


def test_suspected_imagery_is_not_sent(desk: Desk) -> None:
    """After a suspicion nothing of the comment leaves any more, and nothing of it is read back."""
    desk.sealed()
    desk.mark()
    desk.run()
    assert desk.names() == []
    assert desk.rows() == []
    assert [result.state for result in desk.looked()] == ["locked"]


def test_a_suspicion_that_comes_while_copying_stops_it(desk: Desk) -> None:
    """Looked at again in the very transaction that lets it begin."""
    first, _second = desk.sealed(), desk.sealed("17002")
    with desk.world.store.write() as session:
        other = session.get_one(t.Snapshot, first.id + 1)
        comment_id, revision_id = other.comment_id, other.revision_id
    marked: list[bool] = []

    def mark(step: str) -> None:
        if step == "offsite.entered" and not marked:
            marked.append(True)
            with desk.world.store.write() as session:
                session.add(
                    t.Mark(
                        comment_id=comment_id, revision_id=revision_id, mark="suspected_csam",
                        marked_by=person_id, marked_at=desk.world.clock.now(),
                    )
                )  # fmt: skip

    person_id = person(desk.world, "reviewer").person_id
    desk.run(mark)
    assert [row.snapshot_id for row in desk.rows()] == [first.id]


def test_a_bag_that_changes_while_it_is_read_is_not_copied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exactly what the row holds the hashes of is sent, or nothing."""
    desk.sealed()
    look = Surveyor.problems_of

    def too_early(self: Surveyor, row: t.Snapshot, stamp: t.Timestamp | None) -> tuple[str, ...]:
        found = look(self, row, stamp)
        report = desk.world.bag() / "data" / "report.html"
        report.chmod(0o644)
        report.write_bytes(b"something else")
        return found

    monkeypatch.setattr(Surveyor, "problems_of", too_early)
    desk.run()
    assert desk.names() == []
    assert desk.rows() == []


def test_altered_bags_keep_no_other_from_its_copy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many cannot be sent, what was sealed after them is."""
    monkeypatch.setattr(copier, "_AT_ONCE", 1)
    first, second = desk.sealed(), desk.sealed("17002")
    report = desk.world.bags / (first.bag or "") / "data" / "report.html"
    report.chmod(0o644)
    report.write_bytes(b"something else")
    desk.run()
    assert [row.snapshot_id for row in desk.rows()] == [second.id]


def test_sealing_asks_for_a_copy(desk: Desk) -> None:
    """In the transaction that seals: one job for all that is sealed within some seconds."""
    follow = Following(desk.world.clock, stamps=False, renders=False, unasked=False, copies=True)
    own = desk.world.evidence.sealing
    sealing = replace(own, follow=follow)
    evidence = replace(desk.world.evidence, sealing=sealing)
    evidence.capture(desk.world.snapshot_id, done)
    evidence.capture(add_case(desk.world.store, "17002")[1], done)
    with desk.world.store.read() as session:
        jobs = session.scalars(select(t.Job).where(t.Job.kind == "offsite")).all()
    assert [(job.state, job.due_at > job.created_at) for job in jobs] == [("waiting", True)]
