"""Settings to be read, the audit to be searched and taken along, and what the site says about itself."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stores import sqlite_store
from tests.web import Site, site_over
from worker.settings import every_setting

TEMPLATES = Path(__file__).resolve().parents[3] / "worker" / "web" / "templates"


def test_every_setting_is_shown_and_no_secret(tmp_path: Path) -> None:
    """Administrators read what Upstander runs with; of a secret they see that there is one."""
    store = sqlite_store(tmp_path)
    secret = {"UPSTANDER_MAIL__PASSWORD": "winter-hat-3", "UPSTANDER_REDIS_URL": "redis://:pw-5@127.0.0.1/0"}
    with site_over(store, tmp_path, secret) as site:
        page = site.browse("administrator").get("/settings")
        assert all(each.name in page.words for each in every_setting())
        assert "winter-hat-3" not in page.raw
        assert "pw-5" not in page.raw
        assert "**********" in page.words
        assert len(site.scene.audited("settings_viewed")) == 1
        few = site.browse("administrator").get("/settings?word=bank+holiday").words
        assert "polling.every_seconds" not in few
        site.browse("senior_reviewer").get("/settings", status=403)
    store.close()


def test_the_audit_is_filtered_by_its_address(site: Site) -> None:
    """Who, what, about what and when: each narrows the list, and each look is itself an entry."""
    browser = site.browse("administrator")
    all_of_it = browser.get("/audit")
    assert "Signed in" in all_of_it.words
    assert "Showed again" not in all_of_it.words
    site.browse("reviewer")
    mine = browser.get(f"/audit?person={site.person('administrator').person_id}&verb=signed_in")
    assert "<bdi>The reviewer" in browser.get("/audit").raw
    assert "<bdi>The administrator" in mine.raw
    assert "<bdi>The reviewer" not in mine.raw
    assert ">Signed out</a>" not in mine.raw
    assert "No entry is like that" in browser.get("/audit?since=2030-01-01").words
    assert "Signed in" in browser.get("/audit?since=2026-11-09&until=2026-11-09").words
    assert len(site.scene.audited("audit_searched")) == 5


@pytest.mark.parametrize("wrong", ["kind=nothing", "person=x", "since=yesterday", "number=3"])
def test_a_filter_that_cannot_be_read_is_said(site: Site, wrong: str) -> None:
    """The page says what is wrong, with the form to mend it."""
    page = site.browse("administrator").get(f"/audit?{wrong}", status=422)
    assert "There is a problem" in page.words
    assert "/audit" in page.actions()


def test_the_audit_is_kept_from_those_without_the_right(site: Site) -> None:
    """A reviewer neither reads it nor takes it along."""
    browser = site.browse("reviewer")
    browser.get("/audit", status=403)
    mark = [each for each in browser.get("/you").form("/sign-out").filled({}) if each[0] == "csrf"]
    browser.post("/audit/export", [*mark, ("form", "1")], status=403)
    assert site.scene.audited("audit_exported") == []


def test_the_audit_is_taken_along_as_it_was_filtered(site: Site) -> None:
    """The file has the rows of the filter in the address; taking it asks who it is and is recorded."""
    browser = site.browse("administrator")
    page = browser.get("/audit?verb=signed_in")
    taken = browser.submit(page, "/audit/export")
    assert taken.headers["content-disposition"] == 'attachment; filename="upstander-audit.csv"'
    rows = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert {row[5] for row in rows[1:]} == {"signed_in"}
    assert len(rows) == 1 + len(site.scene.audited("signed_in"))
    assert len(site.scene.audited("audit_exported")) == 1
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.confirm_minutes))
    browser.submit(page, "/audit/export", status=401)


@pytest.mark.parametrize("path", ["/help", "/keys", "/accessibility"])
def test_what_the_site_says_about_itself_needs_nobody(site: Site, path: str) -> None:
    """A stranger reads it, and so does somebody who is signed in."""
    for browser in (site.stranger(), site.browse("reviewer")):
        page = browser.get(path)
        assert [level for level, _ in page.html.headings].count(1) == 1


def test_every_key_is_on_the_page_of_keys(site: Site) -> None:
    """A shortcut that a template gives a button is told on /keys."""
    given = {
        key
        for template in TEMPLATES.glob("*.html")
        for key in re.findall(r"data-key\"?[=:]\s*\"([\w/])\"", template.read_text(encoding="utf-8"))
    }
    told = set(re.findall(r'<kbd class="up-key">(.+?)</kbd>', site.stranger().get("/keys").raw))
    assert given
    assert given <= told
