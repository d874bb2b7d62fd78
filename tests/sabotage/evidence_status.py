"""Mutations of what status and summary say of evidence: each removes one guard, and a test must notice."""

from __future__ import annotations

_EVIDENCE = "tests/unit/summary/test_evidence_status.py"
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
        "worker/summary/evidence_state.py",
        "            usable(),\n",
        "",
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
        "sum(now > review_due(at) for at in broken)",
        "0",
        f"{_EVIDENCE}::test_glass_that_was_broken_is_reviewed_within_a_working_day",
    ),
    (
        "a weekend counts as working days",
        "worker/summary/evidence_state.py",
        "if day.weekday() < _SATURDAY)",
        "if day.weekday() >= 0)",
        f"{_EVIDENCE}::test_a_working_day_is_one_in_london",
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
