"""Guards of search: each removal makes the named test fail."""

from __future__ import annotations

_KEPT_FROM = "tests/unit/review/search/test_kept_from.py"
_RECORDED = "tests/unit/review/search/test_recorded.py"
_CONTRACT = "tests/unit/review/search/test_contract.py"
_INDEX = "tests/unit/store/test_searching.py"
_SEARCHABLE = "tests/unit/intake/test_searchable.py"
_CONDITIONS = "worker/review/search/conditions.py"
_STAGE = "worker/review/search/stage.py"
_STORE = "worker/store/searching.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "search finds what is kept from whoever searches",
        _CONDITIONS,
        "t.Case.id == theirs.id, visible_to(session, actor)",
        "t.Case.id == theirs.id",
        f"{_KEPT_FROM}::test_a_case_is_found_by_those_who_may_see_it[sqlite]",
    ),
    (
        "search finds the other wordings of a comment whose case is closed",
        _CONDITIONS,
        "theirs.comment_id == t.Revision.comment_id, ~seen)",
        "theirs.revision_id == t.Revision.id, ~seen)",
        f"{_KEPT_FROM}::test_a_comment_whose_case_is_closed_to_them_is_not_there_at_all[sqlite]",
    ),
    (
        "everybody finds what never became a case",
        _CONDITIONS,
        "if roles_of(person) & WORK_THE_QUEUE:",
        "if roles_of(person):",
        f"{_KEPT_FROM}::test_what_never_became_a_case_is_for_those_who_work_the_queue[sqlite]",
    ),
    (
        "a communications lead searches by words",
        _STAGE,
        "        if terms and not words:\n",
        "        if False:\n",
        f"{_KEPT_FROM}::test_who_reads_no_words_in_lists_does_not_search_by_words[sqlite-communications_lead]",
    ),
    (
        "a communications lead reads words in what is found",
        _STAGE,
        "words=words,",
        "words=True,",
        f"{_KEPT_FROM}::test_who_reads_no_words_in_lists_does_not_search_by_words[sqlite-communications_lead]",
    ),
    (
        "words of a restricted case stand in what is found",
        "worker/review/search/results.py",
        "shown = words and not row.restricted",
        "shown = words",
        f"{_KEPT_FROM}::test_words_of_a_restricted_case_stay_closed_in_a_list[sqlite]",
    ),
    (
        "what was typed is written into the audit",
        "worker/review/search/wanted.py",
        "name: True if name in _TYPED_FREELY else ",
        "name: ",
        f"{_RECORDED}::test_a_search_is_recorded_without_what_was_typed[sqlite]",
    ),
    (
        "a search leaves no trace",
        _STAGE,
        "        self._record(actor, wanted, page, before)\n",
        "",
        f"{_RECORDED}::test_a_search_that_cannot_be_recorded_shows_nothing[sqlite]",
    ),
    (
        "a look at words that were found leaves no trace",
        _STAGE,
        "                if read:\n",
        "                if False:\n",
        f"{_RECORDED}::test_a_look_at_words_is_recorded_with_whose_they_were[sqlite]",
    ),
    (
        "erased words stay found",
        _STORE,
        "DELETE FROM revision_words WHERE revision_id = NEW.id",
        "DELETE FROM revision_words WHERE revision_id = -NEW.id",
        f"{_INDEX}::test_erased_words_are_found_no_more[sqlite]",
    ),
    (
        "erased words stay in the full-text index",
        _STORE,
        "AFTER DELETE ON revision_words BEGIN {gone}; END",
        "AFTER DELETE ON revision_words BEGIN SELECT 1; END",
        f"{_INDEX}::test_erased_words_are_found_no_more[sqlite]",
    ),
    (
        "erased words stay in the pages of the index",
        "worker/evidence/keeping/scrubbing.py",
        "        cursor.execute(FORGET_ERASED)\n",
        "",
        f"{_INDEX}::test_erased_words_are_in_no_page_of_the_index",
    ),
    (
        "what is polled cannot be searched for",
        "worker/intake/writing.py",
        "    index_words(session, (",
        "    tuple((",
        f"{_SEARCHABLE}::test_every_polled_wording_is_indexed[sqlite]",
    ),
    (
        "what is handed in cannot be searched for",
        "worker/intake/hand_in_writing.py",
        "    index_words(session, [(revision.id, text)])\n",
        "",
        f"{_SEARCHABLE}::test_what_is_handed_in_is_indexed[sqlite]",
    ),
    (
        "a phrase finds its words anywhere",
        _STORE,
        "    if not left:\n",
        "    if True:\n",
        f"{_CONTRACT}::test_what_is_typed_finds_the_same_on_both_databases[sqlite]",
    ),
]
