"""Guards of the pages of evidence and of what is opened for them, and the tests that miss them."""

_DOWNLOAD = "tests/unit/evidence/handover/test_download.py"
_EVIDENCE = "tests/unit/web/test_evidence.py"
_EXPORTS = "tests/unit/web/test_exports.py"
_LATELY = "tests/unit/evidence/test_lately.py"
_MEDIA = "tests/unit/web/test_media.py"
_OPENING = "tests/unit/evidence/test_opening.py"
_PREVIEWS = "tests/unit/web/test_previews.py"

SABOTAGES = [
    (
        "suspected imagery is opened",
        "worker/evidence/opening.py",
        "if row.source != RECORD_ONLY and suspicion(session, row.comment_id) is not None:",
        "if False:",
        f"{_OPENING}::test_nothing_is_opened_between_a_mark_and_its_lock",
    ),
    (
        "pictures beside a locked comment are opened",
        "worker/evidence/opening.py",
        "    if may_show_locked(session, row):",
        "    if False:",
        f"{_OPENING}::test_pictures_beside_a_locked_comment_are_not_shown",
    ),
    (
        "restricted evidence is opened by everybody with the right",
        "worker/evidence/opening.py",
        "            check_may_view(session, actor, case_id)\n            _must_be_shown(session, row)\n",
        "            _must_be_shown(session, row)\n",
        f"{_OPENING}::test_restricted_evidence_is_opened_by_those_it_is_kept_for",
    ),
    (
        "a file is not compared with its list",
        "worker/evidence/opening.py",
        "if content is None or sha256(content) != listed[path]:",
        "if content is None:",
        f"{_OPENING}::test_an_altered_file_is_not_shown",
    ),
    (
        "a list of files is not compared with the row",
        "worker/evidence/opening.py",
        "if manifest is None or sha256(manifest) != row.manifest_sha256:",
        "if manifest is None:",
        f"{_OPENING}::test_a_list_made_to_fit_an_altered_file_is_found_out",
    ),
    (
        "whoever looks gets a copy",
        "worker/evidence/opening.py",
        "right = None if _kind(name) in _READ_BY_SAVING else Right.FETCH_EVIDENCE",
        "right = None",
        f"{_OPENING}::test_a_copy_is_for_those_who_may_fetch_evidence",
    ),
    (
        "a look leaves no trace",
        "worker/evidence/opening.py",
        '            self._record(session, actor, "evidence_file_viewed", opened)\n',
        "",
        f"{_OPENING}::test_a_file_is_opened_as_it_was_sealed_and_the_look_is_in_the_audit",
    ),
    (
        "a reveal leaves no trace",
        "worker/evidence/opening.py",
        '            self._record(session, actor, "picture_revealed", opened)\n',
        "",
        f"{_OPENING}::test_who_asks_to_see_a_picture_clearly_is_recorded",
    ),
    (
        "rows of other cases are proved",
        "worker/evidence/opening.py",
        "            if audit_id not in {event.audit_id for event in events_of(session, case_id)}:",
        "            if False:",
        f"{_OPENING}::test_a_row_of_a_case_is_proved_and_no_other_cases_row",
    ),
    (
        "the overview lists restricted cases",
        "worker/evidence/lately.py",
        ".where(*conditions, visible_to(session, actor))",
        ".where(*conditions)",
        f"{_LATELY}::test_lists_are_bounded_by_what_somebody_may_see",
    ),
    (
        "the overview tells a finder of what they closed",
        "worker/evidence/lately.py",
        "        if allowed[row.case_id]\n",
        "",
        f"{_LATELY}::test_who_closed_a_case_and_goes_on_with_it_is_not_told_of_its_evidence",
    ),
    (
        "a swapped export is given",
        "worker/evidence/handover/stage.py",
        'if hashlib.file_digest(given.content, "sha256").hexdigest() != row.file_sha256:',
        "if False:",
        f"{_DOWNLOAD}::test_a_file_that_was_swapped_is_not_given",
    ),
    (
        "an export with a locked record is given",
        "worker/evidence/handover/stage.py",
        "            if locked(session, Request.of(row).cases):\n",
        "            if False:\n",
        f"{_DOWNLOAD}::test_a_file_with_a_record_that_is_locked_by_now_is_not_given",
    ),
    (
        "a bomb is unpacked",
        "worker/web/previews.py",
        "if opened.width * opened.height > MOST_PIXELS or max(opened.size) > LONGEST_SIDE:",
        "if max(opened.size) > LONGEST_SIDE:",
        f"{_PREVIEWS}::test_a_small_file_that_unfolds_into_a_giant_is_not_unpacked",
    ),
    (
        "every format is drawn",
        "worker/web/previews.py",
        "Image.open(BytesIO(content), formats=_FORMATS)",
        "Image.open(BytesIO(content))",
        f"{_PREVIEWS}::test_a_format_that_is_not_named_is_not_even_tried",
    ),
    (
        "a sealed picture is sent as it is",
        "worker/web/pages/evidence.py",
        "Response(preview(opened.content), media_type=MEDIA_TYPE)",
        "Response(opened.content, media_type=MEDIA_TYPE)",
        f"{_EVIDENCE}::test_a_picture_is_drawn_anew_and_never_sent_as_it_is",
    ),
    (
        "a report may run scripts",
        "worker/web/headers.py",
        "\"sandbox; default-src 'none'; img-src data:;",
        "\"default-src 'none'; img-src data:;",
        f"{_EVIDENCE}::test_a_report_stands_in_a_frame_that_can_do_nothing",
    ),
    (
        "whatever lies there is sent as a video",
        "worker/web/pages/evidence.py",
        'if kind is None or not kind.type.startswith("video/"):',
        "if False:",
        f"{_MEDIA}::test_a_video_is_silent_and_not_loaded_before_it_is_started",
    ),
    (
        "an export is downloaded without asking who is there",
        "worker/web/pages/exports.py",
        'post(f"{_EXPORT}/download", download, confirmed=True)',
        'post(f"{_EXPORT}/download", download)',
        f"{_EXPORTS}::test_approving_and_downloading_ask_who_is_there",
    ),
    (
        "a mistyped password makes a file all the same",
        "worker/web/pages/exports.py",
        'if len(typed) != 1 or typed != fields.texts("again"):',
        "if len(typed) != 1:",
        f"{_EXPORTS}::test_no_file_is_made_without_the_password_that_was_wanted",
    ),
]
