"""The whole machine at full size: 10,000 steps on each database, on days that are different in every run."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from tests.unit.review.casework_machine import STEPS, Opened
from tests.unit.review.test_machine import opened, work

__all__ = ["opened"]

STEPS_IN_ALL = 10_000
#: What must have come about on the way, or the machine only ever heard no.
COME_ABOUT = (
    "decided",
    "corrected",
    "edited",
    "asked",
    "approve",
    "break_glass",
    "carried",
    "withdrawn",
    "appealed",
    "answered",
    "restricted",
    "killed",
    "corrected: RevisionChanged",
    "approve: NotAllowed",
    "carried: NotConfirmed",
)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_ten_thousand_steps_keep_every_promise(opened: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    """Legal states, nothing decided unseen, nobody alone, no action lost or doubled, all in the ledger."""
    totals: Counter[str] = Counter()
    while totals[STEPS] < STEPS_IN_ALL:
        totals.update(work(opened, examples=40, steps=100, always_the_same=False))
    with capsys.disabled():
        sys.stdout.write(f"\n{', '.join(f'{what} {times}' for what, times in sorted(totals.items()))}\n")
    assert [what for what in COME_ABOUT if not totals[what]] == []
