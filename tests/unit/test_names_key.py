"""The key that protects names: ours alone, made once, and in the backup that holds keys."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.evidence.backup.keys import open_key, put_back, seal_key
from worker.keyring import NAMES_KEY, Keyring, KeyringFault, NameKey

NAME = "Wren Hollis, midwife"


@pytest.fixture
def key(tmp_path: Path) -> NameKey:
    """A folder of keys without one for names yet."""
    Keyring(tmp_path / "keys").init("Northmoor", datetime(2026, 11, 1, tzinfo=UTC))
    return NameKey(tmp_path / "keys")


def test_it_is_made_once_and_is_ours_alone(key: NameKey) -> None:
    """The first name makes it, the second uses it, and one name never looks the same twice."""
    first = key.seal(NAME, "hand-in-1")
    second = key.seal(NAME, "hand-in-1")
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert key.open(*first, "hand-in-1") == key.open(*second, "hand-in-1") == NAME
    assert stat.S_IMODE((key.folder / NAMES_KEY).stat().st_mode) == 0o600
    assert NAME.encode() not in first[1]


def test_one_that_others_can_read_protects_nothing(key: NameKey) -> None:
    """It is refused, for names to come too, until somebody has closed it."""
    sealed = key.seal(NAME, "hand-in-1")
    (key.folder / NAMES_KEY).chmod(0o644)
    with pytest.raises(KeyringFault, match="chmod 600"):
        key.open(*sealed, "hand-in-1")
    with pytest.raises(KeyringFault, match="chmod 600"):
        key.seal(NAME, "hand-in-2")


def test_a_lost_key_is_told_and_comes_back_from_the_backup(key: NameKey, tmp_path: Path) -> None:
    """Another key is not taken for it; the backup's passphrase gives it back, and with it the name."""
    sealed = key.seal(NAME, "hand-in-1")
    (tmp_path / "backup").mkdir()
    seal_key(key.folder, tmp_path / "backup", "four words in a row")
    (key.folder / NAMES_KEY).unlink()
    with pytest.raises(KeyringFault, match="cannot be used"):
        key.open(*sealed, "hand-in-1")
    key.seal(NAME, "hand-in-2")
    with pytest.raises(KeyringFault, match="another key"):
        key.open(*sealed, "hand-in-1")
    restored = tmp_path / "restored"
    put_back(tmp_path / "backup", restored, open_key(tmp_path / "backup", "four words in a row"))
    assert NameKey(restored).open(*sealed, "hand-in-1") == NAME
