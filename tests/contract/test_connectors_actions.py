"""Every kind of change on every platform's sandbox, with everything that can come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from connectors.contract import ActionKind, ActionRequest, ActionResult, Fate, Platform
from connectors.errors import (
    ConnectorError,
    ContentGone,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    UnexpectedResponse,
)
from connectors.registry import CAPABILITIES
from tests.contract.connectors_stage import GOOD, PLATFORMS, Stage, staged

K = ActionKind
OFFERED = [
    (platform, each.kind) for platform in PLATFORMS for each in CAPABILITIES[platform] if each.available
]
OTHERS = [
    (platform, each.kind) for platform in PLATFORMS for each in CAPABILITIES[platform] if not each.available
]
UNDOES = {K.HIDE: K.UNHIDE, K.BLOCK: K.UNBLOCK, K.MUTE: K.UNMUTE}
UNDOES |= {after: before for before, after in UNDOES.items()}
ABOUT_AUTHORS = (K.BLOCK, K.UNBLOCK, K.MUTE, K.UNMUTE)


@dataclass
class Case:
    """One kind of change, about one comment or its author, that is not made yet."""

    stage: Stage
    kind: ActionKind
    comment_id: str
    author_id: str

    @property
    def request(self) -> ActionRequest:
        """The change."""
        return replace(self.stage.request(self.comment_id, self.kind), author_external_id=self.author_id)

    def apply(self) -> ActionResult:
        """Ask for it."""
        return self.stage.connector.apply(self.request, GOOD)

    def fault(self, name: str, **more: float) -> None:
        """Make its next call go wrong; reading still works."""
        platform = str(self.stage.platform)
        for method in ("POST", "PUT", "DELETE"):
            self.stage.sandbox.faults.add(name, platform=platform, method=method, **more)

    def is_made(self) -> bool:
        """What the platform itself holds."""
        world, platform = self.stage.sandbox.world, str(self.stage.platform)
        account = world.accounts[platform, self.stage.account.external_id]
        comment = world.comment(platform, self.comment_id)
        return {
            K.HIDE: comment is not None and comment.hidden,
            K.UNHIDE: comment is not None and not comment.hidden,
            K.DELETE: comment is None,
            K.BLOCK: self.author_id in account.blocked,
            K.UNBLOCK: self.author_id not in account.blocked,
            K.MUTE: self.author_id in account.muted,
            K.UNMUTE: self.author_id not in account.muted,
        }[self.kind]

    def read(self) -> bool | None:
        """What reading shows: whether it is made; None where the platform does not say."""
        connector = self.stage.connector
        if self.kind in ABOUT_AUTHORS:
            state = connector.author_state(self.request)
            return None if state is None else state is (self.kind in (K.BLOCK, K.MUTE))
        try:
            hidden = connector.read(self.comment_id, thread=False).comment.hidden
        except ContentGone:
            return self.kind is K.DELETE
        if self.kind is K.DELETE:
            return False
        return None if hidden is None else hidden is (self.kind is K.HIDE)

    @property
    def can_be_read(self) -> bool:
        """X tells nobody whether a reply is hidden."""
        return self.stage.platform is not Platform.X or self.kind in ABOUT_AUTHORS

    def received(self) -> int:
        """How many calls of this kind came."""
        about = self.author_id if self.kind in ABOUT_AUTHORS else self.comment_id
        return self.stage.sandbox.world.ledger.received(about, self.kind.value)


@pytest.fixture(params=OFFERED, ids=lambda each: f"{each[0]} {each[1]}")
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Each kind on each platform that offers it; what restores finds something to restore."""
    platform, kind = request.param
    with staged(platform) as stage:
        comment = stage.comment()
        assert comment.author_id is not None
        made = Case(stage, kind, comment.id, comment.author_id)
        if kind in (K.UNHIDE, K.UNBLOCK, K.UNMUTE):
            replace(made, kind=UNDOES[kind]).apply()
        assert not made.is_made()
        yield made


def test_it_is_made_confirmed_and_read_back(case: Case) -> None:
    """The plain case: the platform has it, says so, and shows it where it shows such things."""
    assert case.read() is (False if case.can_be_read else None)
    result = case.apply()
    assert (result.fate, case.is_made()) == (Fate.DONE, True)
    assert case.read() is (True if case.can_be_read else None)


def test_what_can_be_undone_is_undone(case: Case) -> None:
    """Hiding, blocking and muting have their opposites; a deletion says that it has none."""
    case.apply()
    if case.kind is K.DELETE:
        words = next(each.effect for each in CAPABILITIES[case.stage.platform] if each.kind is K.DELETE)
        assert "cannot be undone" in words
        return
    back = replace(case, kind=UNDOES[case.kind])
    assert back.apply().fate is Fate.DONE
    assert (back.is_made(), case.is_made()) == (True, False)


def test_what_is_done_already_does_no_harm(case: Case) -> None:
    """Asked twice it is still done; of a comment that is gone the platform says that it is gone."""
    case.apply()
    if case.kind is K.DELETE:
        with pytest.raises(ContentGone):
            case.apply()
    else:
        assert case.apply().fate is Fate.DONE
    assert case.is_made()


