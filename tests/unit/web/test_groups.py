"""The pages of groups: seen as a whole, decided together, followed, and shown again."""

from __future__ import annotations

from typing import Any

from tests.web import Shown, Site
from worker.review.restricting import tighten
from worker.store import tables as t

_UPHELD = {
    "verdict": "upheld",
    "category": "insult",
    "severity": "serious",
    "target": "staff",
    "breaks_house_rules": "yes",
    "may_be_offence": "no",
    "answer-criticism_of_care": "no",
    "action": "hide",
    "reason": "The same insult <b>again</b>.",
}


def _flood(site: Site, size: int = 3) -> list[tuple[int, int, int]]:
    """Cases of one author: the ids of case, comment and revision of each."""
    return [site.scene.case(f"f{number}", f"<u>nobody</u> wants you {number}") for number in range(size)]


def _group(site: Site) -> str:
    """The path of the author's group, as the list of groups links it."""
    page = site.browse("reviewer").get("/groups")
    (path,) = [href for href, words in page.html.links if "One author" in words]
    return path


def _filled(
    page: Shown, path: str, members: list[tuple[int, int, int]], **more: Any
) -> list[tuple[str, str]]:
    """The decision's form filled in, with the boxes of some members ticked, as a browser sends both."""
    form = page.form(f"{path}/summary")
    pairs = form.filled({**_UPHELD, **more})
    return [*pairs, *(("member", f"{case_id}:{revision_id}") for case_id, _, revision_id in members)]


def _decisions(site: Site) -> list[int]:
    with site.scene.store.read() as session:
        return [row.case_id for row in session.query(t.Decision).order_by(t.Decision.id)]


def test_a_group_shows_its_members_and_what_will_happen_before_it_does(site: Site) -> None:
    """The words as they are, then how many cases and what the platform does; nothing before that."""
    members = _flood(site)
    reviewer, path = site.browse("reviewer"), _group(site)
    page = reviewer.get(path)
    for number in range(3):
        assert f"<u>nobody</u> wants you {number}" in page.words
    assert "<u>nobody" not in page.raw
    summary = reviewer.post(f"{path}/summary", _filled(page, path, members[:2]))
    for told in (
        "What will happen to 2 cases",
        "Nothing has been decided yet.",
        "Upheld",
        "2 times",
        "Facebook:",
        "1 case that you were shown is not among them",
        "The same insult <b>again</b>.",
    ):
        assert told in summary.words, told
    assert _decisions(site) == []
    done = reviewer.submit(summary, f"{path}/decide")
    assert "2 cases are decided" in done.words
    assert _decisions(site) == [members[0][0], members[1][0]]
    with site.scene.store.read() as session:
        assert session.get_one(t.Case, members[2][0]).state == "open", "an unticked case stays as it is"


def test_what_is_not_whole_comes_back_filled_in(site: Site) -> None:
    """Without a category, or with no case ticked, nothing is decided, and nothing filled in is lost."""
    members = _flood(site)
    reviewer, path = site.browse("reviewer"), _group(site)
    again = reviewer.post(
        f"{path}/summary", _filled(reviewer.get(path), path, members[1:], category=[]), status=422
    )
    assert "at least one category" in again.words
    kept = dict(again.form(f"{path}/summary").filled({}))
    assert (kept["verdict"], kept["target"], kept["reason"]) == ("upheld", "staff", _UPHELD["reason"])
    assert f'value="{members[0][0]}:{members[0][2]}" id="member-{members[0][0]}">' in again.raw, (
        "still unticked"
    )
    assert f'id="member-{members[1][0]}" checked' in again.raw
    none = reviewer.post(f"{path}/summary", _filled(again, path, []), status=422)
    assert "No case is ticked" in none.words
    for wrong in ("x", "1:", "1:2:3", "٣:4", f"{'9' * 30}:1"):
        pairs = [*_filled(reviewer.get(path), path, []), ("member", wrong)]
        assert reviewer.post(f"{path}/summary", pairs, status=400).status == 400
    assert _decisions(site) == []


