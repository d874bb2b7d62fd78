"""The commands of keeping, over a real database and folder, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from tests.unit.evidence.keeping.estate import Estate, done
from worker.cli.keeping import hang_in
from worker.errors import Conflict
from worker.review.restricting import tighten
from worker.store import tables as t

OFFICER = ("--as", "The evidence officer")

Say = Callable[..., Result]


@pytest.fixture
def say(small: Estate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Say]:
    """Type a command of `upstander evidence`; what it said."""
    # Two hundred days on: later than any time that a test here waits for.
    clock = tmp_path / "clock.json"
    clock.write_text(json.dumps({"offset_seconds": timedelta(days=200).total_seconds()}))
    monkeypatch.setenv("UPSTANDER_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("UPSTANDER_DATABASE_URL", str(small.store.engine.url))
    monkeypatch.setenv("UPSTANDER_CLOCK_FILE", str(clock))
    evidence = typer.Typer()
    hang_in(evidence)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(evidence, arguments)

    yield run
    structlog.reset_defaults()  # a command logs to its own standard error, which is closed by now


def test_a_case_is_held_listed_and_released(small: Estate, say: Say) -> None:
    """What the stage does is in reach of a person at the command line, and says what came of it."""
    case = str(small.case("words").case_id)
    held = say("hold", case, "--reason", "A claim is expected.", *OFFICER)
    assert (held.exit_code, held.stdout.split(".")[0]) == (0, f"Case {case} is held")
    listed = say("holds", *OFFICER)
    assert f"{case} | " in listed.stdout
    assert "| The evidence officer | A claim is expected." in listed.stdout
    (as_json,) = json.loads(say("holds", "--json", *OFFICER).stdout)
    assert as_json["reason"] == "A claim is expected."
    assert say("release", case, "--reason", "Settled.", *OFFICER).exit_code == 0
    assert say("holds", *OFFICER).stdout == "No case is held.\n"


def test_custody_is_shown_in_both_times(small: Estate, say: Say) -> None:
    """UTC for the record, London for the reader; JSON for another program."""
    case = str(small.decided().case_id)
    say("hold", case, "--reason", "A claim is expected.", *OFFICER)
    shown = say("custody", case, *OFFICER).stdout
    assert f"a legal hold was placed (case {case}): A claim is expected." in shown
    assert "2026-11-09 09:00:00 | 9 November 2026 at 9:00am | The reviewer | the case was decided on" in shown
    (row,) = [line for line in shown.splitlines() if "legal hold was placed" in line]
    events = json.loads(say("custody", case, "--json", *OFFICER).stdout)
    held = next(event for event in events if event["verb"] == "held")
    assert row.endswith(f" | {held['audit_id']}"), "the number that `ledger prove` takes"
    assert events[0]["verb"] == "opened"
    assert events[0]["at"] == "2026-11-09T09:00:00+00:00"
    assert events[0]["in_london"] == "9 November 2026 at 9:00am"


def test_what_is_due_is_listed_kept_and_approved(small: Estate, say: Say) -> None:
    """A person sees what is due and why it cannot go yet, keeps one case and approves another."""
    assert "Nothing has come to the end" in say("retention", "list", *OFFICER).stdout
    kept, going = small.decided(), small.decided()
    small.scene.clock.move(timedelta(days=90))
    assert small.keeping.propose() == 2
    (first, second) = json.loads(say("retention", "list", "--json", *OFFICER).stdout)
    assert (first["case_id"], second["case_id"]) == (kept.case_id, going.case_id)
    assert "not upheld" in say("retention", "list", *OFFICER).stdout
    reason = ("--reason", "Because.")
    assert "stays" in say("retention", "keep", str(kept.case_id), *reason, *OFFICER).stdout
    approved = say("retention", "approve", str(going.case_id), *reason, *OFFICER).stdout
    assert f"will destroy what is kept of case {going.case_id}." in approved
    assert [row.state for each in (kept, going) for row in small.disposals(each)] == ["kept", "approved"]


def test_a_person_says_at_the_command_line_that_the_clock_is_right(small: Estate, say: Say) -> None:
    """What time the machine takes it for is said, to be compared; then there is nothing more to confirm."""
    small.case()
    small.scene.clock.move(timedelta(days=400))
    small.keeping.run(done)
    said = say("retention", "go-on", *OFFICER)
    assert said.exit_code == 0
    assert said.stdout.endswith("by this machine's clock. Retention goes on now.\n")
    assert isinstance(say("retention", "go-on", *OFFICER).exception, Conflict)
    assert len(small.scene.audited("retention_goes_on")) == 1


def test_files_are_rebuilt_on_demand(small: Estate, say: Say) -> None:
    """Nobody has to wait for the night, or to know SQLite, to have erased words out of the file."""
    done = say("retention", "scrub", *OFFICER)
    assert (done.exit_code, done.stdout.startswith("Done.")) == (0, True)
    assert len(small.scene.audited("scrubbed")) == 1


def test_the_first_of_two_people_is_told_that_nothing_goes_yet(
    small: Estate, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restricted case: another has to agree, as another user of the computer; the list says who did."""
    kept = small.decided()
    with small.store.write() as session:
        case, senior = session.get_one(t.Case, kept.case_id), small.scene.people["senior_reviewer"]
        tighten(session, senior, case, "manager", "About a manager.", now=small.scene.clock.now())
    small.scene.clock.move(timedelta(days=90))
    assert small.keeping.propose() == 1
    approve = ("retention", "approve", str(kept.case_id), "--reason", "Nobody needs it.", "--as")
    first = say(*approve, "The hr")
    assert "nothing is destroyed before another person approves that too" in first.stdout
    assert "| The hr" in say("retention", "list", "--as", "The senior reviewer").stdout
    alone = say(*approve, "The senior reviewer")
    assert "same user of this computer" in str(alone.exception)
    monkeypatch.setattr("worker.cli.os_user.os_user", lambda: "selder")
    assert "will destroy what is kept" in say(*approve, "The senior reviewer").stdout
