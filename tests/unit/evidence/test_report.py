"""The report: what a police officer opens. Hostile words cannot break, hide in or reorder it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.evidence.world import World, add_case, done, make_world, reading
from worker.evidence.report import render
from worker.evidence.show_text import marked, visible
from worker.store.session import Store

HOSTILE = (
    "<script>alert(1)</script>",
    "</div></main></body></html><img src=x onerror=alert(1)>",
    "]]><!-- --><style>*{display:none}</style>",
    '"\'><a href="javascript:alert(1)">',
    "{{ 7*7 }}{% raw %}",
    "safe \u202eevil\u202c \u2067rtl",
    "nul \x00 esc \x1b[31m del \x7f c1 \x9b",
    "zero\u200bwidth \ufeff \U000e0041",
    "z" + "\u0336\u0310" * 300,
    "half \ud83d surrogate",
    "x" * 65_536,
)  # fmt: skip


class Tags(HTMLParser):
    """Every tag that a browser would see, with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.seen.append((tag, dict(attrs)))


def page_of(world: World) -> str:
    """The report of the sealed snapshot, once captured."""
    world.capture()
    return (world.bag() / "data/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_cannot_break_the_report(sqlite: Store, tmp_path: Path, text: str) -> None:
    """Whatever the comment, its author's handle and its thread say, the page has our tags and no others."""
    world = make_world(sqlite, tmp_path / "bags")
    storable = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
    _, snapshot_id, _, _ = add_case(sqlite, "17002", storable)
    world.platform.answer = reading(text=text, external_id="17002")
    world.evidence.capture(snapshot_id, done)
    place = world.row(snapshot_id).bag
    assert place is not None
    page = (world.bags / place / "data/report.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert {name for name, _ in tags.seen} <= {
        "html", "head", "meta", "title", "style", "body", "header", "div", "p", "h1", "h2", "h3", "main",
        "section", "span", "bdi", "mark", "dl", "dt", "dd", "small", "ol", "li", "strong", "q", "code", "pre",
        "footer",
    }  # fmt: skip
    assert not any(set(attrs) & {"href", "src", "onerror", "onclick"} for _, attrs in tags.seen)
    assert page.count("</main>") == page.count("</body>") == page.count("<style>") == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)


def test_the_report_runs_and_fetches_nothing(world: World) -> None:
    """A policy forbids everything but the page's own style; there is no script, link, picture or frame."""
    page = page_of(world)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'",
        policy[1],
    )
    assert not re.search(r"<(script|img|a|iframe|link|object)\b|url\(|@import|style=", page)


def test_the_report_says_what_where_when_who_why_and_how_to_check(world: World) -> None:
    """An officer finds the words, times in UTC and UK time, ids, context, findings, hashes and commands."""
    page = page_of(world)
    for words in (
        "I <mark>will find you</mark> &amp; hurt you",
        "16 November 2026, 09:30:15 UTC",
        "16 November 2026, 09:30:15 GMT",
        "rude_person",
        "a-1",
        "17001",
        "Our new ward is open",
        "What does it cost?",
        "Steady on",
        "Says that they will find somebody",
        "threat.hurt",
        "sha256sum -c --strict manifest-sha256.txt",
        "bagit.py --validate",
        "not copied",
        "Ashdown NHS Trust",
    ):
        assert words in page, words
    assert "R. Person" not in page
    assert "secret.jpg" not in page


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (0.03, "right to a twentieth of a second"),
        (-1.25, "1.2 seconds fast"),
        (282_003.2, "3 days, 6 hours and 20 minutes slow"),
    ],
)
def test_how_far_the_clock_was_off_is_said_as_people_say_it(world: World, offset: float, words: str) -> None:
    """An officer reads days, hours and minutes, not a hundred thousand seconds."""
    world.capture()
    custody = json.loads((world.bag() / "data/custody.json").read_bytes())
    compared = {"authority": "CN=Clock", "authority_less_host_seconds": offset}
    custody["clock"] = compared | {"compared_at": "2026-11-16T09:30:15+00:00"}
    context = json.loads((world.bag() / "data/context.json").read_bytes())
    page = render(custody, context, [], {}, {"polled": "words", "now": "words"}).decode()
    assert f"<dd>{words} (compared with the timestamp authority CN=Clock" in page


def test_an_author_without_a_handle_is_named_by_their_id(world: World) -> None:
    """Facebook gives no handles: the sentence still reads as one."""
    world.capture()
    custody = json.loads((world.bag() / "data/custody.json").read_bytes())
    custody["comment"]["author"] = {"id": "51076", "handle": None}
    context = json.loads((world.bag() / "data/context.json").read_bytes())
    page = render(custody, context, [], {}, {"polled": "words", "now": "words"}).decode()
    assert "By the author with id <bdi>51076</bdi> (no handle given)" in page


def test_the_report_says_where_the_rest_about_the_author_is(world: World) -> None:
    """The platform's reply may hold a name: nobody claims that id and handle are all there is."""
    page = page_of(world)
    assert "This report names the author by id and handle only." in page
    assert "is in <code>author.json</code> and <code>api-response.json</code>." in page
    assert "known to us by" not in page
    assert (world.bag() / "data/author.json").is_file()


def test_hidden_characters_are_written_out_and_flags_stay() -> None:
    """What cannot be seen or reorders the line is shown by its number; emoji and flags stay."""
    assert visible("a\u202eb") == 'a<span class="hidden">U+202E</span>b'
    assert visible("\x00") == '<span class="hidden">U+0000</span>'
    england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    family = "\U0001f468\u200d\U0001f469"
    assert visible(england + family) == england + family
    assert visible("one\r\ntwo\n\tthree") == "one\ntwo\n\tthree"


@pytest.mark.parametrize("whole", ["\r\n", "\r\n\r\n", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e007f"])
def test_a_mark_changes_no_character_that_is_shown(whole: str) -> None:
    """A span that ends within a line's end or a flag shows both whole: a hand-over compares the words."""
    text = f"a{whole}b{whole}c"
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            page = marked(text, [(start, end)])
            assert re.sub("</?mark>", "", page) == visible(text)


def test_overlapping_and_odd_spans_mark_each_letter_once() -> None:
    """Spans may overlap or be wrong; the text is still whole and in order."""
    page = marked("abcdef", [(1, 3), (2, 5), (4, 99), (-3, 1), (3, 3)])
    assert page == "a<mark>bc</mark><mark>de</mark>f"
