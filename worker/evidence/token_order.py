"""Timestamps whose certificates stand in another order than DER wants.

`openssl` takes a token with its certificates in any order, as many authorities send them; the stricter
`rfc3161-client` refuses all but one order. No signature covers that order. So it is put right before a reply
is looked at and kept: then both accept the same file. Everything else stays byte for byte as it came.
"""

from __future__ import annotations

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.TLV
    content: asn1.TLV
    # A SET under a tag of its own looks like a SEQUENCE under it, whose order the codec leaves alone.
    certificates: Annotated[list[asn1.TLV], asn1.Implicit(0)]
    signers: asn1.TLV


@asn1.sequence
class _Token:
    oid: x509.ObjectIdentifier
    signed: Annotated[_SignedData, asn1.Explicit(0)]


@asn1.sequence
class _Reply:
    status: asn1.TLV
    token: _Token


def put_in_order(reply: bytes) -> bytes:
    """A timestamp reply with its certificates in DER's order.

    Args:
        reply: as the authority sent it.

    Returns:
        The same but for that order; unchanged where it is of another shape, and then for others to judge.
    """
    try:
        read = asn1.decode_der(_Reply, reply)
        read.token.signed.certificates.sort(key=asn1.encode_der)
        return asn1.encode_der(read)
    except ValueError:
        return reply
