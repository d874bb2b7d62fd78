"""The demo's stages in which something is done to a platform: nothing without evidence, nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from worker.cli.demo_steps import Byte, Round, check
from worker.cli.demo_world import OFFICER, REVIEWER
from worker.evidence.stage import SnapshotView
from worker.store import tables as t

#: What the sandbox does to the first changes of a round with reality on: lost calls, lost answers, a limit.
_CHANGE_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "cut_before_apply", "platform": "x", "method": "PUT"},
    {"kind": "slow_after_apply", "platform": "x", "method": "PUT", "after": 1},
    {"kind": "slow_after_apply", "platform": "facebook", "method": "POST"},
    {"kind": "rate_limited", "platform": "facebook", "method": "POST", "after": 1, "reset": 300},
)


def tamper(round_: Round) -> str:
    """One byte of one bag is changed: it is found, and exactly that comment is left as it is."""
    case_id, external_id = next(iter(round_.hides.items()))
    byte = Byte(_report_of(round_, case_id))
    byte.flip()
    try:
        bad = _problems(round_)
        check(bad == [case_id], f"one byte of case {case_id}'s evidence was changed; found at fault: {bad}")
        if round_.reality:
            for fault in _CHANGE_FAULTS:
                round_.world.control.post("faults", **fault)
        round_.come_to_rest()
        states = _states(round_)
        check(
            states[case_id] == "refused", f"the action on damaged evidence is {states[case_id]}, not refused"
        )
        check(_received(round_, external_id) == 0, "the platform was asked although the evidence is damaged")
    finally:
        byte.flip()
    check(_problems(round_) == [], "the evidence does not verify after the byte was put back")
    return f"a changed byte in case {case_id}'s evidence was found, and the action on it refused"


def act(round_: Round) -> str:
    """Every comment to be hidden is hidden, each by one change, and nothing else is."""
    case_id = next(iter(round_.hides))
    round_.world.app.review.request_hide(round_.who(REVIEWER), case_id, "Demo: its evidence is whole again.")
    round_.come_to_rest()
    undone = {case: state for case, state in _states(round_).items() if state != "carried_out"}
    check(not undone, f"{len(undone)} actions were not carried out: {undone}")
    hidden = {str(each["id"]) for each in round_.published().values() if each["hidden"]}
    check(hidden == set(round_.hides.values()), f"{len(hidden)} comments are hidden, not {len(round_.hides)}")
    for external_id in hidden:
        changes = _changes(round_, external_id)
        check(
            sum(1 for each in changes if each["made"]) == 1,
            f"comment {external_id} was not hidden exactly once",
        )
        check(
            round_.reality or len(changes) == 1,
            f"the platform was asked {len(changes)} times for {external_id}",
        )
    return f"{len(hidden)} comments hidden on the platforms, each exactly once"


def verify(round_: Round) -> str:
    """Every outcome that can be read back was, and all evidence is whole."""
    with round_.world.app.store.read() as session:
        done = session.execute(
            select(t.Comment.platform, t.Action.verified_at)
            .join(t.Comment, t.Comment.id == t.Action.comment_id)
            .where(t.Action.state == "done")
        ).tuples()
        read_back = [(platform, verified_at is not None) for platform, verified_at in done]
    check(len(read_back) == len(round_.hides), f"{len(read_back)} of {len(round_.hides)} actions are done")
    unread = [platform for platform, read in read_back if not read]
    # X answers a hide, and never says of a reply whether it is hidden.
    check(set(unread) <= {"x"}, f"outcomes were not read back from {', '.join(sorted(set(unread)))}")
    bad = _problems(round_)
    check(bad == [], f"evidence of these cases does not verify: {bad}")
    results = round_.world.app.evidence.verify(None, round_.who(OFFICER))
    unstamped = [view for view in _newest(round_) if view.stamped_at is None]
    check(not unstamped, f"{len(unstamped)} snapshots have no timestamp")
    ledger = round_.world.app.ledger
    ledger.checkpoint(now=True)
    entries = ledger.verify()
    check(entries.ok, f"the ledger does not verify: {[finding.words for finding in entries.findings]}")
    return (
        f"{len(read_back) - len(unread)} outcomes read back, {len(unread)} taken at the word of X, "
        f"which shows nobody what is hidden; {len(results)} snapshots and {entries.entries} entries of the "
        "ledger verify"
    )


def _newest(round_: Round) -> list[SnapshotView]:
    """The newest snapshot of each case whose comment was hidden."""
    officer = round_.who(OFFICER)
    return [round_.world.app.evidence.show(case_id, officer)[-1] for case_id in round_.hides]


def _report_of(round_: Round, case_id: int) -> Path:
    views = round_.world.app.evidence.show(case_id, round_.who(OFFICER))
    reports = [view.report for view in views if view.report is not None]
    check(bool(reports), f"case {case_id} has no report to look at")
    return reports[0]


def _problems(round_: Round) -> list[int | None]:
    results = round_.world.app.evidence.verify(None, round_.who(OFFICER))
    return [result.case_id for result in results if not result.ok]


def _states(round_: Round) -> dict[int, str]:
    """The state of the newest requested action of each case."""
    with round_.world.app.store.read() as session:
        rows = session.execute(
            select(t.RequestedAction.case_id, t.RequestedAction.state).order_by(t.RequestedAction.id)
        ).tuples()
        return dict(rows.all())


def _changes(round_: Round, external_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = round_.world.control.get("changes", comment_id=external_id)["changes"]
    return found


def _received(round_: Round, external_id: str) -> int:
    return len(_changes(round_, external_id))
