"""The settings of paging: how whoever is on call hears of immediate danger."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from worker.settings_types import Group, is_loopback


def _webhook(value: SecretStr) -> SecretStr:
    # The address is a secret: many services put the right to post into it. No message may quote it.
    try:
        parts = urlsplit(value.get_secret_value())
        plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
        usable = (parts.scheme == "https" or plain) and parts.hostname and not parts.username
    except ValueError:
        usable = False
    if not usable:
        message = "write https://HOST/PATH, no user name; http only to this machine itself"
        raise ValueError(message)
    return value


class Paging(Group):
    """How whoever is on call hears of immediate danger, beside e-mail."""

    webhook_url: Annotated[SecretStr, AfterValidator(_webhook)] | None = Field(
        None,
        description="Address that each call is posted to as JSON, such as a pager's. None: mail only.",
    )
    webhook_key: SecretStr | None = Field(
        None, description="Key of the signature that each post carries (HMAC-SHA256). None: unsigned."
    )
    webhook_seconds: Annotated[float, Field(gt=0, le=30)] = Field(
        10, description="How long to wait for the webhook's connection, and for its answer."
    )
    fallback_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        5, description="After so long without anybody acknowledging the next person is called."
    )
