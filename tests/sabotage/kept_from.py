"""Guards of evidence that is kept from somebody: its hand-over, its keeping and its end; and their tests."""

_HERE = "tests/unit/evidence/keeping"
_AT_ONCE = f"{_HERE}/test_at_once.py"
_CLOSING = "tests/unit/intake/test_closing.py"
_KEPT_FROM = "tests/unit/evidence/handover/test_kept_from.py"
_LOOKING = "tests/unit/evidence/offsite/test_looking.py"
_MATTERS = "tests/unit/intake/test_marked_matters.py"
_RESTRICTED = f"{_HERE}/test_restricted.py"

_ROOM = "worker/evidence/handover"

SABOTAGES = [
    (
        "whom a case is about decides on its hand-over",
        f"{_ROOM}/reach.py",
        """    for case_id in cases:
        check_may_view(session, actor, case_id)
    return row
""",
        "    return row\n",
        f"{_KEPT_FROM}::test_who_may_not_see_a_case_has_no_say_in_its_hand_over",
    ),
    (
        "whom a case is about stops its hand-over",
        f"{_ROOM}/reach.py",
        "        if actor.person_id in conflicted(session, case_id):\n",
        "        if False:\n",
        f"{_KEPT_FROM}::test_who_may_not_see_a_case_has_no_say_in_its_hand_over",
    ),
    (
        "what nobody sees any more is asked for for ever",
        f"{_ROOM}/approval.py",
        '("asked", "approved"), refusable)',
        '("asked", "approved"))',
        f"{_KEPT_FROM}::test_what_nobody_sees_any_more_is_taken_back",
    ),
    (
        "one user of the computer is both people who end a restricted case",
        "worker/evidence/keeping/two_people.py",
        "    first = users_who_agreed(session, rows)\n",
        "    first = frozenset[str]()\n",
        f"{_RESTRICTED}::test_two_people_are_two_users_of_the_computer[sqlite]",
    ),
    (
        "a word that was sent back keeps its user from approving",
        "worker/evidence/agreed.py",
        '        if each.facts.get("disposal_id") == row.id and each.at == row.first_at\n',
        '        if each.facts.get("disposal_id") == row.id\n',
        f"{_RESTRICTED}::test_two_people_are_two_users_of_the_computer[sqlite]",
    ),
    (
        "what the person concerned asked for is approved",
        f"{_ROOM}/approval.py",
        """            must_see(session, row, row.asked_by, "asked for")
            self._decide(""",
        "            self._decide(",
        f"{_KEPT_FROM}::test_nobody_approves_what_was_asked_for_by_who_may_not_see_it_any_more",
    ),
    (
        "what the person concerned asked for is made",
        f"{_ROOM}/approval.py",
        """        must_see(session, row, row.asked_by, "asked for")
        must_see(""",
        "        must_see(",
        f"{_KEPT_FROM}::test_nothing_is_made_that_somebody_barred_since_asked_for_or_approved",
    ),
    (
        "what the person concerned approved is made",
        f"{_ROOM}/approval.py",
        """        must_see(session, row, row.decided_by, "approved")\n""",
        "",
        f"{_KEPT_FROM}::test_a_conflict_that_is_noted_while_the_file_is_made_leaves_none",
    ),
    (
        "an evidence officer holds and ends what they may not see",
        "worker/evidence/keeping/allowed.py",
        """    for case_id in case_ids:
        check_may_view(session, actor, case_id)
""",
        "",
        f"{_RESTRICTED}::test_who_holds_and_ends_which_case[manager]",
    ),
    (
        "who sees a restricted case ends any other too",
        "worker/evidence/keeping/allowed.py",
        "    check(session, actor, right_in(session, case_ids, *rights))\n",
        "    check(session, actor, rights.restricted)\n",
        f"{_RESTRICTED}::test_who_holds_and_ends_which_case[None]",
    ),
    (
        "one person ends a restricted case",
        "worker/evidence/keeping/allowed.py",
        "    return any(restrictions(session, case_id) for case_id in case_ids)\n",
        "    return False\n",
        f"{_RESTRICTED}::test_two_who_see_it_end_it_and_the_worker_destroys_it[manager]",
    ),
    (
        "who agreed first approves as well",
        "worker/evidence/keeping/two_people.py",
        "    if agreed == {actor.person_id}:\n",
        "    if False:\n",
        f"{_RESTRICTED}::test_one_person_is_not_two[sqlite]",
    ),
    (
        "the database takes one person for two",
        "worker/store/migrations/versions/0018_matters_closed_and_two_agree.py",
        " OR first_by <> decided_by)",
        " OR first_by = first_by)",
        f"{_RESTRICTED}::test_one_person_is_not_two[sqlite]",
    ),
    (
        "what became restricted is ended by one approval",
        "worker/evidence/keeping/destruction.py",
        "            *_not_by_two(session, approved, fate),\n",
        "",
        f"{_RESTRICTED}::test_what_is_restricted_after_one_person_approved_goes_back[sqlite]",
    ),
    (
        "a first voice that nobody gave counts",
        "worker/evidence/agreed.py",
        "        elif row.first_by is not None and not any(",
        "        elif False and not any(",
        f"{_RESTRICTED}::test_a_first_voice_that_only_stands_in_the_row_counts_for_nothing[sqlite]",
    ),
    (
        "an officer whom it concerns is the second person",
        "worker/evidence/keeping/allowed.py",
        "    return not any(actor.person_id in conflicted(session, case_id) for case_id in case_ids)\n",
        "    return True\n",
        f"{_RESTRICTED}::test_an_officer_whom_it_concerns_is_no_second_person[sqlite]",
    ),
    (
        "an officer is the first person, unseen",
        "worker/evidence/keeping/two_people.py",
        "    return bool(rows) and all(row.first_by is not None for row in rows)\n",
        "    return True\n",
        f"{_RESTRICTED}::test_what_one_person_sees_is_ended_with_an_officer_who_does_not[sqlite]",
    ),
    (
        "words are erased under a case that is being opened",
        "worker/evidence/keeping/erasing.py",
        "    hold_against_opening(session, found)\n",
        "",
        f"{_AT_ONCE}::test_a_case_that_is_being_opened_keeps_the_words_it_is_about[postgresql]",
    ),
    (
        "what HR closed is kept for ever",
        "worker/evidence/keeping/due.py",
        "    both = union(decided, closed).subquery()\n",
        "    both = union(decided, decided).subquery()\n",
        f"{_CLOSING}::test_its_time_runs_from_when_hr_closes_it[sqlite-not_upheld-90]",
    ),
    (
        "the names of a hand-in outlive it",
        "worker/evidence/keeping/erasing.py",
        "    _empty_hand_ins(session, comment_ids)\n",
        "",
        f"{_CLOSING}::test_a_hand_in_that_was_judged_leaves_no_name_either[sqlite]",
    ),
    (
        "the database lets a name be emptied before its words",
        "worker/store/handin_guards.py",
        'f"NOT ({emptied}) OR {kept}"',
        'f"NOT ({emptied})"',
        f"{_CLOSING}::test_the_database_lets_nothing_be_emptied_before_its_words",
    ),
    (
        "whom it concerns closes the matter",
        "worker/intake/hand_in_closing.py",
        "        case = held_case(session, actor, given.case_id)\n",
        "        case = session.get_one(t.Case, given.case_id)\n",
        f"{_CLOSING}::test_only_hr_and_the_guardian_close_and_not_whom_it_concerns[sqlite]",
    ),
    (
        "whom a case is about verifies it by its number",
        "worker/evidence/stage.py",
        """        if case_id is not None:
            require_may_view(self.store, self.clock, actor, case_id)
""",
        "",
        "tests/unit/evidence/test_survey.py::test_whom_a_case_is_about_does_not_look_into_it_by_verifying[sqlite]",
    ),
    (
        "an officer fetches the copy of what they may not see",
        "worker/evidence/offsite/stage.py",
        """        require_may_view(self.store, self.clock, actor, case_id)
        bucket =""",
        "        bucket =",
        f"{_LOOKING}::test_what_an_officer_may_not_see_they_neither_fetch_nor_read_back",
    ),
    (
        "an intimate image takes a matter from everybody",
        "worker/review/restricting.py",
        '    return kind == BY_MARK["suspected_csam"] or bool(seen_under({*kinds, kind}))\n',
        "    return True\n",
        f"{_MATTERS}::test_an_intimate_image_does_not_take_a_matter_from_whom_it_is_kept_for[sqlite]",
    ),
    (
        "suspected imagery leaves a matter open",
        "worker/review/restricting.py",
        '    return kind == BY_MARK["suspected_csam"] or bool(',
        "    return bool(",
        f"{_MATTERS}::test_suspected_imagery_closes_a_matter_and_says_so[sqlite]",
    ),
    (
        "a mark that closed nothing is forgotten when a restriction is lifted",
        "worker/review/restricting.py",
        "            _follow_mark(session, Actor(None, actor.source), case, mark, now=now)\n",
        "            pass\n",
        f"{_MATTERS}::test_what_a_mark_left_open_it_closes_once_somebody_would_see_it[sqlite]",
    ),
]
