"""Guards of what stands beside the queue: each small change takes one away and fails the named test."""

from __future__ import annotations

_ASKED = "tests/unit/review/test_asked_reading.py"
_PROGRESS = "tests/unit/review/test_group_progress.py"
_CALLS = "tests/unit/review/test_escalations.py"
_GAPS = "tests/unit/review/test_rota_gaps.py"
_EXPORTS = "tests/unit/evidence/handover/test_waiting.py"
_APPROVALS = "tests/unit/web/test_approvals.py"
_GROUPS = "tests/unit/web/test_groups.py"
_ESCALATIONS = "tests/unit/web/test_escalations.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "what waits for a second person shows restricted cases",
        "worker/review/asked_reading.py",
        "t.RequestedAction.requested_by != actor.person_id, visible_to(session, actor), *which",
        "t.RequestedAction.requested_by != actor.person_id, *which",
        f"{_ASKED}::test_what_is_restricted_is_shown_to_nobody_who_may_not_see_it[sqlite]",
    ),
    (
        "a request on a restricted case is opened by its number",
        "worker/review/asked_reading.py",
        "            check_access(session, actor, row.RequestedAction.case_id)\n",
        "",
        f"{_ASKED}::test_what_is_restricted_is_shown_to_nobody_who_may_not_see_it[sqlite]",
    ),
    (
        "who asked is offered to agree to it",
        "worker/review/asked_reading.py",
        "t.RequestedAction.requested_by != actor.person_id,",
        "t.RequestedAction.requested_by > 0,",
        f"{_ASKED}::test_ones_own_request_is_not_for_oneself_to_agree_to[sqlite]",
    ),
    (
        "a look at what waits leaves no trace",
        "worker/review/asked_reading.py",
        "            self._record(session, actor, views)\n        return views",
        "        return views",
        f"{_ASKED}::test_every_look_at_what_waits_is_recorded_for_each[sqlite]",
    ),
    (
        "the progress of a group tells restricted cases",
        "worker/review/group_progress.py",
        "theirs = t.Decision.case_id.in_(select(t.Case.id).where(seen))",
        "theirs = t.Decision.case_id.in_(select(t.Case.id))",
        f"{_PROGRESS}::test_a_restricted_case_is_in_nobodys_progress_who_may_not_see_it[sqlite]",
    ),
    (
        "anybody who sees the queue shows again what was hidden",
        "worker/review/together.py",
        "require(self.store, self.clock, actor, Right.REQUEST_UNHIDE, group_decisions.ABOUT, number)",
        "require(self.store, self.clock, actor, Right.VIEW_QUEUE, group_decisions.ABOUT, number)",
        f"{_PROGRESS}::test_only_who_may_ask_for_it_shows_again[sqlite]",
    ),
    (
        "calls about restricted cases are told to the queue",
        "worker/review/escalations.py",
        ".where(visible_to(session, actor), or_(calling,",
        ".where(or_(calling,",
        f"{_CALLS}::test_a_call_about_a_restricted_case_is_for_those_who_see_it[sqlite]",
    ),
    (
        "a short turn hides that a longer one covers the time after it",
        "worker/review/rota_gaps.py",
        "covered = max(covered, turn.until_at)",
        "covered = turn.until_at",
        f"{_GAPS}::test_turns_that_overlap_or_touch_leave_no_gap",
    ),
    (
        "an export that one person made alone waits for nobody",
        "worker/evidence/handover/stage.py",
        ".where(undecided | unreviewed)",
        ".where(undecided)",
        f"{_EXPORTS}::test_what_nobody_decided_on_and_what_nobody_reviewed_waits[sqlite]",
    ),
    (
        "an approval needs nobody who has just shown who they are",
        "worker/web/pages/approvals.py",
        'post(f"{_ONE}/answer", answer, confirmed=True)',
        'post(f"{_ONE}/answer", answer)',
        f"{_APPROVALS}::test_what_bites_is_approved_by_somebody_who_has_just_shown_who_they_are",
    ),
    (
        "a case whose tick was taken away is decided with its group",
        "worker/web/pages/groups.py",
        'for each in visit.fields.texts("member"):',
        'for each in [f"{one}:{one}" for one in range(1, 9)]:',
        f"{_GROUPS}::test_a_group_shows_its_members_and_what_will_happen_before_it_does",
    ),
    (
        "a form leads on to another site",
        "worker/web/pages/escalations.py",
        'local_path(visit.fields.text("back"), f"/cases/{case_id}")',
        'visit.fields.text("back")',
        f"{_ESCALATIONS}::test_a_call_is_taken_from_its_case_and_leads_nowhere_else",
    ),
]
