"""Guards of intake, outbox and store, and the tests that miss them."""

_PAGES = "tests/unit/intake/test_pages.py"
_SCHEDULE = "tests/unit/intake/test_schedule.py"
_OUTBOX = "tests/unit/test_outbox.py"
_SWAPPED = "tests/unit/intake/test_swapped_pictures.py"

SABOTAGES = [
    (
        "a swapped picture without an id is no new revision",
        "worker/intake/screening.py",
        "*(_lasting(item.url) if item.external_id is None else ())",
        "",
        f"{_SWAPPED}::test_a_swapped_picture_is_a_new_revision_with_its_own_address",
    ),
    (
        "a signature is taken for another picture",
        "worker/intake/screening.py",
        'if name == "url"',
        "",
        f"{_SWAPPED}::test_an_address_that_is_signed_anew_is_no_new_revision",
    ),
    (
        "cursor is not compared",
        "worker/intake/stage.py",
        "t.Feed.cursor.is_not_distinct_from(feed.cursor)",
        "True",
        f"{_PAGES}::test_a_page_fetched_from_an_old_cursor_is_rolled_back",
    ),
    (
        "unreadable items are not queued",
        "worker/intake/screening.py",
        "return _NOTHING if comment.media else _UNSCREENED",
        "return _NOTHING",
        f"{_PAGES}::test_odd_items_are_kept_and_shown_to_a_person",
    ),
    (
        "a fault is not kept on the feed",
        "worker/intake/health.py",
        "fault_kind=kind,",
        "fault_kind=None,",
        f"{_PAGES}::test_what_stops_a_feed_is_visible_and_leaves_a_gap",
    ),
    (
        "a fault opens no gap",
        "worker/intake/health.py",
        "session.add(t.Gap(feed_id=feed.id, kind=kind, detail=words, started_at=now))",
        "pass",
        f"{_PAGES}::test_what_stops_a_feed_is_visible_and_leaves_a_gap",
    ),
    (
        "an edit is not a new revision",
        "worker/intake/writing.py",
        "known is not None and known.revision_hash != item.revision_hash",
        "False",
        f"{_PAGES}::test_an_edit_is_a_new_revision_and_its_case_follows",
    ),
    (
        "the next page is not asked for",
        "worker/intake/stage.py",
        "if page.more:",
        "if False:",
        f"{_PAGES}::test_more_pages_chain_in_the_same_transaction",
    ),
    (
        "a comment that is there again stays gone",
        "worker/intake/writing.py",
        "        if known.gone:\n",
        "        if known is None:\n",
        f"{_PAGES}::test_a_comment_taken_for_gone_that_comes_again_is_there_again",
    ),
    (
        "a page that cannot be stored is no fault of its feed",
        "worker/intake/stage.py",
        "except Exception as error:  # noqa: BLE001 -- a page",
        "except ZeroDivisionError as error:  # a page",
        f"{_PAGES}::test_a_page_that_cannot_be_stored_stops_its_feed_visibly",
    ),
    (
        "a clock that was ahead stops a feed",
        "worker/intake/stage.py",
        't.Feed.next_poll_at > now + longest, t.Feed.fault_kind.is_distinct_from("rate_limited")',
        "t.Feed.next_poll_at > now + longest, t.Feed.id < 0",
        f"{_SCHEDULE}::test_only_a_limit_of_the_platform_stops_a_feed_for_hours",
    ),
    (
        "a wait that the platform asked for is not kept",
        "worker/intake/stage.py",
        't.Feed.next_poll_at > now + longest, t.Feed.fault_kind.is_distinct_from("rate_limited")',
        "t.Feed.next_poll_at > now + longest",
        f"{_SCHEDULE}::test_only_a_limit_of_the_platform_stops_a_feed_for_hours",
    ),
    (
        "a job is finished without its lease",
        "worker/outbox.py",
        'Job.state == "waiting", Job.lease_token == held.token',
        'Job.state == "waiting"',
        f"{_OUTBOX}::test_who_lost_the_lease_cannot_commit_a_result",
    ),
    (
        "a held job is leased again",
        "worker/outbox.py",
        'mine = (Job.id == job_id, Job.state == "waiting", _is_time(now), _free(now))',
        'mine = (Job.id == job_id, Job.state == "waiting", _is_time(now))',
        f"{_OUTBOX}::test_eight_threads_get_one_lease",
    ),
    (
        "nudges go out although the transaction rolled back",
        "worker/store/session.py",
        "            with session.begin():\n                yield session\n",
        """            try:
                with session.begin():
                    yield session
            except RuntimeError:
                self.on_commit(session.info.get("nudges", []))
                raise
""",
        f"{_OUTBOX}::test_a_job_is_told_of_only_after_its_transaction_committed",
    ),
    (
        "an office has two holders",
        "worker/jobs/election.py",
        "Election.until <= now,",
        "Election.office == self.name,",
        "tests/unit/jobs/test_runner.py::test_one_holder_of_an_office_at_a_time",
    ),
    (
        "an unexpected error's words are kept",
        "worker/jobs/runner.py",
        'words = str(error) if expected else f"{type(error).__name__}: see the log"',
        "words = str(error)",
        "tests/unit/jobs/test_runner.py::test_a_failure_keeps_its_words_only_if_they_are_ours",
    ),
]
