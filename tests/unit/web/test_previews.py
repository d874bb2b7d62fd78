"""Pictures on pages: drawn anew under limits, whatever somebody gave as a picture."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageFile

from worker.web import previews
from worker.web.previews import SHOWN, NoPreview, preview

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
#: Where a camera writes where it stood; the degrees of a made-up place.
_GPS = 0x8825


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 30), mode: str = "RGB", **more: object) -> bytes:
    """A small real picture, blue on the left half and red on the right."""
    made = Image.new("RGB", size, (200, 0, 0))
    made.paste((0, 0, 200), (0, 0, size[0] // 2, size[1]))
    file = BytesIO()
    made.convert(mode).save(file, kind, **more)
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims a size which nobody should unpack, and unpacks to it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    body = b"".join(rows.compress(row * 1000) for _ in range(height // 1000)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def drawn(content: bytes) -> Image.Image:
    """The preview of a picture, opened."""
    made = preview(content)
    assert made.startswith(b"\xff\xd8\xff")
    opened = Image.open(BytesIO(made), formats=("JPEG",))
    opened.load()
    return opened


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_kind_that_is_taken_is_drawn_anew_as_one(kind: str) -> None:
    """What a browser gets is always a JPEG of ours, with the same picture in it."""
    shown = drawn(picture(kind))
    assert shown.size == (60, 30)
    left, right = shown.getpixel((10, 15)), shown.getpixel((50, 15))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[2] > 120 > left[0]
    assert right[0] > 120 > right[2]


def test_where_a_picture_was_taken_is_not_shown_and_it_stands_upright() -> None:
    """Camera, place and every other word beside the pixels are gone; a turned picture is turned back."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "A made-up camera"
    exif.get_ifd(_GPS)[1] = "N"
    exif.get_ifd(_GPS)[2] = (51.0, 30.0, 0.0)
    sent = picture("JPEG", exif=exif.tobytes(), comment=b"taken at home")
    assert b"made-up camera" in sent
    made = preview(sent)
    assert b"made-up camera" not in made
    assert b"taken at home" not in made
    shown = Image.open(BytesIO(made))
    assert not shown.getexif()
    assert shown.size == (30, 60)


def test_a_file_that_is_a_picture_and_a_page_at_once_comes_out_as_a_picture_alone() -> None:
    """What hangs behind a picture's end, or stands in its words, never reaches a browser."""
    hostile = b"<script>alert(document.cookie)</script>"
    for sent in (
        picture("GIF") + hostile,
        picture("JPEG", comment=hostile),
        picture("PNG") + b"PK\x03\x04" + hostile,
    ):
        assert hostile in sent
        assert b"script" not in preview(sent)


@pytest.mark.parametrize("sent", [SVG, b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"<html>", b"BM" + b"\0" * 60])
def test_what_is_no_picture_is_not_even_tried(sent: bytes) -> None:
    """Drawings that hold scripts, pages, documents and heads alone are told as not to be shown."""
    with pytest.raises(NoPreview):
        preview(sent)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_a_format_that_is_not_named_is_not_even_tried(kind: str) -> None:
    """Fewer readers of hostile files: what no platform gives and nobody hands in is not read at all."""
    with pytest.raises(NoPreview):
        preview(picture(kind))


@pytest.mark.parametrize("side", [8_000, 20_000])
def test_a_small_file_that_unfolds_into_a_giant_is_not_unpacked(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bomb is refused by what its head claims, before a single pixel of it is unpacked."""
    sent = bomb(side, side)
    assert len(sent) < 100_000

    unpacked: list[Image.Image] = []

    def load(image: Image.Image) -> None:
        unpacked.append(image)

    monkeypatch.setattr(Image.Image, "load", load)
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(NoPreview):
        preview(sent)
    assert not unpacked


@pytest.mark.parametrize("size", [(1, 100_000), (100_000, 1)])
def test_a_line_as_long_as_a_street_is_not_shown(size: tuple[int, int]) -> None:
    """Few pixels, and a side that no page has: there is nothing to see in it."""
    with pytest.raises(NoPreview, match="too many pixels"):
        preview(picture("PNG", size))


def test_a_picture_of_a_long_page_is_shrunk_to_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays as wide as can be read, and no side is larger than a browser is given."""
    shown = drawn(picture("PNG", (3200, 8000)))
    assert shown.size[0] <= SHOWN[0]
    assert shown.size[1] <= SHOWN[1]
    assert shown.size == (1600, 4000)
    monkeypatch.setattr(previews, "MOST_BYTES", 100)
    with pytest.raises(NoPreview, match="too many bytes"):
        preview(picture("PNG", (300, 300)))


def test_what_can_be_seen_through_stands_on_white() -> None:
    """A transparent picture looks as it does on a page, and not black."""
    made = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(made, "PNG")
    pixel = drawn(made.getvalue()).getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 240
