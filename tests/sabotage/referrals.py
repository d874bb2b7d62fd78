"""Guards of referrals, tasks and Datix: each small change takes one away, and makes the named test fail."""

from __future__ import annotations

_REFERRALS = "tests/unit/review/test_referrals.py"
_WORKLIST = "tests/unit/review/test_worklist.py"
_AFTERCARE = "tests/unit/review/test_aftercare.py"
_GUARDS = "tests/unit/review/test_referral_guards.py"
_CLI = "tests/unit/cli/test_refer.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a task about a restricted case is for a role that sees none",
        "worker/review/worklist.py",
        ", _instead(person, roles))",
        ")",
        f"{_WORKLIST}::test_a_task_for_a_role_that_may_not_see_the_case_is_a_seniors[sqlite-manager]",
    ),
    (
        "anybody reads any referral",
        "worker/review/recipients.py",
        "    if is_recipient(session, person, referral, guide):\n        return True\n",
        "    if is_recipient(session, person, referral, guide) or person.active:\n        return True\n",
        f"{_REFERRALS}::test_nobody_reads_what_was_referred_to_somebody_else[sqlite]",
    ),
    (
        "a referral that was taken back is still read",
        "worker/review/recipients.py",
        '        t.Referral.state != "withdrawn",\n',
        "        t.Referral.id > 0,\n",
        f"{_REFERRALS}::test_nobody_reads_what_was_referred_to_somebody_else[sqlite]",
    ),
    (
        "words are shown that were not referred",
        "worker/review/referral_view.py",
        "    words, placed = row.sees_words and not imagery, row.sees_words or imagery\n",
        "    words, placed = not imagery, row.sees_words or imagery\n",
        f"{_REFERRALS}::test_each_thing_is_shown_only_where_it_was_given[sqlite-sees0-shown0]",
    ),
    (
        "what became suspected imagery after it was referred is still shown",
        "worker/review/referral_view.py",
        '    imagery = case.restriction == "imagery"\n',
        '    imagery = case.restriction == "imagery" and row.state == "closed"\n',
        f"{_REFERRALS}::test_of_suspected_imagery_only_address_ids_and_times_go_anywhere[sqlite]",
    ),
    (
        "a restricted case is referred by anybody who may refer",
        "worker/review/referrals.py",
        "            case = held_case(session, actor, case_id)",
        "            case = session.get_one(t.Case, case_id, with_for_update=True)",
        f"{_REFERRALS}::test_only_who_may_refer_and_see_the_case_refers_it[sqlite]",
    ),
    (
        "a task tells of a restricted case to whoever it is for",
        "worker/review/worklist.py",
        "    unrestricted = select(t.Case.id).where(t.Case.restriction.is_(None))\n",
        "    unrestricted = select(t.Case.id)\n",
        f"{_WORKLIST}::test_a_restricted_case_is_not_told_of_by_its_tasks[sqlite]",
    ),
    (
        "somebody in distress is blocked",
        "worker/review/requests.py",
        "    welfare.spare(session, decision.id, kind)\n",
        "",
        f"{_AFTERCARE}::test_distress_is_not_punished[sqlite-delete]",
    ),
    (
        "a decision is not followed",
        "worker/review/decisions.py",
        "        aftercare.ask(session, case.id, decision.id, now=now, together=ruling.together)\n",
        "        pass\n",
        f"{_AFTERCARE}::test_an_upheld_decision_is_followed_by_a_job_of_its_own_transaction[sqlite]",
    ),
    (
        "the database lets a referral be closed that nobody acknowledged",
        "worker/store/migrations/versions/0014_referrals.py",
        '    yield from moves_only(dialect, "referrals", _WAYS, ("made",))\n',
        "",
        f"{_GUARDS}::test_what_is_on_record_stays[sqlite]",
    ),
    (
        "a stranger's words become a formula",
        "worker/cli/datix.py",
        "cell.startswith(_FORMULA) else cell",
        'cell.startswith("#") else cell',
        f"{_CLI}::test_datix_text_and_csv_are_harmless",
    ),
]
