"""Guards of claims, groups and fingerprints: each small change takes one away and fails the named test."""

from __future__ import annotations

_HANDING_ON = "tests/unit/review/test_handing_on.py"
_TOGETHER = "tests/unit/review/test_together.py"
_FINGERPRINTS = "tests/unit/review/test_fingerprints.py"
_GROUPING = "tests/unit/review/test_grouping.py"
_AFTERCARE = "tests/unit/review/test_group_aftercare.py"
_ANSWERS = "tests/unit/review/test_group_answers.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "what was put aside is handed out",
        "worker/review/claims.py",
        "t.Case.closed_at.is_(None), ~asleep(now), seen, ~live.exists()",
        "t.Case.closed_at.is_(None), seen, ~live.exists()",
        f"{_HANDING_ON}::test_what_is_put_aside_is_passed_over_and_wakes_by_itself[sqlite]",
    ),
    (
        "new words do not wake a case",
        "worker/review/opening.py",
        "            snoozed_until = None\n",
        "",
        f"{_HANDING_ON}::test_new_words_a_higher_severity_or_a_person_wake_a_case[sqlite]",
    ),
    (
        "immediate danger is put aside",
        "worker/review/handing_on.py",
        "if case.severity_rank == 0:",
        "if case.severity_rank < 0:",
        f"{_HANDING_ON}::test_danger_is_never_put_aside_nor_anything_for_long_or_from_under_a_colleague[sqlite]",
    ),
    (
        "anybody takes a case out of a colleague's hands",
        "worker/review/handing_on.py",
        "if held_by != actor.person_id:",
        "if held_by == -1:",
        f"{_HANDING_ON}::test_only_the_holder_or_a_senior_hands_on_and_only_to_who_may_work_on_it[sqlite]",
    ),
    (
        "words that nobody was shown are decided on with their group",
        "worker/review/together.py",
        "if (case_id, revision_id) not in shown:",
        "if not shown:",
        f"{_TOGETHER}::test_only_who_was_shown_the_list_decides_on_it[sqlite]",
    ),
    (
        "a list that a colleague was shown is decided on",
        "worker/review/groups.py",
        "t.GroupShowing.person_id == actor.person_id",
        "t.GroupShowing.person_id.is_not(None)",
        f"{_TOGETHER}::test_only_who_was_shown_the_list_decides_on_it[sqlite]",
    ),
    (
        "a group shows restricted cases",
        "worker/review/groups.py",
        "or_(lasting, t.GroupMember.revision_id == t.Case.revision_id), seen",
        "or_(lasting, t.GroupMember.revision_id == t.Case.revision_id)",
        f"{_TOGETHER}::test_restricted_members_are_neither_shown_nor_counted[sqlite]",
    ),
    (
        "whoever may see none of its cases is shown a group",
        "worker/review/groups.py",
        "if group is None or session.scalar(theirs.limit(1)) is None:",
        "if group is None:",
        f"{_TOGETHER}::test_a_group_of_what_somebody_may_not_see_is_as_if_there_were_none[sqlite]",
    ),
    (
        "the database takes two first decisions on one case",
        "worker/store/migrations/versions/0010_groups_and_fingerprints.py",
        '        ["case_id"],\n        unique=True,\n',
        '        ["case_id"],\n',
        f"{_TOGETHER}::test_the_database_takes_one_first_decision_and_one_correction_of_each[sqlite]",
    ),
    (
        "a restored comment is still looked for",
        "worker/review/fingerprints.py",
        "if newest is not None and newest.kind in _TAKEN_DOWN else None",
        "if newest is not None else None",
        f"{_FINGERPRINTS}::test_restoring_it_or_correcting_the_decision_withdraws_the_fingerprint[sqlite]",
    ),
    (
        "what is no longer upheld is still looked for",
        "worker/review/fingerprints.py",
        'decision is not None and decision.verdict == "upheld":',
        "decision is not None:",
        f"{_FINGERPRINTS}::test_restoring_it_or_correcting_the_decision_withdraws_the_fingerprint[sqlite]",
    ),
    (
        "thanks that everybody writes are looked for",
        "worker/review/fingerprints.py",
        "if found.words < FEWEST_WORDS or found.telling < _TELLING_EXACT:",
        "if found.words < 1:",
        f"{_FINGERPRINTS}::test_other_words_thanks_and_what_was_only_upheld_bring_nothing_back[sqlite]",
    ),
    (
        "suspected abuse imagery is compared",
        "worker/review/pictures.py",
        "if not pdqs or case.restriction == _LOCKED or ",
        "if not pdqs or ",
        f"{_GROUPING}::test_suspected_abuse_imagery_is_compared_with_nothing[sqlite]",
    ),
    (
        "each member of a group decision is asked for by itself",
        "worker/review/decisions.py",
        "now=now, together=ruling.together)",
        "now=now)",
        f"{_AFTERCARE}::test_a_group_decision_asks_for_each_thing_once[sqlite]",
    ),
    (
        "one corrected member ends the task of the others",
        "worker/review/aftercare.py",
        "session.scalars(counting(number)).all(), office.now)",
        "(), office.now)",
        f"{_AFTERCARE}::test_a_corrected_member_stands_for_itself_and_the_others_keep_their_task[sqlite]",
    ),
    (
        "what is noted on a member does not end the task of its group",
        "worker/review/duties.py",
        "    for number in session.scalars(that_counts(case_id)).all():\n",
        "    for number in ():\n",
        f"{_AFTERCARE}::test_what_is_noted_on_any_member_ends_the_task_of_the_group[sqlite]",
    ),
    (
        "half a group is followed",
        "worker/review/aftercare.py",
        "if row.ended_at is None and newest > office.now - _CUT_OFF:",
        "if False:",
        f"{_AFTERCARE}::test_the_job_waits_while_members_are_decided_and_follows_what_was_cut_off[sqlite]",
    ),
    (
        "a decision joins a colleague's group decision",
        "worker/review/group_decisions.py",
        "row is None or row.person_id != actor.person_id or",
        "row is None or",
        f"{_AFTERCARE}::test_a_group_decision_is_of_whoever_takes_it_and_only_until_it_ends[sqlite]",
    ),
    (
        "an answer for a group is a task for each of its cases",
        "worker/review/decisions.py",
        "        matter = duties.decided_together(group.id, group.group_id)\n",
        "",
        f"{_ANSWERS}::test_an_answer_for_a_group_is_one_task_and_flags_and_restrictions_are_each_cases[sqlite]",
    ),
    (
        "a group's task goes to a role that sees none of its cases",
        "worker/review/consequences.py",
        "role=role_that_sees(session, decision.case_id, wanted.role))",
        "role=wanted.role)",
        f"{_ANSWERS}::test_the_role_that_gets_a_groups_task_sees_its_cases[sqlite]",
    ),
    (
        "one member that is answered anew ends the task of the others",
        "worker/review/aftercare.py",
        "needless += [] if members else SEEN_TO",
        "needless += SEEN_TO",
        f"{_ANSWERS}::test_a_member_that_is_answered_anew_stands_for_itself[sqlite]",
    ),
    (
        "what a member is not asked anew is forgotten with its group's task",
        "worker/review/consequences.py",
        "SEEN_TO.keys() - denied):",
        "SEEN_TO.keys() & denied):",
        f"{_ANSWERS}::test_what_is_not_asked_anew_is_not_forgotten[sqlite]",
    ),
    (
        "advice goes on being wanted for a group that is decided",
        "worker/review/aftercare.py",
        "            for earlier in before:\n                _end_of_group(",
        "            for earlier in before[:0]:\n                _end_of_group(",
        f"{_ANSWERS}::test_advice_for_a_group_ends_when_the_group_is_decided[sqlite]",
    ),
    (
        "what was done for a group is asked of its next member",
        "worker/review/duties.py",
        "there = and_(_covers(matter), or_(",
        "there = and_(there, or_(",
        f"{_ANSWERS}::test_what_was_done_for_the_group_is_not_asked_of_its_next_member[sqlite]",
    ),
    (
        "a task and what fulfils it miss each other",
        "worker/review/duties.py",
        "        session.get_one(t.GroupDecision, number, with_for_update=True)\n",
        "",
        f"{_AFTERCARE}::test_what_fulfils_a_task_and_what_adds_it_do_not_miss_each_other[postgresql]",
    ),
]
