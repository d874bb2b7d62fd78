"""What a child brings back is judged here, twice, and believed only with its picture."""

from __future__ import annotations

import pytest

from connectors.sandbox.pictures import media
from worker.evidence.render.addresses import AllowList
from worker.evidence.render.failing import RenderFailed
from worker.evidence.render.judge import State
from worker.evidence.render.passes import Limits, Pass
from worker.evidence.render.seeing import see, told_by_guard

SAID = "I know which bus she takes, and I will be there."


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [(SAID, SAID, State.CONTENT), (SAID, "Log in", State.WALL), ("Log in", SAID, State.WALL)],
)
def test_a_page_that_changes_under_the_picture_is_not_the_comment(
    before: str, after: str, state: State
) -> None:
    """Words that were there only before the picture was taken, or only afterwards, do not vouch for it."""
    picture = media("a.png")
    assert picture is not None
    files = {"before.txt": before.encode(), "after.txt": after.encode(), "page.png": picture[0]}
    facts = {"status": 200, "final": "http://www.example.test/1"}
    seen = see(SAID, facts, files, Pass(AllowList.of([]), Limits()))
    assert seen.state is state


def test_a_page_whose_name_is_not_found_was_not_refused() -> None:
    """Where DNS does not answer, nobody is told that our guard forbade the address; media likewise."""
    held = Pass(AllowList.of(["www.example.test"]), Limits())
    held.miss("www.example.test", 443, "no address was found for its name")
    assert see(SAID, {"status": None, "final": ""}, {}, held).state is State.UNREACHED
    told = told_by_guard(RenderFailed("unreachable", "The media's address did not answer."), held)
    assert (told.why, told.happened) == (
        "unreachable",
        "It could not be reached: no address was found for its name.",
    )
    held.refuse("elsewhere.example.test", 443, "the host is not on the list")
    assert see(SAID, {"status": None, "final": ""}, {}, held).state is State.BLOCKED


def test_a_page_without_its_picture_is_a_failure() -> None:
    """A child that says it saw a page but has no picture of it is not believed."""
    facts = {"status": 200, "final": "http://www.example.test/1"}
    with pytest.raises(RenderFailed):
        see(
            SAID,
            facts,
            {"before.txt": SAID.encode(), "after.txt": SAID.encode(), "page.png": b"<html>"},
            Pass(AllowList.of([]), Limits()),
        )
