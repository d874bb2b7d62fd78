"""The certificate of a signing key: whose evidence it signs, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

VALID_FOR = timedelta(days=3653)
#: A certificate holds from a little before it was made: the processes' clocks may differ.
_CLOCKS_DIFFER = timedelta(hours=1)
_SUFFIX = " evidence signing"
#: X.509 allows a name this many bytes.
_LONGEST_NAME = 64


def certify(key: ec.EllipticCurvePrivateKey, trust_name: str, now: datetime) -> x509.Certificate:
    """A certificate that says whose evidence the key signs, and signs itself.

    Args:
        trust_name: shortened to what X.509 allows; its letters may be any.
        now: when the key was made (aware).

    Returns:
        The certificate, which holds for ten years.
    """
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in trust_name).split())
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "GB"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, _cut(plain, _LONGEST_NAME)),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, _cut(plain, _LONGEST_NAME - len(_SUFFIX)) + _SUFFIX),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        # All of a Trust's certificates bear one name: this tells a reader which of them signed this one.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _cut(text: str, most: int) -> str:
    """The first bytes of a name, whole characters only."""
    return text.encode()[:most].decode(errors="ignore").strip() or "Trust"
