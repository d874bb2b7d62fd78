"""Guards of actions that need two people, of switches, of blocks: each change takes one away."""

from __future__ import annotations

_TWO = "tests/unit/action/test_two_people.py"
_SWITCHES = "tests/unit/action/test_switches.py"
_AFTERWARDS = "tests/unit/action/test_afterwards.py"
_APPROVING = "tests/unit/review/test_approving.py"
_USERS = "tests/unit/review/test_two_users.py"
_STANDING = "tests/unit/action/test_still_standing.py"
_BETWEEN = "tests/unit/action/test_between.py"
_FOLLOWING = "tests/unit/action/test_following.py"
_SCHEDULE = "tests/unit/jobs/test_schedule.py"
_KINDS = "tests/unit/action/test_kinds.py"
_WARNED = f"{_APPROVING}::test_a_block_has_a_warning_or_says_why_none_and_a_review_within_a_year"
_REHEARSING = (
    "    if rehearsing(session, errand.account_id):\n        raise Settled(out.rehearsed(errand, calls))\n"
)

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "nobody looks again at the second person before the platform is asked",
        "worker/action/writing.py",
        "    found = doubt(session, errand, now)\n    if found is not None:\n        raise Settled(out.",
        "    found = doubt(session, errand, now)\n    if calls < 0:\n        raise Settled(out.",
        f"{_TWO}::test_a_right_that_is_lost_right_before_the_platform_is_asked_stops_it[sqlite]",
    ),
    (
        "the database lets a delete exist without a second person",
        "worker/store/approving_guards.py",
        "NEW.kind IN ('delete', 'block') AND NOT {_AGREED}",
        "NEW.kind IN ('block') AND NOT {_AGREED}",
        f"{_TWO}::test_the_database_lets_no_action_exist_without_a_second_person[sqlite-delete]",
    ),
    (
        "an approval counts without its audit row",
        "worker/action/consent.py",
        "    if not _by(said, verb, second):\n",
        "    if False:\n",
        f"{_TWO}::test_an_approval_without_its_audit_row_counts_for_nothing[sqlite-delete]",
    ),
    (
        "one approves what one asked for",
        "worker/review/approving.py",
        "        if actor.person_id == asked.requested_by:\n            raise _own(to,",
        "        if False:\n            raise _own(to,",
        f"{_APPROVING}::test_nobody_approves_what_they_asked_for[sqlite]",
    ),
    (
        "one user of the computer is two people",
        "worker/review/os_users.py",
        "os_user in earlier and not one_will_do",
        "os_user in earlier and one_will_do",
        f"{_APPROVING}::test_from_a_command_line_two_people_are_two_users_of_the_computer[sqlite]",
    ),
    (
        "who goes alone reviews it as the user as whom they asked",
        "worker/review/approving.py",
        'acted_as(session, "requested_action", asked.id, ASKED, GLASS_BROKEN)',
        'acted_as(session, "requested_action", asked.id, GLASS_BROKEN)',
        f"{_USERS}::test_the_review_of_a_broken_glass_is_by_neither_user_of_whoever_went_alone[sqlite-rota]",
    ),
    (
        "a hide goes out although who asked was dismissed",
        "worker/action/consent.py",
        "        return asker_fell(session, errand.requested_by, errand.case_id, errand.kind.value, now)\n",
        "        return None\n",
        f"{_STANDING}::test_what_nobody_stands_behind_any_more_is_not_done[sqlite-hide-dismissed]",
    ),
    (
        "a hide goes out although its asker is concerned",
        "worker/review/requests.py",
        "    concerned = asker in conflicted(session, case_id)\n",
        "    concerned = False\n",
        f"{_STANDING}::test_what_nobody_stands_behind_any_more_is_not_done[sqlite-hide-concerned]",
    ),
    (
        "restoring waits for the standing of who asked",
        "worker/action/consent.py",
        "    if not errand.takes_down:\n        return None\n",
        "",
        f"{_STANDING}::test_what_gives_back_is_done_whoever_asked[sqlite-unhide-dismissed]",
    ),
    (
        "who asked may not ask again where only the second person fell",
        "worker/action/writing.py",
        "asker_fell=fell is not None, now=now)",
        "asker_fell=True, now=now)",
        f"{_STANDING}::test_who_asked_may_ask_again_where_only_the_second_person_fell[sqlite]",
    ),
    (
        "what was asked anew meanwhile is asked again of a person",
        "worker/review/ask_again.py",
        "    if _answered(session, asked):\n",
        "    if asked.id == 0:\n",
        f"{_STANDING}::test_nobody_is_told_to_ask_again_for_what_was_asked_anew_meanwhile[sqlite]",
    ),
    (
        "what nobody stands behind is left standing in silence",
        "worker/action/writing.py",
        "        leave_to_others(session, asked, asker_fell=fell is not None, now=now)\n",
        "        pass\n",
        f"{_STANDING}::test_somebody_else_is_told_to_decide_whether_to_ask_again[sqlite]",
    ),
    (
        "what an overturned decision asked for comes back",
        "worker/review/history.py",
        't.Decision.id > decision_id, t.Decision.verdict != "upheld"',
        't.Decision.id < decision_id, t.Decision.verdict != "upheld"',
        f"{_BETWEEN}::test_what_an_overturned_decision_asked_for_does_not_come_back[sqlite-hide]",
    ),
    (
        "who asks for what a dismissed colleague asked for is not heard",
        "worker/review/requests.py",
        "        if stuck is None:\n",
        "        if newest.id:\n",
        f"{_BETWEEN}::test_who_asks_for_what_a_fallen_colleague_asked_for_is_heard[sqlite-dismissed]",
    ),
    (
        "what was overturned meanwhile is not asked for anew",
        "worker/review/requests.py",
        '        return "the decision that it hung on was corrected"\n',
        "        return None\n",
        f"{_BETWEEN}::test_what_was_overturned_meanwhile_is_asked_for_anew[sqlite-hide]",
    ),
    (
        "a request that ended with its decision keeps another from being carried out",
        "worker/action/errand.py",
        "or_(t.RequestedAction.kind.in_(sorted(RESTORING)), ~_overturned().exists()),",
        "",
        f"{_BETWEEN}::test_a_block_outlives_another_that_was_overturned[sqlite]",
    ),
    (
        "what was asked for while the clock was ahead waits for days",
        "worker/outbox.py",
        "    return or_(Job.due_at <= now, Job.due_at == Job.created_at)\n",
        "    return Job.due_at <= now\n",
        f"{_SCHEDULE}::test_what_was_asked_for_while_the_clock_was_ahead_is_done_once_it_is_right[sqlite]",
    ),
    (
        "a block that goes on meanwhile is asked about",
        "worker/review/blocks.py",
        "    if asked is None or terms.review_at > now:\n",
        "    if asked is None:\n",
        f"{_FOLLOWING}::test_a_block_that_goes_on_meanwhile_is_not_asked_about[sqlite]",
    ),
    (
        "a stop is not looked at right before the platform is asked",
        "worker/action/writing.py",
        f"    must_not_be_stopped(session, errand)\n{_REHEARSING}",
        _REHEARSING,
        f"{_SWITCHES}::test_a_stop_right_before_the_platform_is_asked_holds[sqlite]",
    ),
    (
        "a dry run sends",
        "worker/action/writing.py",
        "        raise Settled(out.rehearsed(errand, calls))\n",
        "        pass\n",
        f"{_SWITCHES}::test_a_dry_run_does_everything_but_the_call[sqlite-hide]",
    ),
    (
        "a stop keeps comments hidden",
        "worker/review/switches.py",
        "(TAKEDOWNS in settings and kind not in RESTORING)",
        "TAKEDOWNS in settings",
        f"{_SWITCHES}::test_restoring_is_stopped_only_where_everything_is[sqlite-False-False]",
    ),
    (
        "a block needs no warning and no word why",
        "worker/review/terms.py",
        "        if warned == because:\n",
        "        if False:\n",
        f"{_WARNED}[sqlite-terms1-one of both]",
    ),
    (
        "a deletion goes ahead although the comment is to be shown again",
        "worker/action/errand.py",
        '    "delete": ("unhide", "delete"),\n',
        '    "delete": ("delete",),\n',
        f"{_KINDS}::test_showing_a_comment_again_calls_off_its_deletion[sqlite]",
    ),
    (
        "a page that is older than the hide undoes it",
        "worker/review/visible_again.py",
        "        t.RequestedAction.finished_at < read_at,\n",
        "",
        f"{_AFTERWARDS}::test_a_page_that_was_read_before_the_hide_proves_nothing[sqlite]",
    ),
]
