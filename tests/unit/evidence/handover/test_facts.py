"""What the pages of a hand-over tell of each snapshot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worker.evidence.handover.facts import snapshot
from worker.evidence.handover.gather import Item
from worker.store import tables as t

SEALED = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def told(stamped_after: timedelta | None, *, source: str = "reread") -> dict[str, object]:
    """What is told of a snapshot that was stamped so long after its sealing."""
    row = t.Snapshot(id=1, case_id=1, kind="rendered", source=source, sealed_at=SEALED)
    stamped = None if stamped_after is None else SEALED + stamped_after
    return snapshot(Item(row, None, None, (), stamped, "CN=Clock", None, ()))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (
            timedelta(days=3, hours=6, minutes=18),
            "3 days, 6 hours and 18 minutes later than the time of sealing",
        ),
        (timedelta(minutes=-61), "1 hour and 1 minute earlier than the time of sealing"),
    ],
)
def test_a_timestamp_far_from_the_sealing_is_told_in_words(after: timedelta, words: str) -> None:
    """Whoever compares the two times reads how far they are apart, and which one is to be trusted why."""
    assert f"The timestamp is {words}: " in str(told(after)["apart"])


@pytest.mark.parametrize("after", [None, timedelta(minutes=4), timedelta(seconds=-20)])
def test_a_timestamp_in_time_needs_no_word(after: timedelta | None) -> None:
    """The usual minutes, and a timestamp that is still to come, are not made much of here."""
    assert told(after)["apart"] is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("blocked", "our guard refused its address"),
        ("unreached", "could not be reached"),
        ("gone", "was gone"),
    ],
)
def test_what_a_browser_met_is_told_in_words(source: str, words: str) -> None:
    """The cover report has no codes: a page that was not opened is not called a page that was shown."""
    snap = told(None, source=source)
    assert words in str(snap["source"])
    assert snap["kind"] == "what a browser met at the comment's address"
