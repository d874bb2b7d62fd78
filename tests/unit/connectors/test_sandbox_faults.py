"""Faults do what they say: on the wire, and to what is applied."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest
import requests

from connectors.sandbox.faults import KINDS, FaultBoard
from connectors.sandbox.server import Sandbox
from connectors.sandbox.things import Account, Comment


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox that is running."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(box: Sandbox) -> Account:
    """The Trust's account on X."""
    return box.world.add_account("x", "NorthmoorTrust")


@pytest.fixture
def page(box: Sandbox) -> Account:
    """The Trust's page on Facebook."""
    return box.world.add_account("facebook", "northmoor.trust")


@pytest.fixture
def comment(box: Sandbox, account: Account) -> Comment:
    """A reply that may be hidden."""
    return box.world.add_comment(account, "x", post=box.world.add_post(account, "p"))


def me(box: Sandbox, account: Account, **more: float) -> requests.Response:
    """Ask X who the token is."""
    headers = {"Authorization": f"Bearer {account.token}"}
    return requests.get(box.x_url + "/2/users/me", headers=headers, timeout=more.get("timeout", 10))


def me_on_graph(box: Sandbox, page: Account) -> requests.Response:
    """Ask Graph who the token is."""
    return requests.get(box.graph_url + "/v25.0/me", params={"access_token": page.token}, timeout=10)


def hide(box: Sandbox, account: Account, comment: Comment) -> requests.Response:
    """Ask to hide the comment."""
    headers = {"Authorization": f"Bearer {account.token}"}
    address = f"{box.x_url}/2/tweets/{comment.id}/hidden"
    return requests.put(address, json={"hidden": True}, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("kind", "status", "kept"),
    [
        ("token", 401, "Unauthorized"),
        ("permission", 403, "client-not-enrolled"),
        ("rate_limited", 429, "Too Many Requests"),
        ("rate_limited_no_reset", 429, "Too Many Requests"),
        ("usage_cap", 429, "UsageCapExceeded"),
        ("no_credits", 402, "CreditsDepleted"),
        ("server_error", 503, "Service Unavailable"),
        ("server_error_plain_json", 503, "upstream failed"),
        ("server_error_html", 502, "<html>"),
        ("wrong_shape", 200, "surprise"),
        ("outage", 503, "Service Unavailable"),
    ],
)
def test_refusals_on_x(box: Sandbox, account: Account, kind: str, status: int, kept: str) -> None:
    """Each fault answers with its status and body, as often as it was told and then no more."""
    box.faults.add(kind, platform="x", times=2)
    for _ in range(2):
        answer = me(box, account)
        assert (answer.status_code, kept in answer.text) == (status, True)
    assert me(box, account).status_code == 200


def test_rate_headers_of_the_three_429s(box: Sandbox, account: Account) -> None:
    """A limit says when it ends, one without reset says nothing, and a cap shows healthy rate headers."""
    for kind in ("rate_limited", "rate_limited_no_reset", "usage_cap"):
        box.faults.add(kind, reset=60)
    limited, silent, cap = (me(box, account).headers for _ in range(3))
    assert limited["x-rate-limit-remaining"] == "0"
    assert int(limited["x-rate-limit-reset"]) - parsedate_to_datetime(limited["Date"]).timestamp() in (
        59,
        60,
        61,
    )
    assert "x-rate-limit-reset" not in silent
    assert int(cap["x-rate-limit-remaining"]) > 0


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("token", 190),
        ("permission", 200),
        ("rate_limited", 32),
        ("usage_cap", 80001),
        ("no_credits", 368),
        ("outage", 2),
    ],
)
def test_refusals_on_graph(box: Sandbox, page: Account, kind: str, code: int) -> None:
    """Each fault answers with Graph's envelope and its code."""
    box.faults.add(kind, platform="facebook")
    assert me_on_graph(box, page).json()["error"]["code"] == code


def test_a_body_is_cut_in_the_middle(box: Sandbox, account: Account) -> None:
    """cut_body promises the whole length and closes the connection halfway."""
    box.faults.add("cut_body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        me(box, account)
    assert me(box, account).status_code == 200


@pytest.mark.parametrize(
    ("kind", "words"), [("reset", "reset by peer"), ("cut_before_apply", "without response")]
)
def test_no_answer_at_all(box: Sandbox, account: Account, comment: Comment, kind: str, words: str) -> None:
    """Reset and cut_before_apply give no answer, and nothing was applied or even received."""
    box.faults.add(kind, method="PUT")
    with pytest.raises(requests.exceptions.ConnectionError, match=words):
        hide(box, account, comment)
    assert (comment.hidden, box.world.ledger.changes) == (False, [])
    assert hide(box, account, comment).status_code == 200


def test_applied_but_no_answer(box: Sandbox, account: Account, comment: Comment) -> None:
    """slow_after_apply makes the change once and cuts the connection."""
    box.faults.add("slow_after_apply", path="/hidden$", delay=0.01)
    with pytest.raises(requests.exceptions.ConnectionError):
        hide(box, account, comment)
    assert comment.hidden
    assert box.world.ledger.made(comment.id, "hide") == 1


def test_a_slow_server_is_slow(box: Sandbox, account: Account) -> None:
    """Slow makes a client with a short patience give up; the next answer is quick again."""
    box.faults.add("slow", delay=5)
    with pytest.raises(requests.exceptions.ReadTimeout):
        me(box, account, timeout=0.2)
    assert me(box, account).status_code == 200


def test_spoilt_answers(box: Sandbox, page: Account) -> None:
    """bad_json says JSON and is none; no_content_type has the right body without the header."""
    box.faults.add("bad_json")
    box.faults.add("no_content_type")
    answer = me_on_graph(box, page)
    assert "json" in answer.headers["content-type"]
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    answer = me_on_graph(box, page)
    assert "content-type" not in answer.headers
    assert answer.json()["id"] == page.id


def test_faults_strike_where_they_should(box: Sandbox, account: Account, page: Account) -> None:
    """Platform, path, method and `after` choose the requests; clearing ends an outage."""
    box.faults.add("outage", platform="facebook")
    box.faults.add("token", platform="x", path="^/2/users/me$", method="GET", after=1)
    assert [me(box, account).status_code for _ in range(3)] == [200, 401, 200]
    assert not me_on_graph(box, page).ok
    assert not me_on_graph(box, page).ok
    assert box.faults.clear("outage") == 1
    assert me_on_graph(box, page).ok


def test_wrong_rules_are_refused() -> None:
    """An unknown kind, an unknown attribute and a pattern that is none are refused with what there is."""
    board = FaultBoard()
    for kind, more in (("gremlins", {}), ("reset", {"colour": 1}), ("reset", {"path": "("})):
        with pytest.raises(ValueError, match=r"fault"):
            board.add(kind, **more)
    assert board.as_list() == []
    assert all(KINDS.values())


def test_the_date_follows_the_clock(box: Sandbox, account: Account, page: Account) -> None:
    """All three servers give the sandbox's own time as Date, exactly once, also on faults."""
    assert box.clock is not None
    box.clock.shift(7 * 86400)
    box.faults.add("server_error_html", platform="x")
    for answer in (me(box, account), me_on_graph(box, page), requests.get(box.web_url, timeout=10)):
        age = (box.world.now() - parsedate_to_datetime(answer.headers["Date"])).total_seconds()
        assert -5 < age < 60
        assert "," not in answer.headers["Date"].removeprefix(answer.headers["Date"][:4])
