"""The guards of retention against a leap of the clock, each with the test that must notice it."""

_STEADY = "tests/unit/evidence/keeping/test_steady.py"

SABOTAGES = [
    (
        "a clock that is far ahead erases",
        "worker/evidence/keeping/stage.py",
        "        if measured:\n",
        "        if True:\n",
        f"{_STEADY}::test_a_clock_that_is_far_ahead_erases_nothing",
    ),
    (
        "a clock that was set right keeps retention waiting",
        "worker/evidence/keeping/steady.py",
        "    if last is not None and abs(now - last) > _LEAP:\n",
        "    if _moment(session, _FROM) is None and last is not None and abs(now - last) > _LEAP:\n",
        f"{_STEADY}::test_a_clock_that_is_far_ahead_erases_nothing",
    ),
    (
        "a job that ran after a leap hides it from retention's first look",
        "worker/evidence/keeping/steady.py",
        "select(func.min(t.Comment.first_seen_at))",
        "select(func.max(t.Audit.at))",
        f"{_STEADY}::test_what_others_do_after_a_leap_does_not_hide_it_from_the_first_look",
    ),
    (
        "anybody says that the clock is right",
        "worker/evidence/keeping/stage.py",
        'permitted(self.store, self.clock, actor, Right.DISPOSE, "retention")',
        'permitted(self.store, self.clock, actor, Right.VIEW_EVIDENCE, "retention")',
        f"{_STEADY}::test_a_person_says_that_the_clock_is_right",
    ),
]
