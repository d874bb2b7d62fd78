"""The words of a group's cases: each wording once, with every case that says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules.text.sketch import sketch
from worker.review.groups import Member


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording, exactly as it was written.

    Attributes:
        members: the cases that say it.
        dressed: whether it is the wording before it, written otherwise: capitals, emoji, digits for letters.
    """

    text: str | None
    members: tuple[Member, ...]
    dressed: bool


def wordings(members: Sequence[Member]) -> tuple[Wording, ...]:
    """What the cases say, in their order; wordings that differ in their dress alone follow each other.

    Each is told as it was written: nothing that is decided on goes unseen.
    """
    saying: dict[str | None, list[Member]] = {}
    for each in members:
        saying.setdefault(each.text, []).append(each)
    alike: dict[str, list[str | None]] = {}
    for text in saying:
        alike.setdefault((sketch(text).exact if text else "") or f"={text}", []).append(text)
    return tuple(
        Wording(text, tuple(saying[text]), dressed=place > 0)
        for texts in alike.values()
        for place, text in enumerate(texts)
    )
