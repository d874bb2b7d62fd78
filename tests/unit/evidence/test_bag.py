"""Bags: public tools agree on them, and they are really on the disk before they count."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import bagit
import pytest

from tests.unit.evidence.world import World, actor


def public_tools(bag: Path) -> dict[str, int]:
    """The exit status of each tool that knows nothing of us."""
    commands = {
        "bagit": [sys.executable, bagit.__file__, "--validate", str(bag)],
        "manifest": ["sha256sum", "-c", "--strict", "manifest-sha256.txt"],
        "tagmanifest": ["sha256sum", "-c", "--strict", "tagmanifest-sha256.txt"],
    }
    return {
        name: subprocess.run(command, cwd=bag, capture_output=True, check=False).returncode
        for name, command in commands.items()
    }


def test_public_tools_agree_that_a_bag_is_whole(world: World) -> None:
    """bagit.py --validate and sha256sum -c --strict are content with a sealed bag, and so are we."""
    world.capture()
    assert public_tools(world.bag()) == {"bagit": 0, "manifest": 0, "tagmanifest": 0}
    assert world.evidence.shelf.verify(world.row(world.snapshot_id).bag or "").ok


def test_one_flipped_bit_is_found_by_every_tool(world: World) -> None:
    """A single bit of the platform's reply is enough for bagit.py, sha256sum and our own verification."""
    world.capture()
    file = world.bag() / "data/api-response.json"
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    file.write_bytes(content)
    found = public_tools(world.bag())
    assert found["bagit"] != 0
    assert found["manifest"] != 0
    (result,) = world.evidence.verify(world.case_id, actor(world.store))
    assert "'data/api-response.json' was altered" in result.problems[0]


def test_a_bag_is_flushed_whole_before_it_takes_its_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file and folder is flushed before the rename, and the names that lead to the bag after it."""
    flushed: dict[str, set[tuple[int, int]]] = {"before": set(), "after": set()}
    now = "before"
    rename, fsync = Path.rename, os.fsync

    def watched_fsync(descriptor: int) -> None:
        facts = os.fstat(descriptor)
        flushed[now].add((facts.st_dev, facts.st_ino))
        fsync(descriptor)

    def watched_rename(self: Path, target: Path) -> Path:
        nonlocal now
        now = "after"
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "rename", watched_rename)
    world.capture()
    bag = world.bag()
    inside = {(path.stat().st_dev, path.stat().st_ino) for path in (bag, *bag.rglob("*"))}
    leading = {(path.stat().st_dev, path.stat().st_ino) for path in list(bag.parents)[:3]}
    assert inside <= flushed["before"]
    assert leading <= flushed["after"]
    assert list(bag.parents)[2] == world.bags


def test_a_sealed_bag_is_read_only(world: World) -> None:
    """Nobody has the right to write to a file or folder of a sealed bag."""
    world.capture()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (world.bag(), *world.bag().rglob("*"))}
    assert modes == {0o555, 0o444}


def test_a_bag_says_whose_it_is(world: World) -> None:
    """bag-info names the Trust, the snapshot and the software, and says the version of BagIt."""
    world.capture()
    info = (world.bag() / "bag-info.txt").read_text()
    assert "Source-Organization: Ashdown NHS Trust\n" in info
    assert f"External-Identifier: upstander:case:{world.case_id}:snapshot:{world.snapshot_id}\n" in info
    assert "Bagging-Date: 2026-11-16\n" in info
    assert (world.bag() / "bagit.txt").read_text().startswith("BagIt-Version: 1.0\n")
