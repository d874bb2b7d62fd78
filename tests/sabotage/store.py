"""Guards in the database, in the schedule and in how parts are put together, and the tests that miss them."""

_SCHEMA = "worker/store/migrations/versions/0001_the_first_tables.py"
_PROMISE = "tests/unit/store/test_requests.py"
_SCHEDULE = "tests/unit/jobs/test_schedule.py"

SABOTAGES = [
    (
        "a hide may hang on a decision that did not uphold",
        _SCHEMA,
        "\"verdict = 'upheld' OR kind IN ('unhide', 'unblock')\"",
        '"1 = 1"',
        f"{_PROMISE}::test_nothing_is_hidden_on_a_decision_that_did_not_uphold",
    ),
    (
        "a snapshot may begin as sealed",
        "worker/store/guards.py",
        "\"NEW.state <> 'pending'\"",
        '"1 = 0"',
        f"{_PROMISE}::test_a_snapshot_is_sealed_by_sealing_it",
    ),
    (
        "actions may be removed",
        _SCHEMA,
        'for table in ("actions", "requested_actions"):',
        "for table in ():",
        f"{_PROMISE}::test_a_snapshot_is_sealed_by_sealing_it",
    ),
    (
        "one part of the schedule stops the others",
        "worker/jobs/schedule.py",
        "            try:\n                step()\n            except Exception as error:",
        "            try:\n                step()\n            except KeyError as error:",
        f"{_SCHEDULE}::test_a_part_that_fails_stops_no_other",
    ),
    (
        "a lease from a clock that was ahead is kept",
        "worker/outbox.py",
        ", Job.lease_until > now + _LONGEST_LEASE",
        "",
        f"{_SCHEDULE}::test_a_clock_that_was_ahead_and_is_put_right_stops_nothing",
    ),
    (
        "a renewed token needs a restart",
        "worker/bootstrap/connectors.py",
        "if connector is None or made_with != given:",
        "if connector is None:",
        "tests/integration/test_renewed_token.py::test_a_renewed_token_is_used_without_a_restart",
    ),
]
