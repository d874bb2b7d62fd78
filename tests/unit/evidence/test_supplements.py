"""What people hand in: kept byte for byte, told by its bytes, sealed with who it is from, never lost."""

from __future__ import annotations

import io
import json
import stat
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.unit.evidence.marked import KilledError, Office, dying_at, person
from tests.unit.evidence.world import World, actor, done
from worker.errors import Conflict, EvidenceFault, NotAllowed, NotFound
from worker.evidence.bag import sha256
from worker.evidence.handed_in import MOST_PIXELS, NotAccepted, harmless_name, recognise
from worker.evidence.locking import LOCKED
from worker.store import tables as t

PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"


def picture(kind: str = "PNG") -> bytes:
    """A small real picture."""
    file = io.BytesIO()
    Image.new("RGB", (20, 10), (0, 94, 184)).save(file, kind)
    return file.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A PNG whose head claims a size that nobody should unpack."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def ready(world: World) -> Office:
    """The world with its core sealed and its pictures marked as safe to copy."""
    world.capture()
    office = Office(world)
    office.marking().mark(world.case_id, "safe_to_copy", actor(world.store), revision_id=world.revision_id)
    return office


def run_job(office: Office) -> None:
    """Seal what waits, as the job does."""
    for job in office.jobs("supplement"):
        office.supplements().seal(int(str(job["snapshot_id"])), str(job["token"]), str(job["sha256"]), done)


def supplements(world: World) -> int:
    """How many supplements the database knows of."""
    with world.store.read() as session:
        chosen = select(func.count()).select_from(t.Snapshot).where(t.Snapshot.kind == "supplement")
        return session.scalar(chosen) or 0


