"""`upstander rules`: whether the rule files are right, and what came of the rules that run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.show import say, table, tell, write_json

if TYPE_CHECKING:
    from rules.schema import Rule
    from worker.review.rule_effects import RuleRow

cli = typer.Typer(no_args_is_help=True, help="The rules that comments are judged by.")


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


@cli.command()
def effect(
    context: typer.Context,
    person: running.AsPerson,
    weeks: Annotated[int, typer.Option(min=1, max=26, help="Over the last so many weeks.")] = 4,
    as_json: running.AsJson = False,
) -> None:
    """Show what each rule found, what it queued, and what people made of that."""
    with running.app(context) as app:
        rows = app.rule_effects.rows(running.acting(app, person), weeks=weeks)
    if as_json:
        write_json([{"rule": row.rule_id, "state": row.state, "effect": row.effect} for row in rows])
        return
    table(
        ["rule", "state", "findings", "cases", "upheld", "not upheld", "waiting"],
        map(_counted, rows),
        empty="There is no rule.",
    )


def _counted(row: RuleRow) -> tuple[object, ...]:
    found = row.effect
    return (
        row.rule_id,
        row.state or "in no file",
        found.findings,
        found.cases,
        found.upheld,
        found.not_upheld,
        found.waiting,
    )
