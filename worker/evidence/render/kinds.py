"""What media really are, by their first bytes. What a header claims is not asked."""

from __future__ import annotations

from dataclasses import dataclass

_BRANDS = {
    **dict.fromkeys(
        (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"),
        "video/mp4",
    ),
    b"qt  ": "video/quicktime",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of media that is taken.

    Attributes:
        type: its media type.
        end: the end of a file's name.
        decoder: Pillow's name of it; None where it is no still picture.
    """

    type: str
    end: str
    decoder: str | None


_KINDS = {
    each.type: each
    for each in (
        Kind("image/jpeg", "jpg", "JPEG"),
        Kind("image/png", "png", "PNG"),
        Kind("image/gif", "gif", "GIF"),
        Kind("image/webp", "webp", "WEBP"),
        Kind("video/mp4", "mp4", None),
        Kind("video/quicktime", "mov", None),
        Kind("video/webm", "webm", None),
    )
}


def kind_of(data: bytes) -> Kind | None:
    """The kind of some media; None where it is none that is taken."""
    found = _type_of(data)
    return None if found is None else _KINDS[found]


def _type_of(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:4] == b"\x1a\x45\xdf\xa3" and b"\x42\x82\x84webm" in data[:64]:
        return "video/webm"
    return _BRANDS.get(data[8:12]) if data[4:8] == b"ftyp" else None
