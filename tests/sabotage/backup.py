"""Guards of backup, restore and upgrade, and of the tables of record, and the tests that miss them."""

_BACKUP = "worker/evidence/backup"
_MAKE = "tests/unit/evidence/backup/test_make.py"
_WHOLE = "tests/unit/evidence/backup/test_whole.py"
_RESTORE = "tests/unit/evidence/backup/test_restore.py"
_REFUSED = "tests/unit/evidence/backup/test_refused.py"
_RECORDS = "tests/unit/store/test_records.py"
_UPGRADE = "tests/unit/store/test_upgrade.py"
_GUARDS = "worker/store/guards.py"

SABOTAGES = [
    (
        "anybody with a name may back everything up",
        f"{_BACKUP}/make.py",
        "        if actor.person_id is not None:\n",
        "        if False:\n",
        f"{_REFUSED}::test_who_may_not_look_at_everything_may_not_copy_it",
    ),
    (
        "a backup makes the folder that a disk was to be mounted on",
        f"{_BACKUP}/make.py",
        "into.mkdir(mode=0o700, exist_ok=True)",
        "into.mkdir(mode=0o700, parents=True, exist_ok=True)",
        f"{_REFUSED}::test_a_disk_that_is_not_mounted_is_not_replaced_by_this_one",
    ),
    (
        "a backup leaves out what is not sealed yet",
        f"{_BACKUP}/bags.py",
        "row.bag or identity_of(row).place",
        'row.bag or "nowhere"',
        f"{_MAKE}::test_evidence_sealed_meanwhile_is_taken_over",
    ),
    (
        "PostgreSQL's tables are each of another moment",
        f"{_BACKUP}/postgres.py",
        '"REPEATABLE READ"',
        '"READ COMMITTED"',
        f"{_MAKE}::test_tables_are_all_of_one_moment",
    ),
    (
        "a backup copies what nobody may copy",
        f"{_BACKUP}/bags.py",
        "row.comment_id in suspects and row.source != RECORD_ONLY",
        "False",
        f"{_MAKE}::test_what_nobody_may_copy_is_not_in_it",
    ),
    (
        "what became suspect meanwhile stays in the backup",
        f"{_BACKUP}/make.py",
        "        bags.take_out(taken, suspected, aside)\n",
        "",
        f"{_MAKE}::test_what_nobody_may_copy_is_not_in_it",
    ),
    (
        "a mark just before a backup counts is not seen",
        f"{_BACKUP}/make.py",
        "if not self._since()[1] & {each.snapshot_id for each in filled.taken.copied.values()}:",
        "if True:",
        f"{_MAKE}::test_what_nobody_may_copy_is_not_in_it",
    ),
    (
        "a name may forge a line of the list",
        f"{_BACKUP}/bags.py",
        "if not inner.isprintable() or not _ordinary(path):",
        "if not _ordinary(path):",
        f"{_MAKE}::test_what_was_planted_is_not_followed",
    ),
    (
        "rot is carried on into the next backup",
        f"{_BACKUP}/bags.py",
        " or hash_of(old) != expected",
        "",
        f"{_MAKE}::test_what_rotted_in_an_older_backup_is_not_carried_on",
    ),
    (
        "erased words are in a backup",
        f"{_BACKUP}/sqlite.py",
        '        raw.cursor().execute("VACUUM INTO ?", (str(path),))\n',
        "        with sqlite3.connect(path) as copy:\n            raw.driver_connection.backup(copy)\n",
        f"{_WHOLE}::test_erased_words_are_not_in_it",
    ),
    (
        "a backup of a damaged database counts",
        f"{_BACKUP}/sqlite.py",
        "        if wrong:\n",
        "        if False:\n",
        f"{_WHOLE}::test_rows_that_point_nowhere_make_no_backup",
    ),
    (
        "an altered file is restored",
        f"{_BACKUP}/folder.py",
        "if hash_of(folder / name) != listed[name]:",
        "if False:",
        f"{_REFUSED}::test_a_damaged_backup_is_refused",
    ),
    (
        "a file that was added is restored",
        f"{_BACKUP}/folder.py",
        '    problems += [f"{name} was added" for name in sorted(there - set(listed) - {LISTING})]\n',
        "",
        f"{_REFUSED}::test_a_damaged_backup_is_refused",
    ),
    (
        "a backup is restored over something",
        f"{_BACKUP}/restore.py",
        "    _refuse_full(place, with_key=bool(opened))\n",
        "",
        f"{_REFUSED}::test_never_over_something",
    ),
    (
        "triggers stay off after a restore",
        f"{_BACKUP}/postgres.py",
        'cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(quoted))',
        "pass",
        f"{_RESTORE}::test_everything_comes_back",
    ),
    (
        "numbers begin again at 1 after a restore",
        f"{_BACKUP}/postgres.py",
        "            _count_on(connection, name)\n",
        "            pass\n",
        f"{_RESTORE}::test_everything_comes_back",
    ),
    (
        "a restore that failed leaves half of it",
        f"{_BACKUP}/restore.py",
        "        undo.callback(_remove, folder)\n",
        "",
        f"{_RESTORE}::test_a_restore_that_fails_leaves_the_place_empty",
    ),
    (
        "restored bags can be written to",
        f"{_BACKUP}/restore.py",
        "                make_read_only(bag)\n",
        "                pass\n",
        f"{_RESTORE}::test_everything_comes_back",
    ),
    (
        "an upgrade keeps rows that point nowhere",
        "worker/store/upgrade.py",
        "                if dangling:\n",
        "                if False:\n",
        f"{_UPGRADE}::test_rows_that_point_nowhere_stop_an_upgrade",
    ),
    (
        "what was audited before the ledger stays out of it",
        "worker/store/migrations/versions/0003_the_ledger.py",
        '    op.execute("INSERT INTO ledger (audit_id) SELECT id FROM audit ORDER BY id")\n',
        "",
        f"{_UPGRADE}::test_the_ledger_takes_what_was_audited_before",
    ),
    (
        "an upgrade loses the guards of sealed snapshots",
        "worker/store/migrations/versions/0002_timestamps_and_supplements.py",
        "    for statement in freeze_sealed_snapshots(dialect, _COLUMNS):\n",
        "    for statement in ():\n",
        f"{_UPGRADE}::test_old_rows_are_guarded_after_an_upgrade",
    ),
    (
        "OR REPLACE asks no trigger on removal",
        "worker/store/session.py",
        "PRAGMA recursive_triggers=ON",
        "PRAGMA recursive_triggers=OFF",
        f"{_RECORDS}::test_records_are_only_ever_added",
    ),
    (
        "an entry of the ledger is filled twice",
        _GUARDS,
        '"OLD.position IS NOT NULL OR NEW.audit_id <> OLD.audit_id"',
        '"NEW.audit_id <> OLD.audit_id"',
        f"{_RECORDS}::test_an_entry_of_the_ledger_is_filled_once",
    ),
    (
        "the ledger shrinks",
        _GUARDS,
        '"NEW.size <= OLD.size"',
        '"1 = 0"',
        f"{_RECORDS}::test_the_ledger_only_grows",
    ),
    (
        "why a case was held can be written over",
        "worker/store/migrations/versions/0004_custody.py",
        '"placed_stays", "1 = 1", ("id", "case_id", "reason", "placed_by", "placed_at")',
        '"placed_stays", "1 = 1", ("id", "case_id", "placed_by", "placed_at")',
        f"{_RECORDS}::test_a_hold_is_placed_once_and_released_once",
    ),
    (
        "a rendering hangs on another comment's core",
        "worker/store/migrations/versions/0002_timestamps_and_supplements.py",
        '("core_id", "snapshots"))\n',
        ")\n",
        f"{_RECORDS}::test_what_follows_a_core_snapshot_is_about_the_same_comment",
    ),
]
