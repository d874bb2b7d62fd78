"""The Trust's identity provider (OpenID Connect): where to send somebody, and what they bring back.

Authorization code with PKCE, state and nonce. Its keys are fetched for each sign-in: they change, and people
sign in seldom.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from worker.errors import UpstanderError
from worker.log import get
from worker.settings_types import is_loopback
from worker.settings_web import Oidc

#: Where the provider sends people back to.
BACK = "/sign-in/provider/back"
#: How long somebody may take at the provider.
PATIENCE = timedelta(minutes=10)
#: Signed with a key of the provider's own: never with a password that both sides know, never with none.
_SIGNATURES = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_SECONDS = 10
#: Two machines' clocks may differ by so much.
_LEEWAY_SECONDS = 120

log = get("web")


class ProviderFault(UpstanderError):
    """The identity provider does not answer, or not as it should; nobody was signed in."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "Your Trust’s sign-in service could not be used.",
            safe="Nobody was signed in.",
            do="Try again. If it goes on, tell whoever looks after Upstander: the log says why.",
        )
        self.why = why


@dataclass(frozen=True)
class Journey:
    """What a browser keeps, sealed, while somebody is at the provider.

    Attributes:
        state, nonce, verifier: secrets that tie the answer to this browser and to this question.
        next: where to go on to.
        confirming: somebody who is signed in shows again that it is them.
        until: when it is over, in seconds of the epoch.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    confirming: bool
    until: float

    def text(self) -> str:
        """As one text, to be sealed."""
        return json.dumps(asdict(self))


def read_journey(text: str, now: datetime) -> Journey | None:
    """What `Journey.text` wrote; None where it is over."""
    found = Journey(**json.loads(text))
    return found if now.timestamp() < found.until else None


@dataclass(frozen=True)
class Arrival:
    """Whom the provider says somebody is: a token that was checked.

    Attributes:
        claims: what the token says, and where it says too little what the provider says beside it.
    """

    issuer: str
    subject: str
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Provider:
    """The provider that the settings name.

    Attributes:
        public_url: the site's own address, which the provider knows.
    """

    oidc: Oidc
    public_url: str

    def depart(self, now: datetime, *, going: str, confirming: bool) -> tuple[str, Journey]:
        """Where to send a browser, and what it has to keep meanwhile.

        Args:
            going: where to go on to afterwards.
            confirming: have the provider ask anew who it is.

        Raises:
            ProviderFault: it does not say where.
        """
        journey = Journey(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            next=going,
            confirming=confirming,
            until=(now + PATIENCE).timestamp(),
        )
        more = {"max_age": "0", "prompt": "login"} if confirming else {}
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._endpoint(self._about(), "authorization_endpoint"),
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
                **more,
            )
        return str(address), journey

    def arrive(self, query: str, journey: Journey, now: datetime) -> Arrival:
        """Exchange what a browser brought back for a token, and check it.

        Args:
            query: of the address that the provider sent it to.
            now: the time of the world outside.

        Raises:
            ProviderFault: the provider refused, or something is not as it should be.
        """
        about = self._about()
        self._same_provider(query, about)
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._endpoint(about, "token_endpoint"),
                    authorization_response=f"{self.public_url}{BACK}?{query}",
                    state=journey.state,
                    code_verifier=journey.verifier,
                    timeout=_SECONDS,
                )
                claims = self._checked(token, about, journey, now)
                return Arrival(about["issuer"], claims["sub"], self._with_email(client, about, claims))
        except (
            AuthlibBaseError,
            JoseError,
            requests.RequestException,
            KeyError,
            TypeError,
            ValueError,
        ) as error:
            # Its kind alone: its words may hold a code or a token.
            log.warning("provider_refused", error=type(error).__name__)
            raise ProviderFault(type(error).__name__) from None

    def _client(self) -> Any:
        secret = self.oidc.client_secret
        return OAuth2Session(
            self.oidc.client_id,
            None if secret is None else secret.get_secret_value(),
            scope=" ".join(self.oidc.scopes),
            redirect_uri=f"{self.public_url}{BACK}",
            code_challenge_method="S256",
            token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
        )

    def _about(self) -> dict[str, Any]:
        """What the provider says of itself.

        Raises:
            ProviderFault: it does not answer, or is another than the settings name.
        """
        address = f"{self.oidc.issuer}/.well-known/openid-configuration"
        found = _read(address)
        if not isinstance(found, dict) or str(found.get("issuer")).rstrip("/") != self.oidc.issuer:
            raise _fault("another_issuer")
        return found

    def _same_provider(self, query: str, about: Mapping[str, Any]) -> None:
        """Refuse an answer that names another provider (RFC 9207)."""
        if any(each != about["issuer"] for each in parse_qs(query).get("iss", ())):
            raise _fault("another_issuer")

    def _endpoint(self, about: Mapping[str, Any], name: str) -> str:
        address = str(about.get(name, ""))
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise _fault(f"no_{name}")
        return address

    def _checked(
        self, token: Mapping[str, Any], about: Mapping[str, Any], journey: Journey, now: datetime
    ) -> CodeIDToken:
        """The claims of a token whose signature, issuer, audience, time and nonce are right."""
        offered = about.get("id_token_signing_alg_values_supported", ["RS256"])
        registry = JWSRegistry(
            algorithms=sorted(_SIGNATURES.intersection(offered)), strict_check_header=False
        )
        keys = KeySet.import_key_set(_read(self._endpoint(about, "jwks_uri")))
        read = jwt.decode(token["id_token"], keys, registry=registry)
        claims = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": about["issuer"]},
                "aud": {"essential": True, "value": self.oidc.client_id},
            },
            {
                "nonce": journey.nonce,
                "client_id": self.oidc.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
        return claims

    def _with_email(self, client: Any, about: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        """The claims, with those that a provider only tells when it is asked for them."""
        if "email" in claims or "userinfo_endpoint" not in about:
            return dict(claims)
        answer = client.get(
            self._endpoint(about, "userinfo_endpoint"), timeout=_SECONDS, allow_redirects=False
        )
        answer.raise_for_status()
        told = answer.json()
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            raise _fault("another_subject")
        return {**told, **claims}


def _read(address: str) -> Any:
    try:
        answer = requests.get(address, timeout=_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _fault(type(error).__name__) from error


def _fault(why: str) -> ProviderFault:
    log.warning("provider_unusable", why=why)
    return ProviderFault(why)
