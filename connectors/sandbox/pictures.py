"""Pictures and a video of nothing at all, so that comments have media whose bytes are real."""

from __future__ import annotations

import io
import random
from functools import lru_cache

from PIL import Image, ImageDraw

_FORMATS = {"jpg": ("JPEG", "image/jpeg"), "png": ("PNG", "image/png"), "gif": ("GIF", "image/gif")}
#: A container of its brand and nothing else: enough to be known for what it is.
_VIDEO = b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom\x00\x00\x00\x08free"


@lru_cache(maxsize=64)
def media(name: str) -> tuple[bytes, str] | None:
    """A file by its name: `anything.jpg`, `.png`, `.gif` or `.mp4`; the same name gives the same bytes.

    Returns:
        Its bytes and its media type; None where the name ends in nothing known.
    """
    stem, _, end = name.rpartition(".")
    if end == "mp4":
        return _VIDEO, "video/mp4"
    if end not in _FORMATS:
        return None
    form, media_type = _FORMATS[end]
    drawn = io.BytesIO()
    _draw(stem).save(drawn, form)
    return drawn.getvalue(), media_type


def _draw(seed: str) -> Image.Image:
    """Coloured shapes, as different from picture to picture as photographs are."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (480, 320), _colour(dice))
    pen = ImageDraw.Draw(picture)
    for _ in range(14):
        left, top = dice.randrange(440), dice.randrange(280)
        box = (left, top, left + dice.randrange(20, 240), top + dice.randrange(20, 160))
        (pen.ellipse if dice.random() < 0.5 else pen.rectangle)(box, fill=_colour(dice))
    return picture


def _colour(dice: random.Random) -> tuple[int, int, int]:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)
