"""One requests adapter for every client library.

The libraries bring hard-coded hosts, no time limits and exceptions with tokens in them. This
adapter sits under their session and makes every call safe in one place: base address, time limits,
credentials, size limit, redaction, usage headers, typed errors, and the reply kept as it came.
Nothing of requests or urllib3 leaves it: their messages hold addresses with tokens.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from connectors.contract import Exchange
from connectors.errors import PlatformUnavailable, UnexpectedResponse
from connectors.options import ConnectorOptions
from connectors.redaction import Redactor
from connectors.usage import Usage, read_usage

_CHUNK = 64 * 1024
_SECRET_HEADERS = frozenset(
    {"set-cookie", "set-cookie2", "authorization", "proxy-authorization", "proxy-authenticate"}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, before the client library sees it. `headers` are found in any case.

    `path` is what was asked for, without host and query.
    """

    method: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    usage: Usage
    path: str = ""


#: Looks at a reply and raises a typed error where it is one; may mend headers for its library.
Judge = Callable[[requests.Response, Reply], None]
#: Puts the credentials on a request, after its address is final.
Authorise = Callable[[requests.PreparedRequest], None]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a library believes it calls, and where its calls really go."""

    library_url: str
    base_url: str

    @staticmethod
    def to(library_url: str, base_url: str) -> Route:
        """Build a route, refusing a base address that would send tokens in the clear.

        Raises:
            ValueError: neither https nor loopback, or with user, query or fragment in it.
        """
        parts = urlsplit(base_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
        if not safe or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError(
                f"base address must be https, or http on loopback: {parts.scheme}://{parts.hostname}"
            )
        return Route(library_url.rstrip("/"), base_url.rstrip("/"))

    def real(self, url: str) -> str | None:
        """Return the address to call, or None where the library asks for any other host."""
        if not url.startswith(self.library_url + "/"):
            return None
        return self.base_url + url[len(self.library_url) :]


class PlatformAdapter(HTTPAdapter):
    """Carries one thread's calls to one platform.

    Args:
        route: the base address.
        options: time limits, size limit, proxy.
        redactor: knows the secrets of this connector.
        judge: turns a reply that is an error into a typed error.
        authorise: puts the credentials on.
        now: the host clock.

    Attributes:
        last: the newest reply as kept for evidence; None before the first.
        usage: the newest usage headers.
        headers: the newest reply's headers.
    """

    def __init__(
        self,
        route: Route,
        options: ConnectorOptions,
        redactor: Redactor,
        judge: Judge,
        authorise: Authorise,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(max_retries=0)
        self._route = route
        self._options = options
        self._redactor = redactor
        self._judge = judge
        self._authorise = authorise
        self._now = now
        self._proxies = {"http": options.proxy, "https": options.proxy} if options.proxy else {}
        self.last: Exchange | None = None
        self.usage: Usage | None = None
        self.headers: Mapping[str, str] = {}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request. The caller's own time limits and proxies are ignored for ours.

        Raises:
            PlatformUnavailable: no whole reply came; `sent` says whether the request may have arrived.
            UnexpectedResponse: another host, a redirect, or a reply that is too long.
            ConnectorError: whatever the judge makes of the reply.
        """
        real = self._route.real(request.url or "")
        if real is None:
            raise UnexpectedResponse("refused to call an address outside the platform")
        request.url = real
        self._authorise(request)
        outcome = self._exchange(request, verify=kwargs.get("verify", True))
        if isinstance(outcome, Exception):  # raised here, outside any handler: no context with a token
            raise outcome
        response, body = outcome
        self._record(request, response, body)
        if 300 <= response.status_code < 400:
            raise UnexpectedResponse("the platform redirects elsewhere: refused", status=response.status_code)
        method, path = request.method or "GET", urlsplit(real).path
        reply = Reply(method, response.status_code, response.headers, body, self._usage(), path)
        self._judge(response, reply)
        return response

    def forget(self) -> None:
        """Let go of the last reply, so that it cannot be taken for the next call's."""
        self.last = None

    def _exchange(
        self, request: requests.PreparedRequest, *, verify: bool | str
    ) -> tuple[requests.Response, bytes] | Exception:
        limits = (self._options.connect_timeout, self._options.read_timeout)
        deadline = time.monotonic() + self._options.total_timeout
        try:
            response = super().send(
                request, stream=True, timeout=limits, verify=verify, proxies=self._proxies
            )
            try:
                body = self._read(response, deadline)
            finally:
                response.close()
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return _no_reply(error)
        except (UnexpectedResponse, PlatformUnavailable) as error:
            return error
        return response, body

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """Read the whole body, bounded in size and in time however slowly it drips."""
        parts: list[bytes] = []
        size = 0
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(chunk)
            size += len(chunk)
            if size > self._options.max_body_bytes:
                raise UnexpectedResponse("the reply is too long: refused", status=response.status_code)
            if time.monotonic() > deadline:
                raise PlatformUnavailable("the reply took too long", status=response.status_code)
        body = b"".join(parts)
        response.__dict__.update(_content=body, _content_consumed=True)
        return body

    def _record(self, request: requests.PreparedRequest, response: requests.Response, body: bytes) -> None:
        received = self._now()
        clean, redacted = self._redactor.body(body)
        self.headers = response.headers
        self.usage = read_usage(response.headers, received)
        self.last = Exchange(
            request=self._redactor.text(f"{request.method} {request.url}"),
            status=response.status_code,
            headers=tuple(
                (name, self._redactor.text(value))
                for name, value in response.raw.headers.items()
                if name.lower() not in _SECRET_HEADERS
            ),
            body=clean,
            received_at=received,
            redacted=redacted,
        )

    def _usage(self) -> Usage:
        return self.usage or Usage(at=self._now())


def make_session(adapter: PlatformAdapter, ca_bundle: str | None = None) -> requests.Session:
    """Build a session that can reach the platform through the adapter and nothing else.

    It keeps no cookies and reads neither proxies nor passwords (.netrc) from the environment.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = ca_bundle or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _no_reply(error: Exception) -> PlatformUnavailable:
    """Say what went wrong without the library's words, which may hold the token."""
    cause: object = error
    if error.args and isinstance(error.args[0], urllib3.exceptions.MaxRetryError):
        cause = error.args[0].reason
    never_left = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, never_left):
        return PlatformUnavailable("no connection to the platform", sent=False)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return PlatformUnavailable("no reply from the platform in time")
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return PlatformUnavailable("the platform's certificate or encryption failed")
    return PlatformUnavailable(f"the connection to the platform was cut ({type(error).__name__})")
