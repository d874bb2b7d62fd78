"""The file itself: names that do no harm, a password that really locks, and a copy that is what went in."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pyzipper

from tests.unit.evidence.handover.scene import ASKER, Scene
from worker.errors import Conflict, EvidenceFault
from worker.evidence.handover.package import packing, read_back
from worker.evidence.handover.plain import cell, written_out

NOW = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
PASSWORD = "corr\u00e9ct horse battery"


def test_a_password_locks_every_file_with_aes_256(scene: Scene) -> None:
    """Without it nothing can be read; the names, which stay visible, say nothing; it is nowhere else."""
    number = scene.approved(scene.for_the_platform())
    made = scene.stage.make(scene.people[ASKER], number, password=PASSWORD)
    with pyzipper.AESZipFile(made.path) as file:
        entries = file.infolist()
        assert {(entry.wz_aes_strength, entry.flag_bits & 1) for entry in entries} == {(3, 1)}
        for word in (None, b"wrong password"):
            with pytest.raises(RuntimeError):
                file.read("cover-report.html", pwd=word)
        assert b"rude_person" in file.read("cover-report.html", pwd=PASSWORD.encode())
    names = " ".join(entry.filename for entry in entries) + made.path.name
    for private in ("rude_person", "a-1", "17002", "Northmoor", "Larch"):
        assert private not in names
    assert scene.world.audits("export_made")[0]["encrypted"] is True
    assert PASSWORD not in str([scene.world.audits(verb) for verb in ("export_made", "export_asked")])
    assert made.path.stat().st_mode & 0o077 == 0


def test_a_short_password_is_refused(scene: Scene) -> None:
    """Whoever has the file may try for years: fewer than twelve characters lock nothing."""
    number = scene.approved(scene.for_the_platform())
    with pytest.raises(Conflict, match="fewer than 12"):
        scene.stage.make(scene.people[ASKER], number, password="elevenchars")
    assert scene.exports()[0].state == "approved"


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/x", "a/../b", "a\\b", "C:x", "a/./b", ".x", "a//b", "a\nb", "", "x\u202e", "CON:", "-rf"],
)
def test_no_name_leads_out_or_does_harm(tmp_path: Path, name: str) -> None:
    """Wherever the file is unpacked, on whatever system, nothing lands outside or takes a strange name."""
    path = tmp_path / "made.zip"
    with pytest.raises(EvidenceFault, match="could do harm"), packing(path, None, NOW) as package:
        package.add(name, b"x")
    assert not path.exists()


def test_two_names_that_one_system_takes_for_one_are_refused(tmp_path: Path) -> None:
    """On Windows a second file of the same name would silently take the first one's place."""
    with packing(tmp_path / "made.zip", None, NOW) as package:
        package.add("a/Report.html", b"x")
        with pytest.raises(EvidenceFault, match="could do harm"):
            package.add("a/report.html", b"y")


def test_a_link_in_the_evidence_is_not_followed(tmp_path: Path) -> None:
    """A link that took a file's place brings nothing of this machine into the hand-over."""
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "report.html").symlink_to("/etc/hostname")
    with pytest.raises(EvidenceFault, match="cannot be read"), packing(tmp_path / "z", None, NOW) as package:
        package.copy_folder("bags/1-1", tmp_path / "bag")
    assert not (tmp_path / "z").exists()


def test_a_pipe_in_the_evidence_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that took a file's place stops the hand-over at once, instead of holding it up for ever."""
    (tmp_path / "bag").mkdir()
    os.mkfifo(tmp_path / "bag" / "report.html")
    with pytest.raises(EvidenceFault, match="no plain file"), packing(tmp_path / "z", None, NOW) as package:
        package.copy_folder("bags/1-1", tmp_path / "bag")


def test_what_does_not_read_back_is_noticed(tmp_path: Path) -> None:
    """A file that is cut short, changed, or holds more than went in is not handed over."""
    path = tmp_path / "made.zip"
    with packing(path, None, NOW) as package:
        package.add("a.png", b"some bytes" * 50)
    read_back(path, None, package.sums)
    whole = path.read_bytes()
    changed = whole.replace(b"some bytes", b"SOME bytes", 1)
    for broken in (whole[:-30], changed, b""):
        path.write_bytes(broken)
        with pytest.raises(EvidenceFault):
            read_back(path, None, package.sums)
    path.write_bytes(whole)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("planted.txt", "x")
    with pytest.raises(EvidenceFault, match="does not hold what was put in"):
        read_back(path, None, package.sums)


def test_the_same_goes_in_in_the_same_order(scene: Scene) -> None:
    """What is in a hand-over, and in which order, follows from the evidence alone."""
    first, second = (scene.made(scene.for_the_platform()) for _ in range(2))
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        assert one.namelist() == other.namelist()
        bags = [name for name in one.namelist() if name.startswith("bags/")]
        assert bags == sorted(bags)


def test_a_disk_that_is_full_leaves_no_file(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk would not take is told in words, and nothing half counts."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    number = scene.approved(scene.for_the_platform())
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(EvidenceFault, match="No space left"):
            scene.stage.make(scene.people[ASKER], number)
    assert not list(scene.folder.glob("exports/*"))
    assert scene.exports()[0].state == "approved"


def test_text_without_markup_hides_nothing() -> None:
    """Characters that hide or reorder are written out, XML's forbidden ones too; escapes are not doubled."""
    assert written_out("a\u202eb\u200b\x00\x1b\ufffe<&>&lt;\ud800") == (
        "a[U+202E]b[U+200B][U+0000][U+001B][U+FFFE]<&>&lt;[U+D800]"
    )
    assert cell("x" * 40_000).endswith("has it whole]")
    assert cell(None) == ""
