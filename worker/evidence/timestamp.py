"""A trusted timestamp (RFC 3161): somebody outside the Trust says that these bytes existed at this time.

A reply is believed only after it was checked: over these bytes, with our nonce, signed by an authority whose
root certificate is in the settings. The whole reply is kept as a `.tsr` file, which an outsider checks:

    openssl ts -verify -data FILE -in FILE.tsr -CAfile ca.pem

Once the authority's own certificate has run out, add `-attime SECONDS` with a time before that; here the
time in the token counts by itself. Whether the authority has revoked its certificate is not looked up.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import requests
import rfc3161_client as rfc3161
import urllib3
from cryptography import x509

from worker.errors import EvidenceFault, SettingsError
from worker.evidence.token_order import put_in_order

#: More than a reply with a long chain of certificates takes.
_MOST_BYTES = 64 * 1024
_CHUNK = 16 * 1024
_GRANTED = 0
_HASHES = MappingProxyType(
    {
        "2.16.840.1.101.3.4.2.1": hashlib.sha256,
        "2.16.840.1.101.3.4.2.2": hashlib.sha384,
        "2.16.840.1.101.3.4.2.3": hashlib.sha512,
    }
)
_REASON = re.compile(r"Verify error: ?([A-Za-z ,-]{1,100})")
_NO_ROOT = re.compile("issuer certificate|self.signed certificate|first certificate")
_NOT_NAMED = (
    "the root certificate of its authority is not named. evidence.tsa_ca_file (for a single bag, --tsa-ca) "
    "has to keep the root of every authority that was ever used; one that the Trust never used proves nothing"
)
_LATER = "The snapshot stays sealed, and says `timestamp: pending`."


class TimestampFault(EvidenceFault):
    """There is no timestamp that holds."""


class AuthorityUnreachable(TimestampFault):
    """The timestamp authority gave no whole answer; trying again later may help."""


class AuthorityRefused(TimestampFault):
    """The timestamp authority answered, and gave no timestamp."""


class TimestampWrong(TimestampFault):
    """What should be a timestamp of this does not hold: over other bytes, by somebody else, or damaged."""


@dataclass(frozen=True, slots=True)
class Token:
    """A timestamp that was checked.

    Attributes:
        der: the authority's whole reply, to be kept as a `.tsr` file.
        at: the time that the authority says, genTime (aware, UTC).
        serial: the authority's number for it.
        authority: who signed it, as the signer's certificate says.
    """

    der: bytes = field(repr=False)
    at: datetime
    serial: int
    authority: str


@dataclass(frozen=True, slots=True)
class Authority:
    """A timestamp authority and what is needed to ask it and to believe it.

    Attributes:
        url: where it takes queries over HTTP.
        roots: the certificates that it is believed by, its self-signed root among them.
        timeout_seconds: how long to wait for a connection, for each piece of the answer, and for all of it.
        proxies: by scheme, as the `requests` package takes them. The environment is not asked.
    """

    url: str
    roots: tuple[x509.Certificate, ...] = field(repr=False)
    timeout_seconds: float
    proxies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def name(self) -> str:
        """Its host; the address in full may hold a password."""
        return urlsplit(self.url).hostname or "without a host name"

    def stamp(self, content: bytes) -> Token:
        """Have content timestamped. Only its SHA-256 leaves the house.

        Args:
            content: not empty.

        Raises:
            AuthorityUnreachable: no whole answer came.
            AuthorityRefused: it gave no timestamp.
            TimestampWrong: its answer is no timestamp of this by an authority that is believed.
        """
        query = (
            rfc3161.TimestampRequestBuilder()
            .data(content)
            .hash_algorithm(rfc3161.HashAlgorithm.SHA256)
            .nonce(nonce=True)
            .cert_request(cert_request=True)
            .build()
        )
        reply = put_in_order(self._ask(query.as_bytes()))
        read = _decode(reply)
        if read.status != _GRANTED:
            # What an authority writes is a stranger's text: shortened, and nothing in it acts on a terminal.
            raise self._refused(f"status {read.status}, {' '.join(read.status_string)[:200]!a}")
        return _believe(read, reply, content, self.roots, query.nonce)

    def _ask(self, query: bytes) -> bytes:
        headers = {
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
            "Accept-Encoding": "identity",
        }
        deadline = time.monotonic() + self.timeout_seconds
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.post(
                    self.url,
                    data=query,
                    headers=headers,
                    timeout=self.timeout_seconds,
                    proxies=dict(self.proxies),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    if response.status_code != 200:
                        raise self._refused(f"its answer was HTTP {response.status_code}")
                    return self._read(response, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # The error's own words may hold the address, and with it a password.
            raise self._unreachable(type(error).__name__) from None

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """The whole answer, bounded in size and in time however slowly it drips."""
        body = b""
        while chunk := response.raw.read1(_CHUNK):
            body += chunk
            if len(body) > _MOST_BYTES:
                raise self._refused("its answer is far longer than a timestamp")
            if time.monotonic() > deadline:
                raise self._unreachable("its answer took too long")
        return body

    def _unreachable(self, why: str) -> AuthorityUnreachable:
        return AuthorityUnreachable(
            f"The timestamp authority {self.name} gave no answer: {why}.",
            safe=_LATER,
            do="It is tried again by itself. If this lasts, look at evidence.tsa_url and the network.",
        )

    def _refused(self, why: str) -> AuthorityRefused:
        return AuthorityRefused(
            f"The timestamp authority {self.name} gave no timestamp: {why}.",
            safe=_LATER,
            do="Look at the setting evidence.tsa_url; ask the authority about quota and account.",
        )


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates that a timestamp authority is believed by.

    Args:
        path: a PEM file (the setting evidence.tsa_ca_file).

    Raises:
        SettingsError: it is missing or holds no certificate that can be read.
    """
    do = "Ask the timestamp authority for its root certificate as PEM; evidence.tsa_ca_file names that file."
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except OSError as error:
        raise SettingsError(f"The certificates {path} cannot be read: {error.strerror}.", do=do) from error
    except ValueError as error:
        raise SettingsError(f"{path} holds no certificate that can be read.", do=do) from error


