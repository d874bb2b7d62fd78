"""Guards of the queue's numbers, groups, pulse and neighbours, and of uncovering words; and their tests."""

_COUNTS = "tests/unit/review/test_queue_counts.py"
_FOLDING = "tests/unit/review/test_folding.py"
_NEIGHBOURS = "tests/unit/review/test_neighbours.py"
_PULSE = "tests/unit/review/test_pulse.py"
_REVEALING = "tests/unit/review/test_revealing.py"

SABOTAGES = [
    (
        "words are uncovered without a trace",
        "worker/review/revealing.py",
        '    audit.record(session, actor, "revealed", "case", case.id, now=now, detail=detail)\n',
        "",
        f"{_REVEALING}::test_who_uncovers_words_is_on_record[sqlite]",
    ),
    (
        "the words of another case are uncovered",
        "worker/review/revealing.py",
        "if revision is None or revision.comment_id != case.comment_id:",
        "if revision is None:",
        f"{_REVEALING}::test_a_wording_of_another_case_is_not_uncovered[sqlite]",
    ),
    (
        "numbers tell of restricted cases",
        "worker/review/queue_counts.py",
        "select(t.Case.id).where(WAITING, seen)",
        "select(t.Case.id).where(WAITING)",
        f"{_COUNTS}::test_restricted_cases_are_in_nobody_elses_numbers[sqlite]",
    ),
    (
        "a number hides that counting stopped",
        "worker/review/counting.py",
        "Count(min(number, EXACT), number > EXACT)",
        "Count(min(number, EXACT))",
        f"{_COUNTS}::test_each_number_of_the_queue_says_where_it_stopped[sqlite]",
    ),
    (
        "a number is counted to the bound and no further",
        "worker/review/counting.py",
        "literal_column(str(EXACT + 1), Integer)",
        "literal_column(str(EXACT), Integer)",
        f"{_COUNTS}::test_each_number_of_the_queue_says_where_it_stopped[sqlite]",
    ),
    (
        "restricted cases make a group",
        "worker/review/folding.py",
        "            WAITING,\n            seen,\n",
        "            WAITING,\n",
        f"{_FOLDING}::test_restricted_cases_are_in_no_group_of_who_may_not_see_them[sqlite]",
    ),
    (
        "a case that says something else is folded away",
        "worker/review/folding.py",
        "if kind in LASTING or revision_id == words[case_id]:",
        "if kind in CLOSEST:",
        f"{_FOLDING}::test_what_says_something_else_by_now_keeps_its_own_row[sqlite]",
    ),
    (
        "a page ends before what stands behind a pile-on",
        "worker/review/folding.py",
        "        if len(cases) < stride:\n",
        "        if cases:\n",
        f"{_FOLDING}::test_a_page_reads_on_past_a_long_group[sqlite]",
    ),
    (
        "the pulse tells that restricted cases opened",
        "worker/review/pulse.py",
        "select(t.Case.id).where(WAITING, seen)",
        "select(t.Case.id).where(WAITING)",
        f"{_PULSE}::test_of_restricted_cases_it_tells_nothing[sqlite]",
    ),
    (
        "the pulse tells what became of a restricted case",
        "worker/review/pulse.py",
        "        .where(seen)\n",
        "",
        f"{_PULSE}::test_of_restricted_cases_it_tells_nothing[sqlite]",
    ),
    (
        "a danger that was raised anew is not told",
        "worker/review/pulse.py",
        'return and_(taken, ~about.where(t.Page.state == "calling").exists())',
        "return and_(taken)",
        f"{_PULSE}::test_danger_is_told_until_somebody_took_the_call[sqlite]",
    ),
    (
        "a restricted case is named beside one like it",
        "worker/review/neighbours.py",
        ".where(t.GroupMember.group_id == group_id, t.Case.id != case.id, seen)",
        ".where(t.GroupMember.group_id == group_id, t.Case.id != case.id)",
        f"{_NEIGHBOURS}::test_restricted_cases_are_named_beside_no_case[sqlite]",
    ),
    (
        "a restricted case is named beside one with its words",
        "worker/review/neighbours.py",
        ".where(t.TextLead.exact == sketch(text).exact, t.Case.id != case.id, seen)",
        ".where(t.TextLead.exact == sketch(text).exact, t.Case.id != case.id)",
        f"{_NEIGHBOURS}::test_restricted_cases_are_named_beside_no_case[sqlite]",
    ),
    (
        "a decision on a restricted case is told of its author",
        "worker/review/neighbours.py",
        "t.Decision.id).exists(),\n            seen,\n",
        "t.Decision.id).exists(),\n",
        f"{_NEIGHBOURS}::test_restricted_cases_are_named_beside_no_case[sqlite]",
    ),
    (
        "a decision that was corrected is told of an author",
        "worker/review/neighbours.py",
        "            ~select(later.id).where(later.supersedes_id == t.Decision.id).exists(),\n",
        "",
        f"{_NEIGHBOURS}::test_the_verdict_told_is_the_one_that_counts[sqlite]",
    ),
]
