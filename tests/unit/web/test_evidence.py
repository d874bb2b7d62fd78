"""The pages of evidence: what is sealed is shown harmlessly, to those who may, and each look is recorded."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image

from tests.unit.web.sealed import core, marked, picture, screenshot, sealed_case, snapshots
from tests.web import PASSWORD, Site
from worker.evidence.bag import sha256
from worker.evidence.opening import REPORT


def test_the_overview_leads_to_the_evidence_of_a_case(site: Site) -> None:
    """What is sealed, waits for its timestamp, is held or handed over, each with the way to its case."""
    case_id = sealed_case(site)
    officer = site.browse("evidence_officer")
    page = officer.get("/evidence")
    assert f"/evidence/cases/{case_id}" in page.html.hrefs()
    assert "Sealed lately" in page.words
    assert "Timestamp pending" in page.words
    shown = officer.get(f"/evidence/cases/{case_id}")
    assert "Sealed and whole" in shown.words
    assert (core(site, case_id).tagmanifest_sha256 or "none") in shown.words


def test_a_report_stands_in_a_frame_that_can_do_nothing(site: Site) -> None:
    """The sealed page is served in a sandbox without scripts, forms or other hosts, framed by us alone."""
    case_id = sealed_case(site)
    officer = site.browse("evidence_officer")
    page = officer.get(f"/evidence/cases/{case_id}")
    path = f"/evidence/snapshots/{core(site, case_id).id}/report"
    assert f'<iframe class="up-report" sandbox src="{path}"' in page.raw
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    report = officer.get(path)
    policy = report.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert report.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert report.headers["X-Content-Type-Options"] == "nosniff"
    assert b"&lt;script&gt;" in report.content
    assert b"<script>" not in report.content
    assert "frame-src" not in officer.get("/evidence").headers["Content-Security-Policy"]


def test_a_picture_is_drawn_anew_and_never_sent_as_it_is(site: Site) -> None:
    """What a browser gets is a JPEG without where it was taken; the sealed file's bytes do not leave."""
    exif = Image.Exif()
    exif[0x010F] = "A made-up camera"
    made = BytesIO()
    Image.new("RGB", (40, 20), (0, 94, 184)).save(made, "JPEG", exif=exif.tobytes())
    case_id = sealed_case(site)
    number = screenshot(site, case_id, made.getvalue())
    sent = site.browse("evidence_officer").get(f"/evidence/snapshots/{number}/pictures/handed-in.jpg")
    assert sent.headers["Content-Type"] == "image/jpeg"
    assert sent.content.startswith(b"\xff\xd8\xff")
    assert b"made-up camera" not in sent.content
    assert site.scene.audited("evidence_file_viewed")[-1].detail["sha256"] == sha256(made.getvalue())


def test_pictures_are_blurred_and_grey_until_somebody_asks_which_is_recorded(site: Site) -> None:
    """By default a picture is blurred and without colour; one button shows this one, and no other."""
    case_id = sealed_case(site)
    first, second = screenshot(site, case_id), screenshot(site, case_id)
    officer = site.browse("evidence_officer")
    page = officer.get(f"/evidence/cases/{case_id}")
    assert page.raw.count("up-picture--blur up-picture--grey") == 2
    assert "do not protect" in page.words
    after = officer.submit(page, f"/evidence/snapshots/{first}/reveal")
    assert after.path.startswith(f"/evidence/cases/{case_id}?")
    assert after.raw.count("up-picture--blur") == 1
    assert f"/evidence/snapshots/{second}/reveal" in after.actions()
    assert f"/evidence/snapshots/{first}/reveal" not in after.actions()
    (row,) = site.scene.audited("picture_revealed")
    assert (row.object_id, row.person_id) == (first, site.person("evidence_officer").person_id)
    assert officer.submit(after, f"/evidence/snapshots/{second}/reveal").raw.count("up-picture--blur") == 0


@pytest.mark.parametrize("part", ["report", "pictures/handed-in.png", "videos/handed-in.png"])
def test_nobody_is_sent_anything_of_suspected_imagery(site: Site, part: str) -> None:
    """From the moment of the mark each address is refused, to officers too, and the instruction is shown."""
    case_id = sealed_case(site)
    number = screenshot(site, case_id)
    officer = site.browse("evidence_officer")
    marked(site, case_id, "suspected_csam")
    refused = officer.get(f"/evidence/snapshots/{number}/{part}", status=403)
    assert "locked" in refused.words
    page = officer.get(f"/evidence/cases/{case_id}")
    assert "If a child may be in danger now, call 999." in page.words
    assert "handed-in.png" not in page.raw
    assert "<iframe" not in page.raw


def test_restricted_evidence_is_refused_to_reviewers_at_every_address(site: Site) -> None:
    """Whoever may not look at the case is refused its page, custody, reports and pictures."""
    case_id = sealed_case(site)
    number = screenshot(site, case_id)
    reviewer = site.browse("reviewer")
    reviewer.get(f"/evidence/cases/{case_id}")
    marked(site, case_id, "intimate_image")
    for path in (
        f"/evidence/cases/{case_id}",
        f"/evidence/cases/{case_id}/custody",
        f"/evidence/snapshots/{number}/pictures/handed-in.png",
        f"/evidence/snapshots/{core(site, case_id).id}/report",
    ):
        assert "restricted" in reviewer.get(path, status=403).words
    assert f"/evidence/cases/{case_id}" not in reviewer.get("/evidence").html.hrefs()


