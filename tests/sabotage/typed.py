"""Guards of what people type: names and moments that nobody guesses, and the tests that miss them."""

from __future__ import annotations

_PEOPLE = "tests/unit/review/test_people.py"
_ACTING = "tests/unit/cli/test_acting.py"
_MOMENTS = "tests/unit/cli/test_moments.py"
_USAGE = "tests/unit/cli/test_usage.py"

#: (name, file, text that is there, text instead, test that must fail)
SABOTAGES: list[tuple[str, str, str, str, str]] = [
    (
        "who left is offered to whoever mistypes a name",
        "worker/review/people.py",
        "select(t.Person.name).where(t.Person.active).order_by",
        "select(t.Person.name).order_by",
        f"{_PEOPLE}::test_nobody_who_left_is_offered_or_may_act[sqlite]",
    ),
    (
        "who left acts under their name",
        "worker/review/people.py",
        "[each for each in everybody if each.active or not working]",
        "list(everybody)",
        f"{_PEOPLE}::test_nobody_who_left_is_offered_or_may_act[sqlite]",
    ),
    (
        "a part of a name acts for whoever has it",
        "worker/review/people.py",
        "if folded(each.name) == folded(name)]",
        "if folded(name) in folded(each.name)]",
        f"{_ACTING}::test_a_part_of_a_name_acts_for_nobody",
    ),
    (
        "a case is put aside until an hour that nobody named",
        "worker/cli/moments.py",
        "Moment(timedelta(days=_NAMED[day]), _time(at))",
        "Moment(timedelta(days=_NAMED[day]), _time(at) if at else time())",
        f"{_MOMENTS}::test_what_could_mean_several_moments_is_none[tomorrow]",
    ),
    (
        "today is the day that it is in UTC",
        "worker/cli/moments.py",
        "clock.now().astimezone(LONDON).date()",
        "clock.now().date()",
        f"{_MOMENTS}::test_a_moment_is_what_a_clock_in_london_shows[today 17:30-meant4]",
    ),
    (
        "the shortest way to write a command starts another",
        "worker/cli/usage.py",
        'parts.append(pasteable(f"{_name(param)}{value}"))',
        'parts.append(f"{_name(param)}{value}")',
        f"{_USAGE}::test_the_shortest_way_to_write_a_command_starts_no_second_one",
    ),
]
