"""Guards of the ledger, and the tests that miss them."""

_TREE = "tests/unit/ledger/test_tree.py"
_LEAF = "tests/unit/ledger/test_leaf.py"
_SEQUENCER = "tests/unit/ledger/test_sequencer.py"
_CHECKPOINTS = "tests/unit/ledger/test_checkpoints.py"
_CHECKING = "tests/unit/ledger/test_checking.py"
_PROOFS = "tests/unit/ledger/test_proofs.py"
_GUARDS = "tests/unit/ledger/test_guards.py"

SABOTAGES = [
    (
        "a key that was put back leaves no trace",
        "worker/ledger/signing_key.py",
        ".order_by(t.Audit.id.desc())",
        ".order_by(t.Audit.id)",
        "tests/unit/cli/test_keys.py::test_an_older_key_that_comes_back_is_noted_again",
    ),
    (
        "a new key leaves no trace",
        "worker/cli/keys.py",
        "rotate(chosen.trust_name, make_clock(chosen).now())\n    _note(chosen, made)\n",
        "rotate(chosen.trust_name, make_clock(chosen).now())\n",
        "tests/unit/cli/test_keys.py::test_every_new_key_is_in_the_audit",
    ),
    (
        "a key made before the database leaves no trace",
        "worker/jobs/run.py",
        '    signing_key.note(app.store, app.clock, app.keyring.current(), Actor(None, "checkpoint"))\n',
        "",
        "tests/integration/test_ledger.py::test_the_worker_notes_which_key_signs",
    ),
    (
        "a leaf can pass for a node",
        "worker/ledger/tree.py",
        'return hashlib.sha256(b"\\1" + left + right).digest()',
        "return hashlib.sha256(left + right).digest()",
        f"{_TREE}::test_roots_are_those_of_the_specification",
    ),
    (
        "a proof may end below the root",
        "worker/ledger/tree.py",
        """        here, last = here >> 1, last >> 1
    if last:
        raise ProofFault("The proof ends below the root.")


def check_inclusion""",
        """        here, last = here >> 1, last >> 1


def check_inclusion""",
        f"{_TREE}::test_a_proof_for_another_size_is_refused",
    ),
    (
        "the older root is not compared",
        "worker/ledger/tree.py",
        "    if older != old_root:\n",
        "    if False:\n",
        f"{_TREE}::test_a_ledger_that_was_rewritten_is_not_consistent",
    ),
    (
        "nonces are not random",
        "worker/ledger/sequencer.py",
        "nonce = secrets.token_hex(_NONCE_BYTES)",
        'nonce = "00" * _NONCE_BYTES',
        f"{_LEAF}::test_no_two_rows_share_a_nonce_and_none_can_be_guessed",
    ),
    (
        "facts are left out of the leaf",
        "worker/ledger/leaf.py",
        '"detail": _PARSER.decode(row.detail),',
        '"detail": _PARSER.decode(row.detail) and {},',
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "something named twice is read",
        "worker/ledger/leaf.py",
        "    if len(found) != len(pairs):\n",
        "    if False:\n",
        f"{_LEAF}::test_a_garbled_row_is_called_that",
    ),
    (
        "two processes append at once",
        "worker/ledger/sequencer.py",
        "select(LedgerHead).with_for_update()",
        "select(LedgerHead)",
        f"{_SEQUENCER}::test_many_at_once_append_each_row_once",
    ),
    (
        "a head that does not fit is built on",
        "worker/ledger/sequencer.py",
        "    if (-1 if highest is None else highest) != head.size - 1:\n",
        "    if False:\n",
        f"{_SEQUENCER}::test_nothing_is_built_on_a_head_that_does_not_fit",
    ),
    (
        "a root that is not its peaks' is built on",
        "worker/ledger/sequencer.py",
        "    if frontier.root().hex() != row.root:\n",
        "    if False:\n",
        f"{_SEQUENCER}::test_nothing_is_built_on_a_head_that_does_not_fit",
    ),
    (
        "a garbled row holds up the others",
        "worker/ledger/sequencer.py",
        "        except Unreadable:\n",
        "        except KeyError:\n",
        f"{_SEQUENCER}::test_a_garbled_row_holds_up_no_other",
    ),
    (
        "rows are not compared with their leaves",
        "worker/ledger/checking.py",
        "if entry_of(row, row.nonce).leaf.hex() != row.leaf:",
        "if False:",
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "roots of checkpoints are not compared",
        "worker/ledger/checking.py",
        "            if claim.size != self._tree.size or claim.root != self._tree.root().hex():\n",
        '            if claim.kind == "head" and claim.root != self._tree.root().hex():\n',
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "a ledger that is too short is not noticed",
        "worker/ledger/checking.py",
        'self.findings.add("cut_off" if claim.size > self._end else "root_unknown", claim.name)',
        "self._compare_copy(claim)",
        f"{_CHECKING}::test_only_a_copy_elsewhere_shows_that_the_newest_were_cut_off",
    ),
    (
        "gaps are not noticed",
        "worker/ledger/checking.py",
        "                if row.position > expected:\n",
        "                if False:\n",
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "rows without entries are not noticed",
        "worker/ledger/checking.py",
        "            .where(LedgerEntry.audit_id.is_(None))\n",
        "            .where(LedgerEntry.audit_id < 0)\n",
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "nodes are not compared",
        "worker/ledger/checking.py",
        "                if stored.get(number) != value:\n",
        "                if False:\n",
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "another key's signature is good enough",
        "worker/ledger/checking.py",
        "        except cms.SignedByAnother:\n            self.findings.add(",
        "        except cms.SignedByAnother:\n            str(",
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "a check without keys passes",
        "worker/ledger/checking.py",
        '            self.findings.add("keys_unreadable", "signatures")\n',
        "            pass\n",
        f"{_CHECKING}::test_without_keys_or_copies_the_check_says_so",
    ),
    (
        "copies are not compared with what is kept",
        "worker/ledger/checking.py",
        "            elif self._kept.text != claim.text:\n",
        "            elif False:\n",
        f"{_CHECKING}::test_tampering_is_found_and_named",
    ),
    (
        "a proof is handed out unchecked",
        "worker/ledger/proofs.py",
        "        check_inclusion(entry.leaf, position, checkpoint.size, path, root)\n",
        "        str(root)\n",
        f"{_PROOFS}::test_no_proof_is_made_of_what_was_altered",
    ),
    (
        "the published are written over",
        "worker/ledger/publishing.py",
        "        if path.read_bytes() != content:\n",
        "        if False:\n",
        f"{_CHECKPOINTS}::test_what_lies_in_the_folder_is_never_written_over",
    ),
    (
        "a place that cannot be reached is passed over in silence",
        "worker/ledger/stage.py",
        '                failures.append(_logged("not_published", fault))\n',
        '                _logged("not_published", fault)\n',
        f"{_CHECKPOINTS}::test_a_folder_that_cannot_be_reached_is_told_of_and_tried_again",
    ),
    (
        "a clock that was ahead stops checkpoints",
        "worker/ledger/checkpoints.py",
        "    if last is not None and last.made_at <= now < last.made_at + every:\n",
        "    if last is not None and now < last.made_at + every:\n",
        f"{_CHECKPOINTS}::test_a_clock_that_was_ahead_keeps_nothing_from_being_signed_or_published",
    ),
    (
        "an entry can be filled twice",
        "worker/store/guards.py",
        'changed = "OLD.position IS NOT NULL OR NEW.audit_id <> OLD.audit_id"',
        'changed = "NEW.audit_id <> OLD.audit_id"',
        f"{_GUARDS}::test_the_application_cannot_change_what_was_entered",
    ),
    (
        "the head can shrink",
        "worker/store/guards.py",
        '"NEW.size <= OLD.size"',
        '"1 = 0"',
        f"{_GUARDS}::test_the_application_cannot_change_what_was_entered",
    ),
]
