"""The search page: words and filters in, rows and marks out; what is closed stays closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web import Site
from worker.store import tables as t
from worker.store.platform import HANDED_IN


def test_words_find_comments_and_cases_and_are_marked(site: Site) -> None:
    """Both words must be there; the row leads to its case, and shows what was matched."""
    case_id, *_ = site.scene.case("c1", "You useless clown in the car park")
    site.scene.case("c2", "You useless shower")
    site.scene.comment("c3", "A clown was useless here")
    page = site.browse("reviewer").get("/search?words=useless+clo*")
    assert "2 found" in page.words
    assert page.html.hrefs().count(f"/cases/{case_id}") == 1
    assert "<mark>useless</mark> <mark>clown</mark> in the car park" in page.raw
    assert "Never a case" in page.words
    assert "shower" not in page.words
    phrase = site.browse("reviewer").get("/search?words=%22car+park%22")
    assert "1 found" in phrase.words


def test_filters_stand_alone_and_stay_in_the_form(site: Site) -> None:
    """By handle, account, severity, state and day, without any word; the page shows what was chosen."""
    case_id, *_ = site.scene.case("c1", "First words", severity="serious")
    other, *_ = site.scene.case("c2", "Second words", severity="routine")
    reviewer = site.browse("reviewer")
    asked = f"handle=some*&severity=serious&state=open&account={site.scene.account_id}&from=2026-11-09"
    page = reviewer.get(f"/search?{asked}&to=2026-11-09")
    assert f"/cases/{case_id}" in page.html.hrefs()
    assert f"/cases/{other}" not in page.html.hrefs()
    shown = {each.name: each.value for each in page.form("/search").fields if each.sent}
    assert (shown["handle"], shown["severity"], shown["state"]) == ("some*", "serious", "open")
    assert (shown["from"], shown["to"]) == ("2026-11-09", "2026-11-09")
    assert "Nothing is like that" in reviewer.get("/search?from=2026-11-10").words


def test_a_rule_is_chosen_by_its_title_and_finds_what_it_found(site: Site) -> None:
    """The rules' titles are offered; a rule that is in no file any more can still be searched for."""
    case_id, _, revision_id = site.scene.case("c1", "Gone rule's words")
    with site.scene.store.write() as session:
        session.add(
            t.Finding(
                revision_id=revision_id,
                rule_id="gone.rule",
                rule_version=1,
                category="insult",
                severity="serious",
                span_start=0,
                span_end=4,
                matched="Gone",
                reason="It was there once.",
                characteristics=[],
            )
        )
    page = site.browse("reviewer").get("/search?rule=gone.rule")
    assert f"/cases/{case_id}" in page.html.hrefs()
    offered = {each.value for each in page.form("/search").fields if each.name == "rule"}
    assert {"gone.rule", "complaint.care"} < offered
    assert "Dissatisfaction with care or service" in page.words


def test_older_ones_are_on_the_next_page(site: Site) -> None:
    """Fifty at a time, the newest first; older ones follow with the same search, and one can go back."""
    for number in range(51):
        site.scene.comment(f"c{number}", f"parking number{number}")
        site.scene.clock.move(timedelta(minutes=1))
    reviewer = site.browse("reviewer")
    first = reviewer.get("/search?words=parking")
    assert "51 found" in first.words
    assert "number50" in first.words
    assert "number0" not in first.words
    (older,) = [href for href, words in first.html.links if words == "Older"]
    second = reviewer.get(older)
    assert "number0" in second.words
    assert "number50" not in second.words
    assert "/search?words=parking" in second.html.hrefs()


def test_hostile_words_stay_words(site: Site) -> None:
    """Markup in a comment, and in what is typed, is shown and does nothing."""
    site.scene.case("c1", "<img src=x onerror=alert(1)> dreadful \u202eparking")
    page = site.browse("reviewer").get("/search?words=dreadful")
    assert "<img src=x" not in page.raw
    assert "\u202e" not in page.raw
    typed = site.browse("reviewer").get('/search?words="><script>alert(1)</script>&handle="><b>')
    assert "<script>alert" not in typed.raw
    assert '"><b>' not in typed.raw


@pytest.mark.parametrize(
    ("asked", "said", "field"),
    [
        ("words=%22%22", "There is no word in that", "#words"),
        ("handle=*", "There is no handle in that", "#handle"),
        ("from=2026-11-09&to=2026-11-08", "The first day is after the last", "#from"),
        ("category=nothing", "There is no category of that name", "#category"),
        ("from=yesterday", "is not a date", ""),
        ("account=x", "is not a number", ""),
    ],
)
def test_what_cannot_be_searched_for_is_said_beside_the_form(
    site: Site, asked: str, said: str, field: str
) -> None:
    """The error stands at the top and leads to its field; what was typed is still there."""
    page = site.browse("reviewer").get(f"/search?{asked}&severity=serious", status=422)
    assert said in page.words
    assert not field or field in page.html.hrefs()
    shown = {each.name: each.value for each in page.form("/search").fields if each.sent}
    assert shown["severity"] == "serious"


def test_a_lead_searches_by_filters_and_not_by_words(site: Site) -> None:
    """Who reads words on opening a case gets no box for them, no words, and no answer to them."""
    case_id, *_ = site.scene.case("c1", "You useless clown")
    lead = site.browse("communications_lead")
    page = lead.get("/search?severity=serious")
    assert f"/cases/{case_id}" in page.html.hrefs()
    assert "clown" not in page.raw
    assert "words" not in {each.name for each in page.form("/search").fields}
    refused = lead.get("/search?words=clown", status=403)
    assert "You may not search by what comments say" in refused.words
    assert f"/cases/{case_id}" not in refused.html.hrefs()
    assert lead.get("/search").words.count("not by words") == 1


def test_who_may_not_see_the_queue_may_not_search(site: Site) -> None:
    """The page refuses, and the refusal is recorded."""
    site.browse("administrator").get("/search", status=403)
    assert site.scene.audited("refused")


def test_a_case_that_is_kept_from_somebody_is_not_found(site: Site) -> None:
    """Neither as a row nor in the number, by words or by filters."""
    case_id, *_ = site.scene.case("c1", "About the car park manager")
    site.app.casework.file.restrict(site.scene.reviewer, case_id, "manager", "It accuses a manager.")
    for asked in ("words=manager", "severity=serious", "handle=someone"):
        page = site.browse("reviewer").get(f"/search?{asked}")
        assert "Nothing is like that" in page.words
        assert "found" not in page.words.split("Nothing is like that")[1]
    assert f"/cases/{case_id}" in site.browse("senior_reviewer").get("/search?severity=serious").html.hrefs()


def test_nothing_that_was_typed_is_written_anywhere(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The record says that somebody searched and how much there was; neither it nor the log has the words."""
    site.scene.case("c1", "An unmistakable heron")
    site.browse("reviewer").get("/search?words=unmistakable&handle=somebody")
    (row,) = site.scene.audited("searched")
    assert row.detail["filters"] == {"words": True, "handle": True}
    assert "unmistakable" not in str(row.detail)
    assert not any("unmistakable" in str(vars(each)) for each in caplog.records)


def test_opening_the_page_is_no_search(site: Site) -> None:
    """Nothing is asked for yet: nothing is searched or recorded, and no error is shown."""
    page = site.browse("reviewer").get("/search?words=&platform=")
    assert "There is a problem" not in page.words
    assert not site.scene.audited("searched")
    offered = {each.value for each in page.form("/search").fields if each.name == "platform"}
    assert HANDED_IN in offered
