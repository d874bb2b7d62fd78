"""Pictures for a page: drawn anew under limits, so that nothing but their pixels reaches a browser.

What a platform or a person gave is hostile: it may be no picture, unfold into a giant, or hold a page for a
browser to run. And it may tell where a picture was taken. So no sealed file itself is ever sent as a picture.
"""

from __future__ import annotations

from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageOps

from worker.errors import UpstanderError

#: What is drawn. Everything else, drawings that can hold scripts among them, is not even tried.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
#: A picture of more bytes or more pixels is not opened: a small file can unfold into a giant.
MOST_BYTES = 64 * 1024 * 1024
MOST_PIXELS = 50_000_000
#: A side longer than this is no picture that says anything, and shrunk to a page nothing of it is left.
LONGEST_SIDE = 30_000
#: A picture of a long page stays readable at this width; it may be as long as a browser will show it.
SHOWN = (1600, 16_000)
_QUALITY = 85
MEDIA_TYPE = "image/jpeg"
#: A picture that may be drawn needs some hundred megabytes of memory meanwhile.
_AT_ONCE = BoundedSemaphore(2)


class NoPreview(UpstanderError):
    """A picture cannot be shown on a page; it is sealed as it is."""


def preview(content: bytes) -> bytes:
    """A picture drawn anew as JPEG: upright, no larger than a page, of a moving one the first frame.

    Args:
        content: the picture's bytes, whoever they are from.

    Raises:
        NoPreview: it is no picture of a kind that is drawn, is damaged, or is too large.
    """
    if len(content) > MOST_BYTES:
        raise _refusal("it has too many bytes")
    with _AT_ONCE:
        try:
            return _drawn(content)
        except NoPreview:
            raise
        except Exception as error:  # a hostile picture may fail in any way, and is refused in each
            raise _refusal("it cannot be read as a picture") from error


def _drawn(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=_FORMATS) as opened:
        # By its head alone: nothing is unpacked before it is known how much that would be.
        if opened.width * opened.height > MOST_PIXELS or max(opened.size) > LONGEST_SIDE:
            raise _refusal("it has too many pixels")
        opened.draft("RGB", SHOWN)
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail(SHOWN)
        shown = upright.convert("RGBA")
    # On white, as a browser shows it; and a new picture has nothing of the old one but its pixels.
    plain = Image.new("RGB", shown.size, "white")
    plain.paste(shown, mask=shown.getchannel("A"))
    made = BytesIO()
    plain.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


def _refusal(why: str) -> NoPreview:
    return NoPreview(
        f"This picture cannot be shown here: {why}.",
        safe="It is sealed as it is.",
        do="An evidence officer can save the file.",
    )
