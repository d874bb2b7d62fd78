r"""A detached signature as a CMS file (RFC 5652): made and read here, and checked by `openssl cms` as well.

The `cryptography` package signs CMS but stamps the machine's own time on it, and does not verify. So the few
structures that a signature of ours has are declared below for its DER codec, which refuses whatever is not
exactly that: what reads a planted file is no parser of ours. One shape only is made and believed: one
signer, EC P-256 with SHA-256, the certificate inside, three signed attributes, no content.

    openssl cms -verify -binary -inform DER -in X.p7s -content X \
        -CAfile certificate.pem -no-CApath -no-CAstore -partial_chain -purpose any -out /dev/null
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from worker.errors import EvidenceFault

#: More than any signature of ours takes: a planted giant is not parsed.
_MOST_BYTES = 16 * 1024

_DATA = x509.ObjectIdentifier("1.2.840.113549.1.7.1")
_SIGNED_DATA = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
_CONTENT_TYPE = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_TIME = x509.ObjectIdentifier("1.2.840.113549.1.9.5")
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_ECDSA_WITH_SHA256 = x509.ObjectIdentifier("1.2.840.10045.4.3.2")


class SignatureFault(EvidenceFault):
    """A signature does not show that this content was signed by us."""


class ContentAltered(SignatureFault):
    """The signature is ours, and over something else than this content."""


class SignatureUnreadable(SignatureFault):
    """This is no signature of the kind that we make, or one that was damaged."""


class SignedByAnother(SignatureFault):
    """It was signed with a key whose certificate is not among ours."""


class OutsideValidity(SignatureFault):
    """It says that it was signed at a time when its certificate did not hold."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature that holds says.

    Attributes:
        fingerprint: SHA-256 of the signer's certificate, in hex.
        at: when it was signed, as the signer says (aware, UTC). Proof of the time is the timestamp's office.
    """

    fingerprint: str
    at: datetime


@asn1.sequence
class _Algorithm:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Attribute:
    oid: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _Signer:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _Signer
    digest_algorithm: _Algorithm
    attributes: Annotated[asn1.SetOf[_Attribute], asn1.Implicit(0)]
    signature_algorithm: _Algorithm
    signature: bytes


@asn1.sequence
class _Content:
    oid: x509.ObjectIdentifier


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[_Algorithm]
    content: _Content
    certificates: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _Signature:
    oid: x509.ObjectIdentifier
    signed: Annotated[_SignedData, asn1.Explicit(0)]


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in hex: what `openssl x509 -fingerprint -sha256` shows, without colons."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def sign(
    content: bytes, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, at: datetime
) -> bytes:
    """Sign content, apart from it.

    Args:
        key: on the curve P-256.
        certificate: the key's own.
        at: the signing time to write down (aware); whole seconds are kept.

    Returns:
        The signature as DER.
    """
    attributes = asn1.SetOf(
        [
            _attribute(_CONTENT_TYPE, _DATA),
            _attribute(_MESSAGE_DIGEST, hashlib.sha256(content).digest()),
            _attribute(_SIGNING_TIME, _time(at)),
        ]
    )
    info = _SignerInfo(
        version=1,
        signer=_signer(certificate),
        digest_algorithm=_Algorithm(oid=_SHA256, parameters=None),
        attributes=attributes,
        signature_algorithm=_Algorithm(oid=_ECDSA_WITH_SHA256, parameters=None),
        signature=key.sign(asn1.encode_der(attributes), ec.ECDSA(hashes.SHA256())),
    )
    signed = _SignedData(
        version=1,
        digest_algorithms=asn1.SetOf([_Algorithm(oid=_SHA256, parameters=None)]),
        content=_Content(oid=_DATA),
        certificates=asn1.SetOf([_tlv(certificate.public_bytes(serialization.Encoding.DER))]),
        signers=asn1.SetOf([info]),
    )
    return asn1.encode_der(_Signature(oid=_SIGNED_DATA, signed=signed))


def verify(content: bytes, signature: bytes, certificates: Mapping[str, x509.Certificate]) -> Signed:
    """Check a signature against content and the certificates that are ours.

    Args:
        certificates: by fingerprint; no other is believed, whatever the signature carries.

    Returns:
        Who signed, and when.

    Raises:
        SignatureUnreadable: it is no signature of ours, or damaged.
        SignedByAnother: its certificate is not among ours.
        ContentAltered: it was made over other content.
        OutsideValidity: its signing time lies outside its certificate's validity.
    """
    name, info = _read(signature)
    values = _attributes(info)
    certificate = certificates.get(name)
    if certificate is None:
        raise SignedByAnother(
            f"It was signed with another key: the certificate in it, {name}, is not one of the Trust's.",
            do="Compare the certificates that `upstander keys show` lists with those written down elsewhere.",
        )
    _check_signature(certificate, info)
    if values.digest != hashlib.sha256(content).digest():
        raise ContentAltered("The content was altered after it was signed, or is not what was signed.")
    if not certificate.not_valid_before_utc <= values.at <= certificate.not_valid_after_utc:
        raise OutsideValidity(
            f"It says it was signed at {values.at.isoformat()}, when the certificate {name} did not hold "
            f"({certificate.not_valid_before_utc.isoformat()} to "
            f"{certificate.not_valid_after_utc.isoformat()})."
        )
    return Signed(name, values.at)


@dataclass(frozen=True, slots=True)
class _Attributes:
    digest: bytes
    at: datetime


def _attribute(oid: x509.ObjectIdentifier, value: Any) -> _Attribute:
    return _Attribute(oid=oid, values=asn1.SetOf([_tlv(asn1.encode_der(value))]))


def _tlv(der: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, der)


def _signer(certificate: x509.Certificate) -> _Signer:
    return _Signer(issuer=_tlv(certificate.issuer.public_bytes()), serial=certificate.serial_number)


def _time(at: datetime) -> asn1.UTCTime | asn1.GeneralizedTime:
    """A signing time: its two-digit form until 2049, as RFC 5652 section 11.3 wants it."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    return asn1.UTCTime(whole) if whole.year < 2050 else asn1.GeneralizedTime(whole)


