"""What a person may hand in as evidence, told by its bytes and never by its name."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from worker.errors import UpstanderError

#: More than a screenshot of any page; a picture that unpacks to more is refused unopened.
MOST_PIXELS = 50_000_000
_LONGEST_NAME = 120


class NotAccepted(UpstanderError):
    """A file that was handed in was not taken; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken.

    Attributes:
        media_type: as in a Content-Type.
        ending: what the file is called after the dot once it is ours.
        begins: the bytes that it must begin with, as a pattern.
        pillow: the picture library's name for it; None where it is no picture.
    """

    media_type: str
    ending: str
    begins: re.Pattern[bytes]
    pillow: str | None


KINDS = (
    Kind("image/png", "png", re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    Kind("image/jpeg", "jpg", re.compile(rb"\xff\xd8\xff"), "JPEG"),
    Kind("image/webp", "webp", re.compile(rb"RIFF....WEBP", re.DOTALL), "WEBP"),
    Kind("image/gif", "gif", re.compile(rb"GIF8[79]a"), "GIF"),
    Kind("application/pdf", "pdf", re.compile(rb"%PDF-[12]\.\d"), None),
)


def read_limited(file: BinaryIO, most_bytes: int) -> bytes:
    """Read a file that is not too large.

    Raises:
        NotAccepted: it is empty, or has more bytes than allowed.
    """
    content = file.read(most_bytes + 1)
    if not content:
        raise NotAccepted("The file is empty.", safe="Nothing was kept.")
    if len(content) > most_bytes:
        raise NotAccepted(
            f"The file is larger than {most_bytes:,} bytes.",
            safe="Nothing was kept.",
            do="Hand in a smaller picture, or raise evidence.media_bytes.",
        )
    return content


def recognise(content: bytes) -> Kind:
    """What a file really is. Pictures are measured by their head alone: their pixels are never unpacked.

    Raises:
        NotAccepted: it is of no kind that is taken, is damaged, or would unpack to far too much.
    """
    kind = next((each for each in KINDS if each.begins.match(content)), None)
    if kind is None:
        raise NotAccepted(
            "The file is no picture or PDF of a kind that is taken, whatever its name says.",
            safe="Nothing was kept.",
            do=f"Hand it in as one of: {', '.join(each.ending for each in KINDS)}.",
        )
    if kind.pillow is None:
        if b"%%EOF" not in content[-2048:]:
            raise NotAccepted("The PDF is cut off: its end is missing.", safe="Nothing was kept.")
        return kind
    try:
        with Image.open(io.BytesIO(content), formats=[kind.pillow]) as picture:
            width, height = picture.size
    except Exception as error:  # a hostile picture may fail in any way, and is refused in each
        raise NotAccepted(
            f"The picture cannot be read ({type(error).__name__}).",
            safe="Nothing was kept.",
            do="Take the screenshot again and hand that in.",
        ) from error
    if width * height > MOST_PIXELS:
        raise NotAccepted(
            f"The picture has {width} by {height} points; more than {MOST_PIXELS:,} are not taken.",
            safe="Nothing was kept.",
            do="Take several smaller screenshots.",
        )
    return kind


def harmless_name(name: str) -> str:
    """The name that a file came with, to be shown: no path, nothing that cannot be seen, not endless."""
    last = re.split(r"[/\\]", name)[-1].strip()
    shown = "".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in last)
    return shown[:_LONGEST_NAME] or "unnamed"
