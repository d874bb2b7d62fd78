"""Mails that other stages than the summary send: to the named lead, whoever is on call, and the like."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from worker.clock import Clock
from worker.evidence.notice import Notice
from worker.summary.mailer import Letter, Mailer


@dataclass(frozen=True)
class Mails:
    """Sends plain mails under the Trust's name."""

    mailer: Mailer
    clock: Clock
    trust_name: str

    def tell(self, notice: Notice) -> None:
        """Send the named lead a notice.

        Raises:
            MailFault: the mail server took it for nobody.
        """
        self._send(notice.to, notice.subject, notice.text, notice.reference, {})

    def write(self, address: str, subject: str, text: str, reference: str) -> None:
        """Send one address a mail that is recognised as the same however often it is tried.

        Raises:
            MailFault: the mail server took it for nobody.
        """
        self._send(address, subject, text, reference, {})

    def send(self, address: str, subject: str, text: str, attachments: Mapping[str, bytes]) -> None:
        """Send one address a mail with small files.

        Raises:
            MailFault: the mail server took it for nobody.
        """
        self._send(address, subject, text, secrets.token_hex(16), attachments)

    def _send(
        self, address: str, subject: str, text: str, reference: str, attachments: Mapping[str, bytes]
    ) -> None:
        sender = self.mailer.sender
        self.mailer.send(
            Letter(
                sender=sender,
                sender_name=self.trust_name,
                recipients=(address,),
                subject=subject,
                date=self.clock.now(),
                message_id=f"<{reference}@{sender.rpartition('@')[2]}>",
                text=text,
                attachments=attachments,
            )
        )
