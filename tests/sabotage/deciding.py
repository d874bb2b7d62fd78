"""Guards of whole decisions and of who may see a case: each small change takes one away, and a test fails."""

from __future__ import annotations

_ACCESS = "tests/unit/review/test_access.py"
_WHOLE = "tests/unit/review/test_whole_decisions.py"
_MARKING = "tests/unit/evidence/test_marking.py"
_CALLED_OFF = "tests/unit/action/test_called_off.py"
_DECIDING = "tests/unit/review/test_deciding.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a conflict of interest closes nothing",
        "worker/review/access.py",
        "return and_(for_them, t.Case.id.not_in(theirs))",
        "return for_them",
        f"{_ACCESS}::test_a_conflict_of_interest_closes_the_case_whatever_the_roles[sqlite]",
    ),
    (
        "reviewers see restricted cases",
        "worker/review/access.py",
        "t.Case.restriction.is_(None) if roles & WORK_THE_QUEUE else false(),",
        "t.Case.id > 0 if roles & WORK_THE_QUEUE else false(),",
        f"{_ACCESS}::test_the_table_of_who_sees_what_is_this_one[sqlite]",
    ),
    (
        "next case hands out restricted cases",
        "worker/review/claims.py",
        "~asleep(now), seen, ~live.exists()",
        "~asleep(now), ~live.exists()",
        f"{_ACCESS}::test_a_restricted_case_is_neither_handed_out_nor_worked_on[sqlite]",
    ),
    (
        "a new case of the same comment is open to everybody",
        "worker/review/inheriting.py",
        "    for before in restricted:\n",
        "    for before in restricted[:0]:\n",
        f"{_ACCESS}::test_a_new_case_of_the_same_comment_is_no_way_around[sqlite]",
    ),
    (
        "a mark on pictures does not restrict the case",
        "worker/evidence/marking.py",
        "        if mark in BY_MARK:\n",
        "        if mark not in BY_MARK:\n",
        f"{_MARKING}::test_a_grave_mark_restricts_every_case_of_the_comment[sqlite-intimate_image-intimate_image]",
    ),
    (
        "mandatory questions go unanswered",
        "worker/review/questions.py",
        "missing = [each for each in asked if each.id not in given]",
        "missing = [each for each in asked if not given]",
        f"{_WHOLE}::test_a_decision_without_its_mandatory_answers_is_refused_naming_them[sqlite]",
    ),
    (
        "criticism is upheld without a word",
        "worker/review/decisions.py",
        "    said.check_criticism(ruling.verdict, answered.values())\n",
        "",
        f"{_WHOLE}::test_criticism_is_upheld_only_with_a_word_about_what_goes_beyond_it[sqlite]",
    ),
    (
        "somebody at risk now is a line in a file",
        "worker/review/consequences.py",
        "        if effect is not None and effect in _SEEN_TO:\n",
        "        if effect == SAFEGUARDING:\n",
        f"{_WHOLE}::test_somebody_at_risk_now_is_not_left_to_the_queue[sqlite]",
    ),
    (
        "the database takes half a decision",
        "worker/store/migrations/versions/0011_whole_decisions.py",
        "(NEW.verdict = 'not_upheld' AND NEW.why_not IS NULL)",
        "(NEW.verdict = 'nothing' AND NEW.why_not IS NULL)",
        f"{_WHOLE}::test_the_database_takes_no_decision_that_is_not_whole[sqlite-changes0]",
    ),
    (
        "a corrected decision leaves people to carry it out",
        "worker/review/decisions.py",
        "    call_off(session, case.id, ruling.verdict, now=now)\n",
        "",
        f"{_CALLED_OFF}::test_a_correction_calls_off_what_waits_for_a_second_person[sqlite]",
    ),
    (
        "words that are gone are judged anew to take something down",
        "worker/review/decisions.py",
        "        and RESTORING.issuperset(ruling.actions)\n",
        "",
        f"{_DECIDING}::test_words_that_are_gone_are_judged_anew_only_to_correct_and_take_nothing_down[sqlite-upheld-actions0]",
    ),
]
