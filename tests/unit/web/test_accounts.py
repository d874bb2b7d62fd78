"""The pages of accounts: how they do, adding, credentials that nobody sees, pausing, and the switches."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web import PASSWORD, Site
from worker.store import tables as t

SECRET = "EAAG-quite-invented-token"


def test_whoever_reads_the_summary_sees_how_accounts_do_and_changes_nothing(site: Site) -> None:
    """States and switches for many; what changes them for administrators and those who approve."""
    page = site.browse("communications_lead").get("/accounts")
    assert "Northmoor" in page.words
    assert "No switch is on" in page.words
    assert page.actions() == ["/sign-out"]
    assert "/accounts/switches" in site.browse("senior_reviewer").get("/accounts").actions()
    site.browse("legal").get("/accounts", status=403)


def test_trouble_with_a_token_is_said(site: Site) -> None:
    """A token that the platform rejects stands in the list, with what to do on the account's page."""
    with site.app.store.write() as session:
        feed = session.get_one(t.Feed, site.scene.feed_id)
        feed.fault_kind, feed.fault_since, feed.fault_count = (
            "credentials_rejected",
            site.scene.clock.now(),
            3,
        )
        feed.fault_text = "<b>no</b>"
    browser = site.browse("administrator")
    assert "rejected our access token" in browser.get("/accounts").words
    page = browser.get(f"/accounts/{site.scene.account_id}")
    assert "renew this account's token" in page.words
    assert "<b>no" not in page.raw


def test_an_account_is_added_and_a_refused_one_keeps_what_was_typed(site: Site) -> None:
    """The stage says what cannot be right; the form comes back filled in."""
    browser = site.browse("administrator")
    typed = {"platform": "x", "handle": "@NorthmoorTrust", "external_id": "one", "credential": "x_trust"}
    refused = browser.submit("/accounts", "/accounts", typed, status=422)
    assert "is a number" in refused.words
    assert ("handle", "@NorthmoorTrust") in refused.form("/accounts").filled({})
    added = browser.submit(refused, "/accounts", external_id="100")
    assert "NorthmoorTrust" in added.words
    assert [each.handle for each in site.app.accounts.list()] == ["Northmoor", "NorthmoorTrust"]


def secrets(site: Site) -> Path:
    """The secrets folder."""
    assert site.app.settings.secrets_dir is not None
    return site.app.settings.secrets_dir


def credentials(site: Site) -> str:
    """The path of the account's credentials."""
    return f"/accounts/{site.scene.account_id}/credentials"


def test_new_credentials_go_into_the_secrets_folder_and_nowhere_else(site: Site) -> None:
    """The file is nobody else's, the account is opened with it, and no page, row or address holds it."""
    browser = site.browse("administrator")
    path = credentials(site)
    done = browser.submit(path, path, secret_access_token=f" {SECRET}\n")
    file = secrets(site) / "facebook"
    assert json.loads(file.read_text()) == {"access_token": SECRET}
    assert file.stat().st_mode & 0o077 == 0
    assert SECRET not in done.raw + browser.get(path).raw + browser.get("/settings").raw
    (row,) = site.scene.audited("credentials_renewed")
    assert row.detail["names"] == ["access_token"]
    with closing(sqlite3.connect(str(site.app.store.engine.url.database))) as database:
        assert SECRET not in "\n".join(database.iterdump())


def test_credentials_are_typed_only_by_somebody_who_just_showed_who_they_are(site: Site) -> None:
    """The page asks first, so that no secret waits in a form; one sent later is not carried along."""
    browser = site.browse("administrator")
    path = credentials(site)
    open_page = browser.get(path)
    site.scene.clock.move(timedelta(minutes=site.app.settings.web.confirm_minutes))
    assert "Confirm that it is you" in browser.get(path, status=401).words
    asked = browser.submit(open_page, path, secret_access_token=SECRET, status=401)
    assert SECRET not in asked.raw
    refused = browser.submit(asked, path, confirm_password=PASSWORD, status=422)
    assert "No credentials were given" in refused.words


def test_credentials_that_cannot_be_written_leave_no_trace_of_being_written(site: Site) -> None:
    """Without a folder to write to the person is told where to put them, and the audit says refused."""
    browser = site.browse("administrator")
    path = credentials(site)
    page = browser.get(path)
    secrets(site).rmdir()
    refused = browser.submit(page, path, secret_access_token=SECRET, status=422)
    assert "cannot be written from here" in refused.words
    assert SECRET not in refused.raw
    assert site.scene.audited("credentials_renewed") == []


def test_nobody_else_renews_credentials(site: Site) -> None:
    """A reviewer who posts the form by hand is refused before anything is written."""
    browser = site.browse("reviewer")
    mark = [each for each in browser.get("/you").form("/sign-out").filled({}) if each[0] == "csrf"]
    path = credentials(site)
    browser.get(path, status=403)
    browser.post(path, [*mark, ("form", "1"), ("secret_access_token", SECRET)], status=403)
    assert not (secrets(site) / "facebook").exists()
    assert site.scene.audited("refused")


def test_looking_at_an_account_without_credentials_says_so(site: Site) -> None:
    """The check tells what is missing, and that nothing was asked."""
    browser = site.browse("administrator")
    here = f"/accounts/{site.scene.account_id}"
    assert "no credentials called" in browser.submit(here, f"{here}/check").words


def test_reading_is_paused_and_goes_on(site: Site) -> None:
    """The list shows it, and the button is then the other one."""
    browser = site.browse("administrator")
    here = f"/accounts/{site.scene.account_id}"
    paused = browser.submit(here, f"{here}/pause")
    assert f"{here}/pause" not in paused.actions()
    assert "Paused" in browser.get("/accounts").words
    assert f"{here}/pause" in browser.submit(paused, f"{here}/resume").actions()


@pytest.mark.parametrize(
    ("turn", "shown"),
    [("stop", "What takes something away"), ("stop_everything", "Everything"), ("dry_run", "Dry run")],
)
def test_switches_are_turned_with_a_reason_and_turned_back(site: Site, turn: str, shown: str) -> None:
    """What is on stands at the top with its reason, harmless; without a reason nothing is turned."""
    browser = site.browse("senior_reviewer")
    refused = browser.submit("/accounts", "/accounts/switches", turn=turn, reason=" ", status=422)
    assert "needs a reason" in refused.words
    assert ("turn", turn) in refused.form("/accounts/switches").filled({})
    on = browser.submit(refused, "/accounts/switches", reason="Wrong <i>account</i>")
    assert shown in on.words
    assert "Wrong <i>account</i>" in on.words
    assert "<i>account" not in on.raw
    back = "dry_run_off" if turn == "dry_run" else "go"
    off = browser.submit(on, "/accounts/switches", turn=back, reason="Over")
    assert "No switch is on" in off.words
