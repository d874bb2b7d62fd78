"""The pages of reports to platforms: the packet to copy, filing it, and what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.action.errands import WORDS, Errands
from tests.unit.action.platform import Thing, Town
from tests.unit.action.reporting import Desk
from tests.unit.evidence.world import make_evidence
from tests.web import Site
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.store import tables as t

_GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
_GIF += b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


@pytest.fixture
def desk(site: Site, tmp_path: Path) -> Desk:
    """The worker's side of reports, over the site's own store, with sealed evidence of one case."""
    scene = site.scene
    receipts = ReceiptBook(scene.clock, 60, refused=audit_refusals(scene.store, scene.clock))
    town = Town(receipts, things={"1": Thing(WORDS)})
    evidence = make_evidence(scene.store, scene.clock, town, tmp_path / "bags", receipts)
    errands = Errands(scene, town, tmp_path / "bags", evidence, *scene.case("1", WORDS))
    errands.seal()
    return Desk(errands)


def _report(site: Site, number: int) -> t.PlatformReport:
    with site.scene.store.read() as session:
        return session.get_one(t.PlatformReport, number)


def test_a_report_is_asked_for_on_the_page_of_its_case(site: Site, desk: Desk) -> None:
    """Only of what is upheld; the packet is on the same page once the worker has made it."""
    case_id, reviewer = desk.errands.case_id, site.browse("reviewer")
    at = f"/cases/{case_id}/report"
    assert at not in reviewer.get(at).actions(), "nobody has decided on it yet"
    site.scene.upheld(case_id, desk.errands.revision_id)
    after = reviewer.submit(at, at, reason="Serious abuse.")
    assert "It is asked for." in after.words
    desk.prepare(1)
    assert "/reports/1" in reviewer.get(at).html.hrefs()
    assert "/reports/1" in reviewer.get("/reports?state=prepared").html.hrefs()


def test_the_packet_is_filed_with_a_reference_and_its_outcome_noted(site: Site, desk: Desk) -> None:
    """What to copy stands in fields without scripts; filing needs a sign that the platform took it."""
    number = desk.prepared()
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/reports/{number}")
    assert f'readonly dir="auto">{WORDS}</textarea>' in page.raw
    again = reviewer.submit(page, f"/reports/{number}/file", note=" ", at="2026-11-09T08:30", status=422)
    assert "Nothing says that the platform took the report." in again.words
    assert dict(again.form(f"/reports/{number}/file").filled({}))["at"] == "2026-11-09T08:30"
    filed = reviewer.submit(again, f"/reports/{number}/file", reference="<b>FB-1</b>")
    assert "<b>FB-1" not in filed.raw
    assert _report(site, number).state == "filed"
    kept = reviewer.submit(filed, f"/reports/{number}/outcome", outcome="kept")
    assert "The platform keeps it" in kept.words
    reviewer.submit(
        kept, f"/reports/{number}/correct", corrected_reference="FB-2", correction="A slip of the pen."
    )
    ended = reviewer.submit(f"/reports/{number}", f"/reports/{number}/end", ended_because="We accept it.")
    assert "FB-2" in ended.words
    assert _report(site, number).state == "closed"


def test_a_screenshot_of_the_confirmation_becomes_evidence(site: Site, desk: Desk) -> None:
    """It is taken by its bytes; what is no picture is refused, and nothing is filed."""
    number = desk.prepared()
    reviewer, at = site.browse("reviewer"), f"/reports/{number}/file"
    wrong = {"screenshot": ("confirmed.png", b"MZ this is a program")}
    refused = reviewer.submit(f"/reports/{number}", at, files=wrong, status=422)
    assert "whatever its name says" in refused.words
    assert _report(site, number).state == "prepared"
    reviewer.submit(refused, at, files={"screenshot": ("confirmed.gif", _GIF)})
    assert _report(site, number).screenshot_id is not None


def test_a_report_that_is_not_wanted_any_more_says_so_and_is_not_filed(site: Site, desk: Desk) -> None:
    """Its decision was overturned: the page says do not file it, and has no form to."""
    number = desk.prepared()
    desk.overturn()
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/reports/{number}")
    assert "Do not file this report" in page.words
    assert f"/reports/{number}/file" not in page.actions()


def test_who_files_no_reports_reads_no_packet(site: Site, desk: Desk) -> None:
    """A communications lead sees how far reports are, without anybody's words."""
    number = desk.prepared()
    lead = site.browse("communications_lead")
    assert WORDS not in lead.get("/reports").words
    assert WORDS not in lead.get(f"/reports/{number}", status=403).words
