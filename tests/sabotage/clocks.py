"""Guards of clocks and calls: each small change takes one away, and makes the named test fail."""

from __future__ import annotations

_PAGING = "tests/unit/review/test_paging.py"
_ACCESS = "tests/unit/review/test_paging_access.py"
_WEBHOOK = "tests/unit/test_webhook.py"
_PRIORITY = "tests/unit/review/test_priority.py"
_OVERDUE = "tests/unit/review/test_overdue.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a call about a restricted case reaches nobody",
        "worker/review/on_call.py",
        "        _reachable(session, HOLDERS[Right.ACKNOWLEDGE_PAGE]),\n    )\n",
        "    )\n",
        f"{_ACCESS}::test_a_restricted_case_calls_those_who_may_see_it[sqlite-manager]",
    ),
    (
        "bank holidays use up a reviewer's time",
        "worker/working_hours.py",
        "day.weekday() in self.weekdays and day not in self.days.holidays",
        "day.weekday() in self.weekdays",
        "tests/unit/test_working_hours.py::test_it_agrees_with_counting_minute_by_minute",
    ),
    (
        "immediate danger waits in the queue like any other case",
        "worker/review/opening.py",
        "    call_for(session, danger, now=now)\n",
        "",
        f"{_PAGING}::test_immediate_danger_calls_the_first_on_call_at_once[sqlite]",
    ),
    (
        "the same person is called again and again",
        "worker/review/paging.py",
        "        people.sort(key=lambda person: called.get(person.id, 0))\n",
        "",
        f"{_PAGING}::test_without_an_answer_the_next_is_called_and_then_round_again_until_one_acknowledges[sqlite]",
    ),
    (
        "a call ends when nothing could be sent",
        "worker/review/paging.py",
        'if page.state == "calling":\n                send_soon',
        'if page.state == "calling" and not any(each.fault for each in tries):\n                send_soon',
        f"{_PAGING}::test_what_cannot_be_sent_goes_to_the_next_at_once_and_is_tried_again_for_ever[sqlite]",
    ),
    (
        "whoever has a conflict of interest is called",
        "worker/review/paging.py",
        " if may_see(session, each.id, page.case_id)]",
        "]",
        f"{_PAGING}::test_a_conflict_of_interest_is_passed_over_and_may_not_silence_the_call[sqlite]",
    ),
    (
        "whoever has a conflict of interest silences the call",
        "worker/review/on_call.py",
        "            held_case(session, actor, case_id)\n",
        "",
        f"{_PAGING}::test_a_conflict_of_interest_is_passed_over_and_may_not_silence_the_call[sqlite]",
    ),
    (
        "a call is mailed for ever to one person who sleeps",
        "worker/review/paging.py",
        "            if sent and place > plan.wider:\n",
        "            if sent:\n",
        f"{_PAGING}::test_where_nobody_answers_each_later_call_reaches_further[sqlite]",
    ),
    (
        "a mail that was taken keeps everybody else from hearing of a restricted case",
        "worker/review/paging.py",
        "        if sent and plan.call.turn < _FETCHED_FROM:\n",
        "        if sent:\n",
        f"{_ACCESS}::test_a_restricted_case_calls_those_who_may_see_it[sqlite-staff_on_staff]",
    ),
    (
        "what was sent is written down before it is sent",
        "worker/review/paging.py",
        "            finish(session)\n            if plan is not None:\n",
        "            if plan is not None:\n",
        f"{_PAGING}::test_a_crash_after_sending_sends_the_same_mail_again_rather_than_none[sqlite]",
    ),
    (
        "the webhook's facts follow a redirect to a stranger",
        "worker/bootstrap/webhook.py",
        "allow_redirects=False",
        "allow_redirects=True",
        f"{_WEBHOOK}::test_the_webhook_is_signed_follows_nobody_and_tells_no_address",
    ),
    (
        "the webhook is posted to in the clear",
        "worker/settings_paging.py",
        'parts.scheme == "http" and is_loopback(parts.hostname or "")',
        'parts.scheme == "http"',
        f"{_WEBHOOK}::test_an_address_that_would_tell_everybody_is_refused[http://hooks.example.test/a-secret]",
    ),
    (
        "nobody on call is not said",
        "worker/summary/calls.py",
        "if _watched(session) and not people_on_call(session, now):",
        "if not _watched(session) and not people_on_call(session, now):",
        f"{_PAGING}::test_nobody_on_call_is_shouted_and_all_managers_are_mailed[sqlite]",
    ),
    (
        "an acknowledgement can be taken back in the database",
        "worker/store/migrations/versions/0009_clocks_and_pages.py",
        '        *moves_only(dialect, "pages", [("calling", "acknowledged")], ["calling"]),\n',
        "",
        "tests/unit/store/test_pages.py::test_a_page_begins_calling_and_is_acknowledged_once[sqlite]",
    ),
    (
        "people are mailed about the same overdue case for ever",
        "worker/review/overdue.py",
        "WAITING, t.Case.due_at < now, ~noticed, somebody",
        "WAITING, t.Case.due_at < now, somebody",
        f"{_OVERDUE}::test_all_that_became_overdue_is_one_mail_once[sqlite]",
    ),
    (
        "a decision that was overturned still counts against its author",
        "worker/review/reckoning.py",
        't.Decision.verdict == "upheld", ~superseded)',
        't.Decision.verdict == "upheld")',
        f"{_PRIORITY}::test_a_decision_that_was_overturned_counts_against_nobody[sqlite]",
    ),
    (
        "the queue looks at the least urgent first",
        "worker/review/order.py",
        "t.Case.priority.desc()",
        "t.Case.priority",
        f"{_PRIORITY}::test_the_queue_and_the_next_case_run_by_severity_then_priority_then_due_time[sqlite]",
    ),
]
