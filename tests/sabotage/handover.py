"""Guards of handing evidence over, and the tests that miss them."""

_APPROVAL = "tests/unit/evidence/handover/test_approval.py"
_FILE = "tests/unit/evidence/handover/test_locked.py"
_KEPT = "tests/unit/evidence/handover/test_kept_back.py"
_PDF = "tests/unit/evidence/test_pdf.py"
_REDACTED = "tests/unit/evidence/handover/test_redacted.py"
_WHOLE = "tests/unit/evidence/handover/test_whole.py"

_ROOM = "worker/evidence/handover"

SABOTAGES = [
    (
        "one person approves what they asked for",
        f"{_ROOM}/approval.py",
        "        if actor.person_id == row.asked_by:\n",
        "        if False:\n",
        f"{_APPROVAL}::test_nobody_approves_what_they_asked_for",
    ),
    (
        "one user of the computer is two people",
        f"{_ROOM}/approval.py",
        "if os_user is not None and os_user == asked_as and not self.one_os_user_will_do:",
        "if False:",
        f"{_APPROVAL}::test_one_user_of_the_computer_is_not_two_people",
    ),
    (
        "somebody who lost the right has approved it",
        f"{_ROOM}/approval.py",
        '        check(session, Actor(row.decided_by, "export"), Right.APPROVE_EXPORT)\n',
        "",
        f"{_APPROVAL}::test_who_lost_the_right_since_has_approved_nothing",
    ),
    (
        "something else is made than was approved",
        f"{_ROOM}/approval.py",
        "if said != {request.fingerprint()} or set(cases) != set(request.cases):",
        "if False:",
        f"{_APPROVAL}::test_a_request_that_was_altered_all_the_same_is_not_made",
    ),
    (
        "what was asked for can be changed",
        "worker/store/guards.py",
        '        changed((*asked, "asked_by", "asked_at")),\n',
        "",
        f"{_APPROVAL}::test_what_was_asked_for_cannot_be_changed_under_the_approver",
    ),
    (
        "an export steps back",
        "worker/store/guards.py",
        """        f"(OLD.state <> NEW.state AND {moved})",\n""",
        "",
        f"{_APPROVAL}::test_the_database_refuses_one_person_and_steps_back",
    ),
    (
        "evidence that does not verify goes along unsaid",
        f"{_ROOM}/gather.py",
        "    if problems and request.damaged_reason is None:\n",
        "    if False:\n",
        f"{_WHOLE}::test_evidence_that_does_not_verify_is_refused_by_name",
    ),
    (
        "the finished file is not looked at again",
        f"{_ROOM}/making.py",
        "                self._look_again(aside, password, cases, request)\n",
        "",
        f"{_WHOLE}::test_evidence_that_is_changed_while_it_is_packed_is_found",
    ),
    (
        "the report says what the database says",
        f"{_ROOM}/words.py",
        "    return sealed == (",
        "    return True or sealed == (",
        f"{_WHOLE}::test_words_that_were_changed_in_the_database_are_not_reported",
    ),
    (
        "a locked record is handed over",
        f"{_ROOM}/gather.py",
        "        if mark == SUSPECTED:\n",
        "        if False:\n",
        f"{_KEPT}::test_a_locked_record_is_a_line_and_nothing_more",
    ),
    (
        "a picture beside a locked record is handed over",
        f"{_ROOM}/gather.py",
        '    if beside and row.kind != "core":\n',
        "    if False:\n",
        f"{_KEPT}::test_a_locked_record_is_a_line_and_nothing_more",
    ),
    (
        "a record that was locked meanwhile is handed over",
        f"{_ROOM}/making.py",
        '            if sorted(locked(session, request.cases)) != facts["locked"]:\n',
        "            if False:\n",
        f"{_KEPT}::test_a_record_that_is_locked_while_the_file_is_made_stops_it",
    ),
    (
        "an intimate image goes along unmeant",
        f"{_ROOM}/approval.py",
        "if standing(session, case.comment_id) == INTIMATE and not request.intimate:",
        "if False:",
        f"{_KEPT}::test_an_intimate_image_goes_only_where_it_is_meant",
    ),
    (
        "a cell is a formula",
        f"{_ROOM}/plain.py",
        """return f"'{text}" if text.lstrip().startswith(_FORMULA) else text""",
        "return text",
        f"{_WHOLE}::test_the_index_is_safe_in_a_spreadsheet",
    ),
    (
        "a name leads out of the folder",
        f"{_ROOM}/package.py",
        "if not _NAME.fullmatch(name) or name.casefold() in",
        "if name.casefold() in",
        f"{_FILE}::test_no_name_leads_out_or_does_harm",
    ),
    (
        "a link is followed",
        f"{_ROOM}/package.py",
        "os.O_RDONLY | os.O_NOFOLLOW",
        "os.O_RDONLY",
        f"{_FILE}::test_a_link_in_the_evidence_is_not_followed",
    ),
    (
        "the password locks nothing",
        f"{_ROOM}/package.py",
        "                    made.setencryption(pyzipper.WZ_AES, nbits=256)\n",
        "",
        f"{_FILE}::test_a_password_locks_every_file_with_aes_256",
    ),
    (
        "lookalike letters hide a name",
        f"{_ROOM}/redact.py",
        "        shown = fold(text)\n",
        "        shown = fold(text.encode('ascii', 'replace').decode())\n",
        f"{_REDACTED}::test_names_are_found_however_they_are_written",
    ),
    (
        "names in the replies are not known",
        f"{_ROOM}/redacted.py",
        "            people.meet(*told_by)\n",
        "            pass\n",
        f"{_REDACTED}::test_nobody_else_is_in_any_file_of_the_copy",
    ),
    (
        "reasons are not redacted",
        f"{_ROOM}/redacted.py",
        """each | {"reason": redactor.words(each["reason"], f"{where}, a reason")} for each in decisions""",
        "each for each in decisions",
        f"{_REDACTED}::test_nobody_else_is_in_any_file_of_the_copy",
    ),
    (
        "a chosen part is not blacked out",
        f"{_ROOM}/redact.py",
        "        pen.rectangle((left, top, left + width - 1, top + height - 1), fill=(0, 0, 0))\n",
        "        pen.point((left, top))\n",
        f"{_REDACTED}::test_what_is_blacked_out_is_black_and_nothing_says_where_it_was_taken",
    ),
    (
        "a picture keeps what it says of itself",
        f"{_ROOM}/redact.py",
        '    plain.save(made, "PNG")\n',
        '    plain.save(made, "PNG", exif=Image.open(source).getexif())\n',
        f"{_REDACTED}::test_what_is_blacked_out_is_black_and_nothing_says_where_it_was_taken",
    ),
    (
        "a PDF fetches what it is told to",
        "worker/evidence/pdf.py",
        "HTML(string=html, url_fetcher=_HandedIn(pictures))",
        "HTML(string=html)",
        f"{_PDF}::test_a_page_that_names_an_address_becomes_no_pdf",
    ),
]
