"""`upstander settings`: every setting, what it is, and where that came from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import typer

from worker.cli import running
from worker.cli.show import say, tell, write_json
from worker.summary.visible import visible

cli = typer.Typer(help="Show every setting: its value, default, where it came from and what it means.")


@cli.callback(invoke_without_command=True)
def settings(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Show every setting: its value, default, where it came from and what it means. Secrets are masked."""
    if context.invoked_subcommand is not None:
        return
    from worker.review.chosen import chosen

    loaded = running.settings(context)
    rows = [asdict(each) for each in chosen(loaded.settings, loaded.origins)]
    if as_json:
        write_json(rows)
    else:
        say(f"Read from {loaded.file or 'no file: only defaults, secrets and the environment'}.\n")
        for row in rows:
            say(f"{row['name']} = {_short(row['value'])}    [{row['origin']}]")
            say(f"    {row['help']} Default: {_short(row['default'])}")
    for path in loaded.secrets.open_to_all():
        tell(f"Anybody on this machine can read the secret {path}. Close it with: chmod 600 {path}")


@cli.command()
def schema() -> None:
    """Write the JSON Schema of the settings file, by which editors check it as it is typed."""
    say(schema_text().rstrip("\n"))


def schema_text() -> str:
    """The JSON Schema of the settings file, as kept in config/upstander.schema.json."""
    from worker.settings import Settings

    made = Settings.model_json_schema()
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "Upstander's settings",
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _short(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, list):
        return visible(", ".join(value)) or "nobody"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    return visible(str(value))
