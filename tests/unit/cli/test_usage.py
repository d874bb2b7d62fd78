"""Wrong usage, told as every other error is: what is missing, that nothing was done, and where to look."""

from __future__ import annotations

import os
import sys

import pytest
from typer._click.exceptions import MissingParameter  # typer names it nowhere else

from tests.unit.cli.pasted import piped
from tests.unit.cli.test_help import commands
from worker.cli import main
from worker.cli.plain import ACTING
from worker.cli.usage import tell_usage

#: Where a name is found, as every command that needs one says it.
_NAMES = (
    '`upstander people list` shows every name. Write --as "Their Name", or once for this terminal:'
    ' export UPSTANDER_AS="Their Name"\n'
)
_DECIDE = (
    'upstander queue decide CASE --as PERSON --revision NUMBER --verdict "upheld|not_upheld|needs_advice"'
    " --reason TEXT"
)


@pytest.fixture(autouse=True)
def _nobody_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names nobody, and a command leaves the file mask as it was."""
    monkeypatch.delenv(ACTING, raising=False)
    monkeypatch.setattr(os, "umask", lambda _mask: 0)


def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, *, code: int = 2
) -> str:
    """What a command says on standard error; it must say nothing else."""
    monkeypatch.setattr(sys, "argv", ["upstander", *words.split()])
    with pytest.raises(SystemExit) as left:
        main()
    out, errors = capsys.readouterr()
    assert (left.value.code, out) == (code, "")
    return errors


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            "queue decide 24",
            (
                "`upstander queue decide` needs --as: Who is acting: a name in `people list`.\n"
                "Nothing was done.\n"
                f"{_NAMES}"
                f"At least: {_DECIDE}\n"
                "`upstander queue decide --help` says more.\n"
            ),
        ),
        (
            "queue decide 24 --as Ada",
            (
                "`upstander queue decide` needs --revision:"
                " The revision that you saw, as `queue show` says.\nNothing was done.\n"
                "`upstander queue show CASE` says which revision it is.\n"
                f"At least: {_DECIDE}\n"
                "`upstander queue decide --help` says more.\n"
            ),
        ),
        (
            "queue show --as Ada",
            (
                "`upstander queue show` needs CASE: Number of the case.\n"
                "Nothing was done.\n"
                "`upstander queue list` shows the cases.\n"
                "At least: upstander queue show CASE --as PERSON\n"
                "`upstander queue show --help` says more.\n"
            ),
        ),
        (
            "queue show x --as Ada",
            (
                'CASE cannot be "x": write a whole number.\n'
                "Nothing was done.\n"
                "`upstander queue list` shows the cases.\n"
                "`upstander queue show --help` says more.\n"
            ),
        ),
        (
            "queue list --severity seriuos --as Ada",
            (
                '--severity cannot be "seriuos". Did you mean serious?'
                " It is one of: routine, concerning, serious, immediate_danger.\n"
                "Nothing was done.\n"
                "`upstander queue list --help` says more.\n"
            ),
        ),
        (
            "queue snooze 3 --until tomorrow --as Ada",
            (
                '--until cannot be "tomorrow": write it such as 2026-11-24 09:00 (London time), 2026-11-24,'
                " or tomorrow 09:00.\n"
                "Nothing was done.\n"
                "`upstander queue snooze --help` says more.\n"
            ),
        ),
        (
            "queue lst",
            (
                "No such command 'lst'. Did you mean 'list'?\n"
                "Nothing was done.\n"
                "`upstander queue --help` says more.\n"
            ),
        ),
        (
            "queue list --severty serious --as Ada",
            (
                "`upstander queue list` has no option --severty. Did you mean --severity?\n"
                "Nothing was done.\n"
                "`upstander queue list --help` says more.\n"
            ),
        ),
        (
            "tasks reassign 3 --as Ada",
            (
                "Name either --to or --role.\n"
                "Nothing was done.\n"
                "`upstander tasks reassign --help` says more.\n"
            ),
        ),
        (
            "summary --send",
            (f"--as: say who you are.\nNothing was done.\n{_NAMES}`upstander summary --help` says more.\n"),
        ),
    ],
)
def test_wrong_usage_says_what_is_missing_and_where_to_find_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, says: str
) -> None:
    """Word for word, in one style and without boxes; exit code 2."""
    assert told(monkeypatch, capsys, words) == says


def test_a_kind_that_begins_so_is_offered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who calls the police types "police": both ways to them are named."""
    says = told(monkeypatch, capsys, "refer make 3 --to police --as Ada")
    assert says.startswith('--to cannot be "police". Did you mean police_999 or police_101? It is one of:')


def test_what_the_environment_says_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever said once who they are is not told to say it again."""
    monkeypatch.setenv(ACTING, "Ada")
    says = told(monkeypatch, capsys, "queue decide 24")
    assert says.startswith("`upstander queue decide` needs --revision")
    assert "--as" not in says


def test_what_was_typed_acts_on_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pasted control character is shown, not obeyed."""
    assert "\x1b" not in told(monkeypatch, capsys, "queue show \x1b[2J --as Ada")


def test_the_shortest_way_to_write_a_command_starts_no_second_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of every command: what stands behind "At least" can be pasted, with its choices in quotation marks."""
    least = []
    for command, context in commands().values():
        for param in [each for each in command.params if each.required][:1]:
            tell_usage(MissingParameter(ctx=context, param=param))
            said = capsys.readouterr().err.splitlines()
            least += [line.removeprefix("At least: ") for line in said if line.startswith("At least: ")]
    assert any("|" in each for each in least)
    assert [each for each in least if piped(each)] == []


def test_a_group_alone_shows_its_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As before: the help, on standard error, and exit code 2."""
    says = told(monkeypatch, capsys, "queue")
    assert says.startswith("Usage: upstander queue [OPTIONS] COMMAND")
    assert "\nCommands:\n  list  " in says


def test_stopping_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control-C leaves with the code that shells know for it."""

    def stopped(_environment: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("worker.cli.running.settings", stopped)
    assert told(monkeypatch, capsys, "people list", code=130) == ""
