"""Guards of review and action: each small change takes one away, and makes the named test fail."""

from __future__ import annotations

_DECIDING = "tests/unit/review/test_deciding.py"
_NOT_WHOLE = f"{_DECIDING}::test_what_is_not_whole_is_refused_and_changes_nothing"
_QUEUE = "tests/unit/review/test_queue.py"
_RIGHTS = "tests/unit/review/test_rights.py"
_OPENING = "tests/unit/review/test_opening.py"
_CARRYING = "tests/unit/action/test_carrying.py"
_FAULTS = "tests/unit/action/test_faults.py"
_CONTENTION = "tests/integration/test_review_contention.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "a decision on words that are no longer there is taken",
        "worker/review/requests.py",
        "if comment.revision_id is not None and comment.revision_id != revision_id:",
        "if comment.revision_id is None:",
        f"{_DECIDING}::test_an_edit_in_between_refuses_the_decision_and_shows_the_difference[sqlite]",
    ),
    (
        "a live claim of somebody else is taken over",
        "worker/review/claims.py",
        "where=or_(t.Claim.until <= now, t.Claim.person_id == person_id),",
        "where=t.Claim.case_id == case_id,",
        f"{_QUEUE}::test_a_claim_keeps_others_away_until_it_runs_out[sqlite]",
    ),
    (
        "deciding needs no claim",
        "worker/review/decisions.py",
        "    claim(session, case.id, person_id, now=now, minutes=procedure.minutes)\n",
        "",
        f"{_DECIDING}::test_only_the_holder_of_the_claim_decides[sqlite]",
    ),
    (
        "a decided case is decided again without saying so",
        "worker/review/decisions.py",
        'if case.state == "decided" and (latest is None or ruling.supersedes != latest.id):',
        "if latest is not None and latest.id < 0:",
        f"{_CONTENTION}::test_of_eight_decisions_on_one_case_at_once_one_stands[sqlite]",
    ),
    (
        "what is not upheld is hidden",
        "worker/review/kinds.py",
        "        if not upheld and kind not in RESTORING:\n",
        '        if not upheld and kind == "maybe":\n',
        f"{_NOT_WHOLE}[sqlite-not_upheld-given7-Only an upheld case leads to this: hide]",
    ),
    (
        "rights are not asked for",
        "worker/review/rights.py",
        "if right not in rights_of(for_a_time.union(role.role for role in person.roles)):",
        "if right not in Right:",
        f"{_RIGHTS}::test_each_person_is_let_through_or_refused_as_the_table_says[sqlite]",
    ),
    (
        "people who left keep their rights",
        "worker/review/rights.py",
        "    if not person.active:\n",
        "    if person.active is None:\n",
        f"{_RIGHTS}::test_a_person_who_left_or_lost_the_role_loses_the_right_at_once[sqlite]",
    ),
    (
        "a refusal leaves no trace",
        "worker/review/rights.py",
        'audit.record(session, who, "refused", object_type, object_id, now=clock.now(), detail=detail)',
        "session.flush()",
        f"{_RIGHTS}::test_what_is_refused_inside_a_change_rolls_back_and_is_audited[sqlite]",
    ),
    (
        "a look leaves no trace",
        "worker/review/stage.py",
        'audit.record(session, actor, "viewed", "case", case_id, now=now, detail=detail)',
        "session.flush()",
        f"{_QUEUE}::test_a_case_shows_everything_and_the_look_is_audited[sqlite]",
    ),
    (
        "an edit lowers a case's severity",
        "worker/review/opening.py",
        "if Severity(opening.severity) > severity:",
        "if Severity(opening.severity) != severity:",
        f"{_OPENING}::test_an_edit_moves_the_open_case_and_only_raises_it[sqlite]",
    ),
    (
        "an edit is not captured",
        "worker/review/opening.py",
        "        if opening.revision_id != case.revision_id:\n",
        "        if opening.revision_id == 0:\n",
        f"{_OPENING}::test_a_case_follows_an_edit_that_no_rule_queued[sqlite]",
    ),
    (
        "the fresh look before an action is left out",
        "worker/action/outcome.py",
        "revision_hash(reading.comment) != errand.revision_hash:",
        "reading.comment.text is errand:",
        f"{_CARRYING}::test_a_comment_that_changed_since_the_decision_is_left_alone[sqlite]",
    ),
    (
        "evidence of any revision will do for a hide",
        "worker/action/errand.py",
        "if errand.takes_down else conditions",
        "if errand.id < 0 else conditions",
        f"{_CARRYING}::test_evidence_of_other_words_does_not_do_for_a_hide[sqlite]",
    ),
    (
        "a call is not counted before it is made",
        "worker/action/writing.py",
        ".values(calls=calls + 1, snapshot_id=evidence.snapshot_id)",
        ".values(calls=calls, snapshot_id=evidence.snapshot_id)",
        f"{_CARRYING}::test_when_the_platform_is_asked_the_action_is_committed_with_its_evidence[sqlite]",
    ),
    (
        "a process that was overtaken asks all the same",
        "worker/action/writing.py",
        't.Action.calls == calls, t.Action.state == "started"',
        "t.Action.calls >= 0",
        f"{_CARRYING}::test_of_two_processes_with_the_same_errand_one_asks_the_platform[sqlite]",
    ),
    (
        "what is done already is asked for again",
        "worker/action/outcome.py",
        "    if found.as_wished and calls:\n",
        "    if calls:\n        return None\n    if found.as_wished and calls:\n",
        f"{_CARRYING}::test_a_crash_after_sending_is_resolved_by_reading[sqlite]",
    ),
    (
        "the platform is believed without reading back",
        "worker/action/stage.py",
        "    if there.as_wished:\n        return out.done(",
        "    if result.fate is Fate.DONE:\n        return out.done(",
        f"{_FAULTS}::test_a_platform_that_says_done_but_does_not_do_it_is_not_believed",
    ),
    (
        "a corrected decision is carried out",
        "worker/action/errand.py",
        "if errand.takes_down and overturned_since(session, errand.case_id, errand.decision_id):",
        "if not errand.decision_id:",
        f"{_CARRYING}::test_a_correction_stops_a_hide_that_was_not_carried_out_yet[sqlite]",
    ),
    (
        "the decision is not looked at again right before the platform is asked",
        "worker/action/writing.py",
        "    _still_wanted(session, errand, calls=calls, now=now)\n",
        "",
        f"{_CARRYING}::test_a_correction_while_the_platform_is_about_to_be_asked_stops_it[sqlite]",
    ),
    (
        "an older request undoes a newer one",
        "worker/action/errand.py",
        "            t.RequestedAction.id > errand.id,\n",
        "            t.RequestedAction.id < 0,\n",
        f"{_CARRYING}::test_the_later_of_two_opposite_requests_counts_in_any_order[sqlite]",
    ),
    (
        "damaged evidence stops restoring",
        "worker/action/stage.py",
        "            if errand.takes_down:\n                raise Settled(",
        "            if errand.id:\n                raise Settled(",
        f"{_FAULTS}::test_damaged_evidence_never_stops_restoring[sqlite]",
    ),
    (
        "a change that calls the comment gone is believed",
        "worker/action/stage.py",
        '            return ActionResult(Fate.UNKNOWN, "the platform says that it is gone")\n',
        "            raise Settled(out.gone(errand, 1)) from None\n",
        f"{_FAULTS}::test_a_change_that_calls_the_comment_gone_is_not_believed[hide]",
    ),
    (
        "a refused token ends an action",
        "worker/action/stage.py",
        "        except CredentialsRejected as refusal:\n",
        "        except ZeroDivisionError as refusal:\n",
        f"{_FAULTS}::test_a_refused_token_only_makes_an_action_wait[hide]",
    ),
]
