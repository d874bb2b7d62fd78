"""The pages of people: adding, roles, sign-ins shown once, ending; for administrators alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web import PASSWORD, Site
from worker.review.people import list_people

HOSTILE = '<img src=x onerror="alert(1)">'


def test_only_administrators_see_and_change_people(site: Site) -> None:
    """Anybody else is refused, the refusal is recorded, and the menu does not offer it."""
    browser = site.browse("reviewer")
    assert "/people" not in browser.get("/you").html.hrefs()
    refused = browser.get("/people", status=403)
    assert "may not" in refused.words
    mark = [each for each in browser.get("/you").form("/sign-out").filled({}) if each[0] == "csrf"]
    for path in ("/people", "/people/2", "/people/2/end", "/people/2/sign-in/reset"):
        pairs = [*mark, ("form", path), ("name", "Somebody New"), ("role", "reviewer")]
        browser.post(path, pairs, status=403)
    assert "Somebody New" not in [each.name for each in list_people(site.app.store)]
    assert len(site.scene.audited("refused")) >= 5


def test_a_person_is_added_given_a_sign_in_and_gets_in(site: Site) -> None:
    """From the form to their first page; the one-time password is shown once, and to nobody later."""
    browser = site.browse("administrator")
    added = browser.submit(
        "/people", "/people", {"name": "Wren Achebe", "email": "wren@trust.example.test"}, role=["reviewer"]
    )
    assert "Wren Achebe" in added.words
    here = added.path
    shown = browser.submit(added, f"{here}/sign-in")
    secrets = [part.partition("</code>")[0] for part in shown.raw.split('class="up-secret">')[1:]]
    assert secrets[0] == "wren.achebe"
    assert secrets[1] not in browser.get(here).raw
    assert "One-time password not used yet" in browser.get("/people").words
    wren = site.stranger()
    at = wren.submit("/sign-in", "/sign-in", {"user_name": "wren.achebe", "password": secrets[1]})
    wren.submit(at, "/you/password", {"password": secrets[1], "new_password": PASSWORD, "again": PASSWORD})
    assert wren.get("/queue").path == "/queue"
    assert "Began" in browser.get(here).words


def test_a_refused_form_keeps_what_was_typed(site: Site) -> None:
    """A name that is taken is said so at the top, and nothing has to be typed again."""
    browser = site.browse("administrator")
    form = {"name": "The reviewer", "email": "r@trust.example.test"}
    page = browser.submit("/people", "/people", form, role=["hr", "legal"], status=422)
    assert "already" in page.words
    kept = page.form("/people").filled({})
    assert {
        ("name", "The reviewer"),
        ("email", "r@trust.example.test"),
        ("role", "hr"),
        ("role", "legal"),
    } <= set(kept)


def test_hostile_names_are_words(site: Site) -> None:
    """A name that is markup is shown as what it is, in lists, titles, refusals and forms."""
    browser = site.browse("administrator")
    added = browser.submit("/people", "/people", {"name": HOSTILE}, role=["legal"])
    again = browser.submit("/people", "/people", {"name": HOSTILE}, role=["legal"], status=422)
    for page in (added, again, browser.get("/people")):
        assert "<img" not in page.raw
        assert HOSTILE in page.words or HOSTILE in dict(page.form("/people").filled({})).values()


def test_roles_hold_at_once(site: Site) -> None:
    """Somebody who is signed in has their new roles on the next page, and loses the old ones."""
    admin, hers = site.browse("administrator"), site.browse("legal")
    number = site.person("legal").person_id
    assert hers.get("/queue", status=403).path == "/queue"
    here = f"/people/{number}"
    changed = admin.submit(here, here, role=["reviewer"], email="l@trust.example.test")
    assert changed.path == here
    assert hers.get("/queue").path == "/queue"
    assert ("email", "l@trust.example.test") in changed.form(here).filled({})


def test_the_last_administrator_stays(site: Site) -> None:
    """Nobody locks everybody out: it is refused, and said."""
    browser = site.browse("administrator")
    mine, first = site.person("administrator").person_id, site.scene.admin.person_id
    browser.submit(f"/people/{first}", f"/people/{first}/end")
    page = browser.submit(f"/people/{mine}", f"/people/{mine}", role=["reviewer"], status=422)
    assert "no active administrator left" in page.words
    assert browser.get("/people").path == "/people"


def test_ending_somebody_ends_what_they_can_do_and_can_be_undone(site: Site) -> None:
    """Their open page is the last that they see, until they are made active again."""
    admin, theirs = site.browse("administrator"), site.browse("reviewer")
    here = f"/people/{site.person('reviewer').person_id}"
    admin.submit(here, f"{here}/end")
    assert theirs.get("/queue").path.startswith("/sign-in")
    form = {"user_name": site.user_name("reviewer"), "password": PASSWORD}
    theirs.submit("/sign-in", "/sign-in", form, status=401)
    assert "No longer active" in admin.get(here).words
    admin.submit(here, f"{here}/renew")
    assert theirs.submit("/sign-in", "/sign-in", form).path == "/queue"


@pytest.mark.parametrize("how", ["sessions/end", "sign-in/end", "sign-in/reset"])
def test_an_administrator_ends_somebodys_sessions(site: Site, how: str) -> None:
    """Each of the three ways ends the open sessions; only the first leaves the password."""
    admin, theirs = site.browse("administrator"), site.browse("reviewer")
    here = f"/people/{site.person('reviewer').person_id}"
    admin.submit(here, f"{here}/{how}")
    assert theirs.get("/queue").path.startswith("/sign-in")
    form = {"user_name": site.user_name("reviewer"), "password": PASSWORD}
    theirs.submit("/sign-in", "/sign-in", form, status=200 if how == "sessions/end" else 401)


def test_what_bites_asks_again_who_it_is_and_forgets_nothing(site: Site) -> None:
    """Ten minutes after signing in a change of people asks for the password; then it is done as typed."""
    browser = site.browse("administrator")
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.confirm_minutes))
    asked = browser.submit("/people", "/people", {"name": "Wren Achebe"}, role=["hr", "legal"], status=401)
    assert "Confirm that it is you" in asked.words
    assert "Wren Achebe" not in [each.name for each in list_people(site.app.store)]
    wrong = browser.submit(asked, "/people", confirm_password="not it", status=401)
    done = browser.submit(wrong, "/people", confirm_password=PASSWORD)
    added = next(each for each in list_people(site.app.store) if each.name == "Wren Achebe")
    assert done.path == f"/people/{added.id}"
    assert {each.role for each in added.roles} == {"hr", "legal"}
