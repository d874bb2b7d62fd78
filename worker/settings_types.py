"""Kinds of values that settings have: addresses and cron lines that are known to be usable."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


class Group(BaseModel):
    """Settings that belong together. Unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _database(value: SecretStr) -> SecretStr:
    scheme = urlsplit(value.get_secret_value()).scheme
    if scheme not in ("sqlite", "postgresql+psycopg"):
        message = (
            "write sqlite:///FILE or postgresql+psycopg://ROLE:PASSWORD@HOST/DATABASE; no other kind will do"
        )
        raise ValueError(message)
    return value


def _redis(value: SecretStr) -> SecretStr:
    if urlsplit(value.get_secret_value()).scheme not in ("redis", "rediss", "unix"):
        message = "write redis://HOST:PORT/NUMBER"
        raise ValueError(message)
    return value


def _cron(value: str) -> str:
    try:
        CronSim(value, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        message = 'write a cron line of five fields, such as "0 8 * * 1" for Monday at 8:00'
        raise ValueError(message) from error
    return value


def _storage(value: str) -> str:
    parts = urlsplit(value)
    plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or plain) or not parts.hostname or parts.username or parts.password:
        message = "write https://HOST or https://HOST:PORT, no password; http only to this machine itself"
        raise ValueError(message)
    if parts.path.strip("/") or parts.query or parts.fragment:
        message = "write the address alone; the bucket has a setting of its own"
        raise ValueError(message)
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split_at_commas(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


#: An e-mail address, checked only for its shape: a Trust's internal names need not be public ones.
Address = Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")]
#: The address of a database of a kind that this program knows.
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
#: The address of a Redis.
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
#: A cron line that can be reckoned with.
CronLine = Annotated[str, AfterValidator(_cron)]
#: The address of an S3-compatible storage.
StorageUrl = Annotated[str, AfterValidator(_storage)]
#: Several of them; from the environment, with commas between.
Addresses = Annotated[tuple[Address, ...], BeforeValidator(_split_at_commas)]
#: The ids of the severities, the mildest first.
Severity = Literal["routine", "concerning", "serious", "immediate_danger"]
#: Several of them; from the environment, with commas between.
Severities = Annotated[tuple[Severity, ...], BeforeValidator(_split_at_commas)]
#: Several names; from the environment, with commas between.
Names = Annotated[tuple[str, ...], BeforeValidator(_split_at_commas)]
