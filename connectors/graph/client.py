"""facebook-sdk, made safe: a present-day version, our host, checked replies, typed errors."""

from __future__ import annotations

import hashlib
import hmac
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from connectors.calls import Answer, Caller
from connectors.errors import UnexpectedResponse
from connectors.graph.errors import make_judge
from connectors.http import PlatformAdapter, Route, make_session
from connectors.options import ConnectorOptions
from connectors.redaction import Redactor, guard_library_logs
from connectors.usage import Usage

with warnings.catch_warnings():
    # The library (2018) has an invalid escape in a pattern, which Python warns of when compiling it.
    warnings.simplefilter("ignore")
    import facebook

DEFAULT_BASE_URL = "https://graph.facebook.com"
_PATH = re.compile(r"[A-Za-z0-9_]+(/(feed|comments|blocked))?")
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")
#: Meta limits the Page or the app as a whole, not single calls.
_FAMILY = "graph"


@dataclass(frozen=True, slots=True)
class GraphCredentials:
    """A Page token, and the app's secret where the app demands proof of it.

    Raises:
        ValueError: there is no token.
    """

    access_token: str = field(repr=False)
    app_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.access_token:
            raise ValueError("Facebook needs access_token: a Page token that does not expire")

    def proof(self) -> str | None:
        """Return the appsecret_proof that goes with the token, or None without a secret."""
        if not self.app_secret:
            return None
        return hmac.new(self.app_secret.encode(), self.access_token.encode(), hashlib.sha256).hexdigest()


class GraphClient:
    """Calls the Graph API with one token; safe to share between threads.

    Args:
        credentials: the token.
        options: address, version, limits, where the token goes.
        now: the host clock.

    Raises:
        ValueError: the version or the base address is malformed.
    """

    def __init__(
        self, credentials: GraphCredentials, options: ConnectorOptions, now: Callable[[], datetime]
    ) -> None:
        if not _VERSION.fullmatch(options.graph_version):
            raise ValueError(f"graph_version must look like v25.0, not {options.graph_version!r}")
        guard_library_logs()
        proof = credentials.proof()
        self.redactor = Redactor([credentials.access_token, credentials.app_secret, proof or ""])
        self._proof = {} if proof is None else {"appsecret_proof": proof}
        self._credentials = credentials
        self._options = options
        self._now = now
        self._route = Route.to(facebook.FACEBOOK_GRAPH_URL, options.base_url or DEFAULT_BASE_URL)
        self._caller: Caller[Any] = Caller(self._build, now)

    @property
    def usage(self) -> Usage | None:
        """What the newest reply said of our allowance."""
        return self._caller.usage

    def get(self, path: str, **args: str) -> Answer:
        """Read a node or an edge.

        Args:
            path: without the version, such as "900/feed".
            args: query parameters.

        Raises:
            UnexpectedResponse: the path holds something that is no id (`unreadable`): nothing was sent.
            ConnectorError: one of the typed errors.
        """
        _refuse_odd(path)
        return self._call(
            lambda graph: graph.request(f"{graph.version}/{path}", args={**args, **self._proof})
        )

    def post(self, path: str, **args: str) -> Answer:
        """Change a node. Booleans go as "true" and "false": the library would send "True".

        Raises:
            UnexpectedResponse: the path holds something that is no id (`unreadable`): nothing was sent.
            ConnectorError: one of the typed errors.
        """
        _refuse_odd(path)
        return self._call(
            lambda graph: graph.request(f"{graph.version}/{path}", post_args={**args, **self._proof})
        )

    def delete(self, path: str, **args: str) -> Answer:
        """Remove a node, or what `args` names from an edge.

        Raises:
            UnexpectedResponse: the path holds something that is no id (`unreadable`): nothing was sent.
            ConnectorError: one of the typed errors.
        """
        _refuse_odd(path)
        return self._call(
            lambda graph: graph.request(
                f"{graph.version}/{path}", args={**args, **self._proof}, method="DELETE"
            )
        )

    def _call(self, ask: Callable[[Any], object]) -> Answer:
        def asked(graph: Any) -> object:
            try:
                return ask(graph)
            except facebook.GraphAPIError as error:
                code = str(error.code) if isinstance(error.code, int) else None
                words = self.redactor.words(error)
            raise UnexpectedResponse(f"Graph's reply holds an error: {words}", code=code)

        return self._caller.call(_FAMILY, asked)

    def _authorise(self, request: requests.PreparedRequest) -> None:
        if self._options.token_in == "header":  # noqa: S105 (a place, not a token)
            request.headers["Authorization"] = f"Bearer {self._credentials.access_token}"

    def _build(self) -> tuple[Any, PlatformAdapter]:
        adapter = PlatformAdapter(
            self._route, self._options, self.redactor, make_judge(self.redactor), self._authorise, self._now
        )
        in_query = self._options.token_in == "query"  # noqa: S105 (a place, not a token)
        graph = facebook.GraphAPI(
            access_token=self._credentials.access_token if in_query else None,
            session=make_session(adapter, self._options.ca_bundle),
        )
        graph.version = self._options.graph_version  # its constructor knows none newer than 3.1
        return graph, adapter


def _refuse_odd(path: str) -> None:
    """An id that came from outside goes into an address: only what can be an id may."""
    if not _PATH.fullmatch(path):
        raise UnexpectedResponse("Graph cannot be asked for this: its id is not one", code="unreadable")
