"""The folder of keys: whole at every moment, ours alone, and old evidence verifies for ever."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from worker import cms
from worker.errors import Conflict
from worker.keyring import CERTIFICATES, CURRENT, Keyring, KeyringFault

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


def common_name(certificate: x509.Certificate) -> str:
    """What the certificate calls itself."""
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def test_the_first_key_signs(ring: Keyring) -> None:
    """One command makes a key that signs in the Trust's name for ten years."""
    public = ring.current()
    assert ring.verify(CONTENT, ring.sign(CONTENT, NOW)) == cms.Signed(public.fingerprint, NOW)
    assert common_name(public.certificate) == "Example NHS Trust evidence signing"
    assert public.certificate.not_valid_after_utc >= NOW.replace(year=NOW.year + 10)


def test_the_key_is_ours_alone(ring: Keyring) -> None:
    """Nobody else on the machine can read the private key, whatever the umask says."""
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700
    for path in ring.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_loose_umask_makes_no_loose_key(tmp_path: Path) -> None:
    """The key is closed from its first moment, not closed afterwards."""
    before = os.umask(0)
    try:
        Keyring(tmp_path / "keys").init(TRUST, NOW)
    finally:
        os.umask(before)
    assert not [path for path in (tmp_path / "keys").rglob("*") if path.stat().st_mode & 0o077]


def test_a_key_is_never_made_over_another(ring: Keyring) -> None:
    """Running init twice leaves the first key signing."""
    first = ring.current()
    with pytest.raises(Conflict, match="rotate"):
        ring.init(TRUST, LATER)
    assert ring.current() == first


def test_what_the_old_key_signed_still_verifies(ring: Keyring) -> None:
    """After a change of keys the new one signs, and both signatures hold."""
    old, old_signature = ring.current(), ring.sign(CONTENT, NOW)
    new = ring.rotate(TRUST, LATER)
    assert new.fingerprint != old.fingerprint
    assert ring.verify(CONTENT, old_signature).fingerprint == old.fingerprint
    assert ring.verify(CONTENT, ring.sign(CONTENT, LATER)).fingerprint == new.fingerprint
    assert list(ring.certificates()) == [old.fingerprint, new.fingerprint]
    assert common_name(new.certificate) == common_name(old.certificate)


def test_the_old_private_key_is_destroyed(ring: Keyring) -> None:
    """After a change of keys no file holds the old private key, and what its file held is overwritten."""
    with (ring.folder / CURRENT).open("rb") as still_open:
        old = still_open.read()
        ring.rotate(TRUST, LATER)
        still_open.seek(0)
        assert still_open.read() == b"\0" * len(old)
    secret = old.partition(b"-----END PRIVATE KEY-----")[0]
    assert not [path for path in ring.folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_openssl_takes_the_kept_certificate(ring: Keyring, tmp_path: Path) -> None:
    """The certificate file that the folder holds is all that an outsider needs."""
    (tmp_path / "X").write_bytes(CONTENT)
    (tmp_path / "X.p7s").write_bytes(ring.sign(CONTENT, NOW))
    kept = ring.certificate_file(ring.current().fingerprint)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "X.p7s", "-content", "X"]
    options = ["-CAfile", str(kept), "-no-CApath", "-no-CAstore", "-partial_chain"]
    options += ["-purpose", "any", "-out", "/dev/null"]
    at = ["-attime", f"{NOW.timestamp():.0f}"]
    subprocess.run([*command, *options, *at], cwd=tmp_path, check=True, capture_output=True)


def test_a_new_key_bears_the_trusts_present_name(ring: Keyring) -> None:
    """A Trust that was renamed, or named only later, signs in that name from its next key on."""
    assert common_name(ring.rotate("Northmoor NHS Trust", LATER).certificate).startswith("Northmoor")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ymddiriedolaeth GIG Enghraifft â Thŷ", "Ymddiriedolaeth GIG Enghraifft â Thŷ evidence signing"),
        ("N" * 100, "N" * 47 + " evidence signing"),
        ("Tŷ" * 40, ("Tŷ" * 40).encode()[:47].decode(errors="ignore") + " evidence signing"),
        ("A\x00B\x1b]0;C\n", "A B ]0;C evidence signing"),
        ("", "Trust evidence signing"),
    ],
    ids=["accents", "long", "long accents", "controls", "nothing"],
)
def test_any_trust_has_a_certificate(name: str, shown: str, tmp_path: Path) -> None:
    """A long or odd name is shortened to what a certificate can say; it never stops a Trust from sealing."""
    ring = Keyring(tmp_path / "keys")
    assert common_name(ring.init(name, NOW).certificate) == shown
    assert common_name(ring.rotate(name, LATER).certificate) == shown


