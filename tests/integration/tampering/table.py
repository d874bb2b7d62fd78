"""The table of attacks and who finds each, as docs/tampering-table.md holds it."""

from __future__ import annotations

from pathlib import Path

from tests.integration.tampering.attacks import Attack
from tests.integration.tampering.detectors import NAMES

PAGE = Path(__file__).parents[3] / "docs" / "tampering-table.md"
FOUND, MISSED = "found", "–"


def heading() -> str:
    """The first two lines."""
    cells = ("attack", *NAMES, "what `upstander evidence verify` says")
    return f"| {' | '.join(cells)} |\n|{'---|' * len(cells)}"


def line(name: str, attack: Attack, found: dict[str, bool]) -> str:
    """One attack's line.

    Args:
        found: which detectors found it.
    """
    says = attack.words.replace("|", "\\|") if attack.words else MISSED
    cells = (name, *(FOUND if found[each] else MISSED for each in NAMES), says)
    return f"| {' | '.join(cells)} |"


def lines() -> list[str]:
    """The table's lines as the page holds them."""
    told = [each for each in PAGE.read_text().splitlines() if each.startswith("|")]
    return told[told.index(heading().splitlines()[0]) :]
