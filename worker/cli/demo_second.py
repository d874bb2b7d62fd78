"""The demo's stages after hiding: a deletion that two people agree to, and a report to a platform."""

from __future__ import annotations

from dataclasses import replace

from worker.cli.demo_steps import DoesNotHold, Round, check, refused
from worker.cli.demo_world import REVIEWER, SENIOR
from worker.cli.os_user import os_user
from worker.review.reports import Filing


def delete(round_: Round) -> str:
    """A comment is deleted for good only when a second person agrees, as another user of the computer."""
    case_id, external_id = _hidden_on(round_, "facebook")
    app, approving = round_.world.app, round_.world.app.casework.acting.approving
    asker, second = (replace(round_.who(name), os_user=os_user()) for name in (REVIEWER, SENIOR))
    number = app.review.request(
        asker, case_id, "delete", "Demo: hidden, and its author still shows it around."
    )
    round_.come_to_rest()
    check(not _deleted(round_, external_id), "one person alone had a comment deleted")
    refused(lambda: approving.approve(asker, number), "who asked for a deletion approved it as well")
    refused(lambda: approving.approve(second, number), "one user of this computer passed for two people")
    # Two made-up people at one computer: nowhere but in a demo is its user taken for both.
    replace(approving, one_os_user_will_do=True).approve(second, number, "Demo: yes.")
    round_.come_to_rest()
    check(_deleted(round_, external_id), f"comment {external_id} is still there after two people agreed")
    others = [each for each in round_.hides.values() if each != external_id and _deleted(round_, each)]
    check(not others, f"{len(others)} other comments were deleted along with it")
    return (
        f"one person asked to delete the comment of case {case_id}, which alone did nothing; another agreed,"
        " and Facebook deleted it"
    )


def report(round_: Round) -> str:
    """What a person needs to report a comment is prepared; they file it, and Upstander remembers that."""
    case_id, external_id = _hidden_on(round_, "x")
    reviewer, desk = round_.who(REVIEWER), round_.world.app.reporting
    desk.reports.ask(reviewer, case_id, "Demo: X deletes nothing for us.")
    round_.come_to_rest()
    (row,) = [each for each in desk.reports.listing(reviewer) if each.case_id == case_id]
    packet = desk.packets.show(reviewer, row.report_id)
    check(
        packet.comment_id == external_id and packet.words is not None, "the packet is about another comment"
    )
    sealed = packet.held is not None and packet.held.manifest_sha256 is not None
    check(sealed, "the packet does not say what was sealed before the report")
    check(bool(packet.steps and packet.reason), "the packet does not say how to report it")
    desk.reports.file(reviewer, row.report_id, Filing(round_.world.app.clock.now(), "X-000417 (made up)"))
    (row,) = desk.reports.listing(reviewer, "filed")
    return (
        f"a packet to report case {case_id} to X with: the words, the hash of their evidence, what to choose"
        f' there ("{packet.reason}"); filed by a person as {row.reference}, an answer is asked after'
    )


def _hidden_on(round_: Round, platform: str) -> tuple[int, str]:
    """A case whose comment was hidden on a platform, which is not handed over."""
    here = {str(each["id"]) for each in round_.published().values() if each["platform"] == platform}
    for case_id, external_id in round_.hides.items():
        if external_id in here and case_id != round_.to_hand_over:
            return case_id, external_id
    message = f"no comment was hidden on {platform}"
    raise DoesNotHold(message)


def _deleted(round_: Round, external_id: str) -> bool:
    return any(each["deleted"] for each in round_.published().values() if str(each["id"]) == external_id)