def inbox(world: World) -> list[str]:
    """What lies in the inbox."""
    folder = world.bags.parent / "handed-in"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (picture("PNG"), "png"),
        (picture("JPEG"), "jpg"),
        (picture("WEBP"), "webp"),
        (picture("GIF"), "gif"),
        (PDF, "pdf"),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, ending: str) -> None:
    """Each kind that is taken is told by its content; what it was called plays no part."""
    assert recognise(content).ending == ending


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>%PDF-1.7</html>", "no picture or PDF"),
        (b"MZ\x90\x00", "no picture or PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture or PDF"),
        (picture("BMP"), "no picture or PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"junk" * 20, "cannot be read"),
        (b"\xff\xd8\xff\xe0 a picture, honestly", "cannot be read"),
        (picture("PNG")[:20], "cannot be read"),
        (PDF[:-7], "cut off"),
        (huge_png(10_000, MOST_PIXELS // 10_000 + 1), "not taken"),
        (huge_png(60_000, 60_000), r"not taken|cannot be read"),
    ],
)
def test_what_is_no_picture_or_pdf_is_refused_in_words(content: bytes, words: str) -> None:
    """Programs, pages, other formats, damage and pictures that would unpack to gigabytes are not taken."""
    with pytest.raises(NotAccepted, match=words) as refusal:
        recognise(content)
    assert refusal.value.safe == "Nothing was kept."


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("screen.png", "screen.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a\u202egnp.exe", "aU+202Egnp.exe"),
        ("a\x1b[31m\n.png", "aU+001B[31mU+000A.png"),
        ("", "unnamed"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_name_is_shown_and_never_used(given: str, shown: str) -> None:
    """The name that a file came with is no path, hides nothing, and has an end."""
    assert harmless_name(given) == shown


def test_a_screenshot_is_sealed_byte_for_byte_with_who_handed_it_in(any_world: World) -> None:
    """The bag holds the very bytes, their hash on receipt, person, note and core; and it verifies."""
    office, who, content = ready(any_world), actor(any_world.store), picture()
    number = office.supplements().add(
        any_world.case_id, "<b>my\u202escreen.png", io.BytesIO(content), who, "What I saw & when"
    )
    run_job(office)
    row, core = any_world.row(number), any_world.row(any_world.snapshot_id)
    assert (row.kind, row.state, row.source, row.core_id) == ("supplement", "sealed", "handed_in", core.id)
    folder = any_world.bags / (row.bag or "")
    assert (folder / "data/handed-in.png").read_bytes() == content
    facts = json.loads((folder / "data/custody.json").read_bytes())
    assert facts["snapshot"]["snapshot_id"] == number
    assert facts["core"]["tagmanifest_sha256"] == core.tagmanifest_sha256
    given = facts["handed_in"]
    assert (given["sha256"], given["bytes"]) == (sha256(content), len(content))
    assert given["handed_in_by"] == {"person": who.person_id, "source": "cli"}
    assert given["received_at"] == "2026-11-16T09:32:15+00:00"
    page = (folder / "data/report.html").read_text()
    assert "Not captured by Upstander" in page
    assert "What I saw &amp; when" in page
    assert "<b>my" not in page
    assert any_world.evidence.shelf.verify(row.bag or "").ok
    assert inbox(any_world) == []
    (audited,) = any_world.audits("supplement_added")
    assert audited == {"case_id": any_world.case_id, "sha256": sha256(content), "bytes": len(content)}


def test_what_was_accepted_survives_a_process_that_dies(any_world: World) -> None:
    """Once the row is there the file is: a sealing that dies at any step is finished by the next attempt."""
    office = ready(any_world)
    number = office.supplements().add(
        any_world.case_id, "a.png", io.BytesIO(picture()), actor(any_world.store)
    )
    (job,) = office.jobs("supplement")
    token, digest = str(job["token"]), str(job["sha256"])
    for step in ("seal.written", "seal.committed"):
        with pytest.raises(KilledError):
            office.supplements(steps=dying_at(step)).seal(number, token, digest, done)
        assert inbox(any_world) == [token]
    office.supplements().seal(number, token, digest, done)
    assert (any_world.row(number).state, inbox(any_world)) == ("sealed", [])
    assert [row["kind"] for row in any_world.audits("sealed")] == ["core", "supplement"]


def test_a_file_that_was_never_accepted_does_not_stay(any_world: World) -> None:
    """A process that dies before the row leaves a file that nobody accepted: after a day it is removed."""
    office, who = ready(any_world), actor(any_world.store)
    with pytest.raises(KilledError):
        office.supplements(steps=dying_at("supplement.aside")).add(
            any_world.case_id, "a.png", io.BytesIO(picture()), who
        )
    left = inbox(any_world)
    assert (len(left), supplements(any_world)) == (1, 0)
    office.supplements().add(any_world.case_id, "b.png", io.BytesIO(picture()), who)
    assert len(inbox(any_world)) == 2
    any_world.clock.move(timedelta(hours=25))
    office.supplements().add(any_world.case_id, "c.png", io.BytesIO(picture()), who)
    assert left[0] not in inbox(any_world)
    assert len(inbox(any_world)) == 2
    run_job(office)
    assert supplements(any_world) == 2


def test_a_file_that_was_changed_before_its_sealing_is_not_sealed(world: World) -> None:
    """What lies in the inbox must be what was accepted: else nothing is sealed, and it says why."""
    office = ready(world)
    number = office.supplements().add(world.case_id, "a.png", io.BytesIO(picture()), actor(world.store))
    (job,) = office.jobs("supplement")
    token, digest = str(job["token"]), str(job["sha256"])
    (world.bags.parent / "handed-in" / token / "original").write_bytes(picture("GIF"))
    with pytest.raises(EvidenceFault, match="SHA-256 differs"):
        office.supplements().seal(number, token, digest, done)
    with pytest.raises(EvidenceFault, match="not in the inbox"):
        office.supplements().seal(number, "../../keys", digest, done)
    with pytest.raises(EvidenceFault, match="cannot be read"):
        office.supplements().seal(number, "0" * 32, digest, done)
    assert world.row(number).state == "pending"


def test_files_between_hand_in_and_sealing_are_nobody_elses(world: World) -> None:
    """What waits in the inbox can be read by the worker's own user alone."""
    office = ready(world)
    office.supplements().add(world.case_id, "a.png", io.BytesIO(picture()), actor(world.store))
    (token,) = inbox(world)
    folder = world.bags.parent / "handed-in" / token
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_screenshot_copies_no_picture_that_nobody_marked(any_world: World) -> None:
    """A screenshot would show the comment's pictures: it waits for the same word as every other copy."""
    any_world.capture()
    office, who = Office(any_world), actor(any_world.store)
    with pytest.raises(Conflict, match="may not be copied"):
        office.supplements().add(any_world.case_id, "a.png", io.BytesIO(picture()), who)
    office.supplements(unasked=True).add(any_world.case_id, "a.png", io.BytesIO(picture()), who)
    office.marking().mark(any_world.case_id, "intimate_image", who)
    with pytest.raises(Conflict, match="intimate image"):
        office.supplements(unasked=True).add(any_world.case_id, "a.png", io.BytesIO(picture()), who)
    office.marking().mark(any_world.case_id, "suspected_csam", who)
    with pytest.raises(Conflict, match="nothing of it may be copied or handed in"):
        office.supplements(unasked=True).add(any_world.case_id, "a.png", io.BytesIO(picture()), who)
    # The one that was taken while that was allowed is locked as soon as anybody comes by.
    assert (supplements(any_world), inbox(any_world)) == (1, [])
    assert len(list((any_world.bags / LOCKED / "handed-in").iterdir())) == 1


def test_what_was_handed_in_before_a_suspicion_is_locked_and_recorded(any_world: World) -> None:
    """The mark came between hand-in and sealing: the bag is a record, and the file is locked, not removed."""
    office = ready(any_world)
    number = office.supplements().add(
        any_world.case_id, "a.png", io.BytesIO(picture()), actor(any_world.store)
    )
    (token,) = inbox(any_world)
    office.marking().mark(any_world.case_id, "suspected_csam", actor(any_world.store))
    run_job(office)
    row = any_world.row(number)
    assert (row.state, row.source) == ("sealed", "record_only")
    assert not (any_world.bags / (row.bag or "") / "data/handed-in.png").exists()
    locked = any_world.bags / LOCKED / "handed-in" / token
    assert {stat.S_IMODE(path.lstat().st_mode) for path in (locked, *locked.iterdir())} == {0}
    assert (inbox(any_world), len(list(locked.iterdir()))) == ([], 2)
    office.marking().lock(any_world.comment_id, done)
    assert (any_world.bags / (row.bag or "")).is_dir()


def test_nothing_is_taken_without_right_case_core_or_content(any_world: World) -> None:
    """No right, no such case, no sealed core, empty, too large, no picture: refused, and nothing is kept."""
    office, who = Office(any_world), actor(any_world.store)
    office.marking().mark(any_world.case_id, "safe_to_copy", who, revision_id=any_world.revision_id)
    stage = office.supplements(most=len(picture()))
    with pytest.raises(Conflict, match="no sealed evidence yet"):
        stage.add(any_world.case_id, "a.png", io.BytesIO(picture()), who)
    any_world.capture()
    with pytest.raises(NotAllowed):
        stage.add(any_world.case_id, "a.png", io.BytesIO(picture()), person(any_world, "communications_lead"))
    with pytest.raises(NotFound):
        stage.add(404, "a.png", io.BytesIO(picture()), who)
    for content, words in (
        (b"", "empty"),
        (picture() + b"x", "larger"),
        (b"no picture", "no picture or PDF"),
    ):
        with pytest.raises(NotAccepted, match=words):
            stage.add(any_world.case_id, "a.png", io.BytesIO(content), who)
    assert (supplements(any_world), inbox(any_world)) == (0, [])


def test_a_reviewer_adds_nothing_to_a_case_they_may_not_see(world: World) -> None:
    """Restricted evidence is closed both ways; who may look may also add."""
    office = ready(world)
    office.marking().mark(world.case_id, "intimate_image", actor(world.store))
    with pytest.raises(NotAllowed, match="restricted"):
        office.supplements().add(world.case_id, "a.png", io.BytesIO(picture()), person(world, "reviewer"))
    office.supplements().add(world.case_id, "a.png", io.BytesIO(picture()), actor(world.store))
    assert supplements(world) == 1


def test_a_full_disk_accepts_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file cannot be kept the person is told so, and no row promises it."""
    office = ready(world)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EvidenceFault, match="No space left"):
        office.supplements().add(world.case_id, "a.png", io.BytesIO(picture()), actor(world.store))
    assert (supplements(world), inbox(world)) == (0, [])
