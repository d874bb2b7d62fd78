"""The settings of the review site: where it is, how people sign in, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from worker.settings_types import Group, Names, is_loopback

#: Who always shows a second factor: who approves, hands evidence over, or gives rights.
_WITH_SECOND_FACTOR = ("senior_reviewer", "on_call_manager", "evidence_officer", "administrator")


def _site(value: str) -> str:
    parts = urlsplit(value)
    plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or plain) or not parts.hostname or parts.username or parts.password:
        message = "write https://HOST, no password; http only to this machine itself"
        raise ValueError(message)
    if parts.query or parts.fragment:
        message = "write the address alone, without ? or #"
        raise ValueError(message)
    return value.rstrip("/")


def _origin(value: str) -> str:
    site = _site(value)
    if urlsplit(site).path:
        message = "write the address alone, without a path: the review site has a host name of its own"
        raise ValueError(message)
    return site


class Oidc(Group):
    """Signing in with the Trust's identity provider (OpenID Connect). No issuer: it is not offered."""

    issuer: Annotated[str, AfterValidator(_site)] | None = Field(
        None, description="Address of the identity provider, as it names itself in its tokens."
    )
    client_id: str | None = Field(None, description="Upstander's name at the identity provider.")
    client_secret: SecretStr | None = Field(
        None, description="Upstander's password at the identity provider. Keep it in the secrets folder."
    )
    scopes: Names = Field(("openid", "email", "profile"), description="What is asked of it.")
    name: str = Field("your Trust account", description="What the button says it signs in with.")
    role_claim: str = Field("groups", description="The claim that `roles` are read from.")
    roles: dict[str, str] = Field(
        default_factory=dict,
        description="Role by value of the role claim. Where any is named, people's roles follow it at each"
        " sign-in, and who has none may not sign in.",
    )
    second_factor: Literal["claimed", "trusted"] = Field(
        "claimed",
        description="claimed: a second factor counts as shown where the token says so (amr has mfa)."
        " trusted: the identity provider asks everybody for one.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.issuer is not None and not self.client_id:
            message = "an issuer needs a client_id"
            raise ValueError(message)
        return self


class Web(Group):
    """The review site, and signing in to it."""

    enabled: bool = Field(default=True, description="Whether `upstander up` serves it as well.")
    host: str = Field("127.0.0.1", description="Address that it listens on; TLS belongs in front of it.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8100, description="Port that it listens on.")
    public_url: Annotated[str, AfterValidator(_origin)] = Field(
        "http://127.0.0.1:8100",
        description="Address that people open it at. With https, cookies are kept to encrypted connections.",
    )
    trusted_proxies: Names = Field(
        (),
        description="Addresses of reverse proxies in front of it, whose word on who asks counts. None:"
        " lock-outs count by the address that connects.",
    )
    idle_minutes: Annotated[int, Field(ge=1, le=720)] = Field(
        30, description="A session that nobody uses for so long ends."
    )
    absolute_hours: Annotated[int, Field(ge=1, le=24)] = Field(
        12, description="A session ends after so long however much it is used."
    )
    confirm_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        10, description="What bites is done only so long after the person last showed that it is them."
    )
    lockout_failures: Annotated[int, Field(ge=3, le=20)] = Field(
        5, description="After so many refusals for one user name it is locked out."
    )
    address_failures: Annotated[int, Field(ge=5)] = Field(
        50, description="After so many refusals from one network address it is locked out."
    )
    lockout_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        15, description="Within how long refusals count together, and how long a lock-out lasts."
    )
    invitation_days: Annotated[int, Field(ge=1, le=30)] = Field(
        7, description="How long a one-time password is good for."
    )
    local_sign_in: bool = Field(
        default=True, description="Whether people sign in with a password of Upstander's own."
    )
    second_factor: Literal["required", "by_role"] = Field(
        "by_role", description="Who must use a second factor: everybody, or holders of the roles below."
    )
    second_factor_roles: Names = Field(
        _WITH_SECOND_FACTOR, description="Roles that need a second factor; anybody else may use one."
    )
    oidc: Oidc = Field(Oidc(), description=Oidc.__doc__)

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if not self.local_sign_in and self.oidc.issuer is None:
            message = "without local_sign_in there must be an oidc.issuer: else nobody could sign in"
            raise ValueError(message)
        return self

    @property
    def secure(self) -> bool:
        """Whether people reach it over an encrypted connection alone."""
        return self.public_url.startswith("https:")
