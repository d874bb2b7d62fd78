"""Pages as PDF: tagged so that a screen reader can read them, and made without fetching anything."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from types import MappingProxyType
from typing import Any

from weasyprint import HTML
from weasyprint.logger import LOGGER
from weasyprint.urls import (
    FatalURLFetchingError,
    URLFetcher,
    URLFetcherResponse,
)

#: How a page names a picture that is handed in with it: `picture:` and its name.
PICTURE = "picture:"
_NONE: Mapping[str, bytes] = MappingProxyType({})


def make_pdf(html: str, title: str, *, pictures: Mapping[str, bytes] = _NONE) -> bytes:
    """A page as tagged PDF (PDF/UA-1), its fonts inside.

    Args:
        html: a whole page with its style inside. An address in it is never fetched: `picture:NAME` is
            taken from the pictures that are handed in, anything else stops the making.
        title: what the PDF calls itself.
        pictures: the bytes of PNG or JPEG files by name.

    Raises:
        ValueError: the page names an address that was not handed in.
    """
    # Its warnings quote the page, and with it what strangers wrote: they stay out of every log.
    LOGGER.propagate = False
    try:
        document = HTML(string=html, url_fetcher=_HandedIn(pictures)).render(pdf_variant="pdf/ua-1")
        document.metadata.title = title
        made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:
        # Its message would quote the address, which may hold anything.
        raise ValueError("a page that is made into a PDF names something that was not handed in") from error
    return made


class _HandedIn(URLFetcher):  # type: ignore[misc]  # its base publishes no types
    """Gives the pictures that were handed in, and refuses every other address."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._pictures = pictures

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """One picture."""
        content = self._pictures.get(url.removeprefix(PICTURE)) if url.startswith(PICTURE) else None
        if content is None:
            raise FatalURLFetchingError("not handed in")
        kind = EmailMessage()
        kind["Content-Type"] = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
        return URLFetcherResponse(url, content, headers=kind)
