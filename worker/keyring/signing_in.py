"""The key of signing in: it encrypts the secrets of authenticator apps, and hashes what must not be guessed.

It lies beside the signing key, outside the database, so that whoever reads the database, or a copy of it, can
neither make codes nor try out user names and recovery codes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from worker.keyring.files import KeyringFault, alone, only_ours, read_private, write_whole

SIGN_IN_KEY = "sign-in.key"


@dataclass(frozen=True, slots=True)
class SignInKey:
    """The key of signing in, in the folder of keys. Printing it shows no secret.

    Attributes:
        folder: made by `upstander keys init`.
    """

    folder: Path

    def seal(self, secret: str) -> str:
        """Encrypt a secret. The key is made if there is none yet.

        Raises:
            KeyringFault: the key cannot be made or read, or others can reach it.
        """
        return Fernet(self._key()).encrypt(secret.encode("utf-8")).decode("ascii")

    def open(self, sealed: str) -> str:
        """Decrypt a secret.

        Raises:
            KeyringFault: the key is gone or another one, or what was sealed was altered.
        """
        try:
            return Fernet(self._key()).decrypt(sealed.encode("utf-8")).decode("utf-8")
        except InvalidToken:
            raise KeyringFault(
                f"A secret of signing in does not open with the {SIGN_IN_KEY} that is in {self.folder}.",
                safe="Nobody was signed in.",
                do=f"Put {SIGN_IN_KEY} back from the backup of that time, or have an administrator reset"
                " the sign-in.",
            ) from None

    def hash(self, purpose: str, value: str) -> str:
        """HMAC-SHA256 of a value, in hexadecimal. The key is made if there is none yet.

        Args:
            purpose: what it is for: the same value for another purpose has another hash.

        Raises:
            KeyringFault: see `seal`.
        """
        words = f"upstander {purpose}\n{value}".encode()
        return hmac.new(self._key(), words, hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        path = self.folder / SIGN_IN_KEY
        with _told(self.folder):
            only_ours(self.folder, self.folder.stat())
            if not path.exists():
                # Two first uses at once must not make two keys.
                with alone(self.folder):
                    if not path.exists():
                        write_whole(path, Fernet.generate_key())
            key = read_private(path).strip()
        try:
            Fernet(key)
        except ValueError:
            raise KeyringFault(
                f"{path} is not what Upstander wrote there.",
                safe="Nobody was signed in.",
                do="Put it back from a backup.",
            ) from None
        return key


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeyringFault(
            f"The key of signing in cannot be used: {error.strerror or type(error).__name__}.",
            safe="Nobody was signed in.",
            do=f"Look at {error.filename or folder}. `upstander keys init` makes the folder; a backup gives"
            " a lost key back.",
        ) from error
