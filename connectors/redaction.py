"""Keeping tokens out of everything that is kept, shown or logged.

A token can stand in an address (`access_token=`), in a header, in a reply (the Graph API writes
it into `paging.next`), in a library's exception and in a library's debug log. One `Redactor` a
connector knows its secrets and takes them out of text and bytes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

REMOVED = "[removed]"
#: Shorter strings are too likely to be ordinary words; the named parameters below still catch them.
_SHORTEST_SECRET = 8
_NAMES = (
    "access_token",
    "appsecret_proof",
    "client_secret",
    "input_token",
    "fb_exchange_token",
    "oauth_token",
    "oauth_signature",
    "oauth_consumer_key",
)
_NAMED = rf"(?i)((?:{'|'.join(_NAMES)})(?:=|%3D))[^&\"'\\\s<>,]+"
_NAMED_TEXT = re.compile(_NAMED)
_NAMED_BYTES = re.compile(_NAMED.encode())
_NAMES_BYTES = tuple(name.encode() for name in _NAMES)
_SCHEME = re.compile(r"(?i)\b(Bearer)\s+[\w.~+/%=-]{8,}")
_QUERY = re.compile(r"(https?://[^\s?\"']*)\?[^\s\"']*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

#: Loggers of the client libraries whose debug records hold addresses, headers and whole replies.
_CHATTY = (
    "urllib3.connectionpool",
    "urllib3.connection",
    "tweepy.client",
    "requests_oauthlib.oauth1_auth",
    "oauthlib.oauth1.rfc5849",
)


class Redactor:
    """Takes a connector's own secrets, and anything that is named like one, out of what it is given.

    Args:
        secrets: the tokens and keys themselves; empty ones are ignored.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= _SHORTEST_SECRET:
                forms |= {secret, quote(secret, safe=""), quote_plus(secret), secret.replace("/", "\\/")}
        self._forms = sorted(forms, key=len, reverse=True)
        self._forms_bytes = [form.encode() for form in self._forms]

    def __repr__(self) -> str:
        return "Redactor(...)"

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        for form in self._forms:
            text = text.replace(form, REMOVED)
        return _SCHEME.sub(rf"\1 {REMOVED}", _NAMED_TEXT.sub(rf"\1{REMOVED}", text))

    def body(self, body: bytes) -> tuple[bytes, bool]:
        """Return a reply's bytes without secrets, and whether one stood in them."""
        clean = body
        for form in self._forms_bytes:
            clean = clean.replace(form, REMOVED.encode())
        # Looking for the names first is ten times faster than the pattern, and most replies hold none.
        lower = clean.lower()
        if any(name in lower for name in _NAMES_BYTES):
            clean = _NAMED_BYTES.sub(rb"\1" + REMOVED.encode(), clean)
        return clean, clean != body

    def words(self, text: object, limit: int = 200) -> str:
        """Return a platform's own message fit for an error: one line, no query, no secret, cut short."""
        line = _CONTROL.sub(" ", _QUERY.sub(r"\1", self.text(str(text))))
        return line.encode("utf-8", "replace").decode()[:limit].strip()


class _LogGuard(logging.Filter):
    """Drops the libraries' debug records and strips queries from the addresses in the others."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.INFO:
            return False
        message = record.getMessage()
        record.msg = _SCHEME.sub(
            rf"\1 {REMOVED}", _QUERY.sub(r"\1", _NAMED_TEXT.sub(rf"\1{REMOVED}", message))
        )
        record.args = ()
        return True


_GUARD = _LogGuard()


def guard_library_logs() -> None:
    """Keep tokens and comments out of the client libraries' logs. Harmless when repeated."""
    for name in _CHATTY:
        logging.getLogger(name).addFilter(_GUARD)
