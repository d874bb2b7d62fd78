"""The keys that evidence is signed with: a folder of its own, outside the database and the bag store.

    keys/                               0700
        current.pem                     0600  the private key that signs now, and its certificate
        certificates/<fingerprint>.pem  0600  every certificate that ever signed, the current one too

`current.pem` is one file so that one rename changes key and certificate together. A new certificate takes its
place under `certificates/` before its key does: a process killed at any point leaves the old key signing or
the new one, never a key whose certificate is not kept.

When keys change, the old private key is destroyed and its certificate kept. Checking old evidence needs the
certificate alone; a private key that lay around could only be stolen, and would then sign evidence for the
past. Its file is overwritten before it goes, but a disk may keep what was overwritten, and so does a backup.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from worker import cms
from worker.errors import Conflict
from worker.keyring.certificate import certify
from worker.keyring.files import (
    ASIDE,
    KeyringFault,
    alone,
    only_ours,
    read_private,
    sync_folder,
    write_whole,
)

CURRENT = "current.pem"
CERTIFICATES = "certificates"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public side of one key. Printing it shows no secret, because it holds none.

    Attributes:
        fingerprint: SHA-256 of the certificate, in hex.
        certificate: its own, self-signed.
    """

    fingerprint: str
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Keyring:
    """The folder of keys.

    Attributes:
        folder: made by `init`; nothing but keys may lie there.
    """

    folder: Path

    def init(self, trust_name: str, now: datetime) -> SigningKey:
        """Make the first key. Certificates that lie there already, from a key that was lost, are kept.

        Raises:
            Conflict: there is a signing key already.
            KeyringFault: the folder is open to others, or the disk would not take the key.
        """
        with _told("The signing key could not be made"):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                if (self.folder / CURRENT).exists():
                    raise Conflict(
                        f"There is a signing key in {self.folder} already.",
                        safe="It was left as it is.",
                        do="`upstander keys rotate` puts a new one in its place.",
                    )
                return self._renew(trust_name, now)

    def rotate(self, trust_name: str, now: datetime) -> SigningKey:
        """Make a new key that signs from now on; destroy the old private key, keep its certificate.

        Args:
            trust_name: the Trust's name as it is now, for the new certificate.

        Raises:
            KeyringFault: there is no usable key to follow on from, or the disk would not take the new one.
        """
        with _told("The signing key could not be changed"), self._alone():
            self._read_current()
            with (self.folder / CURRENT).open("r+b") as file:
                made = self._renew(trust_name, now)
                file.write(b"\0" * os.fstat(file.fileno()).st_size)
                file.flush()
                os.fsync(file.fileno())
            return made

    def current(self) -> SigningKey:
        """The key that signs now.

        Raises:
            KeyringFault: there is none that can be used.
        """
        return self._read_current()[1]

    def certificates(self) -> Mapping[str, x509.Certificate]:
        """Every certificate that ever signed, by fingerprint, the oldest first.

        Raises:
            KeyringFault: the folder cannot be read, is open to others, or a certificate in it is damaged.
        """
        with _told("The certificates cannot be read"):
            self._check_folder()
            found = [_named(path) for path in (self.folder / CERTIFICATES).glob("*.pem")]
        if not found:
            raise _missing(self.folder)
        found.sort(key=lambda key: key.certificate.not_valid_before_utc)
        return MappingProxyType({key.fingerprint: key.certificate for key in found})

    def certificate_file(self, fingerprint: str) -> Path:
        """Where a certificate is kept, for those who want a copy of it."""
        return self.folder / CERTIFICATES / f"{fingerprint}.pem"

    def sign(self, content: bytes, at: datetime) -> bytes:
        """Sign content with the current key, read afresh so that a change of keys counts at once.

        Args:
            at: the moment, from the caller's clock.

        Returns:
            A detached CMS signature, as DER (see `worker.cms`).

        Raises:
            KeyringFault: there is no usable key, or its certificate does not hold at that moment.
        """
        key, public = self._read_current()
        certificate = public.certificate
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise KeyringFault(
                f"The signing key holds from {certificate.not_valid_before_utc:%Y-%m-%d} to "
                f"{certificate.not_valid_after_utc:%Y-%m-%d}, and today is {at:%Y-%m-%d}.",
                safe="Nothing was signed.",
                do="Make a new one with `upstander keys rotate`.",
            )
        return cms.sign(content, key, certificate, at)

    def verify(self, content: bytes, signature: bytes) -> cms.Signed:
        """Check a signature against every certificate of the ring. For many, call `certificates` once.

        Raises:
            SignatureFault: it does not hold; the kind and the words say why.
            KeyringFault: the ring cannot be read.
        """
        return cms.verify(content, signature, self.certificates())

    def _read_current(self) -> tuple[ec.EllipticCurvePrivateKey, SigningKey]:
        path = self.folder / CURRENT
        with _told("The signing key cannot be read"):
            self._check_folder()
            try:
                content = read_private(path)
                if not content.strip(b"\0"):
                    # Opened just before a change of keys overwrote it: its successor is in its place.
                    content = read_private(path)
            except FileNotFoundError as error:
                raise _missing(self.folder) from error
        try:
            key = serialization.load_pem_private_key(content, password=None)
            certificate = x509.load_pem_x509_certificate(content)
        except (ValueError, TypeError) as error:
            raise _damaged(path) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise _damaged(path)
        name = cms.fingerprint(certificate)
        if not self.certificate_file(name).is_file():
            # What it signed could not be checked: its certificate would not be among those that are ours.
            raise _damaged(self.folder / CERTIFICATES)
        return key, SigningKey(name, certificate)

    def _renew(self, trust_name: str, now: datetime) -> SigningKey:
        """Put a new key in the place of the one that signs, its certificate first."""
        for left in (*self.folder.glob(f"{ASIDE}*"), *(self.folder / CERTIFICATES).glob(f"{ASIDE}*")):
            left.unlink()
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = certify(key, trust_name, now)
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        name = cms.fingerprint(certificate)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / CERTIFICATES).mkdir(mode=0o700, exist_ok=True)
        sync_folder(self.folder)
        write_whole(self.certificate_file(name), pem)
        write_whole(self.folder / CURRENT, secret + pem)
        return SigningKey(name, certificate)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep another process from changing the ring meanwhile."""
        self._check_folder()
        with alone(self.folder):
            yield

    def _check_folder(self) -> None:
        try:
            facts = self.folder.stat()
        except FileNotFoundError as error:
            raise _missing(self.folder) from error
        if not stat.S_ISDIR(facts.st_mode):
            raise _damaged(self.folder)
        only_ours(self.folder, facts)
        kept = self.folder / CERTIFICATES
        if kept.exists():
            only_ours(kept, kept.stat())


@contextmanager
def _told(happened: str) -> Iterator[None]:
    """Tell in words what the disk would not do. A missing file is told by those who know what it means."""
    try:
        yield
    except OSError as error:
        raise KeyringFault(
            f"{happened}: {error.strerror or error}.",
            safe="Nothing was signed.",
            do=f"Look at {error.filename or 'the disk'}; `upstander keys show` then says which key signs.",
        ) from error


def _named(path: Path) -> SigningKey:
    """A kept certificate, which must be the one that its file is named after."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise _damaged(path) from error
    if cms.fingerprint(certificate) != path.stem:
        raise _damaged(path)
    return SigningKey(path.stem, certificate)


def _missing(folder: Path) -> KeyringFault:
    return KeyringFault(
        f"There is no signing key in {folder}.",
        safe="Nothing was signed.",
        do="Make one with `upstander keys init`, or put the folder back from a backup.",
    )


def _damaged(path: Path) -> KeyringFault:
    return KeyringFault(
        f"{path} is not what Upstander wrote there: it was damaged or replaced.",
        safe="Nothing was signed.",
        do="Put it back from a backup. If the private key is lost, move current.pem away and run "
        "`upstander keys init`: the kept certificates still verify.",
    )
