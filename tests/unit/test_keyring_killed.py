"""Changing keys while things go wrong: a kill, a full disk, two at once. A usable ring is left."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from worker.keyring import CURRENT, Keyring, KeyringFault
from worker.keyring.files import ASIDE

NOW = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=400)
CONTENT = b"what is sealed"
TRUST = "Example NHS Trust"


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    """A ring with its first key."""
    made = Keyring(tmp_path / "keys")
    made.init(TRUST, NOW)
    return made


def test_a_key_overwritten_while_it_is_read_is_read_again(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opened the old key in the very moment of a change signs with the new one, and does not fail."""
    opened = (ring.folder / CURRENT).open("rb")
    ring.rotate(TRUST, LATER)

    def first_the_old_one(path: Path) -> bytes:
        monkeypatch.undo()
        with opened:
            return opened.read()

    monkeypatch.setattr("worker.keyring.ring.read_private", first_the_old_one)
    assert ring.verify(CONTENT, ring.sign(CONTENT, LATER)).fingerprint == ring.current().fingerprint


def _killed_at(act: Callable[[], object], step: int) -> bool:
    """Do something in a child that dies at its so-manieth system call; whether it died."""
    child = os.fork()
    if child == 0:
        left = step

        def dying(real: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **named: object) -> object:
                nonlocal left
                if left == 0:
                    os._exit(9)
                left -= 1
                return real(*arguments, **named)

            return call

        for owner, name in ((os, "open"), (os, "fsync"), (os, "close"), (Path, "rename"), (Path, "unlink")):
            setattr(owner, name, dying(getattr(owner, name)))
        _finish(act)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}
    return code == 9


def _finish(act: Callable[[], object]) -> NoReturn:
    """Do something in a forked child and end it, whatever comes of it."""
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


@pytest.mark.faults
def test_a_kill_at_any_point_of_a_change_leaves_a_usable_ring(ring: Keyring) -> None:
    """Killed anywhere in a change of keys, the old or the new key signs, and all that was signed verifies."""
    old, signature, step = ring.current(), ring.sign(CONTENT, NOW), 0
    while _killed_at(lambda: ring.rotate(TRUST, LATER), step):
        step += 1
        assert ring.verify(CONTENT, ring.sign(CONTENT, LATER)).fingerprint == ring.current().fingerprint
        assert ring.verify(CONTENT, signature).fingerprint == old.fingerprint
    assert step > 8
    ring.rotate(TRUST, LATER)
    assert not list(ring.folder.rglob(f"{ASIDE}*"))


@pytest.mark.faults
def test_a_kill_at_any_point_of_the_beginning_can_be_repaired_by_beginning_again(tmp_path: Path) -> None:
    """Killed anywhere in making the first key, there is a whole one or none, and init then makes it."""
    step, died = 0, True
    while died:
        ring = Keyring(tmp_path / str(step))
        died = _killed_at(lambda ring=ring: ring.init(TRUST, NOW), step)  # type: ignore[misc]  # a default keeps this round's ring
        if not (ring.folder / CURRENT).exists():
            ring.init(TRUST, NOW)
        assert ring.verify(CONTENT, ring.sign(CONTENT, NOW)).fingerprint == ring.current().fingerprint
        step += 1
    assert step > 8


@pytest.mark.parametrize("file", [0, 1], ids=["certificate", "key"])
def test_a_full_disk_leaves_the_old_key_signing(
    file: int, ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the new key cannot be written, that is told, the old one signs, and no half key lies around."""
    old, written, flush = ring.current(), 0, os.fsync

    def full(descriptor: int) -> None:
        nonlocal written
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            if written == file:
                raise OSError(errno.ENOSPC, "No space left on device")
            written += 1
        flush(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(KeyringFault, match="No space left on device"):
            ring.rotate(TRUST, LATER)
    assert ring.current() == old
    assert not list(ring.folder.rglob(f"{ASIDE}*"))


def test_two_changes_at_once_follow_each_other(ring: Keyring) -> None:
    """Two people who change the key in the same moment make two keys, one after the other."""
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            _finish(lambda: ring.rotate(TRUST, LATER))
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    assert len(ring.certificates()) == 3
    assert ring.verify(CONTENT, ring.sign(CONTENT, LATER)).fingerprint == ring.current().fingerprint
