"""Every way of tampering with a bag is found, by name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.evidence.world import World
from worker.evidence.bag import SIGNATURE, TAGMANIFEST, sha256
from worker.evidence.bagstore import read_custody
from worker.evidence.sidecars import check_sidecars
from worker.evidence.verify import verify_bag


def copied(world: World, target: Path) -> Path:
    """A copy of the sealed bag that may be written to."""
    world.capture()
    shutil.copytree(world.bag(), target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return target


def edit(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    """Replace bytes in one file of a bag."""

    def change(bag: Path) -> None:
        content = (bag / name).read_bytes()
        assert old in content
        (bag / name).write_bytes(content.replace(old, new, 1))

    return change


def add(name: str, content: bytes = b"") -> Callable[[Path], None]:
    """Put a file into a bag."""

    def change(bag: Path) -> None:
        (bag / name).write_bytes(content)

    return change


def remove(name: str) -> Callable[[Path], None]:
    """Take a file out of a bag."""
    return lambda bag: (bag / name).unlink()


def link(bag: Path) -> None:
    """Put a link to the very same content in a file's place."""
    (bag / "data/author.json").rename(bag.parent / "elsewhere.json")
    (bag / "data/author.json").symlink_to(bag.parent / "elsewhere.json")


def forget_and_edit(bag: Path) -> None:
    """The attack on bags without a tagmanifest: remove it, then edit bag-info."""
    remove("tagmanifest-sha256.txt")(bag)
    edit("bag-info.txt", b"Ashdown", b"Another")(bag)


def listed(name: str, path: bytes) -> Callable[[Path], None]:
    """Add a line to a manifest."""

    def change(bag: Path) -> None:
        with (bag / name).open("ab") as file:
            file.write(sha256(b"").encode() + b"  " + path + b"\n")

    return change


ATTACKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "payload edited": (edit("data/report.html", b"hurt", b"hug!"), "'data/report.html' was altered"),
    "payload removed": (remove("data/custody.json"), "'data/custody.json' is missing"),
    "payload planted": (add("data/note.txt", b"x"), "'data/note.txt' is not listed in manifest-sha256.txt"),
    "file planted beside": (add("note.txt", b"x"), "'note.txt' does not belong here"),
    "fetch.txt planted": (
        add("fetch.txt", b"http://example.test/ 1 data/x"),
        "'fetch.txt' does not belong here",
    ),
    "weaker manifest planted": (add("manifest-md5.txt", b"x"), "'manifest-md5.txt' does not belong here"),
    "empty folder planted": (lambda bag: (bag / "data/media").mkdir(), "'data/media' is an empty folder"),
    "bag-info edited": (edit("bag-info.txt", b"Ashdown", b"Another"), "'bag-info.txt' was altered"),
    "bagit.txt edited": (edit("bagit.txt", b"1.0", b"0.9"), "'bagit.txt' was altered"),
    "manifest edited": (
        edit("manifest-sha256.txt", b"report", b"rapport"),
        "'manifest-sha256.txt' was altered",
    ),
    "tagmanifest removed": (forget_and_edit, "tagmanifest-sha256.txt is missing"),
    "manifest removed": (remove("manifest-sha256.txt"), "manifest-sha256.txt is missing"),
    "link": (link, "'data/author.json' is a link or a device"),
    "device": (lambda bag: os.mkfifo(bag / "data/pipe"), "'data/pipe' is a link or a device"),
    "way out": (listed("manifest-sha256.txt", b"data/../../x"), "names a path that leads out of the bag"),
    "absolute": (listed("manifest-sha256.txt", b"/etc/passwd"), "names a path that leads out of the bag"),
    "twice": (listed("manifest-sha256.txt", b"data/author.json"), "names 'data/author.json' twice"),
    "not a line": (
        edit("tagmanifest-sha256.txt", b"  bagit.txt", b" *bagit.txt"),
        "tagmanifest-sha256.txt line 2 is not a SHA-256 and a path",
    ),
    "tag listed as payload": (
        listed("manifest-sha256.txt", b"bagit.txt"),
        "'bagit.txt' has no place in manifest",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_is_found_and_named(world: World, tmp_path: Path, attack: str) -> None:
    """Each change to a bag is a problem that names the file, without any database."""
    change, words = ATTACKS[attack]
    bag = copied(world, tmp_path / "copy")
    assert verify_bag(bag).ok
    change(bag)
    report = verify_bag(bag)
    assert not report.ok
    assert any(words in problem for problem in report.problems), report.problems


def test_a_folder_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    """No folder, or a link to one, is a problem and not a crash."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for name in ("missing", "empty", "link"):
        report = verify_bag(tmp_path / name)
        assert not report.ok
        assert report.hashes is None


def grown(name: str) -> Callable[[Path], None]:
    """Make a file of a bag giant, without taking room on the disk."""

    def change(bag: Path) -> None:
        with (bag / name).open("r+b") as file:
            file.truncate(5 * 1024 * 1024 * 1024)

    return change


def deep(bag: Path) -> None:
    """Plant more folders within folders than Python may call itself."""
    here = bag / "data"
    for _ in range(1200):
        here = here / "d"
        here.mkdir()


def piped(name: str) -> Callable[[Path], None]:
    """Put a pipe in a file's place: who opens it as usual waits for ever."""

    def change(bag: Path) -> None:
        (bag / name).unlink()
        os.mkfifo(bag / name)

    return change


def foldered(name: str) -> Callable[[Path], None]:
    """Put a folder in a file's place."""

    def change(bag: Path) -> None:
        (bag / name).unlink()
        (bag / name).mkdir()

    return change


TRAPS: dict[str, tuple[Callable[[Path], None], str]] = {
    "giant manifest": (grown("manifest-sha256.txt"), "manifest-sha256.txt is missing or cannot be read"),
    "giant tagmanifest": (grown(TAGMANIFEST), "tagmanifest-sha256.txt is missing or cannot be read"),
    "giant bag-info": (grown("bag-info.txt"), "bag-info.txt is missing or cannot be read"),
    "giant payload": (grown("data/report.html"), "'data/report.html' grew: it is larger than"),
    "giant signature": (grown(SIGNATURE), "tagmanifest-sha256.txt.p7s is missing"),
    "deep folders": (deep, "is an empty folder"),
    "pipe as manifest": (piped("manifest-sha256.txt"), "'manifest-sha256.txt' is a link or a device"),
    "pipe as signature": (piped(SIGNATURE), "'tagmanifest-sha256.txt.p7s' is a link or a device"),
    "pipe as custody": (piped("data/custody.json"), "'data/custody.json' is a link or a device"),
    "folder as tagmanifest": (foldered(TAGMANIFEST), "'tagmanifest-sha256.txt' is an empty folder"),
    "folder as signature": (foldered(SIGNATURE), "tagmanifest-sha256.txt.p7s is missing"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_stops_nobody_from_looking(world: World, tmp_path: Path, trap: str) -> None:
    """Giants, pipes and endless folders are named, and nothing is read whole, waited for or fallen over."""
    change, words = TRAPS[trap]
    bag = copied(world, tmp_path / "copy")
    change(bag)
    try:
        report, custody = verify_bag(bag), read_custody(bag)
        checks = (*report.checks, *check_sidecars(bag, world.evidence.surveyor.trust))
    finally:
        subprocess.run(["rm", "-rf", str(bag)], check=True)  # pytest could not remove such folders
    assert any(words in check.found for check in checks if not check.ok), [each.found for each in checks]
    assert custody.get("format", "").startswith("upstander-core") is (trap != "pipe as custody")


@pytest.mark.parametrize("name", ["x" * 400, "a\x00b"])
def test_a_folder_with_a_name_that_cannot_be_is_told_in_words(tmp_path: Path, name: str) -> None:
    """A row that somebody edited may name anything."""
    assert verify_bag(tmp_path / name).problems[0].startswith("there is no folder")
