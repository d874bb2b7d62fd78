"""What a picture looks like, as a number: PDQ, so that copies can be found whose bytes differ."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pdqhash
from PIL import Image

from worker.evidence.render.kinds import Kind

#: A picture of more pixels than these is kept, but not decoded.
MOST_PIXELS = 50_000_000


def likeness(data: bytes, kind: Kind) -> dict[str, Any]:
    """Size and PDQ hash of a still picture (of its first frame; transparency and rotation marks not applied).

    Run it where it may fail: a decoder is given hostile bytes here.

    Returns:
        `width`, `height` (pixels), `frames`, `pdq` (64 hexadecimal digits) and `pdq_quality` (0 to 100); or
        `problem`, in words, where it cannot be decoded. Empty for what is no still picture.
    """
    if kind.decoder is None:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[kind.decoder]) as picture:
                width, height = picture.size
                frames = int(getattr(picture, "n_frames", 1))
                found: dict[str, Any] = {"width": width, "height": height, "frames": frames}
                if width * height > MOST_PIXELS:
                    return found | {"problem": "it has too many pixels to be decoded"}
                return found | _pdq(picture)
    except Exception as error:  # noqa: BLE001 - a decoder given hostile bytes may raise anything; the bytes are kept
        return {"problem": f"it could not be decoded ({type(error).__name__})"}


def _pdq(picture: Image.Image) -> dict[str, Any]:
    bits, quality = pdqhash.compute(np.asarray(picture.convert("RGB")))
    number = int("".join(str(int(bit)) for bit in bits), 2)
    return {"pdq": f"{number:064x}", "pdq_quality": int(quality)}
