"""A step of docs/verifying-evidence.md has one number everywhere, and says where nothing is there for it."""

from __future__ import annotations

import re
from pathlib import Path

from tests import outsider
from tests.integration.test_verifying_docs import block
from tests.outsider import HAND_OVER
from worker.evidence.handover import instructions


def test_a_step_for_which_nothing_is_there_says_so(tmp_path: Path) -> None:
    """Without timestamps and proofs the blocks end without an error and name what is not there."""
    for number, words in (
        (6, "No folder here has a timestamp."),
        (7, "No folder here shares a timestamp."),
        (8, "No proof from the ledger is here."),
    ):
        ran = outsider.run(tmp_path, block(HAND_OVER, number).commands, tmp_path / "tools")
        assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, words, ""), number


def test_a_hand_over_keeps_the_numbers_of_the_page() -> None:
    """Where a step is left out the others keep their numbers, and the file says why there is a gap."""
    bag = "bags/1-1/tagmanifest-sha256.txt"
    steps = instructions.steps({bag, f"{bag}.tsr", "trust/ledger/1-1/entry.json"})
    text = instructions.as_text("How to check", steps)
    assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == list("12345689")
    assert "Where a number is left out" in text