def _read(signature: bytes) -> tuple[str, _SignerInfo]:
    """The fingerprint of the one certificate, which is not parsed, and the one signer."""
    if len(signature) > _MOST_BYTES:
        raise _unreadable(f"it has {len(signature)} bytes, far more than a signature takes")
    try:
        read = asn1.decode_der(_Signature, signature)
        certificates, signers = read.signed.certificates.as_list(), read.signed.signers.as_list()
    except ValueError as error:
        raise _unreadable("it is not the file that Upstander writes") from error
    if len(certificates) != 1 or len(signers) != 1:
        raise _unreadable("it has not one signer with one certificate")
    if (read.oid, read.signed.content.oid, read.signed.version) != (_SIGNED_DATA, _DATA, 1):
        raise _unreadable("it is not a signature over plain content")
    info = signers[0]
    digests = [each.oid for each in read.signed.digest_algorithms.as_list()]
    methods = (info.version, digests, info.digest_algorithm.oid, info.signature_algorithm.oid)
    if methods != (1, [_SHA256], _SHA256, _ECDSA_WITH_SHA256):
        raise _unreadable("it was made by another method than EC P-256 with SHA-256")
    return hashlib.sha256(asn1.encode_der(certificates[0])).hexdigest(), info


def _attributes(info: _SignerInfo) -> _Attributes:
    """What the signer signed beside the content: exactly the three attributes that we write."""
    attributes = info.attributes.as_list()
    values = {each.oid: each.values.as_list() for each in attributes}
    ours = {_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_TIME}
    if len(attributes) != 3 or set(values) != ours or any(len(each) != 1 for each in values.values()):
        raise _unreadable("what it signs besides the content is not what Upstander writes")
    try:
        kind = values[_CONTENT_TYPE][0].parse(x509.ObjectIdentifier)
        digest = values[_MESSAGE_DIGEST][0].parse(bytes)
        time = values[_SIGNING_TIME][0]
        at = time.parse(asn1.UTCTime if time.tag_bytes == b"\x17" else asn1.GeneralizedTime).as_datetime()
    except ValueError as error:
        raise _unreadable("its signing time or digest cannot be read") from error
    if kind != _DATA:
        raise _unreadable("it is not a signature over plain content")
    return _Attributes(digest, at.replace(tzinfo=UTC))


def _check_signature(certificate: x509.Certificate, info: _SignerInfo) -> None:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise _unreadable("its certificate holds no key of the kind that Upstander makes")
    if asn1.encode_der(info.signer) != asn1.encode_der(_signer(certificate)):
        raise _unreadable("it names another signer than the one whose certificate it carries")
    try:
        key.verify(info.signature, asn1.encode_der(info.attributes), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise _unreadable("the signature itself does not fit its certificate: it was damaged") from error


def _unreadable(why: str) -> SignatureUnreadable:
    return SignatureUnreadable(f"The signature cannot be read: {why}.")
