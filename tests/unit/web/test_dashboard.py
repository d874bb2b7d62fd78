"""The dashboard: each figure of the stage in words, in a drawing and in a table."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.web import Site
from worker.store import tables as t


def _titles(raw: str) -> list[str]:
    """What the drawings say of themselves."""
    return re.findall(r'<title id="[\w-]+-title">(.*?)</title>', raw, flags=re.DOTALL)


def _texts(raw: str) -> list[str]:
    """The words in the drawings."""
    return re.findall(r"<text[^>]*>(.*?)</text>", raw)


def test_open_cases_are_told_by_severity_and_age(site: Site) -> None:
    """How many wait and are overdue: in words, as bars of as many parts, and in the table behind."""
    site.scene.case("c1", severity="serious")
    site.scene.case("c2", severity="routine")
    site.scene.clock.move(timedelta(hours=5))
    site.scene.case("c3", severity="serious")
    site.scene.clock.move(timedelta(minutes=1))
    page = site.browse("communications_lead").get("/dashboard")
    assert "3 cases wait for a decision. 1 is overdue." in page.words
    assert "3 cases wait for a decision. 1 is overdue." in _titles(page.raw)
    assert [each for each in _texts(page.raw) if "overdue" in each] == ["2, 1 overdue"]
    assert "▲ Serious" in _texts(page.raw)
    assert "Serious 1 0 1 0 0 1" in page.words.split("Open cases by severity and age")[-1]
    drawing = page.raw.split('aria-labelledby="open-title"')[1].split("</svg>")[0]
    assert drawing.count("<rect") == 3


def test_an_empty_dashboard_says_so_in_words(site: Site) -> None:
    """Nothing waits, nothing came, nothing was decided: each is a sentence and no empty drawing's guess."""
    page = site.browse("communications_lead").get("/dashboard")
    for said in (
        "No case waits for a decision.",
        "No case was decided in the last 4 weeks.",
        "New in the last 48 hours: 0 comments and 0 cases.",
        "There was no pile-on in the last 4 weeks.",
        "No case opened in the last 4 weeks.",
        "No comment arrived in the last 4 weeks.",
    ):
        assert said in page.words


def test_what_was_decided_and_how_fast(site: Site) -> None:
    """Time to the first decision with what was in time, and the verdicts of each week."""
    first, _, wording = site.scene.case("c1")
    site.scene.clock.move(timedelta(minutes=90))
    site.scene.upheld(first, wording)
    second, _, wording = site.scene.case("c2")
    site.scene.clock.move(timedelta(hours=5))
    site.scene.not_upheld(second, wording)
    site.scene.clock.move(timedelta(minutes=1))
    page = site.browse("communications_lead").get("/dashboard")
    assert "Decided in the last 4 weeks: 2, of which 1 in time." in page.words
    assert " ".join(_texts(page.raw)).count("Serious, half 3 hours 15 minutes Serious, 9 in 10 5 hours") == 1
    assert "Cases since 19 October 2026: 1 upheld, 1 not upheld, 0 waiting for advice." in page.words
    assert "9 November 2026 1 1 0" in page.words.split("Decisions week by week")[-1]


def test_actions_are_told_with_what_came_of_them(site: Site) -> None:
    """Asked for, failed, done outside: week by week."""
    for number, state in enumerate(("failed", "outside")):
        case_id, _, wording = site.scene.case(f"c{number}")
        site.scene.upheld(case_id, wording, actions=("hide",))
        with site.scene.store.write() as session:
            session.execute(
                update(t.RequestedAction)
                .where(t.RequestedAction.case_id == case_id)
                .values(state=state, finished_at=site.scene.clock.now())
            )
        site.scene.clock.move(timedelta(minutes=1))
    page = site.browse("communications_lead").get("/dashboard")
    said = "2 asked for, 0 done or found so, 1 done outside Upstander, 1 failed."
    assert f"Actions since 19 October 2026: {said}" in page.words
    assert "9 November 2026 2 0 1 1 0 0 0 0" in page.words.split("Actions week by week")[-1]


def test_an_account_whose_token_is_refused_stands_out(site: Site) -> None:
    """What is not read is said at the top, with since when and why, and a hostile handle stays a word."""
    with site.scene.store.write() as session:
        session.execute(update(t.Account).values(handle="<b>Northmoor"))
        session.execute(
            update(t.Feed).values(
                caught_up_at=site.scene.clock.now(),
                fault_kind="credentials_rejected",
                fault_text="The token is <i>no more.",
                fault_since=site.scene.clock.now(),
                fault_count=1,
            )
        )
    page = site.browse("communications_lead").get("/dashboard")
    assert "1 account to look at" in page.words
    assert "Not accepted since 9 November 2026 at 9:00am" in page.words
    assert "<b>Northmoor" not in page.raw
    assert "<i>no more" not in page.raw


@pytest.mark.parametrize("weeks", [1, 4, 26])
def test_every_drawing_has_its_finding_and_its_table(site: Site, weeks: int) -> None:
    """Nobody depends on a drawing: each has a title that says what it shows, and numbers behind it."""
    case_id, _, wording = site.scene.case("c1")
    site.scene.upheld(case_id, wording)
    site.scene.case("c2")
    site.scene.clock.move(timedelta(minutes=1))
    page = site.browse("reviewer").get(f"/dashboard?weeks={weeks}")
    drawings = len(re.findall(r'class="up-chart" [^>]*role="img"', page.raw))
    assert drawings == len(_titles(page.raw)) == 8
    assert all(re.search(r"\d", each) for each in _titles(page.raw))
    # Comments and cases by the hour stand in one table.
    assert page.raw.count('class="nhsuk-table up-figures"') == drawings - 1
    assert " style=" not in page.raw


def test_no_more_than_half_a_year_is_told(site: Site) -> None:
    """An address that asks for more is told what there is."""
    page = site.browse("reviewer").get("/dashboard?weeks=27", status=409)
    assert "1 to 26 weeks" in page.words
    assert "is not a number" in site.browse("reviewer").get("/dashboard?weeks=x", status=400).words


def test_only_those_who_read_summaries_see_it(site: Site) -> None:
    """HR has no dashboard, and asking for it leaves a trace."""
    site.browse("hr").get("/dashboard", status=403)
    assert len(site.scene.audited("refused")) == 1


def test_no_words_and_no_author_are_on_it(site: Site) -> None:
    """A communications lead never meets abuse here: figures only."""
    site.scene.case("c1", "You unmistakable heron")
    page = site.browse("communications_lead").get("/dashboard")
    assert "heron" not in page.raw
    assert "someone" not in page.raw
