"""Mutations of the summary: each removes one guard, and the named test must notice."""

from __future__ import annotations

_SENDING = "tests/integration/test_summary/test_sending.py"
_SERVERS = "tests/integration/test_summary/test_mail_servers.py"
_PROCESSES = "tests/integration/test_summary/test_processes.py"
_FIGURES = "tests/unit/summary/test_figures.py"
_RENDER = "tests/unit/summary/test_render.py"
_STATUS = "tests/unit/summary/test_status.py"
_HIDES = "tests/unit/summary/test_hides.py"
_MAILER = "tests/unit/summary/test_mailer.py"
_CLOSING = "tests/unit/intake/test_closing.py"

#: Name, file, old text, new text, the test that must fail.
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a summary is sent again although it was sent",
        "worker/summary/sending.py",
        ".where(t.Summary.week == week.name, t.Summary.sent_at.is_(None), free)",
        ".where(t.Summary.week == week.name, free)",
        f"{_SENDING}::test_the_summary_arrives_protected_signed_in_and_once",
    ),
    (
        "two processes may send one week at once",
        "worker/summary/sending.py",
        "free = or_(t.Summary.sending_until.is_(None), t.Summary.sending_until <= now)",
        "free = t.Summary.sent_at.is_(None)",
        f"{_PROCESSES}::test_a_process_killed_after_the_mail_was_taken_repeats_it_recognisably",
    ),
    (
        "the record of a sent mail rolls back with a lost job",
        "worker/summary/stage.py",
        "            self._record(claim, refused, by or _WORKER)\n",
        "            with self.store.write() as session:\n                finish(session)\n",
        f"{_SENDING}::test_a_job_taken_over_meanwhile_does_not_unsay_that_the_mail_is_out",
    ),
    (
        "the mail server's certificate is not checked",
        "worker/summary/mailer.py",
        "context = ssl.create_default_context()",
        "context = ssl._create_unverified_context()",
        f"{_SERVERS}::test_what_the_mail_server_refuses_is_said_to_people_and_can_be_tried_again",
    ),
    (
        "the summary travels unprotected",
        "worker/summary/mailer.py",
        "if secret or not _on_this_machine(self.host):",
        "if False:",
        f"{_MAILER}::test_nothing_travels_unprotected",
    ),
    (
        "a half week is sent",
        "worker/summary/stage.py",
        "if week.ends > self.clock.now():",
        "if False:",
        f"{_SENDING}::test_a_week_that_is_not_over_or_no_week_is_not_sent",
    ),
    (
        "anybody may send a summary by hand",
        "worker/summary/stage.py",
        "if by is not None:",
        "if False:",
        f"{_SENDING}::test_only_those_with_the_right_send_by_hand",
    ),
    (
        "a late summary does not say so",
        "worker/summary/stage.py",
        "if claim.made_at - claim.due_at <= _PUNCTUAL:",
        "if True:",
        f"{_SENDING}::test_a_late_summary_says_that_it_is_late_and_why",
    ),
    (
        "a feed that nothing reads leaves no gap",
        "worker/summary/coverage.py",
        "    if until - since <= late_after:\n",
        "    if feed.caught_up_at:\n",
        f"{_FIGURES}::test_a_feed_that_nothing_reads_is_a_gap_though_no_row_tells_of_it",
    ),
    (
        "superseded decisions count twice",
        "worker/summary/counts.py",
        ".group_by(t.Decision.case_id)",
        ".group_by(t.Decision.id)",
        f"{_FIGURES}::test_a_case_decided_again_counts_once_with_what_stood_at_the_weeks_end",
    ),
    (
        "what HR closed counts as a case that was opened",
        "worker/summary/counts.py",
        ".where(span.holds(t.Case.opened_at), t.Case.state.not_in(NEVER_JUDGED))",
        '.where(span.holds(t.Case.opened_at), t.Case.state != "routed")',
        f"{_CLOSING}::test_what_went_to_hr_is_never_counted_as_a_case_of_the_queue[sqlite]",
    ),
    (
        "what HR closed counts as waiting until then",
        "worker/summary/counts.py",
        "        t.Case.state.not_in(NEVER_JUDGED),\n",
        "",
        f"{_CLOSING}::test_what_went_to_hr_is_never_counted_as_a_case_of_the_queue[sqlite]",
    ),
    (
        "HTML is not escaped",
        "worker/summary/render.py",
        'autoescape=select_autoescape(("html.j2",), default_for_string=True),',
        "autoescape=False,",
        f"{_RENDER}::test_html_stands_alone_and_is_well_formed",
    ),
    (
        "a late feed is no problem",
        "worker/summary/feeds.py",
        "if feed.paused or not (feed.fault_kind or feed.late):",
        "if feed.paused or not feed.fault_kind:",
        f"{_STATUS}::test_a_feed_that_is_not_read_on_time_is_a_problem",
    ),
    (
        "a dead scheduler is no problem",
        "worker/summary/status.py",
        "scheduled = office is not None and office.until > now",
        "scheduled = office is not None",
        f"{_STATUS}::test_silent_processes_and_a_dead_scheduler_are_problems",
    ),
    (
        "a hide that did not come to be is not in the status",
        "worker/summary/status.py",
        "    problems += not_done\n",
        "",
        f"{_STATUS}::test_a_request_that_did_not_come_to_be_is_a_problem",
    ),
    (
        "a failed hide is settled by any new case",
        "worker/summary/hides.py",
        '        ~and_(t.RequestedAction.state == "refused", queued),\n',
        "        ~queued,\n",
        f"{_HIDES}::test_only_a_refusal_is_settled_by_a_new_case",
    ),
    (
        "a comment that is visible again is not told",
        "worker/summary/hides.py",
        "        t.Comment.hidden.is_(False),\n",
        "        t.Comment.id < 0,\n",
        f"{_HIDES}::test_a_comment_that_is_visible_again_is_told",
    ),
    (
        "a request that waits for ever is not told",
        "worker/summary/hides.py",
        "    yield from _waiting(session, now)\n",
        "",
        f"{_HIDES}::test_a_request_that_waits_too_long_is_told_with_what_it_waits_for",
    ),
    (
        "a hide that may have been sent is not told once it is unwanted",
        "worker/summary/hides.py",
        ', func.coalesce(verdict, "") != "upheld", ~sent)',
        ', func.coalesce(verdict, "") != "upheld")',
        f"{_HIDES}::test_a_hide_that_is_no_longer_wanted_is_told_only_if_it_may_have_been_sent",
    ),
    (
        "the summary does not count what did not come to be",
        "worker/summary/figures.py",
        "        undone=sum(1 for _ in not_as_asked(session, now)),\n",
        "        undone=0,\n",
        f"{_RENDER}::test_the_headline_and_what_needs_somebody_come_first",
    ),
    (
        "a clock that was ahead is no problem",
        "worker/summary/status.py",
        "if any(feed.caught_up_at and feed.caught_up_at > now + _AHEAD for feed in feeds):",
        "if not feeds:",
        f"{_STATUS}::test_a_clock_that_was_ahead_is_a_problem",
    ),
    (
        "work that nobody takes is no problem",
        "worker/summary/status.py",
        "elif lying_since is not None and now - lying_since > _OVERDUE:",
        "elif lying_since is not None and now - lying_since > _FORGET:",
        f"{_STATUS}::test_work_that_somebody_is_doing_is_not_called_left_lying",
    ),
    (
        "a full disk is no problem",
        "worker/summary/machine.py",
        "if free < LEAST_FREE:",
        "if free < 0:",
        f"{_STATUS}::test_little_room_for_evidence_is_a_problem",
    ),
    (
        "a dead Redis is no problem",
        "worker/summary/machine.py",
        'if settings.mode == "served" and not _redis_answers(settings):',
        "if False:",
        f"{_STATUS}::test_a_fresh_installation_says_what_is_missing",
    ),
    (
        "steering characters reach a terminal",
        "worker/summary/words.py",
        'return visible(" ".join(text.split()))',
        'return " ".join(text.split())',
        f"{_RENDER}::test_hostile_characters_are_shown_not_dropped",
    ),
]
