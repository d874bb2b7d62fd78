"""`upstander rules`: whether the rule files are right, before anything runs on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from worker.cli import running
from worker.cli.show import say, tell, write_json

if TYPE_CHECKING:
    from rules.schema import Rule

cli = typer.Typer(no_args_is_help=True, help="The rules that comments are judged by.")


@cli.callback()
def group() -> None:
    """Keep `check` a command of its own, for those that will stand beside it."""


@cli.command()
def check(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Read every rule file and try every example in it. Leaves with 1 if something is not as it should be."""
    from rules.errors import RuleFileError
    from rules.examples import check_examples
    from rules.load import load_rules
    from rules.reference import load_categories

    chosen = running.settings(context).settings
    rules: Sequence[Rule] = ()
    try:
        rules = load_rules(chosen.rules_dir, load_categories(chosen.reference_dir / "categories.yaml"))
        problems = list(check_examples(rules))
    except RuleFileError as error:
        problems = list(error.problems)
    examples = sum(len(rule.examples.match) + len(rule.examples.no_match) for rule in rules)
    if as_json:
        write_json({"rules": len(rules), "examples": examples, "problems": [str(each) for each in problems]})
    else:
        for problem in problems:
            tell(str(problem))
        if not problems:
            say(f"{len(rules)} rules are right, and so are their {examples} examples.")
    if problems:
        raise typer.Exit(1)
