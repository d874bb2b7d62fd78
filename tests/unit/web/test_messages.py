"""What the page before says was done: told once, as words, whatever cookie somebody makes up."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.unit.web.knocking import knock
from tests.web import Site


@pytest.mark.parametrize(
    "told",
    [
        "[" * 3_000,
        quote(json.dumps(["%(a)99999999d", {"a": 1}])),
        quote(json.dumps(["%(a)c", {"a": 2**40}])),
        quote(json.dumps(["%s", {}])),
        quote(json.dumps([["a"], {}])),
        quote(json.dumps(["%(a)s", [1]])),
        quote(json.dumps(["x" * 5_000, {}])),
        quote(json.dumps(5)),
        "%ff%fe",
        "",
    ],
    ids=lambda told: told[:24],
)
def test_a_made_up_message_is_not_told(site: Site, told: str) -> None:
    """What was done is told by a cookie, and anybody may send any: no gigabyte of blanks, nothing broken."""
    answer = knock(site, "/sign-in", cookie=f"upstander-said={told}")
    assert answer.status == 200
    assert len(answer.body) < 20_000
    assert "notification-banner" not in answer.text


@pytest.mark.parametrize("case", ["Infinity", "1e999", '"7"', "-1", "99999999999999999999"])
def test_a_made_up_case_is_no_link(site: Site, case: str) -> None:
    """The way back to a decided case leads to a case, whatever number somebody put into the cookie."""
    told = quote(f'["Case %(decided)s is decided.", {{"decided": {case}}}]')
    answer = knock(site, "/sign-in", cookie=f"upstander-said={told}")
    assert answer.status == 200
    assert "/cases/" not in answer.text


def test_a_message_is_told_as_words(site: Site) -> None:
    """One that fits is shown, and is never markup."""
    told = quote(json.dumps(["Case %(case)s is 100%% free.", {"case": "<b>7</b>"}]))
    answer = knock(site, "/sign-in", cookie=f"upstander-said={told}")
    assert "Case &lt;b&gt;7&lt;/b&gt; is 100% free." in answer.text