def test_going_back_from_the_summary_loses_nothing(site: Site) -> None:
    """The form is as it was, ticks and words, to be changed."""
    members = _flood(site)
    reviewer, path = site.browse("reviewer"), _group(site)
    summary = reviewer.post(f"{path}/summary", _filled(reviewer.get(path), path, members[:1]))
    pairs = summary.form(f"{path}/decide").filled({})
    back = reviewer.post(f"{path}/change", pairs)
    kept = dict(back.form(f"{path}/summary").filled({}))
    assert (kept["action"], kept["reason"]) == ("hide", _UPHELD["reason"])
    assert f'id="member-{members[0][0]}" checked' in back.raw
    assert f'id="member-{members[1][0]}" checked' not in back.raw


def test_what_changed_meanwhile_is_left_out_and_named(site: Site) -> None:
    """The others are decided; the one with other words is named with a link, and is as it was."""
    members = _flood(site)
    reviewer, path = site.browse("reviewer"), _group(site)
    summary = reviewer.post(f"{path}/summary", _filled(reviewer.get(path), path, members))
    changed, comment_id, _ = members[1]
    site.scene.edit(comment_id, "other words")
    done = reviewer.submit(summary, f"{path}/decide")
    assert "1 was left out" in done.words
    assert "was changed since you looked" in done.words
    assert f"/cases/{changed}" in done.html.hrefs()
    assert changed not in _decisions(site)


def test_what_was_hidden_together_is_shown_again_together(site: Site) -> None:
    """The page that follows a group decision tells how far each is, and asks for all to be shown again."""
    members = _flood(site)
    reviewer, path = site.browse("reviewer"), _group(site)
    summary = reviewer.post(f"{path}/summary", _filled(reviewer.get(path), path, members))
    done = reviewer.submit(summary, f"{path}/decide")
    (follow,) = [href for href in done.html.hrefs() if "/groups/decisions/" in href]
    page = reviewer.get(follow)
    assert "3 comments that were hidden are shown to everybody again" in page.words
    again = reviewer.submit(page, f"{follow}/show-again", reason="", status=422)
    assert "needs a reason" in again.words
    after = reviewer.submit(again, f"{follow}/show-again", reason="We were wrong.")
    assert "Asked to be shown again: 3." in after.words
    assert f"{follow}/show-again" not in after.actions()
    with site.scene.store.read() as session:
        asked = session.query(t.RequestedAction).where(t.RequestedAction.kind == "unhide").all()
    assert {row.case_id for row in asked} == {case_id for case_id, _, _ in members}


def test_a_restricted_member_is_on_no_page_of_its_group(site: Site) -> None:
    """Not shown, not counted, and not decided by whoever names it all the same."""
    members = _flood(site)
    kept, *_ = members[0]
    with site.scene.store.write() as session:
        now = site.scene.clock.now()
        case = session.get_one(t.Case, kept)
        tighten(session, site.scene.admin, case, "staff_on_staff", "About a colleague.", now=now)
    reviewer, path = site.browse("reviewer"), _group(site)
    page = reviewer.get(path)
    assert "wants you 0" not in page.words
    pairs = _filled(page, path, members)
    done = reviewer.submit(reviewer.post(f"{path}/summary", pairs), f"{path}/decide")
    assert "You were not shown these words of it." in done.words
    assert kept not in _decisions(site)


def test_cases_that_share_no_words_are_ticked_by_a_person_one_by_one(site: Site) -> None:
    """One author wrote them all, and says another thing in each: nothing is chosen for whoever decides."""
    members = _flood(site)
    page = site.browse("reviewer").get(_group(site))
    for case_id, _, revision_id in members:
        assert f'value="{case_id}:{revision_id}" id="member-{case_id}">' in page.raw
