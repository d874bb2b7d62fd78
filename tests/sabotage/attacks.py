"""Guards against tampering and faults, and the tests that miss them."""

_TAMPERING = "tests/integration/tampering/test_tampering.py::test_tampering_is_found_by_name"
_FAULTS = "tests/faults/test_evidence_faults.py"
_OTHER_WAY = "tests/unit/action/test_no_other_way.py"
_WRITTEN_IN = f"{_OTHER_WAY}::test_a_request_that_was_written_in_by_hand_is_refused_and_called_so"
_NO_OTHER_WAY = "tests/unit/action/test_no_other_way.py"
_SURVEY = "tests/unit/evidence/test_survey.py"
_VERIFY = "tests/unit/evidence/test_verify.py"

_BY_HAND = "tests/unit/evidence/handover/test_approved_by_hand.py"
_OTHER = "tests/unit/evidence/test_other_user.py"

SABOTAGES = [
    (
        "the audit says that somebody saw what was closed to them",
        "worker/evidence/stage.py",
        "        self.shelf.must_be_open()  # before the audit says that somebody saw it\n",
        "",
        f"{_OTHER}::test_nothing_is_said_to_be_seen_or_damaged_by_who_cannot_look",
    ),
    (
        "a survey by somebody who cannot look calls the evidence lost",
        "worker/evidence/survey.py",
        "        self.bags.must_be_open()\n",
        "",
        f"{_OTHER}::test_nothing_is_said_to_be_seen_or_damaged_by_who_cannot_look",
    ),
    (
        "a hand-over by somebody who cannot look calls the evidence damaged",
        "worker/evidence/handover/making.py",
        "        self.bags.must_be_open()\n        with alone",
        "        with alone",
        f"{_OTHER}::test_a_hand_over_that_cannot_be_read_is_not_called_damaged",
    ),
    (
        "a planted name writes lines of its own",
        "worker/evidence/strays.py",
        "(place if place.isprintable() else repr(place))",
        "place",
        f"{_SURVEY}::test_a_name_cannot_write_a_result_of_its_own",
    ),
    (
        "a mark takes the end of a line apart",
        "worker/evidence/show_text.py",
        "wholes.get(end, (0, end))[1]",
        "end",
        "tests/unit/evidence/test_report.py::test_a_mark_changes_no_character_that_is_shown",
    ),
    (
        "an approval that nobody gave goes unseen",
        "worker/evidence/survey.py",
        "what, of, why in not_agreed(session)",
        "what, of, why in ()",
        f"{_BY_HAND}::test_verifying_everything_names_what_nobody_approved",
    ),
    (
        "an edited row is not held against the audit",
        "worker/evidence/recorded.py",
        "    wrong = [name for name in _SEALED_FACTS if record.facts.get(name) != getattr(row, name)]\n",
        "    wrong: list[str] = []\n",
        f"{_TAMPERING}[sqlite-edit the row's hashes]",
    ),
    (
        "a row's time of sealing is not held against the audit",
        "worker/evidence/recorded.py",
        "    if record.at != row.sealed_at:\n",
        "    if False:\n",
        f"{_TAMPERING}[sqlite-edit when the row says it was sealed]",
    ),
    (
        "a row that was reset goes unseen",
        "worker/evidence/recorded.py",
        '    if row.state != "sealed":\n        if said:\n',
        '    if row.state != "sealed":\n        if False:\n',
        f"{_TAMPERING}[sqlite-make the row wait again]",
    ),
    (
        "a row that was removed goes unseen",
        "worker/evidence/survey.py",
        "        results += self._without_rows(case_id)\n",
        "",
        f"{_TAMPERING}[sqlite-remove the rows and the bag]",
    ),
    (
        "an unrecorded sealing goes unseen",
        "worker/evidence/recorded.py",
        '    if len(said) != 1:\n        yield (\n            "its row says that it was sealed',
        '    if len(said) > 1:\n        yield (\n            "its row says that it was sealed',
        f"{_TAMPERING}[sqlite-remove the audit row of the sealing]",
    ),
    (
        "an unrecorded destruction goes unseen",
        "worker/evidence/recorded.py",
        "    if (row.destroyed_at is None) != (not by_verb[DESTROYED]):\n",
        "    if False:\n",
        f"{_TAMPERING}[sqlite-remove the bag, make the row say destroyed]",
    ),
    (
        "a timestamp's row that was removed goes unseen",
        "worker/evidence/recorded.py",
        "    if stamp is None:\n        if said:\n",
        "    if stamp is None:\n        if False:\n",
        f"{_TAMPERING}[sqlite-remove the timestamp's row]",
    ),
    (
        "a timestamp's row that was edited goes unseen",
        "worker/evidence/recorded.py",
        '    if _moment(record.facts.get("stamped_at")) != stamp.stamped_at:\n',
        "    if False:\n",
        f"{_TAMPERING}[sqlite-edit the timestamp's row]",
    ),
    (
        "an audit row is not held against its leaf",
        "worker/evidence/recorded.py",
        "altered = not waits and entry.leaf.hex() != row.leaf",
        "altered = False",
        f"{_TAMPERING}[sqlite-the same, and edit the audit]",
    ),
    (
        "what the sequencer leaves out goes unseen",
        "worker/evidence/recorded.py",
        "        if record.waits and record.at is not None and record.at < before:\n",
        "        if False:\n",
        f"{_SURVEY}::test_what_is_not_in_the_ledger_in_time_is_found",
    ),
    (
        "a garbled audit row ends the survey",
        "worker/evidence/recorded.py",
        "    except DBAPIError:\n",
        "    except ZeroDivisionError:\n",
        f"{_SURVEY}::test_an_audit_row_that_nobody_can_read_is_named_and_hides_no_other",
    ),
    (
        "missing certificates end the survey",
        "worker/evidence/survey.py",
        "        except UpstanderError as fault:\n",
        "        except ZeroDivisionError as fault:\n",
        f"{_SURVEY}::test_without_the_certificates_evidence_is_looked_at_all_the_same",
    ),
    (
        "a file's changed time goes unseen",
        "worker/evidence/file_times.py",
        "        if abs(at - usual) > _TOGETHER\n",
        "        if False\n",
        f"{_TAMPERING}[sqlite-change a file's time]",
    ),
    (
        "a file beside the bags goes unseen",
        "worker/evidence/strays.py",
        "            if not _folder(month, _MONTH):\n                yield place, _NOT_OURS\n",
        "            if not _folder(month, _MONTH):\n",
        f"{_TAMPERING}[sqlite-plant a file beside the months]",
    ),
    (
        "a pipe is waited for",
        "worker/evidence/verify.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        "os.O_RDONLY | os.O_NOFOLLOW",
        f"{_VERIFY}::test_a_trap_stops_nobody_from_looking[pipe as signature]",
    ),
    (
        "a giant is hashed",
        "worker/evidence/verify.py",
        "counted is not None and size > int(counted[1])",
        "False",
        f"{_VERIFY}::test_a_trap_stops_nobody_from_looking[giant payload]",
    ),
    (
        "a bag that was taken away again counts as sealed",
        "worker/evidence/bagstore.py",
        '        if custody.get("snapshot") != identity.as_json():\n            raise OSError',
        "        if False:\n            raise OSError",
        f"{_FAULTS}::test_a_store_that_is_removed_meanwhile[seal.renamed]",
    ),
    (
        "an action of another kind passes for a restoring",
        "worker/action/stage.py",
        "        if not errand.ours:\n",
        "        if False:\n",
        f"{_WRITTEN_IN}[sqlite-platform_report-does not platform_report]",
    ),
    (
        "evidence of other words does for a hide that was begun",
        "worker/action/stage.py",
        "        if errand.takes_down and evidence.revision_id != errand.revision_id:\n",
        "        if False:\n",
        f"{_OTHER_WAY}::test_an_action_that_was_begun_on_evidence_of_other_words_is_refused[sqlite]",
    ),
    (
        "a hide does not ask whether its evidence is in the ledger",
        "worker/evidence/stage.py",
        "            if request.kind not in _RESTORING:\n                raise\n",
        "",
        f"{_NO_OTHER_WAY}::test_a_ledger_that_was_tampered_with_stops_what_takes_away_and_not_what_gives_back",
    ),
]
