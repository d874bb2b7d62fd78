"""People leave and change their roles; accounts are not added twice under one name."""

from __future__ import annotations

import json
from pathlib import Path

from tests.worlds import REVIEWER, world


def test_a_leaver_may_do_nothing_any_more_and_an_account_stands_once(tmp_path: Path) -> None:
    """Roles are taken away and given by a command; the second account of one handle is refused."""
    with world(tmp_path) as place:
        who = ("--as", REVIEWER)
        assert place.run("people", "add", "Sam Hollis", "--role", "reviewer", *who).returncode == 0
        assert place.run("queue", "list", "--as", "Sam Hollis").returncode == 0
        assert place.run("people", "change", "Sam Hollis", "--role", "evidence_officer", *who).returncode == 0
        (sam,) = [
            each
            for each in json.loads(place.run("people", "list", "--json").stdout)
            if each["name"] == "Sam Hollis"
        ]
        assert sam["roles"] == ["evidence_officer"]
        assert place.run("people", "change", "Sam Hollis", "--inactive", *who).returncode == 0
        gone = place.run("queue", "list", "--as", "Sam Hollis")
        assert gone.returncode == 1
        assert "Sam Hollis" in gone.stderr
        add = ("accounts", "add", "--platform", "x", "--credential", "x", *who)
        twice = place.run(*add, "--id", "777", "--handle", "NorthmoorX")
        assert twice.returncode == 1
        assert "already" in twice.stderr
        handle_as_id = place.run(*add, "--id", "NorthmoorTrust", "--handle", "NorthmoorTrust")
        assert handle_as_id.returncode == 1
        assert "is a number" in handle_as_id.stderr
