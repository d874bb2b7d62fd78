"""`upstander rules check`: a rule that does not do what it promises is found before anything runs on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from worker.settings_load import PROJECT

MINE = """\
owner: comms
review_date: 2027-01-01
rules:
  - id: insult.mine
    title: A made-up insult
    category: insult
    match:
      phrases: [wazzock]
    reason: A made-up insult.
    state: live
    version: 1
    examples:
      match: [you wazzock, you donkey]
      no_match: [thank you, good morning]
"""


def check(**more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("UPSTANDER_")}
    return subprocess.run(
        [sys.executable, "-c", "from worker.cli import main; main()", "rules", "check"],
        cwd=PROJECT,
        env={**clean, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_pack_that_ships_is_right() -> None:
    """Every rule reads well and every one of its examples comes out as it says."""
    done = check()
    assert done.returncode == 0, done.stderr
    assert "rules are right" in done.stdout


def test_an_example_that_a_rule_does_not_find_is_named(tmp_path: Path) -> None:
    """The officer who wrote the rule reads which example, of which rule, in which file and line."""
    (tmp_path / "mine.yaml").write_text(MINE)
    done = check(UPSTANDER_RULES_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "mine.yaml:4" in done.stderr
    assert "you donkey" in done.stderr