def test_no_path_that_is_asked_for_is_followed(site: Site) -> None:
    """Names that climb out of a bag, or lie in it and are no payload, are told as not there."""
    case_id = sealed_case(site)
    number = core(site, case_id).id
    officer = site.browse("evidence_officer")
    for name in (
        "..%2Fmanifest-sha256.txt",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%00",
        "custody.json%00.png",
        "x" * 300,
    ):
        officer.get(f"/evidence/snapshots/{number}/pictures/{name}", status=404)
    officer.get(f"/evidence/snapshots/{number}/pictures/{REPORT}", status=404)
    officer.get("/evidence/snapshots/99999/report", status=404)
    officer.get("/evidence/snapshots/99999999999999999999999/report", status=404)


def test_a_file_is_saved_under_a_safe_name_by_whoever_may_have_a_copy(site: Site) -> None:
    """As an attachment that no browser opens; reviewers look, and get none."""
    case_id = sealed_case(site)
    number = screenshot(site, case_id)
    path = f"/evidence/snapshots/{number}/save"
    officer, reviewer = site.browse("evidence_officer"), site.browse("reviewer")
    saved = officer.submit(f"/evidence/cases/{case_id}", path, holding="handed-in.png")
    assert saved.content == picture()
    assert saved.headers["Content-Type"] == "application/octet-stream"
    name = f"case-{case_id}-snapshot-{number}-handed-in.png"
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    page = reviewer.get(f"/evidence/cases/{case_id}")
    assert path not in page.actions()
    # Whatever the page shows, the form can be sent.
    own = page.form(f"/evidence/snapshots/{number}/reveal").filled({"name": "handed-in.png"})
    reviewer.post(path, own, status=403)
    assert len(site.scene.audited("evidence_file_saved")) == 1


def test_verifying_now_tells_every_check_in_words(site: Site) -> None:
    """Each thing that was looked at stands there with its result; what was altered is named, and recorded."""
    case_id = sealed_case(site)
    officer = site.browse("evidence_officer")
    page = officer.submit(f"/evidence/cases/{case_id}", f"/evidence/cases/{case_id}/verify")
    assert "All 1 snapshots are whole." in page.words
    assert "The Trust’s signature" in page.words
    assert "Does not hold" not in page.words
    report = site.app.evidence.shelf.folder(core(site, case_id).bag or "") / "data" / REPORT
    report.parent.chmod(0o755)
    report.chmod(0o644)
    report.write_bytes(b"altered")
    bad = officer.submit(f"/evidence/cases/{case_id}", f"/evidence/cases/{case_id}/verify")
    assert "1 of 1 snapshots have problems." in bad.words
    assert "was altered" in bad.words
    assert len(site.scene.audited("evidence_surveyed")) == 2
    assert "Not whole" in officer.get("/evidence").words
    officer.get(f"/evidence/snapshots/{core(site, case_id).id}/report", status=409)


def test_custody_is_told_and_a_row_is_proved(site: Site) -> None:
    """Everything that happened, the look itself too; a row comes as a ZIP that says how to check it."""
    case_id = sealed_case(site)
    site.app.ledger.append_now()
    site.app.ledger.checkpoint(now=True)
    officer = site.browse("evidence_officer")
    page = officer.get(f"/evidence/cases/{case_id}/custody")
    assert "evidence was sealed" in page.words
    proofs = [href for href in page.html.hrefs() if "/proofs/" in href]
    given = officer.get(proofs[0])
    assert given.headers["Content-Type"] == "application/zip"
    assert given.headers["Content-Disposition"].startswith("attachment;")
    with ZipFile(BytesIO(given.content)) as package:
        assert "how-to-check.txt" in package.namelist()
    again = officer.get(f"/evidence/cases/{case_id}/custody")
    assert "its custody timeline was looked at" in again.words
    officer.get(f"/evidence/cases/{case_id}/proofs/99999", status=404)


def test_a_case_is_held_and_released_with_a_reason(site: Site) -> None:
    """The hold stands on both pages until it is released; without a reason nothing is done."""
    case_id = sealed_case(site)
    officer = site.browse("evidence_officer")
    at = f"/evidence/cases/{case_id}/custody"
    officer.submit(at, f"/evidence/cases/{case_id}/hold", status=409)
    page = officer.submit(at, f"/evidence/cases/{case_id}/hold", reason="Police asked <b>us</b> to keep it")
    assert "Nothing of it is destroyed" in page.words
    assert "Police asked <b>us</b> to keep it" in page.words
    assert "<b>us</b>" not in page.raw
    assert "Police asked" in officer.get("/evidence").words
    after = officer.submit(at, f"/evidence/cases/{case_id}/release", reason="Closed")
    assert "is not held any more" in after.words
    assert site.app.keeping.holds(site.person("evidence_officer")) == ()


def test_strangers_see_nothing_of_evidence(site: Site) -> None:
    """Nobody who is not signed in is sent a byte; and who may look at no evidence is refused."""
    case_id = sealed_case(site)
    number = core(site, case_id).id
    for path in ("/evidence", f"/evidence/cases/{case_id}", f"/evidence/snapshots/{number}/report"):
        assert site.stranger().get(path).path.startswith("/sign-in")
    pals = site.browse("pals")
    pals.get("/evidence", status=403)
    pals.get(f"/evidence/snapshots/{number}/report", status=403)
    assert len(snapshots(site, case_id)) == 1
    assert PASSWORD not in pals.get("/you").raw
