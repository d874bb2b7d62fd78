"""Guards of what people read of the audit, the rules and the dashboard, and the tests that miss them."""

_AUDIT = "tests/unit/review/test_audit_reading.py"
_EFFECTS = "tests/unit/review/test_rule_effects.py"
_DASHBOARD = "tests/unit/summary/test_dashboard.py"
_READING = "worker/review/audit_reading.py"
_LINKS = "worker/review/audit_links.py"
_RULES = "worker/review/rule_effects.py"

SABOTAGES = [
    (
        "anybody reads the audit",
        _READING,
        '        require(self.store, self.clock, actor, Right.READ_AUDIT, "audit")\n',
        "",
        f"{_AUDIT}::test_only_those_who_may_read_the_audit_do[sqlite]",
    ),
    (
        "the audit tells who looked at a case that is kept from the reader",
        _READING,
        ".where(*_conditions(wanted, before), about_none_of(self._kept))",
        ".where(*_conditions(wanted, before))",
        f"{_AUDIT}::test_nobody_reads_who_looked_at_a_case_that_is_kept_from_them[sqlite-evidence_officer]",
    ),
    (
        "the audit tells whom a case is about who looked at it",
        "worker/review/access.py",
        "return or_(and_(t.Case.restriction.is_not(None), ~visible(person)), t.Case.id.in_(concerned))",
        "return and_(t.Case.restriction.is_not(None), ~visible(person), ~t.Case.id.in_(concerned))",
        f"{_AUDIT}::test_a_conflict_of_interest_closes_the_audit_of_that_case_too[sqlite]",
    ),
    (
        "the audit tells of the tasks of a case that is kept from the reader",
        _LINKS,
        '    "task": _naming(t.Task),\n',
        '    "task": lambda cases: select(-cases.c.id),\n',
        f"{_AUDIT}::test_a_row_about_anything_of_a_kept_case_is_kept_with_it[sqlite]",
    ),
    (
        "the audit shows rows of which nobody said what they are about",
        _LINKS,
        "    return and_(kind.in_(sorted({*THINGS_OF, *ABOUT_NO_CASE})), or_(number.is_(None), ~theirs))\n",
        "    return or_(number.is_(None), ~theirs)\n",
        f"{_AUDIT}::test_a_kind_that_nobody_knows_is_kept_from_everybody[sqlite]",
    ),
    (
        "facts of other rows name a case that is kept from the reader",
        _READING,
        "detail=naming_only(row.Audit.detail, named) if",
        "detail=dict(row.Audit.detail) if",
        f"{_AUDIT}::test_no_other_row_names_a_case_that_is_kept_from_the_reader[sqlite]",
    ),
    (
        "lists of which nobody said what they are are told",
        _LINKS,
        "elif name in _OTHER_NUMBERS or not isinstance(value, list) or not any(map(_number, value)):",
        "else:",
        f"{_AUDIT}::test_no_other_row_names_a_case_that_is_kept_from_the_reader[sqlite]",
    ),
    (
        "an administrator reads the facts of cases",
        _READING,
        "return self._works or row.object_id",
        "return bool(row.id) or row.object_id",
        f"{_AUDIT}::test_whoever_does_not_work_on_cases_reads_who_and_when_alone[sqlite]",
    ),
    (
        "an export of the audit leaves no trace",
        _READING,
        '        self._note(actor, "audit_exported", wanted, {"rows": len(rows), "file_sha256": digest})\n',
        "",
        f"{_AUDIT}::test_each_look_leaves_a_trace_about_what_was_looked_at[sqlite]",
    ),
    (
        "an export of the audit ends too soon and passes for the whole",
        _READING,
        "                    raise Conflict(\n",
        "                    break\n                    raise Conflict(\n",
        f"{_AUDIT}::test_an_export_holds_everything_or_is_refused[sqlite]",
    ),
    (
        "an export of the audit holds formulae",
        "worker/evidence/handover/plain.py",
        '    return f"\'{text}" if text.lstrip().startswith(_FORMULA) else text\n',
        "    return text\n",
        f"{_AUDIT}::test_an_export_opens_in_a_spreadsheet_without_becoming_a_formula[sqlite]",
    ),
    (
        "words that somebody searched the audit for are kept in it",
        _READING,
        "        if wanted.verb is not None and not _VERB.fullmatch(wanted.verb):\n",
        "        if wanted.verb is None and not KINDS:\n",
        f"{_AUDIT}::test_what_is_no_verb_and_no_kind_is_refused_and_not_written_down[sqlite]",
    ),
    (
        "what a rule found tells of a case that is kept from the reader",
        _RULES,
        ".where(t.Comment.first_seen_at >= since, t.Comment.id.not_in(theirs))",
        ".where(t.Comment.first_seen_at >= since)",
        f"{_EFFECTS}::test_cases_that_are_kept_from_whoever_asks_do_not_count[sqlite]",
    ),
    (
        "what a rule queued tells of a case that is kept from the reader",
        _RULES,
        '("open", "needs_advice", "decided")), ~kept)',
        '("open", "needs_advice", "decided")))',
        f"{_EFFECTS}::test_cases_that_are_kept_from_whoever_asks_do_not_count[sqlite]",
    ),
    (
        "a text of any length is tried",
        _RULES,
        "        if len(plain) > MOST_BYTES:\n",
        "        if not MOST_BYTES:\n",
        f"{_EFFECTS}::test_hostile_text_is_judged_or_refused_but_breaks_nothing[sqlite]",
    ),
    (
        "anybody sees the dashboard",
        "worker/summary/dashboard.py",
        '        require(self.store, self.clock, actor, Right.READ_SUMMARY, "summary")\n',
        "",
        f"{_DASHBOARD}::test_only_those_who_read_summaries_see_the_dashboard[sqlite]",
    ),
    (
        "a pile-on is told by cases that are kept from somebody",
        "worker/summary/pile_ons.py",
        "t.Group.grown_at >= since, open_to_all)",
        "t.Group.grown_at >= since)",
        f"{_DASHBOARD}::test_pile_ons_are_told_without_cases_that_are_kept_from_anybody[sqlite]",
    ),
]
