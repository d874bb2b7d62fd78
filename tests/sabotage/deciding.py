"""Guards of whole decisions and of who may see a case: each small change takes one away, and a test fails."""

from __future__ import annotations

_ACCESS = "tests/unit/review/test_access.py"
_WHOLE = "tests/unit/review/test_whole_decisions.py"
_MARKING = "tests/unit/evidence/test_marking.py"
_CALLED_OFF = "tests/unit/action/test_called_off.py"
_DECIDING = "tests/unit/review/test_deciding.py"
_STATEMENTS = "tests/unit/review/test_statements.py"
_ANSWERS = "tests/unit/review/test_group_answers.py"
_CHECKLIST = "tests/unit/review/test_checklists.py"
_QUEUE = "tests/unit/cli/test_queue.py"
_CLI = "tests/unit/cli/test_case_file.py"
_LOOKING = "tests/unit/review/test_looking.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a conflict of interest closes nothing",
        "worker/review/access.py",
        "return and_(for_them, t.Case.id.not_in(concerned))",
        "return for_them",
        f"{_ACCESS}::test_a_conflict_of_interest_closes_the_case_whatever_the_roles[sqlite]",
    ),
    (
        "reviewers see restricted cases",
        "worker/review/access.py",
        "t.Case.restriction.is_(None) if works else false(),",
        "t.Case.id > 0 if works else false(),",
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
        "    for before in session.scalars(restricted).all():\n",
        "    for before in session.scalars(restricted).all()[:0]:\n",
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
        "        if effect is not None and effect in SEEN_TO:\n",
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
        "        call_off(session, case.id, ruling.verdict, now=now)\n",
        "",
        f"{_CALLED_OFF}::test_a_correction_calls_off_what_waits_for_a_second_person[sqlite]",
    ),
    (
        "a case that is held is read and locked again and again",
        "worker/review/locked.py",
        "    if case_id not in held:\n",
        "    if case_id:\n",
        f"{_STATEMENTS}::test_taking_a_case_and_deciding_it_takes_few_statements[sqlite]",
    ),
    (
        "who acts is read anew by everybody who asks",
        "worker/review/rights.py",
        "session.info[_ACTING] = check(",
        "check(",
        f"{_STATEMENTS}::test_taking_a_case_and_deciding_it_takes_few_statements[sqlite]",
    ),
    (
        "an answer that is no again leaves its task",
        "worker/review/consequences.py",
        "{ADVICE, *denied}, over, now)",
        "{ADVICE}, over, now)",
        f"{_ANSWERS}::test_a_case_by_itself_is_asked_about_once_and_again_when_it_was_done[sqlite]",
    ),
    (
        "what is given back by somebody who does not have it is said to be free",
        "worker/cli/queue.py",
        "if released else",
        "if not released else",
        f"{_CLI}::test_who_gives_back_a_case_that_they_do_not_have_is_told_so",
    ),
    (
        "what a decision lacks is told one by one",
        "worker/review/ruling.py",
        "[*self.lacking(), *self.particulars.lacking(self.verdict)]",
        "self.lacking()",
        f"{_CLI}::test_everything_that_a_decision_lacks_is_named_at_once_with_what_to_type",
    ),
    (
        "words that are gone are judged anew to take something down",
        "worker/review/decisions.py",
        "        and RESTORING.issuperset(ruling.actions)\n",
        "",
        f"{_DECIDING}::test_words_that_are_gone_are_judged_anew_only_to_correct_and_take_nothing_down[sqlite-upheld-actions0]",
    ),
    (
        "a log-in page ticks the comment's page",
        "worker/review/evidence_state.py",
        "    if SHOWS_IT in met:\n",
        "    if met:\n",
        f"{_CHECKLIST}::test_a_page_that_does_not_show_the_comment_is_not_ticked[sqlite-wall]",
    ),
    (
        "a page of earlier words ticks the comment's page",
        "worker/review/evidence_state.py",
        "            t.Snapshot.revision_id == case.revision_id,\n",
        "",
        f"{_CHECKLIST}::test_a_page_of_an_earlier_wording_is_not_ticked[sqlite]",
    ),
    (
        "a communications lead reads abuse in the list",
        "worker/review/looking.py",
        "visible_to(session, actor), reads_words(session, actor)",
        "visible_to(session, actor), True",
        f"{_QUEUE}::test_a_communications_lead_reads_no_abuse_in_a_list",
    ),
    (
        "words of restricted cases stand in the list",
        "worker/review/queue.py",
        "if words and found.restriction is None else None",
        "if words else None",
        f"{_QUEUE}::test_no_words_of_a_restricted_case_stand_in_a_list",
    ),
    (
        "reading words in the list leaves no trace",
        "worker/review/looking.py",
        "    if not read:\n",
        "    if page:\n",
        f"{_QUEUE}::test_reading_words_in_a_list_leaves_a_trace",
    ),
    (
        "a call that was taken is taken for ever",
        "worker/review/pages.py",
        "        .order_by(t.Page.id)\n    )\n    return {case_id: Call",
        "        .order_by(t.Page.id.desc())\n    )\n    return {case_id: Call",
        f"{_QUEUE}::test_the_list_says_that_a_call_was_taken_and_so_does_the_case",
    ),
    (
        "choices are printed so that a shell takes them for pipes",
        "worker/review/pasting.py",
        '    if "|" not in option:\n',
        "    if option:\n",
        f"{_QUEUE}::test_what_was_read_ends_with_the_command_that_decides_it[show-upheld]",
    ),
    (
        "what a decision lacks is told so that pasted it decides",
        "worker/review/questions.py",
        "return pasteable(f\"--answer {self.id}={'|'.join(self.answers)}\")",
        "return f\"--answer {self.id}={'|'.join(self.answers)}\"",
        f"{_CLI}::test_no_shell_takes_what_is_told_to_type_for_pipes[upheld]",
    ),
    *(
        (
            f"a list is hidden where nobody can record that its words were read, on {database}",
            "worker/review/looking.py",
            "    except DBAPIError:\n",
            "    except NotImplementedError:\n",
            f"{_LOOKING}::test_a_database_that_takes_no_entries_hides_no_list[{database}]",
        )
        for database in ("sqlite", "postgresql")
    ),
    (
        "words are read although nobody can record it",
        "worker/review/looking.py",
        "rows = tuple(replace(row, begins=None) for row in page.rows)",
        "rows = page.rows",
        f"{_LOOKING}::test_a_database_that_takes_no_entries_hides_no_list[sqlite]",
    ),
]
