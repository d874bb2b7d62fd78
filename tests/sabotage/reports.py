"""Guards of platform reports and replies: each small change takes one away, and makes the named test fail."""

from __future__ import annotations

_PREPARING = "tests/unit/action/test_preparing.py"
_REPORTS = "tests/unit/action/test_reports.py"
_FOLLOWING = "tests/unit/action/test_following.py"
_STANDING = "tests/unit/action/test_still_standing.py"
_REPLIES = "tests/unit/action/test_replies.py"
_TABLES = "tests/unit/review/test_report_forms.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a report is prepared without asking the gate",
        "worker/action/preparing.py",
        "            self.evidence.receipts.admit(request, receipt)\n",
        "",
        f"{_PREPARING}::test_a_receipt_that_was_used_up_gives_no_packet",
    ),
    (
        "a report is prepared on evidence that does not verify",
        "worker/action/preparing.py",
        '            return f"{fault.happened} {fault.do}"\n',
        "            return None\n",
        f"{_PREPARING}::test_damaged_evidence_gives_no_packet",
    ),
    (
        "a report is prepared on other words than those that were judged",
        "worker/action/preparing.py",
        "if comment.revision_id != asked.revision_id:",
        "if comment.revision_id is None:",
        f"{_PREPARING}::test_what_is_not_wanted_any_more_is_not_prepared[edited]",
    ),
    (
        "a packet of suspected imagery shows everything",
        "worker/action/packet.py",
        "suspicion(session, comment.id) is not None or SUSPECTED in upheld",
        "SUSPECTED in upheld",
        f"{_PREPARING}::test_a_packet_of_suspected_imagery_has_address_ids_and_times_only[sqlite-mark]",
    ),
    (
        "a packet is shown to whoever may file reports",
        "worker/action/packet.py",
        "case = check_access(session, actor, asked.case_id)",
        "case = session.get_one(t.Case, asked.case_id)",
        f"{_PREPARING}::test_who_may_not_see_the_case_sees_no_packet",
    ),
    (
        "an overturned decision leaves its report to be filed",
        "worker/review/report_tasks.py",
        'elif report.state == "prepared":',
        'elif report.state == "never":',
        f"{_REPORTS}::test_an_overturned_decision_stops_what_was_not_filed[sqlite]",
    ),
    (
        "a report is filed twice",
        "worker/review/reports.py",
        "if report.filed_at is not None:\n            raise",
        "if report.filed_at == at:\n            raise",
        f"{_REPORTS}::test_a_report_is_filed_once_with_who_when_and_the_reference[sqlite]",
    ),
    (
        "nobody is reminded again of an answer",
        "worker/review/report_following.py",
        "        add_report_task(session, _ITSELF, report, ANSWER, due=due, now=now)\n",
        "        pass\n",
        f"{_REPORTS}::test_the_platforms_answer_is_asked_for_after_days_and_then_every_week[sqlite]",
    ),
    (
        "a report is followed without holding its case first",
        "worker/review/report_following.py",
        "    comment, _ = locked(session, case_id)\n",
        "    comment = session.get_one(t.Comment, session.get_one(t.Case, case_id).comment_id)\n",
        f"{_FOLLOWING}::test_a_report_is_followed_with_its_case_held_first[postgresql]",
    ),
    (
        "every answered report is followed for ever",
        "worker/review/report_following.py",
        "        .where(or_(gone, forgotten))\n",
        "        .where(t.PlatformReport.state.in_(_STANDING))\n",
        f"{_FOLLOWING}::test_reports_that_want_nothing_are_left_alone[sqlite-kept]",
    ),
    (
        "a report is prepared although who asked was dismissed",
        "worker/action/preparing.py",
        "        fell = None if refused else self._fell(session, asked)\n",
        "        fell = None\n",
        f"{_STANDING}::test_a_report_that_nobody_stands_behind_is_not_prepared[sqlite-dismissed]",
    ),
    (
        "a reply is shown with a place that nothing fills",
        "worker/review/reply_templates.py",
        "    if empty:\n",
        "    if len(empty) > len(PLACES):\n",
        f"{_TABLES}::test_a_place_that_nothing_fills_is_refused_with_its_setting",
    ),
    (
        "before an election any reply is given",
        "worker/review/replies.py",
        "if not template.neutral and self.pre_election(now):",
        "if not template.id:",
        f"{_REPLIES}::test_before_an_election_only_neutral_replies_are_given[sqlite]",
    ),
]
