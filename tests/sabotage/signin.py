"""Guards of signing in and their tests."""

_ROOM = "worker/signin"
_LOCAL = "tests/unit/signin/test_local.py"
_FACTOR = "tests/unit/signin/test_factor.py"
_SESSIONS = "tests/unit/signin/test_sessions.py"
_FEDERATED = "tests/unit/signin/test_federated.py"

SABOTAGES = [
    (
        "nobody is ever locked out",
        f"{_ROOM}/lockout.py",
        "            if row.locked_until is not None and now < row.locked_until:\n",
        "            if False:\n",
        f"{_LOCAL}::test_too_many_refusals_lock_a_name_out_for_a_while[sqlite-sam.hollis]",
    ),
    (
        "only names that somebody has are locked out",
        f"{_ROOM}/local.py",
        "    attempt = lockout.count(ground, names.folded(user_name), address)\n",
        """    someone = _known(ground, user_name)
    counted = names.folded(user_name) if someone else sessions.secrets.token_hex()
    attempt = lockout.count(ground, counted, address)
""",
        f"{_LOCAL}::test_too_many_refusals_lock_a_name_out_for_a_while[sqlite-nobody.here]",
    ),
    (
        "asking for the code sets the count of wrong codes back",
        f"{_ROOM}/local.py",
        """        _not_refused(ground, attempt)
        raise
    return sessions.live(ground, token)
""",
        """        with ground.store.write() as session:
            lockout.clear_name(session, attempt.keys[0][1])
        raise
    return sessions.live(ground, token)
""",
        f"{_LOCAL}::test_who_knows_the_password_cannot_try_codes_for_ever[sqlite]",
    ),
    (
        "each address of one network counts by itself",
        f"{_ROOM}/lockout.py",
        'f"{known}/64", strict=False',
        'f"{known}/128", strict=False',
        f"{_LOCAL}::test_one_address_cannot_try_many_names[sqlite]",
    ),
    (
        "a code is used twice",
        f"{_ROOM}/totp.py",
        "t.SignIn.last_totp_step < step)",
        "t.SignIn.last_totp_step <= step)",
        f"{_FACTOR}::test_a_code_is_asked_for_and_works_once[sqlite]",
    ),
    (
        "the code that set it up is used again",
        f"{_ROOM}/factor.py",
        "row.totp_secret, row.totp_confirmed_at, row.last_totp_step = locked, now, step",
        "row.totp_secret, row.totp_confirmed_at = locked, now",
        f"{_FACTOR}::test_the_code_that_set_it_up_is_used_as_well[sqlite]",
    ),
    (
        "a recovery code is used twice",
        f"{_ROOM}/recovery.py",
        "            t.RecoveryCode.used_at.is_(None),\n",
        "",
        f"{_FACTOR}::test_a_recovery_code_stands_in_once[sqlite]",
    ),
    (
        "a second factor is set up at an open screen",
        f"{_ROOM}/factor.py",
        "in the place of its owner's.\n    must_be_confirmed(ground, me)\n",
        "in the place of its owner's.\n",
        f"{_FACTOR}::test_setting_it_up_needs_a_fresh_proof_and_ends_other_sessions[sqlite]",
    ),
    (
        "a set-up of another session is taken",
        f"{_ROOM}/factor.py",
        'carried.get("session") != me.session_id',
        "False",
        f"{_FACTOR}::test_a_set_up_belongs_to_its_session[sqlite]",
    ),
    (
        "an ended session opens",
        f"{_ROOM}/sessions.py",
        ".where(t.WebSession.token_hash == _hash(token), t.WebSession.ended_at.is_(None))",
        ".where(t.WebSession.token_hash == _hash(token))",
        f"{_SESSIONS}::test_a_cookie_opens_nothing_after_signing_out[sqlite]",
    ),
    (
        "an idle session goes on",
        f"{_ROOM}/sessions.py",
        "    if now - session.seen_at >= timedelta(minutes=web.idle_minutes):\n",
        "    if False:\n",
        f"{_SESSIONS}::test_a_session_that_nobody_uses_ends[sqlite]",
    ),
    (
        "a session lasts for ever",
        f"{_ROOM}/sessions.py",
        "    if now - session.started_at >= timedelta(hours=web.absolute_hours):\n",
        "    if False:\n",
        f"{_SESSIONS}::test_a_session_ends_however_much_it_is_used[sqlite]",
    ),
    (
        "who left stays in",
        f"{_ROOM}/sessions.py",
        "    if not found.person.active:\n",
        "    if False:\n",
        f"{_SESSIONS}::test_who_left_is_out_at_once[sqlite]",
    ),
    (
        "a form works twice",
        f"{_ROOM}/forms.py",
        "return session.scalar(noted) is not None",
        "session.scalar(noted)\n        return True",
        f"{_SESSIONS}::test_a_form_works_once[sqlite]",
    ),
    (
        "a one-time password opens everything",
        f"{_ROOM}/signed_in.py",
        "        if self.must_change:\n",
        "        if False:\n",
        f"{_LOCAL}::test_a_one_time_password_opens_nothing_but_its_own_change[sqlite]",
    ),
    (
        "nobody needs a second factor",
        f"{_ROOM}/signed_in.py",
        "        if self.second_factor.required and not self.second_factor.shown:\n",
        "        if False:\n",
        f"{_LOCAL}::test_a_role_that_bites_needs_a_second_factor[sqlite]",
    ),
    (
        "what is still to do is forgotten by pages",
        f"{_ROOM}/signed_in.py",
        "            raise StillToDo(self.first)\n",
        "            pass\n",
        f"{_LOCAL}::test_a_one_time_password_opens_nothing_but_its_own_change[sqlite]",
    ),
    (
        "a changed password leaves the other sessions",
        f"{_ROOM}/local.py",
        "        theirs = t.WebSession.person_id == me.person_id\n",
        "        theirs = t.WebSession.id == me.session_id\n",
        f"{_LOCAL}::test_a_changed_password_ends_every_session[sqlite]",
    ),
    (
        "an old proof is enough for what bites",
        f"{_ROOM}/local.py",
        "    if ground.clock.now() - me.confirmed_at >= span:\n",
        "    if False:\n",
        f"{_LOCAL}::test_what_bites_needs_a_fresh_proof[sqlite]",
    ),
    (
        "an address nobody verified opens the door",
        f"{_ROOM}/federated.py",
        ' or claims.get("email_verified") is not True',
        "",
        f"{_FEDERATED}::test_a_token_that_means_nobody_for_sure_opens_nothing",
    ),
    (
        "another subject takes over an address",
        f"{_ROOM}/federated.py",
        '        raise _Barred("linked_to_another_subject", person.id)\n',
        "        session.query(t.Federated).delete()\n",
        f"{_FEDERATED}::test_an_address_that_goes_to_somebody_else_opens_nothing[sqlite]",
    ),
    (
        "the provider takes the last administrator away",
        "worker/review/people.py",
        '        session.add(t.PersonRole(person_id=person_id, role="administrator"))\n',
        "",
        f"{_FEDERATED}::test_the_last_administrator_stays_one[sqlite]",
    ),
    (
        "the database lets an ended session begin again",
        "worker/store/migrations/versions/0019_sign_ins.py",
        'once="OLD.ended_at IS NOT NULL"',
        'once="1 = 0"',
        f"{_SESSIONS}::test_an_ended_session_stays_ended[sqlite]",
    ),
]
