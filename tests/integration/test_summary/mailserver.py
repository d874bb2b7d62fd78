"""A real mail server on loopback, with certificates of its own, and the stage that sends through it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from tests.clocks import StoppedClock
from tests.services.process import free_port
from tests.unit.summary.handmade import NOW, WEEK
from worker.settings import Mail, Polling
from worker.settings import Summaries as SummarySettings
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.mailer import make_mailer
from worker.summary.stage import Summaries

LEAD, DEPUTY = "lead@northmoor.example.test", "deputy@northmoor.example.test"
USER, PASSWORD = "upstander", "quiet-garden-lamp"


@dataclass
class Post:
    """A mail server's hand: keeps what it was given."""

    refuse: set[str] = field(default_factory=set)
    mails: list[EmailMessage] = field(default_factory=list)
    protected: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 -- the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refuse:
            return "550 5.1.1 nobody here: hunter2"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep one mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.protected.append(session.ssl is not None)
        return "250 OK"


@dataclass(frozen=True)
class Certificates:
    """A certificate authority of our own, and what it signed."""

    ca: Path
    other_ca: Path
    server: Path
    server_key: Path


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, by: tuple[str, ec.EllipticCurvePrivateKey] | None
) -> bytes:
    issuer, issuer_key = by or (name, key)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if by is not None:
        names = [x509.IPAddress(ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def make_certificates(folder: Path) -> Certificates:
    """Made fresh: a CA, another CA, and a server's certificate by the first."""
    made = Certificates(*(folder / name for name in ("ca.pem", "other.pem", "server.pem", "server.key")))
    ca, other, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    made.ca.write_bytes(_signed("Northmoor CA", ca, None))
    made.other_ca.write_bytes(_signed("Other CA", other, None))
    made.server.write_bytes(_signed("mail", server, ("Northmoor CA", ca)))
    made.server_key.write_bytes(
        server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return made


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(post: Post, certificates: Certificates, security: str = "starttls") -> Iterator[int]:
    """A mail server on loopback; its port. `security` as in the settings."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server, certificates.server_key)
    options: dict[str, Any] = {}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if security != "none":
        options |= {
            "authenticator": _authenticate,
            "auth_required": True,
            "auth_require_tls": security == "starttls",
        }
    if security == "tls":
        options |= {"ssl_context": context}
    controller = Controller(post, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def mail_settings(at_port: int, certificates: Certificates, **changed: Any) -> Mail:
    """Settings that fit the mail server."""
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": at_port,
        "ca_file": certificates.ca,
        "username": USER,
        "password": SecretStr(PASSWORD),
        "sender": "upstander@northmoor.example.test",
    }
    return Mail(**(given | changed))


def summaries(
    store: Store, mail: Mail, *, now: datetime = NOW, recipients: tuple[str, ...] = (LEAD, DEPUTY)
) -> Summaries:
    """The stage."""
    settings = SummarySettings(recipients=recipients)
    return Summaries(store, StoppedClock(now), settings, make_mailer(mail), "Northmoor NHS Trust", Polling())


def done(session: object) -> None:
    """Nothing to finish: sent by hand."""


def row(store: Store) -> t.Summary:
    """The week's row."""
    with store.read() as session:
        return session.get_one(t.Summary, WEEK)
