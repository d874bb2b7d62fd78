"""Guards of keeping and destroying, and the tests that miss them."""

_HERE = "tests/unit/evidence/keeping"
_AT_ONCE = f"{_HERE}/test_at_once.py"
_DELETED = f"{_HERE}/test_deleted_on_x.py"
_DESTRUCTION = f"{_HERE}/test_destruction.py"
_ERASING = f"{_HERE}/test_erasing.py"
_HOLDS = f"{_HERE}/test_holds.py"
_KILLED = f"{_HERE}/test_killed.py"
_PROPOSALS = f"{_HERE}/test_proposals.py"
_TIMELINE = f"{_HERE}/test_timeline.py"

SABOTAGES = [
    (
        "the database lets evidence go without approval",
        "worker/store/custody_guards.py",
        "(NOT {_APPROVED} OR {_HELD} OR {_SUSPECTED})",
        "({_HELD} OR {_SUSPECTED})",
        f"{_HOLDS}::test_the_database_itself_refuses_to_destroy",
    ),
    (
        "the database lets held evidence go",
        "worker/store/custody_guards.py",
        "(NOT {_APPROVED} OR {_HELD} OR {_SUSPECTED})",
        "(NOT {_APPROVED} OR {_SUSPECTED})",
        f"{_HOLDS}::test_the_database_itself_refuses_to_destroy",
    ),
    (
        "the database lets words go before their evidence",
        "worker/store/custody_guards.py",
        '    kept = f"{_HELD} OR {_SUSPECTED} OR {_UNDECIDED} OR {_EVIDENCE_KEPT}"',
        '    kept = f"{_HELD} OR {_SUSPECTED} OR {_UNDECIDED}"',
        f"{_HOLDS}::test_the_database_itself_refuses_to_empty_words_that_are_needed",
    ),
    (
        "the database lets the words of a held case go",
        "worker/store/custody_guards.py",
        '    kept = f"{_HELD} OR {_SUSPECTED} OR {_UNDECIDED} OR {_EVIDENCE_KEPT}"',
        '    kept = f"{_SUSPECTED} OR {_UNDECIDED} OR {_EVIDENCE_KEPT}"',
        f"{_HOLDS}::test_the_database_itself_refuses_to_empty_words_that_are_needed",
    ),
    (
        "a disposal is done while its evidence counts",
        "worker/store/custody_guards.py",
        "(OLD.state <> 'approved' OR {_CASE_KEPT})",
        "(OLD.state <> 'approved')",
        f"{_HOLDS}::test_a_disposal_is_done_only_when_its_evidence_is_destroyed",
    ),
    (
        "a hold does not stand in the way",
        "worker/evidence/keeping/obstacles.py",
        "        *_held(session, comment),\n",
        "",
        f"{_PROPOSALS}::test_what_comes_in_the_way_keeps_a_proposed_case_from_being_approved",
    ),
    (
        "unfinished work does not stand in the way",
        "worker/evidence/keeping/obstacles.py",
        "        *_unfinished(session, comment),\n",
        "",
        f"{_PROPOSALS}::test_what_comes_in_the_way_keeps_a_proposed_case_from_being_approved",
    ),
    (
        "an export does not stand in the way",
        "worker/evidence/keeping/obstacles.py",
        "        *_exports(session, [case.id for case in cases]),\n",
        "",
        f"{_PROPOSALS}::test_what_comes_in_the_way_keeps_a_proposed_case_from_being_approved",
    ),
    (
        "a suspicion does not stand in the way",
        "worker/evidence/keeping/obstacles.py",
        "        *_suspected(session, comment),\n",
        "",
        f"{_PROPOSALS}::test_what_comes_in_the_way_keeps_a_proposed_case_from_being_approved",
    ),
    (
        "nothing is asked again before destroying",
        "worker/evidence/keeping/destruction.py",
        "            *fate.obstacles,\n",
        "",
        f"{_DESTRUCTION}::test_what_came_in_the_way_after_the_approval_stops_it",
    ),
    (
        "an approval outlives the right to give it",
        "worker/evidence/keeping/destruction.py",
        "            *_no_longer_may(session, approved),\n",
        "",
        f"{_DESTRUCTION}::test_an_approval_ends_with_the_right_to_give_it",
    ),
    (
        "a case that was kept does not keep the others",
        "worker/evidence/keeping/destruction.py",
        "            *disposals.not_chosen(session, fate, chosen),\n",
        "",
        f"{_DESTRUCTION}::test_a_case_kept_meanwhile_keeps_the_others_about_its_comment",
    ),
    (
        "bags go before their rows say so",
        "worker/evidence/keeping/removal.py",
        "    if row.destroyed_at is None:\n",
        "    if row.id < 0:\n",
        f"{_DESTRUCTION}::test_only_a_destroyed_bag_is_removed",
    ),
    (
        "a row's word is taken for which bag is its own",
        "worker/evidence/keeping/removal.py",
        "    if row.bag != identity.place:\n",
        "    if row.id < 0:\n",
        f"{_DESTRUCTION}::test_a_row_that_names_another_bag_destroys_nothing",
    ),
    (
        "what was set aside stays behind",
        "worker/evidence/keeping/removal.py",
        '    yield from (root / ORPHANS).glob(f"{place.name}-*")\n',
        "",
        f"{_DESTRUCTION}::test_every_copy_of_a_destroyed_bag_goes",
    ),
    (
        "rubbish of a killed removal stays behind",
        "worker/evidence/keeping/removal.py",
        '    yield from (root / BUILDING).glob(f"destroyed-{number}-*")\n',
        "",
        f"{_KILLED}::test_a_killed_destruction_is_finished_by_the_next",
    ),
    (
        "a planted link is followed",
        "worker/evidence/keeping/removal.py",
        "    if folder.is_symlink() or not folder.is_dir():\n",
        "    if not folder.is_dir():\n",
        f"{_DESTRUCTION}::test_a_planted_link_is_taken_away_and_not_followed",
    ),
    (
        "our copies of hand-overs stay behind",
        "worker/evidence/keeping/destruction.py",
        "            remove_export(self.exports, export)\n",
        "            export.state\n",
        f"{_DESTRUCTION}::test_our_copies_of_hand_overs_go_with_the_evidence",
    ),
    (
        "a destruction does not wait for who exports a case of its comment",
        "worker/evidence/keeping/disposals.py",
        ".order_by(t.Case.id).with_for_update()",
        ".order_by(t.Case.id)",
        f"{_AT_ONCE}::test_an_export_of_another_case_of_its_comment_is_waited_for",
    ),
    (
        "the first decision counts",
        "worker/evidence/keeping/due.py",
        "func.max(t.Decision.id)",
        "func.min(t.Decision.id)",
        f"{_PROPOSALS}::test_the_decision_that_counts_is_the_newest",
    ),
    (
        "every upheld case is kept for the shorter time",
        "worker/evidence/keeping/periods.py",
        "    if decision.severity in _GRAVE:\n",
        "    if decision.severity is None:\n",
        f"{_PROPOSALS}::test_each_class_is_kept_for_its_time_and_not_longer",
    ),
    (
        "context of an open case is erased",
        "worker/evidence/keeping/erasing.py",
        "        t.Comment.external_id.not_in(answered),\n",
        "",
        f"{_ERASING}::test_context_of_a_case_that_is_held_or_open_is_not_erased",
    ),
    (
        "the matched words stay",
        "worker/evidence/keeping/erasing.py",
        '    _change(session, found.values(matched=""))\n',
        "",
        f"{_DESTRUCTION}::test_an_approved_case_leaves_a_stub_and_nothing_else",
    ),
    (
        "authors are forgotten while their words are kept",
        "worker/evidence/keeping/erasing.py",
        "t.Author.id.in_(theirs), ~kept)",
        "t.Author.id.in_(theirs))",
        f"{_ERASING}::test_an_author_is_forgotten_with_their_last_words",
    ),
    (
        "the file is not rebuilt",
        "worker/evidence/keeping/scrubbing.py",
        '        cursor.execute("VACUUM")\n        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")\n',
        '        cursor.execute("SELECT 0")\n',
        f"{_ERASING}::test_erased_words_are_in_no_file_of_the_database",
    ),
    (
        "a log that cannot be cut off is taken for one that was",
        "worker/evidence/keeping/scrubbing.py",
        "    if busy:\n",
        "    if busy is None:\n",
        f"{_ERASING}::test_a_log_that_somebody_reads_is_cut_off_later",
    ),
    (
        "deletions on X are followed unasked",
        "worker/evidence/keeping/deleted_on_x.py",
        "row.free and retention.x_deletions_within_24h",
        "row.free",
        f"{_DELETED}::test_a_deletion_is_kept_for_the_usual_time_otherwise_and_told_once",
    ),
    (
        "a deletion on X takes an upheld case along",
        "worker/evidence/keeping/obstacles.py",
        "    if upheld or all(",
        "    if all(",
        f"{_DELETED}::test_an_upheld_case_keeps_what_its_author_took_back_and_wrote_again",
    ),
    (
        "looking at custody leaves no trace",
        "worker/evidence/keeping/stage.py",
        '            audit.record(session, actor, "custody_viewed", "case", case_id, now=self.clock.now())\n',
        "",
        f"{_TIMELINE}::test_looking_at_a_timeline_leaves_a_trace",
    ),
]
