"""Pictures of a comment: nothing is loaded, one labelled step marks them, the gravest has its own page."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.unit.review.scene import write_revision
from tests.unit.web.sealed import marked, picture, rendered, screenshot, seal, sealed_case, snapshots
from tests.web import Site
from worker.evidence.bagstore import CUSTODY
from worker.store import tables as t

_STEP = "Mark as safe to copy"


def _marks(site: Site) -> list[t.Mark]:
    with site.scene.store.read() as session:
        return list(session.scalars(select(t.Mark).order_by(t.Mark.id)))


def test_the_pictures_of_a_case_are_told_and_never_loaded(site: Site) -> None:
    """Kind and address stand there as text, whatever the address is; no other host is asked for anything."""
    hanging = (
        {"kind": "image", "external_id": "p1", "url": "https://pictures.example.test/p1.jpg?<b>"},
        {"kind": "video", "external_id": "p2", "url": "javascript:alert(1)", "alt": "<img src=x>"},
    )
    case_id = sealed_case(site, media=hanging)
    page = site.browse("reviewer").get(f"/cases/{case_id}")
    assert "https://pictures.example.test/p1.jpg?<b>" in page.words
    assert "Nothing of them is loaded or copied here." in page.words
    assert not [href for href in page.html.hrefs() if href.startswith(("https://pictures", "javascript:"))]
    assert "<img src=x>" not in page.raw
    assert 'src="https://' not in page.raw


def test_one_labelled_step_marks_them_safe_on_the_wording_that_was_seen(site: Site) -> None:
    """The button names what it does; afterwards who said so stands there and the button is gone."""
    case_id = sealed_case(site, pictures=("p1",))
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/cases/{case_id}")
    after = reviewer.submit(page, f"/cases/{case_id}/media/safe", button=_STEP)
    (mark,) = _marks(site)
    assert (mark.mark, mark.marked_by) == ("safe_to_copy", site.person("reviewer").person_id)
    assert "Safe to copy" in after.words
    assert f"/cases/{case_id}/media/safe" not in after.actions()
    assert f"/cases/{case_id}/pictures" in after.html.hrefs()


def test_what_was_changed_since_is_not_marked_and_the_difference_is_shown(site: Site) -> None:
    """The author swapped the picture after the reviewer opened the page: nothing is copied."""
    case_id = sealed_case(site, pictures=("p1",))
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/cases/{case_id}")
    with site.scene.store.write() as session:
        case = session.get_one(t.Case, case_id)
        write_revision(session, case.comment_id, "Other words", site.scene.clock.now(), pictures=("p2",))
    refused = reviewer.submit(page, f"/cases/{case_id}/media/safe", status=409)
    assert "Nothing was marked" in refused.words
    assert "are not those that you saw" in refused.words
    assert not _marks(site)


def test_the_gravest_mark_has_its_own_page_with_the_fixed_instruction(site: Site) -> None:
    """The instruction comes before the button and again after it; opening the page marks nothing."""
    case_id = sealed_case(site, pictures=("p1",))
    reviewer = site.browse("reviewer")
    page = reviewer.get(f"/cases/{case_id}")
    asking = reviewer.get(f"/cases/{case_id}/media/suspected")
    assert f"/cases/{case_id}/media/suspected" in page.html.hrefs()
    assert "Stop. Do not look at it again" in asking.words
    assert "cannot be taken back" in asking.words
    assert not _marks(site)
    told = reviewer.submit(asking, f"/cases/{case_id}/media/suspected")
    assert [mark.mark for mark in _marks(site)] == ["suspected_csam"]
    assert "Nothing of it is copied any more" in told.words
    assert "Stop. Do not look at it again" in told.words
    assert "Phone the lead yourself, now." in told.words
    after = reviewer.get(f"/cases/{case_id}")
    assert "Do not open it" in after.words
    assert _STEP not in after.words
    assert f"/cases/{case_id}/pictures" not in after.html.hrefs()


def test_an_intimate_image_closes_the_case_to_other_reviewers(site: Site) -> None:
    """The page says what follows; a colleague does not see the case any more."""
    case_id = sealed_case(site, pictures=("p1",))
    reviewer = site.browse("reviewer")
    told = reviewer.submit(f"/cases/{case_id}", f"/cases/{case_id}/media/intimate")
    assert "It is marked: Intimate image" in told.words
    assert [mark.mark for mark in _marks(site)] == ["intimate_image"]
    site.browse("second").get(f"/cases/{case_id}", status=403)


def test_a_screenshot_is_added_in_one_form_and_sealed_as_it_is(site: Site) -> None:
    """Choose a file and press a button: its bytes are sealed unchanged, and it says who handed it in."""
    case_id = sealed_case(site)
    reviewer = site.browse("reviewer")
    files = {"file": ("../../etc/mine <b>.png", picture())}
    after = reviewer.submit(f"/cases/{case_id}", f"/cases/{case_id}/screenshots", files=files)
    assert "Your screenshot is taken." in after.words
    seal(site, case_id)
    added = snapshots(site, case_id)[-1]
    assert (added.kind, added.state) == ("supplement", "sealed")
    folder = site.app.evidence.shelf.folder(added.bag or "") / "data"
    assert (folder / "handed-in.png").read_bytes() == picture()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture or PDF"),
        ("page.png", b"<html><script>1</script></html>", "no picture or PDF"),
        ("empty.png", b"", "is empty"),
        ("large.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 26_000_000, "larger than"),
    ],
)
def test_a_file_that_is_not_taken_is_told_and_nothing_is_kept(
    site: Site, name: str, content: bytes, says: str
) -> None:
    """Whatever its name says, what is no picture, empty or too large is refused in words."""
    case_id = sealed_case(site)
    reviewer = site.browse("reviewer")
    refused = reviewer.submit(
        f"/cases/{case_id}", f"/cases/{case_id}/screenshots", files={"file": (name, content)}, status=409
    )
    assert says in refused.words
    assert "Nothing was kept." in refused.words
    assert len(snapshots(site, case_id)) == 1


def test_no_file_chosen_is_told(site: Site) -> None:
    """A form without a file does nothing and says so."""
    case_id = sealed_case(site)
    refused = site.browse("reviewer").submit(f"/cases/{case_id}", f"/cases/{case_id}/screenshots", status=400)
    assert "No file was chosen." in refused.words


def test_what_was_copied_is_shown_in_its_place_when_somebody_asks(site: Site) -> None:
    """The part that the page fetches holds the picture, blurred; without scripts another page does."""
    case_id = sealed_case(site, pictures=("p1",))
    marked(site, case_id, "safe_to_copy")
    number = screenshot(site, case_id)
    officer = site.browse("evidence_officer")
    part = officer.http.get(
        f"{site.url}/cases/{case_id}/pictures", headers={"HX-Request": "true"}, timeout=60
    ).text
    assert f"/evidence/snapshots/{number}/pictures/handed-in.png" in part
    assert "up-picture--blur" in part
    assert "<html" not in part
    assert officer.get(f"/cases/{case_id}/pictures").path == f"/evidence/cases/{case_id}"


def test_reveals_in_place_change_one_picture_alone(site: Site) -> None:
    """Asked by the page itself, a reveal gives that one picture without blur, and is recorded too."""
    case_id = sealed_case(site)
    number = screenshot(site, case_id)
    officer = site.browse("evidence_officer")
    pairs = officer.get(f"/evidence/cases/{case_id}").form(f"/evidence/snapshots/{number}/reveal").filled({})
    part = officer.post(
        f"/evidence/snapshots/{number}/reveal", pairs, headers={"Origin": site.url, "HX-Request": "true"}
    )
    assert "<figure" in part.raw
    assert "up-picture--blur" not in part.raw
    assert "<html" not in part.raw
    assert len(site.scene.audited("picture_revealed")) == 1


def test_a_video_is_silent_and_not_loaded_before_it_is_started(site: Site) -> None:
    """A player without sound and without preloading; what is no video is not sent as one."""
    case_id = sealed_case(site)
    video = b"\0\0\0\x18ftypisom\0\0\0\0" + b"\0" * 200
    number = rendered(site, case_id, {"media-1.mp4": video, "media-2.mp4": b"<script>1</script>"})
    officer = site.browse("evidence_officer")
    page = officer.get(f"/evidence/cases/{case_id}")
    player = re.search(r"<video [^>]*media-1[^>]*>", page.raw)
    assert player is not None
    assert {"muted", 'preload="none"', "controls"} <= set(player[0].rstrip(">").split())
    assert "autoplay" not in player[0]
    sent = officer.get(f"/evidence/snapshots/{number}/videos/media-1.mp4")
    assert (sent.headers["Content-Type"], sent.content) == ("video/mp4", video)
    officer.get(f"/evidence/snapshots/{number}/videos/media-2.mp4", status=404)
    officer.get(f"/evidence/snapshots/{number}/videos/{CUSTODY}", status=404)
