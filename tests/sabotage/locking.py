"""Guards of locking what is suspected, whatever else goes on, and the tests that miss them."""

_AFTERWARDS = "tests/unit/evidence/handover/test_suspicion_afterwards.py"
_HANDED_IN = "tests/unit/evidence/test_supplements_suspected.py"
_SHARED = "tests/unit/evidence/keeping/test_shared_files.py"
_LOCKING = "tests/unit/evidence/test_locking.py"
_BESIDE = "tests/unit/evidence/test_beside.py"

SABOTAGES = [
    (
        "a mention over a locked answer is shown",
        "worker/evidence/beside.py",
        "        t.Comment.post_id.in_(posts),\n",
        "",
        f"{_BESIDE}::test_a_mention_with_a_locked_answer_is_withheld",
    ),
    (
        "answers in a thread without a post are shown",
        "worker/evidence/beside.py",
        "        t.Comment.parent_external_id.in_(ids),\n",
        "",
        f"{_BESIDE}::test_two_that_answer_the_same_are_beside_each_other",
    ),
    (
        "a thread is not followed up to what is locked",
        "worker/evidence/beside.py",
        "        above = None if line is None else line[0]\n",
        "        above = None\n",
        f"{_BESIDE}::test_a_thread_whose_post_nobody_knows_is_followed_by_its_answers",
    ),
    (
        "a record in the making is locked away",
        "worker/evidence/marking.py",
        "half_built=not may_be_record(row, mark)",
        "half_built=True",
        f"{_LOCKING}::test_a_record_in_the_making_is_left_to_whoever_makes_it",
    ),
    (
        "a bag from a clock that ran ahead stays open",
        "worker/evidence/copies.py",
        ".where(t.Snapshot.comment_id == mark.comment_id, ~recorded)",
        ".where(t.Snapshot.comment_id == mark.comment_id, ~recorded, t.Snapshot.asked_at < mark.marked_at)",
        f"{_LOCKING}::test_a_bag_from_a_clock_that_ran_ahead_is_locked_too",
    ),
    (
        "what lies on another disk stays open",
        "worker/evidence/locking.py",
        "                self._move(folder, beside, folder.name)\n",
        "                raise\n",
        f"{_AFTERWARDS}::test_our_own_file_on_another_disk_is_locked_there",
    ),
    (
        "what was locked on another disk is tidied away",
        "worker/evidence/supplements.py",
        "            return timedelta()\n",
        "            return timedelta.max\n",
        f"{_HANDED_IN}::test_one_on_another_disk_is_locked_there",
    ),
    (
        "a file that is not locked yet is removed",
        "worker/evidence/handover/stage.py",
        "            if locked(session, cases):\n",
        "            if False:\n",
        f"{_AFTERWARDS}::test_a_file_that_is_not_locked_yet_is_not_removed_either",
    ),
    (
        "a hand-over with something suspected in it is removed",
        "worker/evidence/keeping/destruction.py",
        ", t.Export.id.not_in(suspected)\n",
        "\n",
        f"{_SHARED}::test_a_hand_over_that_also_holds_something_suspected_stays",
    ),
    (
        "one copy that resists leaves the others open",
        "worker/evidence/marking.py",
        "                failed = failed or error\n",
        "                raise\n",
        f"{_LOCKING}::test_one_copy_that_resists_does_not_leave_the_others_open",
    ),
    (
        "a suspected file is locked only once its job is done",
        "worker/evidence/supplements.py",
        "        self._lock_if_suspected(snapshot_id, token)\n        self.sealing.run",
        "        self.sealing.run",
        f"{_HANDED_IN}::test_it_is_locked_before_the_job_can_be_done",
    ),
    (
        "a file that was marked during its sealing is removed",
        "worker/evidence/supplements.py",
        "        if not self._lock_if_suspected(snapshot_id, token):\n",
        "        if True:\n",
        f"{_HANDED_IN}::test_it_is_locked_where_the_mark_came_during_the_sealing",
    ),
    (
        "a mark comes between the last look at a hand-over and its file",
        "worker/evidence/handover/approval.py",
        "        hold_comments(session, request.cases)\n        must_see(",
        "        must_see(",
        f"{_AFTERWARDS}::test_no_mark_comes_between_the_last_look_and_the_file[postgresql]",
    ),
]
