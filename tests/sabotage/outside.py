"""Guards of those who check evidence outside with public tools, and the tests that miss them."""

_CMS = "tests/unit/test_cms.py"
_FORGED = "tests/unit/evidence/handover/test_forged.py"
_SLIPPED_IN = "tests/unit/evidence/handover/test_slipped_in.py"
_STAMP = "tests/unit/evidence/test_timestamp.py"
_WHOLE = "tests/unit/evidence/handover/test_whole.py"

_COMMANDS = "worker/evidence/handover/instructions.py"

SABOTAGES = [
    (
        "the command that we tell believes whoever has a website",
        "worker/cms.py",
        "-no-CApath -no-CAstore -partial_chain",
        "-no-CApath -partial_chain",
        f"{_CMS}::test_a_certificate_for_a_website_signs_nothing",
    ),
    (
        "a certificate does not say which key signed it",
        "worker/keyring/certificate.py",
        "x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())",
        "x509.AuthorityKeyIdentifier(None, None, None)",
        f"{_CMS}::test_keys_that_were_used_one_after_the_other_all_hold",
    ),
    (
        "of two authorities of one name only one is believed",
        "worker/evidence/timestamp.py",
        "(each for each in roots if each.subject != root.subject)",
        "roots",
        f"{_STAMP}::test_authorities_of_one_name_are_told_apart",
    ),
    (
        "a stamp by an authority that is not named any more is called damaged",
        "worker/evidence/timestamp.py",
        "    if not telling and len(reasons) == len(told):\n        return _NOT_NAMED\n",
        "",
        f"{_STAMP}::test_a_stamp_by_an_unknown_authority_is_not_believed",
    ),
    (
        "a damaged stamp is put down to an authority that is not named",
        "worker/evidence/timestamp.py",
        "if not telling and len(reasons) == len(told):",
        "if True:",
        f"{_STAMP}::test_a_damaged_stamp_is_not_put_down_to_an_unknown_authority",
    ),
    (
        "certificates of trial authorities do not say which root signed them",
        "worker/evidence/trial_authority.py",
        "    return builder.add_extension(identifier, critical=False)\n",
        "    return builder\n",
        f"{_STAMP}::test_authorities_of_one_name_are_told_apart",
    ),
    (
        "a mail tells a command that believes whoever has a website",
        "worker/ledger/publishing.py",
        "-no-CApath -no-CAstore -partial_chain",
        "-partial_chain",
        f"{_CMS}::test_every_command_that_we_tell_believes_the_named_file_alone",
    ),
    (
        "a certificate that hides from the reader is believed",
        _COMMANDS,
        """            f'  {_ONLY_CERTIFICATES} "$bundle")',\n""",
        "",
        f"{_SLIPPED_IN}::test_what_hides_a_certificate_from_the_reader_ends_the_step",
    ),
    (
        "whoever has a website signs for the Trust",
        _COMMANDS,
        '"-no-CApath -no-CAstore -partial_chain"',
        '"-partial_chain"',
        f"{_FORGED}::test_a_certificate_for_a_website_seals_nothing",
    ),
    (
        "of a Trust's keys only one is believed",
        _COMMANDS,
        '"-no-CApath -no-CAstore -partial_chain"',
        '"-no-CApath -no-CAstore"',
        f"{_FORGED}::test_every_step_holds_after_the_key_was_changed",
    ),
    (
        "a shared timestamp counts without the way to it",
        _COMMANDS,
        """'    [ -e "$data.path" ]; data="$data.root"',""",
        """'    data="$data.root"',""",
        f"{_WHOLE}::test_every_command_of_the_instructions_holds_and_finds_a_changed_byte",
    ),
]
