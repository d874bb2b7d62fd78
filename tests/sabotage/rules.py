"""Guards of the rules room, and the tests that miss them."""

_EVALUATE = "tests/unit/rules/test_evaluate.py"
_FOLD = "tests/unit/rules/test_fold.py"
_LOAD = "tests/unit/rules/test_load.py"

SABOTAGES = [
    (
        "complaints queue",
        "rules/schema.py",
        "NEVER_QUEUES = frozenset({Category.COMPLAINT})",
        "NEVER_QUEUES: frozenset[Category] = frozenset()",
        f"{_EVALUATE}::test_complaints_never_queue_by_themselves",
    ),
    (
        "drafts are evaluated",
        "rules/evaluate.py",
        "if rule.state is RuleState.LIVE",
        "if rule.state is not RuleState.RETIRED",
        f"{_LOAD}::test_only_live_rules_find_anything",
    ),
    (
        "the history is not asked",
        "rules/evaluate.py",
        "if holds((rule := self.rules[index]).conditions, context)",
        "if (rule := self.rules[index])",
        f"{_EVALUATE}::test_a_condition_on_the_history_is_kept",
    ),
    (
        "exceptions do not cancel",
        "rules/evaluate.py",
        "if reach <= start:",
        "if True:",
        f"{_EVALUATE}::test_an_exception_cancels_only_what_it_overlaps",
    ),
    (
        "phrases match inside words",
        "rules/matchers/phrase.py",
        'spaced, owner = f" {phrase} ", (rule, role)',
        "spaced, owner = phrase, (rule, role)",
        f"{_EVALUATE}::test_words_inside_words_and_ordinary_talk_are_not_queued",
    ),
    (
        "spans forget marks",
        "rules/text/fold.py",
        "while last < len(self.original) and is_invisible(self.original[last]):",
        "while False:",
        f"{_EVALUATE}::test_a_disguised_word_is_marked_as_written",
    ),
    (
        "plain words are not looked at",
        "rules/text/words.py",
        " and word not in _SAME and not",
        " and not",
        f"{_FOLD}::test_a_phrase_of_plain_words_is_read_like_any_text",
    ),
    (
        "findings without end",
        "rules/evaluate.py",
        "if len(kept) == MOST_PLACES_PER_RULE:",
        "if False:",
        f"{_EVALUATE}::test_a_hostile_text_gives_few_findings",
    ),
    (
        "duplicate keys pass",
        "rules/yaml_file.py",
        "if key.value in fields:",
        "if False:",
        f"{_LOAD}::test_a_wrong_rule_file_says_where_and_what_to_write",
    ),
]
