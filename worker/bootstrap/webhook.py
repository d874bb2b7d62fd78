"""The webhook that hears of immediate danger: one signed post of JSON to one address that a Trust chose."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests
import urllib3

from worker.errors import UpstanderError
from worker.settings_paging import Paging

#: Carries `sha256=` and the HMAC of the body in hexadecimal, under the key that both sides know.
SIGNATURE = "X-Upstander-Signature"


class WebhookFault(UpstanderError):
    """The post was not taken. The words never hold the address, which may be a secret."""


@dataclass(frozen=True)
class Webhook:
    """Posts to one address. It follows no redirect, and asks no proxy of the environment."""

    url: str = field(repr=False)
    key: bytes | None = field(repr=False)
    seconds: float

    def send(self, facts: Mapping[str, Any]) -> None:
        """Post facts as JSON.

        Raises:
            WebhookFault: it did not answer that it took them.
        """
        body = json.dumps(facts, ensure_ascii=True, sort_keys=True).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "upstander"}
        if self.key is not None:
            headers[SIGNATURE] = f"sha256={hmac.new(self.key, body, hashlib.sha256).hexdigest()}"
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.post(
                    self.url,
                    data=body,
                    headers=headers,
                    timeout=self.seconds,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    status = answer.status_code
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # The error's own words hold the address.
            raise _fault(f"could not be reached: {type(error).__name__}") from None
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise _fault(f"answered with HTTP {status}")


def make_webhook(settings: Paging) -> Webhook | None:
    """The webhook of these settings, if there is one."""
    if settings.webhook_url is None:
        return None
    key = settings.webhook_key
    return Webhook(
        settings.webhook_url.get_secret_value(),
        None if key is None else key.get_secret_value().encode(),
        settings.webhook_seconds,
    )


def _fault(why: str) -> WebhookFault:
    return WebhookFault(f"The webhook {why}.", safe="The call goes on.", do="Check paging.webhook_url.")
