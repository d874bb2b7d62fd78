"""Hand-ins, major incidents, times before elections."""

from __future__ import annotations

_HAND_INS = "tests/unit/intake/test_hand_ins.py"
_INCIDENTS = "tests/unit/review/test_incidents.py"

SABOTAGES = [
    (
        "a protected hand-in says who typed it",
        "worker/intake/hand_ins.py",
        "who = _NOBODY if given.protected else actor",
        "who = actor",
        f"{_HAND_INS}::test_a_protected_name_is_nowhere_but_encrypted[sqlite]",
    ),
    (
        "a protected name stands in the evidence",
        "worker/intake/hand_in.py",
        '"given_by": None if given.protected else given.name,',
        '"given_by": given.name,',
        f"{_HAND_INS}::test_a_protected_name_is_nowhere_but_encrypted[sqlite]",
    ),
    (
        "a protected name opens for any hand-in",
        "worker/keyring/names.py",
        'decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode("utf-8"))',
        'decrypt(sealed[:_NONCE], sealed[_NONCE:], b"")',
        f"{_HAND_INS}::test_only_the_guardian_reads_a_protected_name_and_leaves_a_trace[sqlite]",
    ),
    (
        "what is about a colleague waits in the queue",
        "worker/intake/hand_in_writing.py",
        "    if received.given.staff_on_staff:\n        return _routed(",
        "    if False:\n        return _routed(",
        f"{_HAND_INS}::test_what_is_about_a_colleague_goes_to_hr_and_is_never_judged[sqlite]",
    ),
    (
        "danger about a colleague waits a working day",
        "worker/intake/hand_ins.py",
        "self.clocks.due(Severity.IMMEDIATE_DANGER.value, now) if danger else ",
        "",
        f"{_HAND_INS}::test_what_is_about_a_colleague_goes_to_hr_and_is_never_judged[sqlite]",
    ),
    (
        "the database lets a colleague be judged",
        "worker/store/handin_guards.py",
        "cases.state = 'routed')",
        "cases.state = 'nothing')",
        f"{_HAND_INS}::test_no_way_leads_to_a_decision_about_a_colleague[sqlite]",
    ),
    (
        "a manager sees what is about them",
        "worker/intake/hand_ins.py",
        '        add_conflict(session, who, case_id, person_id, "It was handed in about them.", now=now)\n',
        "        pass\n",
        f"{_HAND_INS}::test_a_manager_never_sees_what_is_about_them[sqlite]",
    ),
    (
        "a platform is asked about what was handed in",
        "worker/evidence/stage.py",
        "if about.account.platform == HANDED_IN:",
        "if False:",
        f"{_HAND_INS}::test_it_becomes_a_case_like_any_other_with_evidence_of_its_own[sqlite]",
    ),
    (
        "a file is sealed before its core",
        "worker/evidence/supplements.py",
        'if core.state != "sealed":',
        "if False:",
        f"{_HAND_INS}::test_a_file_waits_for_the_words_that_it_belongs_to[sqlite]",
    ),
    (
        "files of a refused hand-in stay",
        "worker/intake/hand_ins.py",
        "                self.files.drop(each)\n",
        "                pass\n",
        f"{_HAND_INS}::test_all_of_it_is_taken_or_nothing[sqlite]",
    ),
    (
        "a temporary role outlives its time",
        "worker/review/temporary.py",
        "given.where(t.TemporaryRole.until > now, t.MajorIncident.until > now)",
        "given",
        f"{_INCIDENTS}::test_a_temporary_reviewer_reviews_only_while_it_runs[sqlite]",
    ),
    (
        "a temporary role outlives its incident",
        "worker/review/temporary.py",
        '            t.MajorIncident.state == "on",\n',
        "",
        f"{_INCIDENTS}::test_a_temporary_role_ends_at_once[sqlite-ended]",
    ),
    (
        "a temporary reviewer asks for what needs two people",
        "worker/review/kinds.py",
        "return None if kind in NEEDS_SECOND else now",
        "return now",
        f"{_INCIDENTS}::test_a_temporary_reviewer_hides_and_deletes_nothing[sqlite]",
    ),
    (
        "the daily summary is sent twice",
        "worker/summary/incident_day.py",
        "incident.id == incident_id and sent is None",
        "incident.id == incident_id",
        "tests/unit/summary/test_incident_day.py::test_each_morning_at_eight_it_is_sent_once[sqlite]",
    ),
    (
        "a period before an election begins by UTC",
        "worker/review/elections.py",
        "day = moment.astimezone(LONDON).date()",
        "day = moment.date()",
        "tests/unit/review/test_elections.py::test_both_days_are_whole_days_in_london",
    ),
]
