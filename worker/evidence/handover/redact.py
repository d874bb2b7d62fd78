"""Words without other people's names, and pictures without what was chosen, nor where they were taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from rules.text.fold import fold
from worker.errors import EvidenceFault
from worker.evidence.handover.people import SHORT, key

#: What may tell a person by itself: addresses of pages, of mail, and numbers long enough to call or to count.
_TELLING = (
    ("[address removed]", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("[e-mail removed]", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("[number removed]", re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}")),
)
_PART = re.compile(r"[^\W\d_]{3,}")
#: Pictures larger than this many pixels are not opened: a small file can unfold into a giant.
_MOST_PIXELS = 80_000_000


@dataclass(slots=True)
class Redactor:
    """Takes names out of words, and counts what it took out.

    Attributes:
        labels: what tells each person who is not to be named, and what is written instead.
        counts: how often each label was written, by where.
    """

    labels: Mapping[str, str]
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _patterns: list[tuple[re.Pattern[str], str, bool]] = field(init=False)

    def __post_init__(self) -> None:
        """Make the patterns, the longest first, so that a part never takes what the whole would."""
        wholes = sorted(self.labels.items(), key=lambda pair: (-len(key(pair[0])), pair[0]))
        self._patterns = [(_whole(key(text)), label, False) for text, label in wholes]
        parts = {(part, label) for text, label in wholes if " " in text for part in _PART.findall(text)}
        self._patterns += [
            (_word(key(part)), label, True)
            for part, label in sorted(parts, key=lambda pair: (-len(pair[0]), pair))
        ]

    def words(self, text: str | None, where: str) -> str | None:
        """Words with every name, address, e-mail and telephone number taken out.

        Args:
            where: what they stand in, for the list of what was redacted.
        """
        if text is None:
            return None
        made: list[str] = []
        at = 0
        for start, end, label in _apart(self._found(text)):
            made += [text[at:start], label]
            at = end
            self.counts[where, label] = self.counts.get((where, label), 0) + 1
        return "".join((*made, text[at:]))

    def person(self, told_by: Sequence[str | None], where: str) -> str | None:
        """How a copy names somebody: by handle if they are kept, else by the label that is theirs.

        Args:
            told_by: what tells them, the best first: handle, id.
        """
        given = [text for text in told_by if text]
        label = next((self.labels[text] for text in given if text in self.labels), None)
        if label is None:
            return self.words(given[0], where) if given else None
        self.counts[where, label] = self.counts.get((where, label), 0) + 1
        return label

    def mostly_names(self, text: str | None) -> bool:
        """Whether names are more than half of some words' letters: somebody may be called like a threat."""
        spans = _apart(self._found(text or ""))
        people = set(self.labels.values())
        names = "".join((text or "")[start:end] for start, end, label in spans if label in people)
        return 2 * _letters(names) > _letters(text or "")

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        for label, pattern in _TELLING:
            yield from ((*found.span(), label) for found in pattern.finditer(text))
        shown = fold(text)
        for pattern, label, part in self._patterns:
            for found in pattern.finditer(shown.text):
                start, end = shown.span(*found.span())
                # "Will" may be a name, "will" is not; letters that have no capitals are taken either way.
                if not (part and text[start].islower()):
                    yield start, end, label


def _letters(text: str) -> int:
    return sum(each.isalnum() for each in text)


def _whole(text: str) -> re.Pattern[str]:
    """Finds what tells a person, wherever it stands; if it is short, as a whole word only."""
    spaced = r"\s+".join(re.escape(part) for part in text.split())
    return re.compile(rf"@?{spaced}") if len(text) >= SHORT else _word(text)


def _word(text: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in text.split())
    return re.compile(rf"(?<!\w)@?{spaced}(?!\w)")


def _apart(spans: Iterator[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans that do not overlap, in order; where some do, one over all of them with the first one's label."""
    kept: list[tuple[int, int, str]] = []
    for start, end, label in sorted(spans, key=lambda span: (span[0], -span[1])):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], end), kept[-1][2])
        elif start < end:
            kept.append((start, end, label))
    return kept


def blacked_out(source: Path, boxes: Sequence[tuple[int, int, int, int]]) -> bytes:
    """A picture drawn anew as PNG, with parts of it black and nothing but its pixels: no place, no camera.

    Args:
        source: a PNG, JPEG, WebP or GIF; of a moving one, its first frame.
        boxes: left, top, width, height of each part, in pixels of the picture as it is seen.

    Raises:
        EvidenceFault: it is no such picture, is too large, or a part lies outside it.
    """
    try:
        with Image.open(source, formats=("PNG", "JPEG", "WEBP", "GIF")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise _fault(f"{source.name} is too large a picture")
            drawn = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise _fault(f"{source.name} is not a picture that can be redacted") from error
    plain = Image.new("RGB", drawn.size)
    plain.paste(drawn)
    pen = ImageDraw.Draw(plain)
    for left, top, width, height in boxes:
        if left + width > plain.width or top + height > plain.height:
            size = f"{plain.width} by {plain.height} pixels"
            raise _fault(f"{source.name} is {size}, and a part to black out lies outside it")
        pen.rectangle((left, top, left + width - 1, top + height - 1), fill=(0, 0, 0))
    made = BytesIO()
    plain.save(made, "PNG")
    return made.getvalue()


def _fault(why: str) -> EvidenceFault:
    return EvidenceFault(
        f"The redacted copy could not be made: {why}.",
        safe="No file was made; the originals were only read.",
        do="Name the pictures and their parts anew in a new request.",
    )