def test_a_comment_that_is_gone_is_called_gone(case: Case) -> None:
    """About a comment the platform says so; its author can still be blocked or muted."""
    case.stage.sandbox.world.delete(str(case.stage.platform), case.comment_id)
    if case.kind in ABOUT_AUTHORS:
        assert case.apply().fate is Fate.DONE
        assert case.is_made()
        return
    with pytest.raises(ContentGone):
        case.apply()


@pytest.mark.parametrize(
    ("fault", "expected"), [("permission", PermissionMissing), ("rate_limited", RateLimited)]
)
def test_forbidden_and_limited_are_typed_errors(
    case: Case, fault: str, expected: type[ConnectorError]
) -> None:
    """A platform that says no is a typed error, and nothing is changed."""
    case.fault(fault)
    with pytest.raises(expected):
        case.apply()
    assert not case.is_made()


@pytest.mark.parametrize(
    ("fault", "more", "made"),
    [("slow_after_apply", {"delay": 0.8}, True), ("cut_before_apply", {}, False)],
    ids=["timeout after success", "timeout before success"],
)
def test_of_an_unknown_fate_reading_tells_the_truth(
    case: Case, fault: str, more: dict[str, float], *, made: bool
) -> None:
    """No answer is no guess: UNKNOWN, sent once, and reading shows what happened where it can."""
    before = case.received()
    case.fault(fault, **more)
    assert case.apply().fate is Fate.UNKNOWN
    assert case.is_made() is made
    assert case.read() is (made if case.can_be_read else None)
    assert case.received() - before <= 1


def test_a_success_that_changed_nothing_is_noticed(case: Case) -> None:
    """Told that it worked when it did not: refused where the answer shows it, else seen by reading."""
    case.stage.sandbox.world.switches.update(
        {"x_hide_works": False, "x_mute_works": False, "graph_hide_works": False}
    )
    if case.stage.platform is Platform.X:
        with pytest.raises(UnexpectedResponse):
            case.apply()
    else:
        case.apply()
        assert case.read() is False
    assert not case.is_made()


@pytest.mark.parametrize(("platform", "kind"), OTHERS, ids=str)
def test_what_is_not_offered_says_what_to_do_instead(platform: Platform, kind: ActionKind) -> None:
    """Nothing is sent, the receipt is not used up, and words or steps tell a person how to go on."""
    with staged(platform) as stage:
        comment = stage.comment()
        request = replace(stage.request(comment.id, kind), author_external_id=comment.author_id)
        with pytest.raises(PermissionMissing):
            stage.connector.apply(request, GOOD)
        assert (stage.gate.asked, stage.requests_made()) == ([], 0)
        (capability,) = (each for each in stage.connector.capabilities() if each.kind is kind)
        told = " ".join((capability.effect, *capability.steps)).lower()
        assert capability.steps or any(word in told for word in ("instead", "hide it", "report", "to end"))


@pytest.mark.parametrize(
    ("platform", "kind"), [each for each in OFFERED if each[1] in ABOUT_AUTHORS], ids=str
)
def test_nobody_is_blocked_where_the_platform_did_not_say_who_wrote_it(
    platform: Platform, kind: ActionKind
) -> None:
    """Without the author's id it is impossible, and said so, before the receipt is used up."""
    with staged(platform) as stage:
        request = stage.request(stage.comment().id, kind)
        with pytest.raises(PermissionMissing, match="did not say who wrote"):
            stage.connector.apply(request, GOOD)
        assert (stage.gate.asked, stage.connector.author_state(request)) == ([], None)


def test_a_long_list_of_muted_people_is_read_page_by_page() -> None:
    """The one who is looked for may stand on a later page; past the end nobody can tell."""
    with staged(Platform.X) as stage:
        world = stage.sandbox.world
        account = world.accounts["x", stage.account.external_id]
        account.muted = [world.add_author("x", f"person{number}").id for number in range(2100)]
        first = replace(stage.request("1", K.MUTE), author_external_id=account.muted[0])
        nobody = replace(first, author_external_id="1")
        assert (stage.connector.author_state(first), stage.connector.author_state(nobody)) == (True, False)
        account.muted = account.muted * 3
        assert stage.connector.author_state(nobody) is None


def test_every_known_answer_of_graph_to_a_block_is_understood() -> None:
    """Success comes beside the person's id, or like any other; what is neither is no success."""
    with staged(Platform.FACEBOOK) as stage:
        comment = stage.comment()
        request = replace(stage.request(comment.id, K.BLOCK), author_external_id=comment.author_id)
        for answer in ("by_id", "success"):
            stage.sandbox.world.switches.update({"graph_block_answer": answer})
            assert stage.connector.apply(request, GOOD).fate is Fate.DONE
        stage.sandbox.faults.add("wrong_shape", platform="facebook", method="POST")
        with pytest.raises(UnexpectedResponse):
            stage.connector.apply(request, GOOD)


def test_with_nobody_listening_it_is_an_error_and_no_doubt() -> None:
    """A block that never left is told as such."""
    with staged(Platform.FACEBOOK) as stage:
        comment = stage.comment()
        request = replace(stage.request(comment.id, K.BLOCK), author_external_id=comment.author_id)
        stage.sandbox.stop()
        with pytest.raises(PlatformUnavailable) as caught:
            stage.connect().apply(request, GOOD)
        assert caught.value.sent is False
