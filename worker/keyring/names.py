"""The key that protects the names of those who handed something in under protection.

    keys/names.key   0600   made when the first name is protected

It lies outside the database, so that whoever reads the database, or a copy of it, reads no name. A name is
bound to its hand-in: moved to another row, it does not open.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from worker.keyring.files import KeyringFault, alone, only_ours, read_private, write_whole

NAMES_KEY = "names.key"
_BYTES = 32
_NONCE = 12


@dataclass(frozen=True, slots=True)
class NameKey:
    """The key of protected names, in the folder of keys. Printing it shows no secret.

    Attributes:
        folder: made by `upstander keys init`.
    """

    folder: Path

    def seal(self, name: str, bound_to: str) -> tuple[str, bytes]:
        """Encrypt a name. The key is made if there is none yet.

        Args:
            bound_to: what the name belongs to; it opens with exactly this again.

        Returns:
            Which key it was, and the encrypted name.

        Raises:
            KeyringFault: the key cannot be made or read, or others can reach it.
        """
        with _told(self.folder):
            only_ours(self.folder, self.folder.stat())
            # Two first names at once must not make two keys.
            with alone(self.folder):
                if not (self.folder / NAMES_KEY).exists():
                    write_whole(self.folder / NAMES_KEY, os.urandom(_BYTES).hex().encode("ascii"))
            key = self._read()
        nonce = os.urandom(_NONCE)
        return _id(key), nonce + AESGCM(key).encrypt(nonce, name.encode("utf-8"), bound_to.encode("utf-8"))

    def open(self, key_id: str, sealed: bytes, bound_to: str) -> str:
        """Decrypt a name.

        Raises:
            KeyringFault: the key is gone or another one, or the row was altered or moved.
        """
        with _told(self.folder):
            only_ours(self.folder, self.folder.stat())
            key = self._read()
        if _id(key) != key_id:
            raise KeyringFault(
                f"This name was protected with another key ({key_id}) than the one in {self.folder}.",
                safe="No name was shown.",
                do=f"Put {NAMES_KEY} back from the backup of that time.",
            )
        try:
            plain = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode("utf-8"))
        except InvalidTag as error:
            raise KeyringFault(
                "The protected name is not what was stored: it was altered, or belongs to another hand-in.",
                safe="No name was shown.",
                do="Tell the evidence officer; compare with a backup.",
            ) from error
        return plain.decode("utf-8")

    def _read(self) -> bytes:
        content = read_private(self.folder / NAMES_KEY)
        try:
            key = bytes.fromhex(content.decode("ascii"))
        except ValueError:
            key = b""
        if len(key) != _BYTES:
            raise KeyringFault(
                f"{self.folder / NAMES_KEY} is not what Upstander wrote there.",
                safe="No name was shown or stored.",
                do="Put it back from a backup.",
            )
        return key


def _id(key: bytes) -> str:
    return hashlib.sha256(b"upstander protected names\n" + key).hexdigest()[:16]


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeyringFault(
            f"The key of protected names cannot be used: {error.strerror or type(error).__name__}.",
            safe="No name was shown or stored.",
            do=f"Look at {error.filename or folder}. `upstander keys init` makes the folder; a backup gives"
            " a lost key back.",
        ) from error
