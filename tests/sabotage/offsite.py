"""Guards of the copies elsewhere, and the tests that miss them."""

_TO = "tests/unit/evidence/offsite/test_bucket.py"
_COPY = "tests/unit/evidence/offsite/test_copying.py"
_KEEP = "tests/unit/evidence/offsite/test_upkeep.py"
_LOOK = "tests/unit/evidence/offsite/test_looking.py"
_RESTORED = "tests/unit/evidence/offsite/test_restored.py"
_STATUS = "tests/unit/summary/test_offsite_status.py"
_STORE = "tests/unit/store/test_offsite.py"
_BUCKET = "worker/evidence/offsite/bucket.py"
_COPIER = "worker/evidence/offsite/copier.py"
_SENDING = "worker/evidence/offsite/sending.py"
_UPKEEP = "worker/evidence/offsite/upkeep.py"
_WANTED = "worker/evidence/offsite/wanted.py"
_GUARDS = "worker/store/custody_guards.py"

SABOTAGES = [
    (
        "a bucket without Object Lock is used",
        _BUCKET,
        "    if not locks and not settings.allow_without_object_lock:",
        "    if False:",
        f"{_TO}::test_a_bucket_without_object_lock_is_refused",
    ),
    (
        "a bucket without versions is used",
        _BUCKET,
        'return enabled and self._ask("get_bucket_versioning").get("Status") == "Enabled"',
        "return enabled",
        f"{_TO}::test_a_bucket_that_keeps_no_versions_is_refused",
    ),
    (
        "the environment's proxy is followed",
        _BUCKET,
        "proxies={},",
        "proxies=None,",
        f"{_TO}::test_no_proxy_is_followed",
    ),
    (
        "a copy's bytes are not compared",
        _SENDING,
        'if sha256(stored.content) != thing["sha256"]:',
        "if False:",
        f"{_COPY}::test_what_comes_back_otherwise_is_no_copy_and_is_shouted_about",
    ),
    (
        "a copy's lock is not looked at",
        _SENDING,
        "if lock.until is not None and not _locked(stored, lock):",
        "if False:",
        f"{_COPY}::test_a_storage_that_does_not_lock_as_told_is_not_believed",
    ),
    (
        "an altered bag is copied",
        _COPIER,
        "        if problems:\n",
        "        if False:\n",
        f"{_COPY}::test_an_altered_bag_is_not_copied",
    ),
    (
        "what is read is not held against the row",
        "worker/evidence/offsite/parcel.py",
        "if any(sha256(files[name]) != hash_ for",
        "if any(False for",
        f"{_COPY}::test_a_bag_that_changes_while_it_is_read_is_not_copied",
    ),
    (
        "rendered bags are copied",
        _WANTED,
        '        t.Snapshot.kind == "core",\n        t.Snapshot.state',
        "        t.Snapshot.state",
        f"{_COPY}::test_what_may_hold_pictures_never_leaves",
    ),
    (
        "suspected imagery is copied",
        _WANTED,
        "        usable(),\n",
        "",
        f"{_COPY}::test_suspected_imagery_is_not_sent",
    ),
    (
        "a suspicion that comes late is not seen",
        _COPIER,
        "if not wanted.still_due(session, what.snapshot.id):",
        "if False:",
        f"{_COPY}::test_a_suspicion_that_comes_while_copying_stops_it",
    ),
    (
        "altered bags stand in the way of others",
        _COPIER,
        "            last = waiting[-1].snapshot.id\n",
        "            return faults, True\n",
        f"{_COPY}::test_altered_bags_keep_no_other_from_its_copy",
    ),
    (
        "a number that is given again meets the copy of what was lost",
        _WANTED,
        "-{(row.tagmanifest_sha256 or '')[:_DIGITS]}/",
        "/",
        f"{_RESTORED}::test_a_number_that_is_given_again_never_meets_the_copy_of_what_was_lost",
    ),
    (
        "copies that no row knows are not told of",
        "worker/evidence/offsite/looking.py",
        "            results += self._unknown()\n",
        "            pass\n",
        f"{_RESTORED}::test_the_copy_of_what_was_lost_is_told_of",
    ),
    (
        "an earlier attempt's objects are not taken over",
        _SENDING,
        "    for known in there:\n",
        "    for known in ():\n",
        f"{_COPY}::test_killed_anywhere_the_next_goes_on",
    ),
    (
        "jobs are written while one is stuck",
        "worker/evidence/following.py",
        "    if session.scalar(stuck.limit(1)) is not None:\n        return\n",
        "",
        f"{_TO}::test_the_job_is_written_only_where_there_is_something_to_do",
    ),
    (
        "a lock is made shorter",
        _SENDING,
        "    if lock.until is None or _locked(stored, lock):\n        return\n",
        "",
        f"{_KEEP}::test_what_is_locked_for_longer_stays_so",
    ),
    (
        "a removal is believed unseen",
        _UPKEEP,
        "if any(True for _ in self.bucket.versions(prefix)):",
        "if False:",
        f"{_KEEP}::test_a_storage_that_keeps_it_is_not_said_to_be_empty",
    ),
    (
        "a legal hold is believed unseen",
        _UPKEEP,
        '            self.bucket.hold(thing["name"], thing["version"], on=on)\n',
        "",
        f"{_KEEP}::test_a_hold_here_is_a_legal_hold_there",
    ),
    (
        "a copy is not held against its manifests",
        "worker/evidence/offsite/looking.py",
        "        yield from _unlike(row, found)\n",
        "",
        f"{_LOOK}::test_an_edited_row_is_found",
    ),
    (
        "what is locked away is fetched",
        _WANTED,
        "t.Snapshot.case_id == case_id, _due()",
        "t.Snapshot.case_id == case_id",
        f"{_LOOK}::test_what_is_locked_away_is_neither_fetched_nor_read",
    ),
    (
        "whoever may look at evidence may carry a copy of it away",
        "worker/evidence/offsite/stage.py",
        "Right.FETCH_EVIDENCE",
        "Right.VIEW_EVIDENCE",
        f"{_LOOK}::test_only_an_evidence_officer_fetches",
    ),
    (
        "a fetched name leads out of the bag",
        "worker/evidence/offsite/fetching.py",
        'or ".." in inside.parts ',
        "",
        f"{_LOOK}::test_a_row_that_names_anothers_object_is_refused",
    ),
    (
        "plain http reaches other machines",
        "worker/settings_types.py",
        'plain = parts.scheme == "http" and is_loopback(parts.hostname or "")',
        'plain = parts.scheme == "http"',
        f"{_TO}::test_an_endpoint_that_could_leak_is_refused",
    ),
    (
        "the database lets anything be copied",
        _GUARDS,
        'f"NOT {core} OR NOT ({begun})"',
        'f"NOT ({begun})"',
        f"{_STORE}::test_only_sealed_core_evidence_is_copied",
    ),
    (
        "the database lets a lock be made shorter",
        _GUARDS,
        "OR NEW.retain_until < OLD.retain_until)",
        ")",
        f"{_STORE}::test_a_lock_only_grows",
    ),
    (
        "the database lets a locked copy be called removed",
        _GUARDS,
        'f"{removed} AND (NOT {destroyed} OR {held} OR {locked})"',
        'f"{removed} AND (NOT {destroyed} OR {held})"',
        f"{_STORE}::test_a_copy_is_said_to_be_removed_only_when_it_may_be",
    ),
    (
        "the database lets a held copy be called removed",
        _GUARDS,
        'f"{removed} AND (NOT {destroyed} OR {held} OR {locked})"',
        'f"{removed} AND (NOT {destroyed} OR {locked})"',
        f"{_STORE}::test_a_case_that_is_held_keeps_its_copies",
    ),
    (
        "a copy that does not come is not told of",
        "worker/summary/evidence_words.py",
        "if state.uncopied.over(",
        "if not state.uncopied.over(",
        f"{_STATUS}::test_a_copy_that_does_not_come_is_a_problem_in_time",
    ),
    (
        "copies out of reach are not told of",
        "worker/summary/evidence_words.py",
        "    if state.copies_elsewhere:\n",
        "    if False:\n",
        f"{_STATUS}::test_copies_out_of_reach_are_a_problem",
    ),
    (
        "what is left after destruction is not told of",
        "worker/summary/evidence_words.py",
        "    if state.copies_left.count:\n",
        "    if False:\n",
        f"{_STATUS}::test_what_is_left_after_destruction_and_what_is_not_locked_is_said",
    ),
]
