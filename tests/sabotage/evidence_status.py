"""Mutations of what status and summary say of evidence: each removes one guard, and a test must notice."""

from __future__ import annotations

_EVIDENCE = "tests/unit/summary/test_evidence_status.py"
_DAYS = "tests/unit/test_working_days.py"
_COUNTED = "tests/unit/summary/test_evidence_figures.py"
_COMMANDS = "tests/unit/cli/test_status.py"
_STAMPED = "tests/unit/evidence/test_stamping.py"

#: Name, file, old text, new text, the test that must fail.
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a timestamp that does not come is no problem",
        "worker/summary/evidence_words.py",
        "if state.authority and state.unstamped.over(",
        "if not state.authority and state.unstamped.over(",
        f"{_EVIDENCE}::test_a_timestamp_that_does_not_come_is_a_problem_in_time",
    ),
    (
        "what is locked away is called pending for ever",
        "worker/evidence/following.py",
        "~stamped, usable())",
        "~stamped)",
        f"{_EVIDENCE}::test_locked_and_destroyed_evidence_waits_for_no_timestamp",
    ),
    (
        "nobody is told that no timestamp authority is set",
        "worker/summary/evidence_words.py",
        "    if not state.authority:\n",
        "    if False:\n",
        f"{_EVIDENCE}::test_what_nobody_outside_vouches_for_is_a_notice",
    ),
    (
        "a ledger that lags is no problem",
        "worker/summary/evidence_words.py",
        "    yield from state.ledger_problems\n",
        "",
        f"{_EVIDENCE}::test_a_ledger_that_lags_is_a_problem",
    ),
    (
        "a missing signing key is no problem",
        "worker/summary/evidence_words.py",
        "    yield from signing_problems(state.signing, now)\n",
        "",
        f"{_EVIDENCE}::test_a_missing_signing_key_is_a_problem_not_a_crash",
    ),
    (
        "a key runs out without a word",
        "worker/summary/signing.py",
        "_SOON = timedelta(days=60)",
        "_SOON = timedelta(days=0)",
        f"{_EVIDENCE}::test_a_key_is_told_of_two_months_before_it_runs_out",
    ),
    (
        "a file that was handed in and not sealed is not told",
        "worker/summary/evidence_words.py",
        "if state.supplements.over(_AT_ONCE, now):",
        "if False:",
        f"{_EVIDENCE}::test_a_file_that_was_handed_in_and_is_not_sealed_is_a_problem",
    ),
    (
        "broken glass is never late",
        "worker/summary/evidence_state.py",
        "sum(now > days.one_after(at) for at in broken)",
        "0",
        f"{_EVIDENCE}::test_glass_that_was_broken_is_reviewed_within_a_working_day",
    ),
    (
        "a weekend counts as working days",
        "worker/working_days.py",
        "return day.weekday() < _SATURDAY and",
        "return day.weekday() >= 0 and",
        f"{_DAYS}::test_a_working_day_is_one_in_london",
    ),
    (
        "bank holidays count as working days",
        "worker/working_days.py",
        " and day not in self.holidays",
        "",
        f"{_DAYS}::test_a_working_day_is_one_in_london",
    ),
    (
        "half a year of bank holidays is taken for a whole one",
        "worker/working_days.py",
        "if counted[year] < _LEAST_A_YEAR:",
        "if False:",
        f"{_DAYS}::test_what_is_wrong_with_the_table_is_named_by_its_line",
    ),
    (
        "nobody hears that the bank holidays ran out",
        "worker/summary/bank_holidays.py",
        "if until is not None and until < now",
        "if until is None and until < now",
        f"{_EVIDENCE}::test_a_table_of_bank_holidays_that_ends_is_told_of",
    ),
    (
        "a lead who was not told is not in the status",
        "worker/summary/evidence_words.py",
        "if state.leads.over(_AT_ONCE, now):",
        "if False:",
        f"{_EVIDENCE}::test_a_lead_who_was_not_told_is_the_first_problem",
    ),
    (
        "what a verification found is forgotten",
        "worker/summary/checks.py",
        "if checks.evidence_at is not None and checks.evidence_problems:",
        "if False:",
        f"{_EVIDENCE}::test_the_last_verification_is_remembered",
    ),
    (
        "one clean case makes a bad survey good",
        "worker/summary/checks.py",
        "    whole = session.scalars(_last(*_SURVEYED, t.Audit.object_id.is_(None))).one_or_none()\n",
        "    whole = session.scalars(_last(*_SURVEYED)).one_or_none()\n",
        f"{_EVIDENCE}::test_the_last_verification_is_remembered",
    ),
    (
        "a ledger that was not whole is no problem",
        "worker/summary/checks.py",
        "if checks.ledger_at is not None and not checks.ledger_whole:",
        "if False:",
        f"{_EVIDENCE}::test_a_ledger_that_was_not_whole_is_a_problem_until_it_is",
    ),
    (
        "the summary counts timestamps that came after the week",
        "worker/summary/evidence_counts.py",
        "t.Timestamp.snapshot_id == t.Snapshot.id, t.Timestamp.entered_at < at\n",
        "t.Timestamp.snapshot_id == t.Snapshot.id\n",
        f"{_COUNTED}::test_what_became_of_evidence_is_counted_as_it_stood_at_the_weeks_end",
    ),
    (
        "the summary does not say that broken glass waits for a review",
        "worker/summary/page.py",
        "            this.evidence.unreviewed,\n",
        "            0,\n",
        f"{_COUNTED}::test_evidence_is_in_the_summary_in_words_and_without_anybodys",
    ),
    (
        "verifying everything leaves the ledger out",
        "worker/cli/evidence.py",
        "        if everything:\n            with progress",
        "        if False:\n            with progress",
        f"{_COMMANDS}::test_verifying_everything_verifies_the_ledger_too",
    ),
    (
        "a ledger that is not whole leaves with 0",
        "worker/cli/evidence.py",
        "if bad or (whole is not None and not whole.ok):",
        "if bad:",
        f"{_COMMANDS}::test_a_ledger_that_is_not_whole_makes_the_verification_fail",
    ),
    (
        "a bag's timestamp that nobody vouches for does not name the setting",
        "worker/evidence/sidecars.py",
        "    if not trust.roots():\n",
        "    if False:\n",
        f"{_STAMPED}::test_a_timestamp_that_nobody_vouches_for_names_the_setting",
    ),
    (
        "the survey does not mind what never reached the ledger",
        "worker/bootstrap/evidence.py",
        "        ledger_seconds=settings.ledger.late_after_seconds + 60,\n",
        "",
        f"{_COMMANDS}::test_what_never_reached_the_ledger_is_found_by_the_survey",
    ),
]
