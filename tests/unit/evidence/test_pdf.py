"""PDFs are made without fetching anything, and without a word of theirs in a log."""

from __future__ import annotations

import logging
from io import BytesIO

import pypdf
import pytest
from PIL import Image

from worker.evidence.pdf import make_pdf


@pytest.mark.parametrize(
    "named",
    [
        '<img src="http://127.0.0.1:9/a.png">',
        '<img src="file:///etc/hostname">',
        '<img src="picture:other.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/a.css">',
        "<style>body { background: url(http://127.0.0.1:9/) }</style>",
        '<style>@import "file:///etc/hostname";</style>',
    ],
)
def test_a_page_that_names_an_address_becomes_no_pdf(named: str) -> None:
    """Whatever hostile words smuggled in, nothing is read from the net or from this machine."""
    with pytest.raises(ValueError, match="was not handed in"):
        make_pdf(f'<html lang="en"><body>{named}<p>x</p></body></html>', "x")


def test_a_pdf_is_tagged_and_holds_the_pictures_that_were_handed_in() -> None:
    """It has the structure that a screen reader needs, its title, its language, and exactly that picture."""
    made = BytesIO()
    Image.new("RGB", (30, 20), "red").save(made, "PNG")
    page = '<html lang="en-GB"><body><h1>Report</h1><img alt="red" src="picture:a.png"></body></html>'
    pdf = pypdf.PdfReader(BytesIO(make_pdf(page, "A title", pictures={"a.png": made.getvalue()})))
    root = str(pdf.root_object)
    assert "'/Marked': True" in root
    assert "'/Lang': 'en-GB'" in root
    assert "/StructTreeRoot" in root
    assert pdf.metadata is not None
    assert pdf.metadata.title == "A title"
    assert [picture.image.size for picture in pdf.pages[0].images if picture.image] == [(30, 20)]


def test_what_a_page_says_reaches_no_log() -> None:
    """The library warns of characters that no font has, and quotes them: that goes nowhere."""
    told: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    listener = Listening()
    logging.getLogger().addHandler(listener)
    try:
        make_pdf('<html lang="en"><body><p>\uffab\u1b05 secret</p></body></html>', "x")
    finally:
        logging.getLogger().removeHandler(listener)
    assert told == []