def test_a_key_that_ran_out_does_not_sign(ring: Keyring) -> None:
    """Nothing is signed with a certificate that does not hold; the error says what to do."""
    with pytest.raises(KeyringFault, match="keys rotate"):
        ring.sign(CONTENT, NOW + timedelta(days=3660))


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    """A missing folder is an error that names the command that makes one."""
    ring = Keyring(tmp_path / "keys")
    for act in (
        ring.current,
        ring.certificates,
        lambda: ring.sign(CONTENT, NOW),
        lambda: ring.rotate(TRUST, NOW),
    ):
        with pytest.raises(KeyringFault, match="keys init"):
            act()


def _open_folder(folder: Path) -> None:
    folder.chmod(0o750)


def _open_certificates(folder: Path) -> None:
    (folder / CERTIFICATES).chmod(0o777)


def _open_key(folder: Path) -> None:
    (folder / CURRENT).chmod(0o640)


def _cut_key(folder: Path) -> None:
    os.truncate(folder / CURRENT, 60)


def _key_only(folder: Path) -> None:
    key, mark, _certificate = (folder / CURRENT).read_bytes().partition(b"-----END PRIVATE KEY-----\n")
    (folder / CURRENT).write_bytes(key + mark)


def _foreign_key(folder: Path) -> None:
    other = Keyring(folder.parent / "other")
    other.init(TRUST, NOW)
    theirs = (other.folder / CURRENT).read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    ours = (folder / CURRENT).read_bytes().partition(b"-----BEGIN CERTIFICATE")
    (folder / CURRENT).write_bytes(theirs + ours[1] + ours[2])


def _no_certificate(folder: Path) -> None:
    for path in (folder / CERTIFICATES).iterdir():
        path.unlink()


def _link(folder: Path) -> None:
    (folder / CURRENT).rename(folder.parent / "elsewhere.pem")
    (folder / CURRENT).symlink_to(folder.parent / "elsewhere.pem")


@pytest.mark.parametrize(
    "harm",
    [
        _open_folder,
        _open_certificates,
        _open_key,
        _cut_key,
        _key_only,
        _foreign_key,
        _no_certificate,
        _link,
    ],
)
def test_a_key_that_is_not_as_it_must_be_signs_nothing(harm: Callable[[Path], None], ring: Keyring) -> None:
    """Loose permissions, damage and foreign files stop signing, and a change of keys, with a clear error."""
    harm(ring.folder)
    with pytest.raises(KeyringFault) as told:
        ring.sign(CONTENT, NOW)
    assert "Nothing was signed" in str(told.value)
    assert told.value.do
    with pytest.raises(KeyringFault):
        ring.rotate(TRUST, LATER)


def test_another_users_key_signs_nothing(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that belongs to somebody else is not ours to sign with."""
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(KeyringFault, match="another user") as told:
        ring.sign(CONTENT, NOW)
    assert "as Upstander's own user" in told.value.do
    assert "4242" not in str(told.value), "nobody is told to give the keys to whoever runs this"


def test_a_damaged_or_renamed_certificate_is_found(ring: Keyring) -> None:
    """A kept certificate must be the one that its name says, or nothing is believed."""
    name = ring.current().fingerprint
    path = ring.certificate_file(name)
    path.rename(path.with_name(f"{'0' * 64}.pem"))
    with pytest.raises(KeyringFault, match="damaged or replaced"):
        ring.certificates()
    path.with_name(f"{'0' * 64}.pem").write_text("no certificate")
    with pytest.raises(KeyringFault, match="damaged or replaced"):
        ring.certificates()


def test_a_lost_key_can_be_followed_by_a_new_one(ring: Keyring) -> None:
    """Where the private key is gone, a new one is made beside the old certificates, which still verify."""
    signature, old = ring.sign(CONTENT, NOW), ring.current()
    (ring.folder / CURRENT).unlink()
    new = ring.init(TRUST, LATER)
    assert ring.verify(CONTENT, signature).fingerprint == old.fingerprint
    assert set(ring.certificates()) == {old.fingerprint, new.fingerprint}


def test_no_error_shows_the_private_key(ring: Keyring) -> None:
    """What is printed or logged of a ring or a key holds nothing of the private one."""
    secret = (ring.folder / CURRENT).read_text().split("\n")[1]
    _key_only(ring.folder)
    with pytest.raises(KeyringFault) as told:
        ring.current()
    assert secret not in f"{ring!r} {told.value!r} {told.value} {told.value.__cause__!r}"
