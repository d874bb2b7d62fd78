"""Working days of England, by the table that a Trust keeps up."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from worker.errors import SettingsError
from worker.settings_load import PROJECT
from worker.working_days import TABLE, WorkingDays, load_working_days

REFERENCE = PROJECT / "config" / "reference"
EASTER = {2026: date(2026, 4, 5), 2027: date(2027, 3, 28), 2028: date(2028, 4, 16)}
YEAR = "".join(f"  2026-0{month}-02: Day {month}\n" for month in range(1, 9))


def written(folder: Path, text: str) -> Path:
    """A table with this text."""
    path = folder / TABLE
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("begun", "over"),
    [
        ("2026-11-12T15:00+00:00", "2026-11-13T15:00+00:00"),
        ("2026-11-13T15:00+00:00", "2026-11-16T15:00+00:00"),
        ("2026-11-14T15:00+00:00", "2026-11-17T00:00+00:00"),
        ("2026-11-15T23:59+00:00", "2026-11-17T00:00+00:00"),
        # The clocks go back on 25 October: four in the afternoon stays four in the afternoon.
        ("2026-10-23T15:00+00:00", "2026-10-26T16:00+00:00"),
        # Half past midnight on a Saturday in London is still Friday in UTC.
        ("2026-07-31T23:30+00:00", "2026-08-03T23:00+00:00"),
        # Good Friday to Easter Monday; begun on the Thursday before, and on Good Friday itself.
        ("2026-04-02T15:00+00:00", "2026-04-07T15:00+00:00"),
        ("2026-04-03T15:00+00:00", "2026-04-07T23:00+00:00"),
        # Boxing Day 2026 is a Saturday: Monday the 28th is off in its place.
        ("2026-12-24T09:00+00:00", "2026-12-29T09:00+00:00"),
        ("2027-12-24T09:00+00:00", "2027-12-29T09:00+00:00"),
        ("2027-12-31T09:00+00:00", "2028-01-04T09:00+00:00"),
    ],
)
def test_a_working_day_is_one_in_london(begun: str, over: str) -> None:
    """Weekends and bank holidays do not count, and the clock is the wall's."""
    days = load_working_days(REFERENCE / TABLE)
    assert days.one_after(datetime.fromisoformat(begun)) == datetime.fromisoformat(over)


def test_without_a_table_only_weekends_are_known() -> None:
    """Guessing nothing makes things due early, never late."""
    days = WorkingDays()
    assert days.known_until is None
    assert days.is_one(date(2026, 12, 25))
    assert not days.is_one(date(2026, 12, 26))
    assert days.next_one(date(2026, 12, 25)) == date(2026, 12, 28)


@pytest.mark.parametrize("year", EASTER)
def test_the_shipped_table_is_what_the_law_of_england_makes_of_these_years(year: int) -> None:
    """Each day follows from the Banking and Financial Dealings Act 1971 and Easter."""
    days = load_working_days(REFERENCE / TABLE)
    assert days.known_until == date(2028, 12, 31)
    assert {day for day in days.holidays if day.year == year} == _by_law(year)


def test_the_shipped_table_fits_its_schema() -> None:
    """An editor that uses the JSON Schema shows no error, and one where a day is no day."""
    schema = Draft202012Validator(json.loads((REFERENCE / "bank-holidays.schema.json").read_text("utf-8")))
    content = YAML(typ="safe", pure=True).load((REFERENCE / TABLE).read_text("utf-8"))
    table = {str(day): name for day, name in content["bank_holidays"].items()}
    assert list(schema.iter_errors({"bank_holidays": table})) == []
    assert list(schema.iter_errors({"bank_holidays": table | {"Christmas": "25 December"}}))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", ":1: write `bank_holidays:`"),
        ("bank_holidays:\n", ":1: write `bank_holidays:`"),
        (f"bank_holidays:\n{YEAR}holidays: x\n", ":1: write `bank_holidays:`"),
        (f"bank_holidays:\n{YEAR}  25 December 2026: Christmas\n", ':10: "25 December 2026" is no day'),
        (f"bank_holidays:\n{YEAR}  2026-02-30: Never\n", ':10: "2026-02-30" is no day'),
        (f"bank_holidays:\n{YEAR}  2026-12-25:\n", ':10: "2026-12-25" has no name'),
        (f"bank_holidays:\n{YEAR}  2026-01-02: Again\n", 'holidays.2026-01-02" is written twice'),
        (f"bank_holidays:\n{YEAR}  2027-12-27: Christmas\n", ":10: 2027 has 1 of at least 8"),
        (f"bank_holidays:\n{YEAR}{YEAR.replace('2026', '2028')}", "2027 has 0 of at least 8"),
        ("bank_holidays: [\n", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_the_table_is_named_by_its_line(tmp_path: Path, text: str, wrong: str) -> None:
    """A table with a mistake is not used at all: half of one would be wrong and look right."""
    with pytest.raises(SettingsError) as refused:
        load_working_days(written(tmp_path, text))
    assert f"{TABLE}" in str(refused.value)
    assert wrong in str(refused.value)


def test_a_table_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(SettingsError, match=TABLE):
        load_working_days(tmp_path / TABLE)


def _by_law(year: int) -> set[date]:
    """Monday to Friday that are bank holidays in a year without a special one."""
    sunday = EASTER[year]
    days = {
        sunday - timedelta(days=2),
        sunday + timedelta(days=1),
        _monday(year, 5, 1),
        _monday(year, 5, 25),
        _monday(year, 8, 25),
    }
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        while fixed.weekday() > 4 or fixed in days:
            fixed += timedelta(days=1)  # noqa: PLW2901 - a substitute day stands in its place
        days.add(fixed)
    return days


def _monday(year: int, month: int, since: int) -> date:
    """The first Monday on or after a day."""
    day = date(year, month, since)
    return day + timedelta(days=-day.weekday() % 7)
