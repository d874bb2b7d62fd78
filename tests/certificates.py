"""Certificates that are not this version's own: of a website, and of keys that an earlier version made."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from worker import cms

#: What makes `openssl cms -verify` believe the named file alone, each certificate in it by itself.
THESE_ALONE = "-no-CApath -no-CAstore -partial_chain"
#: The folder of the authorities that a machine trusts for the web.
TRUSTED = "trusted-by-the-machine"


class Website:
    """Somebody with a sound certificate for their website, by an authority that every machine trusts for it.

    Attributes:
        environ: makes OpenSSL take that authority for one of those that the machine trusts.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        root_key, self._key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _certificate("Any Public Authority", root_key, "Any Public Authority", root_key, now)
        self._certificate = _certificate(
            "hobby.example.test", self._key, "Any Public Authority", root_key, now
        )
        trusted = folder / TRUSTED
        trusted.mkdir()
        (trusted / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        subprocess.run(["openssl", "rehash", str(trusted)], check=True, capture_output=True)
        self.environ = {"SSL_CERT_DIR": str(trusted)}
        self._now = now

    def sign(self, content: bytes) -> bytes:
        """A detached signature of the website's."""
        return cms.sign(content, self._key, self._certificate, self._now)


def as_earlier(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A certificate of a signing key as earlier versions made it: it does not say which key signed it."""
    made = (
        x509.CertificateBuilder()
        .subject_name(certificate.subject)
        .issuer_name(certificate.issuer)
        .public_key(certificate.public_key())
        .serial_number(certificate.serial_number)
        .not_valid_before(certificate.not_valid_before_utc)
        .not_valid_after(certificate.not_valid_after_utc)
    )
    for each in certificate.extensions:
        if each.oid != x509.AuthorityKeyIdentifier.oid:
            made = made.add_extension(each.value, each.critical)
    return made.sign(key, hashes.SHA256())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signed_by: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    subject, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in (name, issuer))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .sign(signed_by, hashes.SHA256())
    )
