"""Guards of handing evidence over, and the tests that miss them."""

_ALIKE = "tests/unit/evidence/handover/test_called_alike.py"
_APPROVAL = "tests/unit/evidence/handover/test_approval.py"
_KILLED = "tests/faults/test_exports_killed.py"
_AT_ONCE = "tests/unit/evidence/handover/test_making_at_once.py"
_BY_HAND = "tests/unit/evidence/handover/test_approved_by_hand.py"
_FILE = "tests/unit/evidence/handover/test_locked.py"
_KEPT = "tests/unit/evidence/handover/test_kept_back.py"
_PDF = "tests/unit/evidence/test_pdf.py"
_REDACTED = "tests/unit/evidence/handover/test_redacted.py"
_SLIPPED_IN = "tests/unit/evidence/handover/test_slipped_in.py"
_TAKEN_BACK = "tests/unit/evidence/handover/test_taken_back.py"
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
        'acted_as(session, "export", row.id, EXPORT_ASKED, GLASS_BROKEN)',
        "frozenset[str]()",
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
        "a row that says approved is taken for an approval",
        "worker/evidence/agreed.py",
        "        elif not _by(records, verb, row.decided_by):\n",
        "        elif False:\n",
        f"{_BY_HAND}::test_an_approval_that_is_only_written_into_the_row_makes_nothing",
    ),
    (
        "an approval that was altered in the audit counts",
        "worker/evidence/agreed.py",
        "each.person_id == person_id and not each.altered",
        "each.person_id == person_id",
        f"{_BY_HAND}::test_an_approval_that_is_not_what_entered_the_ledger_counts_no_more",
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
        "an approved export whose approver is gone is stuck",
        "worker/store/guards.py",
        """"approved made", "approved refused")""",
        """"approved made")""",
        f"{_TAKEN_BACK}::test_an_approval_can_be_taken_back_until_it_is_made",
    ),
    (
        "what dead attempts left of a refused export stays",
        f"{_ROOM}/stage.py",
        "                    clear(self.out, export_id)\n",
        "                    pass\n",
        f"{_TAKEN_BACK}::test_an_approval_can_be_taken_back_until_it_is_made",
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
        "            self._look_again(export_id, path, password, cases, request)\n",
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
        "    return WITHHELD if beside else None\n",
        "    return None\n",
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
        "what a dead process left of an export stays open",
        "worker/evidence/copies.py",
        "if row.file_name else half_made(folder, row.id)",
        "if row.file_name else []",
        f"{_KILLED}::test_what_a_killed_export_left_is_locked_with_the_rest[sqlite-export.placed]",
    ),
    (
        "what a dead process left of an export stays for good",
        f"{_ROOM}/workplace.py",
        "        if left.is_dir():\n",
        "        if False:\n",
        f"{_KILLED}::test_a_killed_export_is_made_once_or_clearly_not[sqlite-export.unpacked]",
    ),
    (
        "two make one export at once",
        f"{_ROOM}/workplace.py",
        "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(descriptor, fcntl.LOCK_UN)",
        f"{_AT_ONCE}::test_two_that_make_one_export_make_one_file",
    ),
    (
        "a file in its place is taken for what a dead attempt left",
        f"{_ROOM}/workplace.py",
        "    _remove(in_the_making(folder, export_id))\n",
        "    _remove(half_made(folder, export_id))\n",
        f"{_AT_ONCE}::test_what_is_cleared_away_is_only_what_was_in_the_making",
    ),
    (
        "an intimate image goes along unmeant",
        f"{_ROOM}/reach.py",
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
        "a pipe is taken for a file",
        f"{_ROOM}/package.py",
        "        if not stat.S_ISREG(facts.st_mode):\n",
        "        if False:\n",
        f"{_FILE}::test_a_pipe_in_the_evidence_is_not_waited_for",
    ),
    (
        "one planted file keeps damaged evidence from being handed over",
        f"{_ROOM}/whole.py",
        "item.folder, item.left_out)",
        "item.folder)",
        f"{_WHOLE}::test_what_was_planted_in_damaged_evidence_stays_out_and_is_named",
    ),
    (
        "what was left out of a hand-over is not told",
        f"{_ROOM}/facts.py",
        "for path in item.left_out]",
        "for path in ()]",
        f"{_WHOLE}::test_what_was_planted_in_damaged_evidence_stays_out_and_is_named",
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
        "somebody who is called as the comment says silences it unnoticed",
        f"{_ROOM}/redacted.py",
        "            if redactor.mostly_names(each.text):\n",
        "            if False:\n",
        f"{_ALIKE}::test_who_is_called_as_the_comment_says_does_not_silence_it_unnoticed",
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
    (
        "the reason of a legal hold leaves the house",
        f"{_ROOM}/facts.py",
        '            | {"what": event.what}\n',
        '            | {"what": f"{event.what} {event.facts}"}\n',
        f"{_KEPT}::test_the_custody_goes_along_without_the_reasons_given",
    ),
    (
        "what came of an action names others",
        f"{_ROOM}/redacted.py",
        """each | {"outcome": redactor.words(each["outcome"], f"{where}, an outcome")}""",
        "each",
        f"{_REDACTED}::test_what_came_of_an_action_names_nobody_else",
    ),
    (
        "a certificate that was slipped in among the Trust's is not shown",
        f"{_ROOM}/instructions.py",
        """            'for certificate in "$aside"/*; do',\n""",
        """            'for certificate in "$aside"/*-00; do',\n""",
        f"{_SLIPPED_IN}::test_every_certificate_that_is_believed_is_shown",
    ),
    (
        "a certificate that was slipped in among the authority's is not shown",
        f"{_ROOM}/instructions.py",
        '"for bundle in trust/signing-certificates.pem trust/timestamp-authorities.pem; do"',
        '"for bundle in trust/signing-certificates.pem; do"',
        f"{_SLIPPED_IN}::test_every_certificate_that_is_believed_is_shown",
    ),
]
