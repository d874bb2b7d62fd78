"""The pages to hand something in: for any member of staff, with their name protected if they wish."""

from __future__ import annotations

from sqlalchemy import select, text

from tests.web import Site
from worker.store import tables as t

_GIVEN = {"what": "message", "service": "Ward 7", "name": "Robin Ahmed, porter"}
_GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
_GIF += b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


def _cases(site: Site) -> list[t.Case]:
    with site.scene.store.read() as session:
        return list(session.scalars(select(t.Case).order_by(t.Case.id)))


def test_any_member_of_staff_hands_in_words_and_files(site: Site) -> None:
    """Somebody who sees no queue hands in; it becomes a case with both, which reviewers see."""
    staff = site.browse("referral_reader")
    files = {"file_1": ("a <b>picture</b>.gif", _GIF)}
    done = staff.submit(
        "/hand-ins/new", "/hand-ins/new", _GIVEN, text="<u>We</u> know where you live", files=files
    )
    assert "We have it" in done.words
    (case,) = _cases(site)
    assert case.state == "open"
    reviewer = site.browse("reviewer")
    page = reviewer.get("/hand-ins/1")
    assert "<u>We</u> know where you live" in page.words
    assert "<b>picture" not in page.raw
    assert "<u>" not in page.raw
    assert "Robin Ahmed, porter" in page.words
    assert "/hand-ins/1" in reviewer.get("/hand-ins").html.hrefs()
    staff.get("/hand-ins/1", status=403)


def test_what_cannot_be_taken_comes_back_with_every_word(site: Site) -> None:
    """A file that is no picture, or nothing at all: nothing is kept, and nothing typed is lost."""
    staff, at = site.browse("it"), "/hand-ins/new"
    empty = staff.submit(at, at, {**_GIVEN, "protected": "1"}, status=422)
    assert "There is nothing in it" in empty.words
    kept = dict(empty.form(at).filled({}))
    assert (kept["service"], kept["name"], kept["protected"]) == ("Ward 7", _GIVEN["name"], "1")
    wrong = staff.submit(
        empty, at, text="Look at this.", files={"file_2": ("x.png", b"<svg onload=alert(1)>")}, status=422
    )
    assert "whatever its name says" in wrong.words
    assert dict(wrong.form(at).filled({}))["text"] == "Look at this."
    assert _cases(site) == []


def test_a_protected_name_is_nowhere_and_only_the_guardian_reads_it(site: Site) -> None:
    """Not in any table, not who typed it; the guardian gives a reason, which is recorded."""
    staff = site.browse("it")
    given = {**_GIVEN, "protected": "1", "name": "Quentin Zephyr, porter"}
    staff.submit("/hand-ins/new", "/hand-ins/new", given, text="What happens at night.")
    with site.scene.store.read() as session:
        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        stored = str([session.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables])
    assert "Zephyr" not in stored
    assert site.scene.audited("handed_in")[0].person_id is None
    guardian = site.browse("freedom_to_speak_up_guardian")
    page = guardian.get("/hand-ins/1")
    assert "Zephyr" not in page.words
    again = guardian.submit(page, "/hand-ins/1/name", reason="", status=422)
    assert "for a reason only" in again.words
    shown = guardian.submit(again, "/hand-ins/1/name", reason="To protect them.")
    assert "Quentin Zephyr, porter" in shown.words
    (row,) = site.scene.audited("name_revealed")
    assert row.detail["reason"] == "To protect them."
    senior = site.browse("senior_reviewer")
    assert "/hand-ins/1/name" not in senior.get("/hand-ins/1").actions()


def test_what_is_about_a_colleague_goes_to_hr_and_is_closed_there(site: Site) -> None:
    """It waits in no queue; reviewers do not see it; HR says how long it is kept."""
    staff = site.browse("pals")
    done = staff.submit(
        "/hand-ins/new", "/hand-ins/new", {**_GIVEN, "staff_on_staff": "1"}, text="She shouts at me."
    )
    assert "nobody judges it in Upstander" in done.words
    assert "/hand-ins/1" not in site.browse("reviewer").get("/hand-ins").html.hrefs()
    site.browse("reviewer").get("/hand-ins/1", status=403)
    hr = site.browse("hr")
    hr.submit("/hand-ins/1", "/hand-ins/1/close", kept_as="upheld", closed_because="It was settled.")
    assert _cases(site)[0].state == "closed"


def test_a_manager_whom_nobody_knows_is_asked_for_again(site: Site) -> None:
    """Else nobody would be kept from the case; one who works here is kept from it."""
    staff, at = site.browse("it"), "/hand-ins/new"
    given = {**_GIVEN, "about_manager": "The senior review", "text": "He reads our messages."}
    again = staff.submit(at, at, given, status=422)
    assert "nobody would be kept from the case" in again.words
    done = staff.submit(again, at, about_manager="The senior reviewer")
    assert "is kept from this case" in done.words
    site.browse("senior_reviewer").get("/hand-ins/1", status=403)
