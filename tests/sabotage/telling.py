"""Guards of what is told of restricted cases, and to whom: each removal makes the named test fail."""

from __future__ import annotations

_ABOUT = "tests/unit/summary/test_about_cases.py"
_KEPT = f"{_ABOUT}::test_the_status_tells_of_a_kept_case_only_that_there_is_one"
_OVERDUE = "tests/unit/review/test_overdue.py"
_PAGING = "tests/unit/review/test_paging_access.py"
_WORKLIST = "tests/unit/review/test_worklist.py"
_WAITING = "tests/unit/summary/test_waiting.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "the status names restricted cases to whoever reads it",
        "worker/summary/about_cases.py",
        "        elif each.case_id not in kept:\n",
        "        elif True:\n",
        f"{_KEPT}[sqlite-failed-restrict]",
    ),
    (
        "the status names a case to whoever has a conflict of interest in it",
        "worker/summary/about_cases.py",
        "closed = or_(t.Case.restriction.is_not(None), t.Case.id.in_(standing_conflicts()))",
        "closed = or_(t.Case.restriction.is_not(None))",
        f"{_KEPT}[sqlite-failed-note_conflict]",
    ),
    (
        "immediate danger in a restricted case is told like anything else",
        "worker/summary/about_cases.py",
        "        elif each.instead:\n",
        "        elif False:\n",
        f"{_ABOUT}::test_immediate_danger_is_shouted_of_a_kept_case_too[sqlite]",
    ),
    (
        "an error of a job names a restricted case in the status",
        "worker/summary/status.py",
        'without_numbers(session, job.last_error or "")',
        'job.last_error or ""',
        f"{_KEPT}[sqlite-job-restrict]",
    ),
    (
        "the status lists restricted cases whose evidence is damaged",
        "worker/summary/checks.py",
        "tuple(case_id for case_id in bad if case_id not in kept)",
        "bad",
        f"{_KEPT}[sqlite-bag-restrict]",
    ),
    (
        "the shared list is told which restricted case is overdue",
        "worker/review/overdue.py",
        "if row.restriction is None and row.id in seen]",
        "if row.id in seen]",
        f"{_OVERDUE}::test_a_case_that_was_restricted_before_the_list_is_mailed_is_not_named_there[sqlite]",
    ),
    (
        "whoever lost the right is still told what is overdue",
        "worker/review/overdue.py",
        "        known = self._known_to(session, person, owners, case_ids)\n        return",
        "        known = set(case_ids)\n        return",
        f"{_OVERDUE}::test_whoever_may_not_hear_any_more_when_a_mail_is_sent_gets_none[sqlite]",
    ),
    (
        "an address that was taken off the list is still mailed",
        "worker/review/overdue.py",
        " if to in self.recipients else None",
        "",
        f"{_OVERDUE}::test_whoever_may_not_hear_any_more_when_a_mail_is_sent_gets_none[sqlite]",
    ),
    (
        "nobody is told which restricted case is overdue",
        "worker/review/overdue.py",
        "if each.restriction or holders.get(each.id) == person.id]",
        "if holders.get(each.id) == person.id]",
        f"{_OVERDUE}::test_the_list_hears_of_a_restricted_case_without_its_name_and_who_may_see_it_with[sqlite]",
    ),
    (
        "a shared mailbox is told what only one of its owners may see",
        "worker/review/overdue.py",
        "        for owner in owners:\n",
        "        for owner in (person,):\n",
        f"{_OVERDUE}::test_an_address_that_two_people_have_names_nothing_that_one_of_them_may_not_see[sqlite]",
    ),
    (
        "whoever has left is told at their address on the list",
        "worker/review/overdue.py",
        "        if owners and not active:\n            return None\n",
        "",
        f"{_OVERDUE}::test_an_address_on_the_list_names_nothing_that_one_of_its_owners_may_not_see[sqlite]",
    ),
    (
        "the webhook names a restricted case",
        "worker/review/page_words.py",
        '"case": None if call.restricted else call.case_id',
        '"case": call.case_id',
        f"{_PAGING}::test_the_webhook_does_not_name_a_restricted_case[sqlite]",
    ),
    (
        "immediate danger is silent where nobody who may see it is reached",
        "worker/review/paging.py",
        "        for person in plan.fetching:\n",
        "        for person in ():\n",
        f"{_PAGING}::test_where_nobody_who_may_see_it_can_be_told_somebody_is_sent_to_fetch_them[sqlite]",
    ),
    (
        "whoever must fetch somebody has a conflict of interest in the case",
        "worker/review/on_call.py",
        "each for each in group if each.id not in apart and not may_see(",
        "each for each in group if not may_see(",
        f"{_PAGING}::test_where_nobody_who_may_see_it_can_be_told_somebody_is_sent_to_fetch_them[sqlite]",
    ),
    (
        "somebody is called who may not take a call any more",
        "worker/review/on_call.py",
        ", t.Person.active, t.Person.id.in_(deciding))",
        ", t.Person.active)",
        f"{_PAGING}::test_whoever_lost_the_role_is_passed_over_although_the_rota_names_them[sqlite]",
    ),
    (
        "whoever is mailed about immediate danger is not asked for afresh",
        "worker/review/paging.py",
        "        return may_see(session, person_id, case_id)\n",
        "        return True\n",
        f"{_PAGING}::test_whoever_is_told_is_asked_for_afresh_before_each_mail[sqlite]",
    ),
    (
        "a task is passed on to where nobody finds it",
        "worker/review/worklist.py",
        "            check_found(session, task, lambda person: _theirs(person, guide, everybody=False))\n",
        "",
        f"{_WORKLIST}::test_a_task_is_not_passed_on_to_where_nobody_finds_it[sqlite]",
    ),
    (
        "tasks for a role that nobody has are not told",
        "worker/summary/waiting.py",
        "if each is not None and each not in held)",
        "if each is not None and each not in t.ROLES)",
        f"{_WAITING}::test_tasks_that_nobody_is_told_of_are_not_lost[sqlite]",
    ),
]
