"""Guards of who may see a case, and the tests that miss them."""

_AT_ONCE = "tests/unit/review/test_access_at_once.py"
_BACK = "tests/unit/review/test_fingerprints.py"

SABOTAGES = [
    (
        "who may see a case is asked before it is held to decide on it",
        "worker/review/stage.py",
        "(check_access if right is Right.VIEW_QUEUE else held_case)(session, actor, case_id)",
        "check_access(session, actor, case_id)",
        f"{_AT_ONCE}::test_a_conflict_noted_while_somebody_decides_is_not_missed[postgresql]",
    ),
    (
        "a case is restricted as it was before it was held",
        "worker/review/restricting.py",
        "        case = held_case(session, actor, case_id)\n        if case.restriction is not None and",
        "        case = session.get_one(t.Case, case_id)\n        if case.restriction is not None and",
        f"{_AT_ONCE}::test_a_graver_restriction_noted_at_the_same_moment_stands[postgresql]",
    ),
    (
        "what comes back is open to everybody",
        "worker/review/opening.py",
        "    inherit_from_first(session, reposts, now=now)\n",
        "",
        f"{_BACK}::test_what_brings_back_a_restricted_case_is_restricted_like_it[sqlite-manager]",
    ),
    (
        "an edited comment that brings something back is open to everybody",
        "worker/review/opening.py",
        "    reposts = _now_bring_back(existing, newest)\n",
        "    reposts: dict[int, int] = {}\n",
        f"{_BACK}::test_what_brings_back_a_restricted_case_is_restricted_like_it[sqlite-manager]",
    ),
    (
        "a picture that comes back is open to everybody",
        "worker/review/pictures.py",
        "            inherit_from_first(session, {case.id: found.case_id}, now=now)\n",
        "",
        f"{_BACK}::test_a_picture_that_brings_back_a_restricted_case_restricts_its_own[sqlite]",
    ),
    (
        "a finding names a restricted case",
        "worker/intake/reposts.py",
        "if recognised.restricted else",
        "if not recognised.case_id else",
        f"{_BACK}::test_what_brings_back_a_restricted_case_is_restricted_like_it[sqlite-manager]",
    ),
    (
        "what brings back suspected imagery is copied",
        "worker/evidence/standing.py",
        "    if _kept_as_imagery(session, comment_id):",
        "    if session is None:",
        f"{_BACK}::test_what_brings_back_a_restricted_case_is_restricted_like_it[sqlite-imagery]",
    ),
]
