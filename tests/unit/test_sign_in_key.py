"""The key of signing in: ours alone, made once, and in the backup that holds keys."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.evidence.backup.keys import open_key, put_back, seal_key
from worker.keyring import SIGN_IN_KEY, Keyring, KeyringFault, SignInKey

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def key(tmp_path: Path) -> SignInKey:
    """A folder of keys without one for signing in yet."""
    Keyring(tmp_path / "keys").init("Northmoor", datetime(2026, 11, 1, tzinfo=UTC))
    return SignInKey(tmp_path / "keys")


def test_it_is_made_once_and_is_ours_alone(key: SignInKey) -> None:
    """However many need it first at the same moment, there is one; what it hashes depends on what for."""
    with ThreadPoolExecutor(8) as pool:
        hashes = set(pool.map(lambda _: key.hash("address", "192.0.2.7"), range(8)))
    assert len(hashes) == 1
    assert key.hash("user_name", "192.0.2.7") not in hashes
    assert stat.S_IMODE((key.folder / SIGN_IN_KEY).stat().st_mode) == 0o600
    assert key.open(key.seal(SECRET)) == SECRET
    assert SECRET not in key.seal(SECRET)
    assert key.seal(SECRET) != key.seal(SECRET)


def test_one_that_others_can_read_opens_nothing(key: SignInKey) -> None:
    """It is refused until somebody has closed it; so is one that was damaged, and what was altered."""
    sealed = key.seal(SECRET)
    (key.folder / SIGN_IN_KEY).chmod(0o644)
    with pytest.raises(KeyringFault, match="chmod 600"):
        key.open(sealed)
    (key.folder / SIGN_IN_KEY).chmod(0o600)
    with pytest.raises(KeyringFault, match="does not open"):
        key.open(sealed[:-6] + "AAAAA=")
    (key.folder / SIGN_IN_KEY).write_text("not a key")
    with pytest.raises(KeyringFault, match="not what Upstander wrote"):
        key.hash("address", "192.0.2.7")


def test_a_lost_key_comes_back_from_the_backup(key: SignInKey, tmp_path: Path) -> None:
    """Another key is not taken for it; the backup's passphrase gives it back, and with it the secret."""
    sealed = key.seal(SECRET)
    (tmp_path / "backup").mkdir()
    seal_key(key.folder, tmp_path / "backup", "four words in a row")
    (key.folder / SIGN_IN_KEY).unlink()
    with pytest.raises(KeyringFault, match="does not open"):
        key.open(sealed)
    restored = tmp_path / "restored"
    put_back(tmp_path / "backup", restored, open_key(tmp_path / "backup", "four words in a row"))
    assert SignInKey(restored).open(sealed) == SECRET
