"""A comment's text in stretches: what rules matched is marked, what wounds is masked until somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.review.view import FindingView

#: What is found in these categories is a slur or a crude word: it is masked on the page until it is revealed.
MASKED = frozenset({"hate", "obscenity", "sexual_harassment"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of a text, as long as the same findings hold of it.

    Attributes:
        text: its characters; of a masked stretch nothing.
        found: the numbers of the findings that matched it, from 1.
        ends: those of them that end with it.
        masked: whether it is left out until somebody reveals it.
    """

    text: str
    found: tuple[int, ...]
    ends: tuple[int, ...]
    masked: bool


def stretches(text: str | None, findings: Sequence[FindingView], *, revealed: bool) -> tuple[Stretch, ...]:
    """A text cut where a finding begins or ends.

    Args:
        findings: what rules found; a span counts characters of the text.
        revealed: whether whoever looks asked to see what is masked.
    """
    whole = text or ""
    spans = [(max(0, each.span[0]), min(len(whole), each.span[1])) for each in findings]
    cuts = sorted({0, len(whole), *(edge for start, end in spans if start < end for edge in (start, end))})
    found = []
    for start, end in pairwise(cuts):
        holds = tuple(
            number for number, span in enumerate(spans, start=1) if span[0] <= start and end <= span[1]
        )
        ends = tuple(number for number in holds if spans[number - 1][1] == end)
        masked = not revealed and any(findings[number - 1].category in MASKED for number in holds)
        found.append(Stretch("" if masked else whole[start:end], holds, ends, masked))
    return tuple(found)


def is_masked(findings: Sequence[FindingView]) -> bool:
    """Whether anything of a text is masked."""
    return any(each.category in MASKED and each.span[0] < each.span[1] for each in findings)
