"""Guards of the connectors, and the tests that miss them."""

_CHANGES = "tests/contract/test_connectors_changes.py"
_FAULTS = "tests/contract/test_connectors_faults.py"

SABOTAGES = [
    (
        "the gate is not asked",
        "connectors/changes.py",
        "    gate.admit(request, receipt)\n",
        "",
        f"{_CHANGES}::test_without_the_gates_yes_nothing_is_sent",
    ),
    (
        "a request for another account is sent",
        "connectors/changes.py",
        "if request.account != account:",
        "if False:",
        f"{_CHANGES}::test_a_request_for_another_account_is_refused",
    ),
    (
        "a change that never left counts as one of unknown fate",
        "connectors/changes.py",
        "        if not error.sent:\n            raise\n",
        "",
        f"{_CHANGES}::test_a_change_that_never_left_is_an_error_not_a_doubt",
    ),
    (
        "a rate limit is not remembered",
        "connectors/calls.py",
        "        self._limits.check(family)\n",
        "",
        f"{_FAULTS}::test_a_rate_limit_is_obeyed_without_asking_again",
    ),
    (
        "a token in a body is kept",
        "connectors/http.py",
        "clean, redacted = self._redactor.body(body)",
        "clean, redacted = body, False",
        f"{_FAULTS}::test_graph_paging_addresses_lose_their_token_and_say_so",
    ),
    (
        "a JSON 5xx without an envelope is a success",
        "connectors/graph/errors.py",
        "if envelope or not good:",
        "if envelope:",
        "tests/unit/connectors/test_graph.py::test_a_bad_status_without_an_envelope_is_never_a_success",
    ),
    (
        "the watermark passes its walk's start",
        "connectors/x/cursor.py",
        "edge = start if walk.newest is None else min(start, walk.newest)",
        "edge = start if walk.newest is None else walk.newest",
        "tests/unit/connectors/test_x_parse.py::test_the_cursor_never_goes_back_and_never_passes_its_walks_start",
    ),
    (
        "further pages of a post's comments are left out",
        "connectors/facebook/feed.py",
        'pending.append(Pending(post.external_id, onward.get("after"), place.since))',
        "pass",
        "tests/contract/test_connectors.py::test_a_walk_gives_every_comment_once",
    ),
]
