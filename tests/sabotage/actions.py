"""Guards of actions that need two people, of switches, of blocks: each change takes one away."""

from __future__ import annotations

_TWO = "tests/unit/action/test_two_people.py"
_SWITCHES = "tests/unit/action/test_switches.py"
_AFTERWARDS = "tests/unit/action/test_afterwards.py"
_APPROVING = "tests/unit/review/test_approving.py"
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
        "    why = why or not_agreed(session, errand)\n",
        "",
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
        "worker/review/approving.py",
        "if actor.os_user is not None and actor.os_user == os_user and not self.one_os_user_will_do:",
        "if actor.os_user is not None and actor.os_user == os_user and self.one_os_user_will_do:",
        f"{_APPROVING}::test_from_a_command_line_two_people_are_two_users_of_the_computer[sqlite]",
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
