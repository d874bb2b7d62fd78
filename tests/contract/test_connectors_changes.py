"""No change without the gate; no success without the platform's word; unknown fate is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.contract import ActionKind, Fate, Platform, Receipt
from connectors.errors import (
    ConnectorError,
    ContentGone,
    CredentialsRejected,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    ReceiptRefused,
    UnexpectedResponse,
)
from tests.contract.connectors_stage import GOOD, PLATFORMS, Stage, staged

CHANGE = {Platform.X: "PUT", Platform.FACEBOOK: "POST"}


@pytest.fixture(params=PLATFORMS, ids=str)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """One account on each platform in turn."""
    with staged(request.param) as made:
        yield made


def is_hidden(stage: Stage, external_id: str) -> bool:
    """What the platform itself holds."""
    found = stage.sandbox.world.comment(str(stage.platform), external_id)
    assert found is not None
    return found.hidden


def test_without_the_gates_yes_nothing_is_sent(stage: Stage) -> None:
    """A refused receipt raises, and the platform hears nothing at all."""
    mine = stage.comment()
    silence = stage.sandbox.faults.add("permission", platform=str(stage.platform))
    with pytest.raises(ReceiptRefused):
        stage.connector.apply(stage.request(mine.id), Receipt("forged"))
    assert silence.times == 1, "a request was sent"
    assert stage.requests_made() == 0
    assert len(stage.gate.asked) == 1


def test_a_gate_that_fails_is_a_no(stage: Stage) -> None:
    """Whatever the gate raises stops the change: the guard fails closed."""
    mine = stage.comment()
    stage.gate.asked = ()  # type: ignore[assignment]  # the gate breaks on purpose
    with pytest.raises(AttributeError):
        stage.connector.apply(stage.request(mine.id), GOOD)
    assert stage.requests_made() == 0


def test_a_request_for_another_account_is_refused(stage: Stage) -> None:
    """A connector changes nothing for an account that is not its own."""
    mine = stage.comment()
    other = replace(stage.account, external_id="999")
    with pytest.raises(ReceiptRefused):
        stage.connector.apply(replace(stage.request(mine.id), account=other), GOOD)
    assert stage.gate.asked == []
    assert stage.requests_made() == 0


def test_hiding_and_unhiding_work_and_are_confirmed(stage: Stage) -> None:
    """After hide the platform hides, after unhide it shows; the reply is kept."""
    mine = stage.comment()
    result = stage.connector.apply(stage.request(mine.id), GOOD)
    assert result.fate is Fate.DONE
    assert result.exchange is not None
    assert result.exchange.status == 200
    assert is_hidden(stage, mine.id)
    if stage.platform == Platform.FACEBOOK:
        assert stage.connector.read(mine.id).comment.hidden is True
    back = stage.connector.apply(stage.request(mine.id, ActionKind.UNHIDE), GOOD)
    assert back.fate is Fate.DONE
    assert not is_hidden(stage, mine.id)


def test_hiding_an_edited_comment_hides_its_newest_version(stage: Stage) -> None:
    """The id that a comment keeps through edits is enough to hide it."""
    mine = stage.comment("first")
    stage.sandbox.world.edit(str(stage.platform), mine.id, "second")
    assert stage.connector.apply(stage.request(mine.id), GOOD).fate is Fate.DONE
    assert is_hidden(stage, mine.id)


def test_a_change_that_is_not_confirmed_is_no_success() -> None:
    """X answers 200 with errors and no data to a hide that failed: that is an error."""
    with staged(Platform.X) as stage:
        mine = stage.comment()
        stage.sandbox.world.switches.update({"x_hide_works": False})
        with pytest.raises(UnexpectedResponse):
            stage.connector.apply(stage.request(mine.id), GOOD)


@pytest.mark.parametrize("answer", ["success", "true", "true_javascript"])
def test_every_known_answer_of_graph_to_a_change_is_understood(answer: str) -> None:
    """Success comes as an object, as a bare true, and as true named JavaScript."""
    with staged(Platform.FACEBOOK) as stage:
        mine = stage.comment()
        stage.sandbox.world.switches.update({"hide_answer": answer})
        assert stage.connector.apply(stage.request(mine.id), GOOD).fate is Fate.DONE
        assert is_hidden(stage, mine.id)


def test_a_success_that_changed_nothing_is_seen_by_reading() -> None:
    """Graph may answer success and change nothing: reading tells the truth."""
    with staged(Platform.FACEBOOK) as stage:
        mine = stage.comment()
        stage.sandbox.world.switches.update({"graph_hide_works": False})
        stage.connector.apply(stage.request(mine.id), GOOD)
        assert stage.connector.read(mine.id).comment.hidden is False


@pytest.mark.parametrize(
    ("fault", "more", "applied"),
    [
        ("slow_after_apply", {"delay": 1.2}, True),
        ("cut_body", {}, True),
        ("bad_json", {}, True),
        ("cut_before_apply", {}, False),
        ("reset", {}, False),
        ("server_error_html", {}, False),
        ("server_error_html", {"status": 404}, False),
    ],
)
def test_a_change_without_a_readable_answer_has_unknown_fate(
    stage: Stage, fault: str, more: dict[str, float], *, applied: bool
) -> None:
    """No guess is made: the result is UNKNOWN, and reading shows what happened where it can."""
    mine = stage.comment()
    stage.sandbox.faults.add(fault, platform=str(stage.platform), method=CHANGE[stage.platform], **more)
    result = stage.connector.apply(stage.request(mine.id), GOOD)
    assert result.fate is Fate.UNKNOWN
    assert stage.token not in repr(result)
    assert is_hidden(stage, mine.id) is applied
    if stage.platform == Platform.FACEBOOK:
        assert stage.connector.read(mine.id).comment.hidden is applied
    assert stage.sandbox.world.ledger.received(mine.id, "hide") <= 1, "a change was sent twice"


def test_a_change_that_never_left_is_an_error_not_a_doubt(stage: Stage) -> None:
    """With nobody listening nothing was changed, and the error says so."""
    mine = stage.comment()
    stage.sandbox.stop()
    with pytest.raises(PlatformUnavailable) as caught:
        stage.connect().apply(stage.request(mine.id), GOOD)
    assert caught.value.sent is False


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("token", CredentialsRejected), ("permission", PermissionMissing), ("rate_limited", RateLimited)],
)
def test_a_refused_change_is_its_typed_error(
    stage: Stage, fault: str, expected: type[ConnectorError]
) -> None:
    """A platform that says no is a typed error, and nothing is changed."""
    mine = stage.comment()
    stage.sandbox.faults.add(fault, platform=str(stage.platform), method=CHANGE[stage.platform])
    with pytest.raises(expected):
        stage.connector.apply(stage.request(mine.id), GOOD)
    assert not is_hidden(stage, mine.id)


def test_hiding_what_is_gone_says_so(stage: Stage) -> None:
    """A comment that its author deleted cannot be hidden."""
    mine = stage.comment()
    stage.sandbox.world.delete(str(stage.platform), mine.id)
    with pytest.raises(ContentGone):
        stage.connector.apply(stage.request(mine.id), GOOD)
