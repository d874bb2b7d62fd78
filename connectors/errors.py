"""What can go wrong outside, as typed errors that carry what the caller needs to act.

Every connector translates its library's exceptions into these; nothing else leaves a connector.
Messages never hold a token, an address with a query, or a comment's text.
"""

from __future__ import annotations

from datetime import datetime


class ConnectorError(Exception):
    """The root: a platform could not do what was asked.

    Args:
        message: what happened, for a person.
        status: the HTTP status, where there was one.
        code: the platform's own error code or type, where it gave one.
    """

    #: A short, stable name for status pages, metrics and coverage gaps.
    kind = "error"

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class RateLimited(ConnectorError):
    """The platform asks us to wait.

    Args:
        until: when to try again (aware UTC), or None where the platform did not say.
    """

    kind = "rate_limited"

    def __init__(
        self,
        message: str,
        *,
        until: datetime | None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.until = until


class CredentialsRejected(ConnectorError):
    """The token is wrong, expired or withdrawn: an administrator must renew it."""

    kind = "credentials_rejected"


class PermissionMissing(ConnectorError):
    """The token is good but may not do this: a scope, a permission, a plan or credits are missing."""

    kind = "permission_missing"


class ContentGone(ConnectorError):
    """The comment or post no longer exists, or is no longer shown to us."""

    kind = "content_gone"


class PlatformUnavailable(ConnectorError):
    """No answer, a cut connection, a time-out, or an answer of 5xx.

    `sent` says whether the request may have reached the platform, so that a change
    of unknown fate is resolved by reading and never by repeating blindly.
    """

    kind = "platform_unavailable"

    def __init__(
        self,
        message: str,
        *,
        sent: bool = True,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.sent = sent


class UnexpectedResponse(ConnectorError):
    """The platform answered in a shape that we do not know: nothing was guessed."""

    kind = "unexpected_response"


class CursorExpired(ConnectorError):
    """The platform no longer knows the place where the last poll stopped."""

    kind = "cursor_expired"


class ReceiptRefused(ConnectorError):
    """No change without a fresh receipt that evidence of this very comment is sealed."""

    kind = "receipt_refused"
