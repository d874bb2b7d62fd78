"""The private keys in a backup: sealed with a passphrase, or left out. Certificates are always in it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from worker.evidence.backup.folder import BackupFault, copy_file, damaged, write_file
from worker.keyring import CERTIFICATES, CURRENT, NAMES_KEY, SIGN_IN_KEY

SEALED = "signing-key.sealed"
#: The fewest characters of a passphrase: whoever finds the backup can try as often as they like.
SHORTEST = 12
_MAGIC = b"upstander signing key, scrypt 2^17 8 1, aes-256-gcm\n"
_SALT, _NONCE = 16, 12


def copy_certificates(keys: Path, into: Path) -> dict[str, str]:
    """Copy the public certificates, which old evidence is checked with.

    Returns:
        SHA-256 by path below the backup's keys folder. Empty where there are no keys yet.

    Raises:
        OSError: one cannot be read or written.
    """
    found = sorted((keys / CERTIFICATES).glob("*.pem"))
    (into / CERTIFICATES).mkdir(mode=0o700)
    return {f"{CERTIFICATES}/{path.name}": copy_file(path, into / CERTIFICATES / path.name) for path in found}


def seal_key(keys: Path, into: Path, passphrase: str) -> str:
    """Write the signing key, and those of protected names and of signing in if there are any, sealed.

    Returns:
        SHA-256 of the sealed file.

    Raises:
        BackupFault: the passphrase is too short, or there is no key.
        OSError: it cannot be read or written.
    """
    check_passphrase(passphrase)
    try:
        found = {CURRENT: (keys / CURRENT).read_bytes()}
        beside = [name for name in (NAMES_KEY, SIGN_IN_KEY) if (keys / name).exists()]
        found |= {name: (keys / name).read_bytes() for name in beside}
    except FileNotFoundError as error:
        raise BackupFault(
            f"There is no signing key in {keys}.",
            safe="No backup was made.",
            do="Leave --with-keys out, or set keys_dir.",
        ) from error
    plain = json.dumps({name: base64.b64encode(content).decode() for name, content in found.items()}).encode()
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    sealed = AESGCM(_derive(passphrase, salt)).encrypt(nonce, plain, _MAGIC)
    return write_file(into / SEALED, _MAGIC + salt + nonce + sealed)


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short.

    Raises:
        BackupFault: it is.
    """
    if len(passphrase) < SHORTEST:
        raise BackupFault(
            f"The passphrase is shorter than {SHORTEST} characters.",
            safe="Nothing was written.",
            do="Take four or five words that belong together for nobody else.",
        )


def open_key(folder: Path, passphrase: str) -> Mapping[str, bytes]:
    """The sealed files by name.

    Args:
        folder: the backup's keys folder.

    Raises:
        BackupFault: the passphrase is another one, or the file is damaged.
    """
    content = (folder / SEALED).read_bytes()
    if not content.startswith(_MAGIC):
        raise damaged(folder.parent, [f"{SEALED} is not a sealed key"])
    rest = content[len(_MAGIC) :]
    salt, nonce, sealed = rest[:_SALT], rest[_SALT : _SALT + _NONCE], rest[_SALT + _NONCE :]
    try:
        plain = AESGCM(_derive(passphrase, salt)).decrypt(nonce, sealed, _MAGIC)
    except InvalidTag as error:
        raise BackupFault(
            "That is not the passphrase of this backup's signing key.",
            safe="Nothing was restored, and nothing here was changed.",
            do="Try again; or leave --with-keys out and make a new key with `upstander keys init`.",
        ) from error
    found = json.loads(plain)
    return {
        name: base64.b64decode(found[name]) for name in (CURRENT, NAMES_KEY, SIGN_IN_KEY) if name in found
    }


def put_back(folder: Path, keys: Path, opened: Mapping[str, bytes]) -> None:
    """Put the certificates, and the key where it was opened, into the keys folder. What lies there stays.

    Args:
        folder: the backup's keys folder.

    Raises:
        OSError: it cannot be written.
    """
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    (keys / CERTIFICATES).mkdir(mode=0o700, exist_ok=True)
    for path in sorted((folder / CERTIFICATES).glob("*.pem")):
        if not (keys / CERTIFICATES / path.name).exists():
            copy_file(path, keys / CERTIFICATES / path.name)
    for name, content in opened.items():
        write_file(keys / name, content)


def _derive(passphrase: str, salt: bytes) -> bytes:
    # 128 MiB and about half a second for each guess.
    return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(passphrase.encode())
