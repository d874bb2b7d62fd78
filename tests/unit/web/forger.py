"""An identity provider that answers as a test wants."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

#: The verified address that its token names.
EMAIL = "ravi@trust.example.test"


@dataclass
class Forger:
    """A provider that answers as a test wants.

    Attributes:
        claims: changes what its token says; None leaves a claim out.
        keys: what the token is signed with; another than it publishes where a test wants that.
    """

    address: str
    claims: dict[str, Any]
    header: dict[str, Any]
    key: RSAKey
    published: RSAKey
    about: dict[str, Any]
    nonce: str = ""

    def token(self) -> str:
        """The token for the last question."""
        now = int(datetime.now(UTC).timestamp())
        said = {
            "iss": self.address,
            "sub": "ravi-9",
            "aud": "upstander",
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": self.nonce,
            "email": EMAIL,
            "email_verified": True,
            **self.claims,
        }
        kept = {name: each for name, each in said.items() if each is not None}
        if self.header["alg"] == "none":
            parts = (json.dumps(each).encode() for each in (self.header, kept))
            return ".".join([*(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts), ""])
        return jwt.encode(self.header, kept, self.key)

    def answers(self) -> dict[str, Any]:
        """What it says by path."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                **self.about,
            },
            "/keys": KeySet([self.published]).as_dict(private=False),
            "/token": {"access_token": "invented", "token_type": "Bearer", "id_token": self.token()},
        }


@contextmanager
def forging() -> Iterator[Forger]:
    """Such a provider, which is honest unless a test changes it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = json.dumps(made.answers()[urlsplit(self.path).path]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    key = RSAKey.generate_key(2048, {"kid": "1"})
    made = Forger(f"http://127.0.0.1:{server.server_port}", {}, {"alg": "RS256", "kid": "1"}, key, key, {})
    Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()
