"""What every reply says about itself, and which requests are not answered at all."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

#: Nothing is loaded from another host, nothing runs that we did not send, nobody frames us.
_POLICY = (
    "default-src 'none'",
    "script-src 'self' 'nonce-{nonce}'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
_ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Pages tell of cases: no browser or proxy keeps them for whoever sits there next.
    "Cache-Control": "no-store",
}


#: Of a sealed report in a frame of ours: our own page, with hostile words. It runs nothing, loads nothing,
#: sends nothing, and counts as no page of this site.
REPORT_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'"
)


def policy(nonce: str, *, frames: bool = False) -> str:
    """The Content-Security-Policy of a page of ours.

    Args:
        nonce: of the page's own short script.
        frames: whether it shows a sealed report in a frame.
    """
    parts = (*_POLICY, "frame-src 'self'") if frames else _POLICY
    return "; ".join(parts).format(nonce=nonce)


def add_headers(response: Response, *, secure: bool) -> None:
    """Add what every reply says. What it says already stays: a page has a policy of its own.

    Args:
        secure: the site is reached over HTTPS.
    """
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def is_ours(request: Request, public_url: str) -> bool:
    """Whether a request that changes something comes from a page of ours, by what browsers say of that.

    A browser that says neither is refused: every browser of the last years says one of them.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return request.headers.get("origin") == origin_of(public_url)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers name an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def local_path(text: str | None, otherwise: str) -> str:
    """A path of this site to go on to; nothing that could lead to another.

    Args:
        otherwise: where to go if it is anything else.
    """
    plain = (text or "").strip()
    fits = plain.startswith("/") and not plain.startswith(("//", "/\\")) and plain.isprintable()
    return plain if fits and "\\" not in plain and not urlsplit(plain).netloc else otherwise
