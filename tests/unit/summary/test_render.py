"""What people read: nothing verbatim, no names, no hostile markup, and the right words."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from typing import get_args

import pytest

from tests.unit.summary.handmade import NOW, SECRETS, WEEK, make_week
from worker.store.session import Store
from worker.summary import words
from worker.summary.figures import read_figures
from worker.summary.render import WIDTH, Format, render
from worker.summary.visible import visible
from worker.summary.weeks import Week

_VOID = {"meta", "br", "hr", "img", "link", "input"}


def rendered(
    store: Store, form: Format, *, week: str = WEEK, late: str = "", trust: str = "Northmoor & Sons"
) -> str:
    """A summary of the hand-made week."""
    with store.read() as session:
        figures = read_figures(session, Week.parse(week), now=NOW, late_after=timedelta(seconds=900))
    return render(figures, form, trust_name=trust, late=late)


class _Page(HTMLParser):
    """Collects tags, and checks that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("form", get_args(Format))
def test_no_form_holds_a_comments_words_or_anybodys_name(store: Store, form: Format) -> None:
    """Comments, authors, posts, reasons, outcomes, staff: whatever people wrote stays out of every form."""
    make_week(store)
    text = rendered(store, form).lower()
    assert not [secret for secret in SECRETS if secret in text]
    assert "zz" not in text


def test_html_stands_alone_and_is_well_formed(store: Store) -> None:
    """No script, picture, link or style from outside; every tag closed; hostile handles are only text."""
    make_week(store)
    html = rendered(store, "html", trust="<script>alert(1)</script>")
    page = _Page()
    page.feed(html)
    assert page.open == []
    tags = {tag for tag, _ in page.seen}
    assert not tags & {"script", "img", "link", "iframe", "a", "style", "trust"}
    assert not [attrs for _, attrs in page.seen if {"src", "href", "background"} & set(attrs)]
    assert "url(" not in html
    assert "@import" not in html
    assert "Northmoor&lt;Trust&gt;" in html


def test_html_tables_can_be_read_aloud(store: Store) -> None:
    """The language is said; each table has a caption; each header cell says what it heads."""
    make_week(store)
    page = _Page()
    page.feed(rendered(store, "html"))
    tags = [tag for tag, _ in page.seen]
    assert page.seen[0] == ("html", {"lang": "en-GB"})
    assert tags.count("table") == tags.count("caption") >= 8
    assert all(attrs.get("scope") in {"row", "col"} for tag, attrs in page.seen if tag == "th")
    assert tags.count("h1") == 1


def test_text_fits_eighty_columns_and_plain_terminals(store: Store) -> None:
    """No line is longer than a terminal is wide, and no character steers it."""
    make_week(store)
    text = rendered(store, "text", trust="Northmoor \x1b[31mNHS\u202e Trust")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not [c for c in text if c != "\n" and (ord(c) < 32 or ord(c) in {0x202E, 0x7F})]
    assert text.startswith("Northmoor \\x1b[31mNHS\\u202e Trust\n")


def test_the_headline_and_what_needs_somebody_come_first(store: Store) -> None:
    """A busy reader sees the week in a few sentences, then what to do, then what was not watched."""
    make_week(store)
    text = " ".join(rendered(store, "text").split())
    assert (
        "6 new comments arrived and 6 cases opened for review. Of 5 cases decided, 3 were upheld, most often"
        " as threat (2). 3 cases still wait for a decision, 2 of them overdue. Not everything was watched:"
        " up to 4 hours of one feed went unread."
    ) in text
    for said in (
        "- 1 serious case not decided: a reviewer should look now.",
        "- 2 cases past the time by which a decision was due.",
        "- 1 comment not as they were asked to be, perhaps still visible: run “upstander status” for each.",
        "- 2 cases without sealed evidence at the week's end, the oldest since 12 November 2026 at 9:00am.",
        "- 1 job stuck",
        "- Facebook Northmoor<Trust>: the platform rejected our access token. Ask an administrator to renew",
        "- X Northmoor<Trust>, mentions: not read for 30 minutes in 2 gaps because the platform made us wait",
        "from 10 November 2026 at 10:00am, last ended on 10 November 2026 at 11:20am.",
        "- X Northmoor<Trust>, mentions: the platform could no longer give us older comments (1 time,",
        "Small numbers (below 8)",
    ):
        assert said in text, said
    assert text.index("WHAT NEEDS SOMEBODY NOW") < text.index("WHETHER EVERYTHING WAS WATCHED")


def test_a_week_without_anything_says_so(store: Store) -> None:
    """With no account, nothing reads as if all had been well."""
    text = rendered(store, "text")
    assert "No account was being watched in this week" in text
    assert "Every feed was read on time" not in text


def test_json_keeps_its_keys(store: Store) -> None:
    """Other tools read this: the keys are those of the documented schema, and late and headline are in it."""
    make_week(store)
    found = json.loads(rendered(store, "json", late="Late."))
    assert set(found) == {
        "week", "starts", "ends", "made_at", "complete", "watched_since", "stuck_jobs", "undone", "late",
        "headline", "needs", "this_week", "week_before",
    }  # fmt: skip
    assert set(found["this_week"]) == {
        "week", "received", "queued", "decided", "upheld", "not_upheld", "needs_advice", "overturned",
        "open_cases", "overdue", "sealed", "unsealed", "received_by_platform", "queued_by_severity",
        "queued_by_platform", "upheld_by_category", "upheld_by_severity", "upheld_by_platform",
        "open_by_severity", "actions", "platform_reports", "median_seconds", "oldest_open_at",
        "oldest_unsealed_at", "evidence", "coverage",
    }  # fmt: skip
    assert set(found["this_week"]["evidence"]) == {
        "timestamped", "unstamped", "rendered", "unrendered", "supplements", "exports", "exports_waiting",
        "broken_glass", "unreviewed", "disposals", "disposals_waiting", "marks",
    }  # fmt: skip
    assert (found["late"], found["starts"]) == ("Late.", "2026-11-09T00:00:00+00:00")
    assert found["stuck_jobs"] == {"capture": 1}
    assert {"platform", "account", "feed", "kind", "times", "seconds", "since", "until"} == set(
        found["this_week"]["coverage"]["holes"][0]
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "none"),
        (0, "0 seconds"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (3599, "1 hour"),
        (3660, "1 hour 1 minute"),
        (7200, "2 hours"),
        (86_400, "1 day"),
        (86_399, "1 day"),
        (345_600 + 7200, "4 days 2 hours"),
    ],
)
def test_durations_read_as_people_say_them(seconds: int | None, said: str) -> None:
    """Two units at most, never sixty of one."""
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    "text", ["a\x1b[2J", "a\u202eb", "a\x9bb", "a\u200bb", "a\U000e0041", "\U0001f469\u200d\u2695"]
)
def test_hostile_characters_are_shown_not_dropped(text: str) -> None:
    """What the status shows is what a terminal would be shown: every steering character as its code."""
    assert words.clean(f" {text}\n") == visible(text)
    assert visible(words.clean(text)) == words.clean(text)
