"""Handing evidence over by the pages: two people, a password for the file, and nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import pyzipper

from tests.unit.web.sealed import marked, sealed_case
from tests.web import PASSWORD, Shown, Site
from worker.evidence.bag import sha256
from worker.evidence.handover.stage import ExportView

_SECRET = "seven herons over the weir"


def _asked(site: Site, case_id: int, **fields: str) -> Shown:
    given = {
        "cases": str(case_id),
        "purpose": "police",
        "recipient": "PC 4521, Northmoor <b>Police</b>",
        "basis": "DPA 2018 Schedule 2 paragraph 2",
        "reason": "Crime reference to follow",
        **fields,
    }
    return site.browse("evidence_officer").submit("/exports/new", "/exports", given)


def _newest(site: Site) -> ExportView:
    return site.app.hand_over.list(site.person("evidence_officer"), limit=1)[0]


def _approved(site: Site, case_id: int, **fields: str) -> str:
    """The page of an export that one person asked for and another approved."""
    at = _asked(site, case_id, **fields).path
    site.browse("senior_reviewer").submit(at, f"{at}/approve")
    return at


def test_an_export_is_asked_for_approved_by_another_made_and_downloaded(site: Site) -> None:
    """From the form to the file: what was typed is what is handed over, and each step is in the audit."""
    case_id = sealed_case(site)
    page = _asked(site, case_id)
    at = page.path
    assert "Waits for a second person" in page.words
    assert "PC 4521, Northmoor <b>Police</b>" in page.words
    assert "<b>Police</b>" not in page.raw
    assert f"{at}/approve" not in page.actions()
    approved = site.browse("senior_reviewer").submit(at, f"{at}/approve")
    assert "Approved, not made yet" in approved.words
    officer = site.browse("evidence_officer")
    made = officer.submit(at, f"{at}/make", lock="no")
    assert "made and verified" in made.words
    given = officer.submit(made, f"{at}/download")
    assert given.headers["Content-Type"] == "application/zip"
    assert given.headers["Content-Disposition"].startswith("attachment;")
    assert sha256(given.content) == _newest(site).file_sha256
    with ZipFile(BytesIO(given.content)) as package:
        assert any(name.startswith("bags/") for name in package.namelist())
    assert [
        len(site.scene.audited(f"export_{verb}")) for verb in ("asked", "approved", "made", "downloaded")
    ] == [1] * 4
    after = officer.submit(at, f"{at}/remove")
    assert "The file was removed here." in after.words
    assert f"{at}/download" not in after.actions()


def test_a_file_is_locked_with_a_password_that_is_kept_nowhere(site: Site) -> None:
    """The file opens with the password alone; the password stands on no page and in no audit row."""
    at = _approved(site, sealed_case(site))
    officer = site.browse("evidence_officer")
    made = officer.submit(at, f"{at}/make", lock="yes", password=_SECRET, again=_SECRET)
    assert _SECRET not in made.raw
    given = officer.submit(made, f"{at}/download")
    with pyzipper.AESZipFile(BytesIO(given.content)) as package:
        name = next(each for each in package.namelist() if each.endswith("bagit.txt"))
        with pytest.raises(RuntimeError):
            package.read(name)
        package.setpassword(_SECRET.encode())
        assert b"BagIt" in package.read(name)
    assert _SECRET not in str([row.detail for row in site.scene.audited("export_made")])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"lock": "yes"}, "password is missing"),
        ({"lock": "yes", "password": _SECRET, "again": "another"}, "typed differently"),
        ({"lock": "yes", "password": "short", "again": "short"}, "fewer than"),
    ],
)
def test_no_file_is_made_without_the_password_that_was_wanted(
    site: Site, fields: dict[str, str], says: str
) -> None:
    """A password that is missing, mistyped or too short makes no file, least of all an open one."""
    at = _approved(site, sealed_case(site))
    refused = site.browse("evidence_officer").submit(at, f"{at}/make", fields, status=409)
    assert says in refused.words
    assert _newest(site).state == "approved"


def test_what_cannot_be_asked_for_is_shown_again_as_it_was_typed(site: Site) -> None:
    """No legal basis, or a case that there is not: everything typed is still there, nothing is asked."""
    case_id = sealed_case(site)
    officer = site.browse("evidence_officer")
    typed = {
        "cases": str(case_id),
        "purpose": "solicitor",
        "recipient": "Ms <i>Wren</i>",
        "reason": "A long story",
    }
    refused = officer.submit("/exports/new", "/exports", typed, status=422)
    assert "The legal basis is missing." in refused.words
    form = dict(refused.form("/exports").filled({}))
    assert {name: form[name] for name in typed} == typed
    assert "<i>Wren</i>" not in refused.raw
    typed |= {"basis": "DPA", "cases": "12 twelve"}
    assert (
        "is not the number of a case" in officer.submit("/exports/new", "/exports", typed, status=422).words
    )
    typed |= {"cases": "99999"}
    assert "There is no case" in officer.submit("/exports/new", "/exports", typed, status=422).words
    assert site.app.hand_over.list(site.person("evidence_officer")) == ()


def test_each_purpose_says_what_it_makes_and_which_law(site: Site) -> None:
    """Before anything is chosen, the form tells what each purpose makes and what it usually rests on."""
    page = site.browse("evidence_officer").get("/exports/new?cases=12")
    for words in (
        "draft witness statement",
        "paragraph 5",
        "redacted copy",
        "Article 15",
        "without papers for a court",
    ):
        assert words in page.words
    assert dict(page.form("/exports").filled({}))["cases"] == "12"


def test_some_purposes_are_redacted_unless_a_reason_is_given(site: Site) -> None:
    """For HR a redacted copy, or all of it with a reason; for subject access always a redacted one."""
    case_id = sealed_case(site)
    _asked(site, case_id, purpose="hr")
    assert _newest(site).request.redacted
    _asked(site, case_id, purpose="hr", unredacted="A hearing on these very words")
    assert not _newest(site).request.redacted
    _asked(site, case_id, purpose="subject_access")
    assert _newest(site).request.redacted
    _asked(site, case_id, purpose="police", redact="1")
    assert _newest(site).request.redacted


def test_whoever_asked_cannot_approve_whatever_the_page_shows(site: Site) -> None:
    """The page offers it to others only, and the stage refuses a form that is sent all the same."""
    at = _asked(site, sealed_case(site)).path
    officer = site.browse("evidence_officer")
    pairs = officer.get(at).form(f"{at}/refuse").filled({})
    assert "cannot approve" in officer.post(f"{at}/approve", pairs, status=403).words
    assert _newest(site).state == "asked"


def test_an_export_is_refused_with_a_reason(site: Site) -> None:
    """The reason stands on the export; nothing can be made of it any more."""
    at = _asked(site, sealed_case(site)).path
    senior = site.browse("senior_reviewer")
    refused = senior.submit(at, f"{at}/refuse", reason="Not for <u>them</u>")
    assert "Not for <u>them</u>" in refused.words
    assert "<u>" not in refused.raw
    assert f"{at}/make" not in refused.actions()
    assert _newest(site).state == "refused"


def test_one_person_goes_ahead_alone_and_another_reviews(site: Site) -> None:
    """With a typed reason it can be made at once, and waits for a review by somebody else."""
    at = _asked(site, sealed_case(site)).path
    officer = site.browse("evidence_officer")
    officer.submit(at, f"{at}/break-glass", status=409)
    page = officer.submit(at, f"{at}/break-glass", reason="The hearing is in an hour")
    assert "The hearing is in an hour" in page.words
    assert f"{at}/make" in page.actions()
    assert f"{at}/review" not in page.actions()
    reviewed = site.browse("senior_reviewer").submit(at, f"{at}/review")
    assert "It is reviewed." in reviewed.words
    assert _newest(site).reviewed_by == "The senior reviewer"


def test_approving_and_downloading_ask_who_is_there(site: Site) -> None:
    """Some time after signing in, the password is asked for again; without it nothing is given."""
    at = _approved(site, sealed_case(site))
    officer = site.browse("evidence_officer")
    made = officer.submit(at, f"{at}/make", lock="no")
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.confirm_minutes + 1))
    asked = officer.submit(made, f"{at}/download", status=401)
    assert "Confirm that it is you" in asked.words
    assert not site.scene.audited("export_downloaded")
    given = officer.submit(asked, f"{at}/download", confirm_password=PASSWORD)
    assert given.headers["Content-Type"] == "application/zip"


def test_exports_of_restricted_cases_are_neither_listed_nor_shown_to_others(site: Site) -> None:
    """Who may not look at a case sees no export of it, by list or by number; a reviewer sees none at all."""
    case_id = sealed_case(site)
    at = _asked(site, case_id).path
    on_call = site.browse("on_call_manager")
    assert at in on_call.get("/exports").html.hrefs()
    concerned = site.person("on_call_manager").person_id
    assert concerned is not None
    site.app.casework.file.note_conflict(
        site.person("senior_reviewer"), case_id, "The on call manager", "It is about them"
    )
    assert at not in on_call.get("/exports").html.hrefs()
    on_call.get(at, status=403)
    site.browse("reviewer").get("/exports", status=403)
    site.browse("reviewer").get("/exports/99", status=403)


def test_an_intimate_image_is_handed_over_only_where_that_is_meant(site: Site) -> None:
    """Without the box the form comes back with what was typed; with it the export is asked for."""
    case_id = sealed_case(site)
    marked(site, case_id, "intimate_image")
    officer = site.browse("evidence_officer")
    given = {
        "cases": str(case_id),
        "purpose": "police",
        "recipient": "PC 4521",
        "basis": "DPA",
        "reason": "Crime",
    }
    refused = officer.submit("/exports/new", "/exports", given, status=422)
    assert "holds an intimate image" in refused.words
    officer.submit(refused, "/exports", intimate="1")
    assert _newest(site).request.intimate