def check(content: bytes, tsr: bytes, roots: Sequence[x509.Certificate]) -> Token:
    """Check a kept timestamp. The authority's certificate must have held at the time in it, not today.

    Raises:
        TimestampWrong: it does not hold; says in words why.
    """
    read = _decode(tsr)
    if read.status != _GRANTED:
        raise _wrong("it is the refusal of one")
    return _believe(read, tsr, content, roots, None)


def _decode(reply: bytes) -> rfc3161.TimeStampResponse:
    if len(reply) > _MOST_BYTES:
        raise _wrong("it is far longer than a timestamp")
    try:
        return rfc3161.decode_timestamp_response(reply)
    except Exception as error:
        raise _wrong("it cannot be read as a timestamp") from error


def _believe(
    read: rfc3161.TimeStampResponse,
    reply: bytes,
    content: bytes,
    roots: Sequence[x509.Certificate],
    nonce: int | None,
) -> Token:
    """Take a reply for a timestamp of this content only if all of it holds.

    Args:
        nonce: that of the query; None for a reply that was kept.
    """
    try:
        info = read.tst_info
        imprint = info.message_imprint
        made = _HASHES.get(imprint.hash_algorithm.dotted_string)
        if made is None or made(content).digest() != imprint.message:
            raise _wrong("it is over other bytes than these")
        _verify(read, imprint.message, roots, nonce)
        return Token(reply, info.gen_time, info.serial_number, _signer(read))
    except TimestampWrong:
        raise
    except Exception as error:
        # Whatever a reader stumbles over in a file from outside, it does not hold.
        raise _wrong("it cannot be read as a timestamp") from error


def _verify(
    read: rfc3161.TimeStampResponse, digest: bytes, roots: Sequence[x509.Certificate], nonce: int | None
) -> None:
    """Refuse a token that no authority signed which is believed.

    OpenSSL may look at only one of several roots of one name: a trial authority that was made anew has such.
    So no two of one name are tried together; others may be links of one chain, and are.
    """
    tries = (frozenset({root, *(each for each in roots if each.subject != root.subject)}) for root in roots)
    refusals = []
    for together in dict.fromkeys(tries):
        try:
            rfc3161.VerifierBuilder(roots=list(together), nonce=nonce).build().verify(read, digest)
            return
        except rfc3161.VerificationError as error:
            refusals.append(error)
    raise _wrong(_in_words(refusals))


def _in_words(refusals: Sequence[rfc3161.VerificationError]) -> str:
    """Why the library took a token for none. OpenSSL says in the middle of its words what it found."""
    told = [str(error) for error in refusals]
    if any("Nonce" in each for each in told):
        return "it answers another query than ours"
    # Of several answers, those about another root than its own say the least.
    reasons = [reason[1] for each in told if (reason := _REASON.search(each))]
    telling = [each for each in reasons if not _NO_ROOT.search(each)]
    if not telling and len(reasons) == len(told):
        return _NOT_NAMED
    found = f" ({telling[-1]})" if telling else ""
    return f"it is not signed by an authority that is believed here, or was damaged{found}"


def _signer(reply: rfc3161.TimeStampResponse) -> str:
    """Who signed a reply whose signature holds."""
    (info,) = reply.signed_data.signer_infos
    for der in reply.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        if (certificate.issuer, certificate.serial_number) == (info.issuer, info.serial_number):
            return certificate.subject.rfc4514_string()
    raise _wrong("it does not carry the certificate of its signer")


def _wrong(why: str) -> TimestampWrong:
    return TimestampWrong(
        f"The timestamp does not hold: {why}.",
        safe="It is not taken for a proof of time.",
        do="Look at the settings evidence.tsa_url and evidence.tsa_ca_file, and tell the evidence officer.",
    )
