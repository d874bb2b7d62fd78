"""Guards of appeals, requests about oneself and states: each change takes one away; its test must fail."""

from __future__ import annotations

_APPEALS = "tests/unit/review/test_appeals.py"
_SUBJECTS = "tests/unit/evidence/subjects/test_subjects.py"
_KEPT_FROM = "tests/unit/evidence/keeping/test_kept_from.py"
_USERS = "tests/unit/review/test_two_users.py"
_ONE_LOGIN = "test_where_nobody_else_is_there_the_same_user_breaks_the_glass_and_another_reviews_it"
_STATES = "tests/unit/review/test_states.py"
_ANOTHER = f"{_APPEALS}::test_who_decided_the_case_does_not_decide_the_appeal[sqlite]"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "who decided the case decides the appeal",
        "worker/review/appeal_people.py",
        "if actor.person_id in deciders(session, case_id):",
        "if actor.person_id is None:",
        _ANOTHER,
    ),
    (
        "one user of the computer decides the appeal against themselves",
        "worker/review/appeal_people.py",
        "    if is_same(actor.os_user, users, one_will_do=one_os_user_will_do):\n",
        "    if one_os_user_will_do:\n",
        f"{_USERS}::test_one_user_of_the_computer_does_not_decide_the_appeal_against_themselves[sqlite]",
    ),
    (
        "a decision does not say as which user of the computer it was taken",
        "worker/review/decisions.py",
        '        "os_user": actor.os_user,\n',
        "",
        f"{_USERS}::test_one_user_of_the_computer_does_not_decide_the_appeal_against_themselves[sqlite]",
    ),
    (
        "one user of the computer reviews what they decided alone",
        "worker/review/appeals.py",
        'must_be_another(actor, first, "It was decided alone", "review it",',
        'must_be_another(actor, (), "It was decided alone", "review it",',
        f"{_USERS}::{_ONE_LOGIN}[sqlite]",
    ),
    (
        "nobody decides an appeal where all sit there as one user of the computer",
        "worker/review/appeal_people.py",
        "who_else(session, row) if themselves else ()",
        "who_else(session, row)",
        f"{_USERS}::test_one_user_of_the_computer_does_not_decide_the_appeal_against_themselves[sqlite]",
    ),
    (
        "the glass is broken while somebody else is there",
        "worker/review/appeal_people.py",
        "if answer.alone_because is None or others:",
        "if answer.alone_because is None:",
        _ANOTHER,
    ),
    (
        "the database lets the first decider decide the appeal",
        "worker/store/appeal_guards.py",
        "(NEW.state = 'decided' AND {_TOOK_PART})",
        "(NEW.state = 'decidedly' AND {_TOOK_PART})",
        f"{_APPEALS}::test_the_database_itself_holds_an_appeal_to_another_person[sqlite]",
    ),
    (
        "what was hidden stays hidden after an appeal",
        "worker/review/appeals.py",
        'back = () if ruling.verdict == "upheld" else to_restore(session, case)',
        "back = to_restore(session, case)[:0]",
        f"{_APPEALS}::test_an_appeal_is_overturned_by_another_person_and_what_was_hidden_is_asked_back[sqlite]",
    ),
    (
        "an appeal shows a restricted case to everybody",
        "worker/review/appeal_view.py",
        "    case = check_access(session, actor, row.case_id)",
        "    case = session.get_one(t.Case, row.case_id)",
        f"{_APPEALS}::test_an_appeal_on_a_restricted_case_is_not_shown_to_those_who_may_not_see_it[sqlite]",
    ),
    (
        "a copy for its subject holds restricted cases",
        "worker/evidence/subjects/copy.py",
        "for each in cases if each.restriction is None]",
        "for each in cases]",
        f"{_SUBJECTS}::test_what_is_restricted_or_suspected_is_left_out_and_told_to_the_officer_alone[sqlite]",
    ),
    (
        "anybody reads the custody of a restricted case",
        "worker/evidence/keeping/stage.py",
        "            check_may_view(session, actor, case_id)\n",
        "",
        f"{_KEPT_FROM}::test_the_custody_of_a_restricted_case_is_for_those_who_see_it[sqlite]",
    ),
    (
        "whom a case is about releases its hold",
        "worker/evidence/keeping/holds.py",
        """    check_allowed(session, actor, (case_id,), TO_HOLD)
    standing = _standing(session, case_id)
    if standing is None:
""",
        """    standing = _standing(session, case_id)
    if standing is None:
""",
        f"{_KEPT_FROM}::test_whom_a_case_is_about_neither_sees_nor_releases_its_hold[sqlite]",
    ),
    (
        "who has a conflict of interest makes the copy for its subject",
        "worker/evidence/subjects/stage.py",
        "    if session.scalar(closed.limit(1)) is not None:\n",
        "    if session.scalar(closed.limit(1)) == -1:\n",
        f"{_SUBJECTS}::test_whom_a_case_is_about_does_not_answer_its_author[sqlite]",
    ),
    (
        "a copy for its subject names others",
        "worker/evidence/subjects/copy.py",
        '"text": redactor.words(each.text, where),',
        '"text": each.text,',
        f"{_SUBJECTS}::test_a_copy_holds_their_own_words_and_nobody_elses[sqlite]",
    ),
    (
        "an erasure is met while a hold stands",
        "worker/evidence/subjects/register.py",
        'if row.kind == "erasure" and closing.outcome == "met" and',
        'if row.kind == "erasures" and closing.outcome == "met" and',
        f"{_SUBJECTS}::test_a_hold_keeps_an_erasure_from_being_met[sqlite]",
    ),
    (
        "the database lets a decided case open again",
        "worker/store/migrations/versions/0016_appeals_and_rights.py",
        '    ("decided", "needs_advice"),\n)',
        '    ("decided", "needs_advice"),\n    ("decided", "open"),\n)',
        f"{_STATES}::test_the_database_lets_through_exactly_these_moves[sqlite-case]",
    ),
]
