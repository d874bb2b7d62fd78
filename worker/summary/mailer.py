"""Sending one mail: a real mailer over SMTP, and a null one for a Trust that has set none up."""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import MappingProxyType
from typing import Protocol

from worker.clock import LONDON
from worker.errors import UpstanderError
from worker.settings import Mail
from worker.summary import words

#: How long one step of the talk with the mail server may take.
_STEP_SECONDS = 30.0
_REACHABLE = "Check mail.host and mail.port, and that this machine may reach them."
#: What each failure means and what to do, the particular before the general.
_FAULTS: tuple[tuple[type[Exception], str, str], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        "did not accept our username and password",
        "Check mail.username and mail.password.",
    ),
    (
        smtplib.SMTPNotSupportedError,
        "does not offer what we need: a protected connection, a sign-in or addresses outside ASCII",
        "Check mail.security, mail.port and the username.",
    ),
    (smtplib.SMTPRecipientsRefused, "refused every recipient", "Check summary.recipients."),
    (smtplib.SMTPSenderRefused, "refused our sender address", "Check mail.sender."),
    (smtplib.SMTPServerDisconnected, "cut the connection", "Check mail.security and mail.port."),
    (smtplib.SMTPResponseException, "answered with an error", "Ask whoever runs the mail server."),
    (
        ssl.SSLCertVerificationError,
        "showed a certificate that cannot be trusted",
        "Check mail.host, and set mail.ca_file if the Trust has certificates of its own.",
    ),
    (ssl.SSLError, "did not make a protected connection", "Check mail.security and mail.port."),
    (TimeoutError, "did not answer in time", _REACHABLE),
    (Exception, "could not be reached or spoken to", _REACHABLE),
)


class MailFault(UpstanderError):
    """The mail was not sent. The words never hold a password or the server's own text."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to be sent.

    Attributes:
        date: what the Date header says (aware).
        message_id: the Message-ID, in its angle brackets. The same for every try of one summary.
        html: another way to read the text; empty where there is none.
        attachments: small files by name.
    """

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    date: datetime
    message_id: str
    text: str
    html: str = ""
    attachments: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)


class Mailer(Protocol):
    """Sends one mail."""

    @property
    def unready(self) -> str:
        """Why nothing can be sent, in words; empty where it can."""

    @property
    def sender(self) -> str:
        """The address that mails are sent from."""

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Hand a mail to the mail server.

        Returns:
            The addresses that the server refused; it took the mail for the others.

        Raises:
            MailFault: it took it for nobody.
        """


@dataclass(frozen=True)
class NullMailer:
    """Sends nothing, and says so."""

    sender: str
    unready: str = "No mail server is set up (mail.host), so no summary is sent."

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Refuse.

        Raises:
            MailFault: always.
        """
        raise MailFault(self.unready, safe="Nothing was sent.", do="Set mail.host in the settings.")


@dataclass(frozen=True)
class SmtpMailer:
    """Sends through one SMTP server, over a connection whose certificate was verified.

    Only a server on this very machine may be spoken to unprotected, and then without a password.
    """

    mail: Mail
    host: str
    unready: str = ""

    @property
    def sender(self) -> str:
        """The address that mails are sent from."""
        return self.mail.sender

    def send(self, letter: Letter) -> tuple[str, ...]:
        """Hand a mail to the mail server; see `Mailer.send`."""
        self._check()
        message = compose(letter)
        try:
            server = self._connect()
            try:
                refused = server.send_message(message, letter.sender, list(letter.recipients))
            finally:
                # The mail is taken or it is not: how the server says goodbye changes nothing.
                with suppress(OSError):
                    server.quit()
                server.close()
        except (OSError, UnicodeError) as error:
            raise self._fault(error) from error
        return tuple(sorted(refused))

    def _check(self) -> None:
        secret = self.mail.username is not None or self.mail.password is not None
        if secret and (self.mail.username is None or self.mail.password is None):
            raise MailFault(
                "The mail server's username or its password is missing.",
                safe="Nothing was sent.",
                do="Set both mail.username and mail.password, or neither.",
            )
        if self.mail.security != "none":
            return
        if secret or not _on_this_machine(self.host):
            raise MailFault(
                "A summary or a password would travel unprotected.",
                safe="Nothing was sent.",
                do="Set mail.security to starttls or tls; none is only for a server on this machine, without"
                " a password.",
            )

    def _connect(self) -> smtplib.SMTP:
        # The name of this machine as it is: looking up its full name may wait for a name server.
        name = socket.gethostname()
        if self.mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.mail.port, name, timeout=_STEP_SECONDS, context=self._trust()
            )
        else:
            server = smtplib.SMTP(self.host, self.mail.port, name, timeout=_STEP_SECONDS)
        try:
            if self.mail.security == "starttls":
                server.starttls(context=self._trust())
            if self.mail.username is not None and self.mail.password is not None:
                server.login(self.mail.username, self.mail.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.mail.ca_file is not None:
            try:
                context.load_verify_locations(self.mail.ca_file)
            except OSError as error:
                raise MailFault(
                    f"The certificates in {self.mail.ca_file} cannot be read.",
                    safe="Nothing was sent.",
                    do="Set mail.ca_file to a file of certificates in PEM form.",
                ) from error
        return context

    def _fault(self, error: Exception) -> MailFault:
        where = f"The mail server {words.clean(self.host)}:{self.mail.port}"
        happened, do = explain(error)
        return MailFault(f"{where} {happened}.", safe="Nothing was sent.", do=do)


def make_mailer(mail: Mail) -> Mailer:
    """The mailer that the settings ask for."""
    return NullMailer(mail.sender) if mail.host is None else SmtpMailer(mail, mail.host)


def compose(letter: Letter) -> EmailMessage:
    """The mail itself: plain text, with HTML as the other way to read it.

    Whatever a name or subject holds, it stays on its own header line.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(f"Upstander, {words.clean(letter.sender_name)}", addr_spec=letter.sender)
        message["To"] = [Address(addr_spec=address) for address in letter.recipients]
    except (ValueError, HeaderParseError) as error:
        raise MailFault(
            "An address of the summary is not a mail address.",
            safe="Nothing was sent.",
            do="Correct mail.sender and summary.recipients in the settings.",
        ) from error
    message["Subject"] = words.clean(letter.subject)
    message["Date"] = format_datetime(letter.date.astimezone(LONDON))
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = "en-GB"
    message.set_content(letter.text, cte="quoted-printable")
    if letter.html:
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for name, content in letter.attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def explain(error: Exception) -> tuple[str, str]:
    """What a failure means and what to do. Only the server's number is told, never its words."""
    happened, do = next((said, do) for kind, said, do in _FAULTS if isinstance(error, kind))
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = {code for code, _ in error.recipients.values()}
    else:
        codes = {error.smtp_code} if isinstance(error, smtplib.SMTPResponseException) else set()
    told = ", ".join(str(code) for code in sorted(codes))
    return (f"{happened} (code {told})" if told else happened), do


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
