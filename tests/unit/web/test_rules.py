"""The rules on the site: what each does, and trying a text that is kept nowhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.stores import sqlite_store
from tests.web import Site, site_over
from worker.review.rule_effects import MOST_BYTES
from worker.store import tables as t

THREAT = "I will find you and stab you in the car park"


def _found(site: Site, revision_id: int, rule_id: str) -> None:
    with site.scene.store.write() as session:
        session.add(
            t.Finding(
                revision_id=revision_id,
                rule_id=rule_id,
                rule_version=1,
                category="threat",
                severity="serious",
                span_start=0,
                span_end=1,
                matched="x",
                reason="As it says.",
                characteristics=[],
            )
        )


def test_every_rule_is_listed_with_what_came_of_it(site: Site) -> None:
    """Its title, state, owner and the day to look at it again; cases queued, upheld, not upheld, waiting."""
    upheld, _, first = site.scene.case("c1")
    _, _, second = site.scene.case("c2")
    for revision_id in (first, second):
        _found(site, revision_id, "threat.direct")
    _found(site, second, "gone.rule")
    site.scene.upheld(upheld, first)
    page = site.browse("communications_lead").get("/rules")
    rules = site.app.rule_effects.rows(site.person("communications_lead"))
    assert all(f"/rules/{row.rule_id}" in page.html.hrefs() for row in rules)
    (direct,) = [row.rule for row in rules if row.rule_id == "threat.direct"]
    assert direct is not None
    said = page.words.split(direct.title)[1]
    assert (
        "Live security specialist Look at it again by 21 May 2027 Queued 2 Upheld 1 Not upheld 0 Waiting 1"
        in said
    )
    assert "In no file of yours" in page.words.split("gone.rule")[1]


def test_a_rule_past_its_day_is_marked(site: Site) -> None:
    """Somebody was to look at it again: the list says that nobody did."""
    assert "Overdue" not in site.browse("reviewer").get("/rules").words
    last = max(rule.review_date for rule in site.app.rules().all_rules)
    site.scene.clock.move(last - site.scene.clock.now().date() + timedelta(days=1))
    assert "Overdue" in site.browse("senior_reviewer").get("/rules").words


def test_a_rule_has_a_page_with_what_it_looks_for(site: Site) -> None:
    """Its reason, phrases, exceptions, examples and versions; and the search for everything it found."""
    page = site.browse("reviewer").get("/rules/complaint.grief")
    (rule,) = [each for each in site.app.rules().all_rules if each.id == "complaint.grief"]
    assert rule.reason in page.words
    assert all(each in page.words for each in (*rule.examples.match, *rule.examples.no_match))
    assert all(f">{each}<" in page.raw for each in rule.match.phrases[:20])
    assert f"({len(rule.match.phrases)})" in page.words
    assert "/search?rule=complaint.grief" in page.html.hrefs()


def test_a_rule_that_no_file_has_is_said_to_be_gone_or_unknown(site: Site) -> None:
    """What found something and is no more still has its page; what never was is not found."""
    _, _, revision_id = site.scene.case("c1")
    _found(site, revision_id, "gone.<b>rule")
    reviewer = site.browse("reviewer")
    page = reviewer.get("/rules/gone.%3Cb%3Erule")
    assert "No rule file of yours has it" in page.words
    assert "<b>rule" not in page.raw
    assert "There is no rule of that name" in reviewer.get("/rules/never.was", status=404).words


def test_a_text_that_is_tried_shows_what_the_rules_make_of_it(site: Site) -> None:
    """What matches is marked, with why, how severe, and that it would be queued."""
    reviewer = site.browse("reviewer")
    page = reviewer.submit("/rules", "/rules/try", text=THREAT)
    verdict = site.app.rule_effects.try_text(site.scene.reviewer, THREAT)
    assert verdict.queue
    assert "It would be queued" in page.words
    assert page.raw.count("<mark>") >= 1
    for finding in verdict.findings:
        assert finding.reason in page.words
        assert f"/rules/{finding.rule_id}" in page.html.hrefs()
    assert f"{verdict.priority} of 100" in page.words
    calm = reviewer.submit(page, "/rules/try", text="Thank you for everything")
    assert "no rule finds anything" in calm.words
    complaint = reviewer.submit(calm, "/rules/try", text="My operation was cancelled again")
    assert "It would not be queued, though a rule found something" in complaint.words


def test_a_text_that_is_tried_is_stored_nowhere_and_in_no_address(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """No row, no entry with its words, no line in the log; the words do not go into the address."""
    reviewer = site.browse("reviewer")
    before = [site.scene.count(table) for table in (t.Comment, t.Revision, t.Finding, t.Case)]
    page = reviewer.submit("/rules", "/rules/try", text=f"{THREAT}, heronwards")
    assert page.path == "/rules/try"
    assert "heronwards" in page.words
    assert [site.scene.count(table) for table in (t.Comment, t.Revision, t.Finding, t.Case)] == before
    with site.scene.store.read() as session:
        assert not [row for row in session.query(t.Audit) if "heronwards" in str(row.detail)]
    assert not any("heronwards" in str(vars(each)) for each in caplog.records)
    assert "heronwards" not in reviewer.get("/rules/try").raw


def test_hostile_text_that_is_tried_does_nothing(site: Site) -> None:
    """Markup is shown as it was typed; characters that turn the text around are written out."""
    text = f"<img src=x onerror=alert(1)> {THREAT} \u202e</div>"
    page = site.browse("reviewer").submit("/rules", "/rules/try", text=text)
    assert "<img src=x" not in page.raw
    assert "&lt;img src=x" in page.raw


def test_no_text_and_too_much_are_said(site: Site) -> None:
    """The form comes again with what was typed and what is wrong."""
    reviewer = site.browse("reviewer")
    assert "Type or paste a text first" in reviewer.submit("/rules", "/rules/try", text=" ", status=422).words
    long = "a" * (MOST_BYTES + 1)
    page = reviewer.submit("/rules", "/rules/try", text=long, status=422)
    assert "no comment is so long" in page.words
    assert long in page.raw


def test_only_those_who_may_read_the_rules_see_them(site: Site) -> None:
    """HR sees neither the rules nor what they make of a text; the attempts are recorded."""
    person = site.browse("hr")
    for path in ("/rules", "/rules/complaint.care", "/rules/try"):
        person.get(path, status=403)
    csrf = dict(person.get("/you/password").form("/you/password").filled({}))
    fields = [("csrf", csrf["csrf"]), ("form", "another"), ("text", THREAT)]
    refused = person.post("/rules/try", fields, status=403)
    assert "<mark>" not in refused.raw
    assert len(site.scene.audited("refused")) == 4


def test_rule_files_with_errors_are_said(tmp_path: Path) -> None:
    """Somebody broke a rule file: the page says which and where, and search goes on without the titles."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "broken.yaml").write_text("rules: [{id: 1}]\n", encoding="utf-8")
    store = sqlite_store(tmp_path)
    with site_over(store, tmp_path, {"UPSTANDER_RULES_DIR": str(rules)}) as site:
        site.scene.case("c1", "Words about parking")
        reviewer = site.browse("reviewer")
        page = reviewer.get("/rules", status=409)
        assert "The rule files have errors" in page.words
        assert "broken.yaml" in page.words
        assert "1 found" in reviewer.get("/search?words=parking").words
    store.close()


def test_the_rules_that_the_project_brings_can_all_be_opened(site: Site) -> None:
    """No rule has anything that its page cannot show."""
    reviewer = site.browse("reviewer")
    for rule in site.app.rules().all_rules:
        assert rule.title in reviewer.get(f"/rules/{rule.id}").words
