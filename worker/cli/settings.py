"""`upstander settings`: every setting, what it is, and where that came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from worker.cli import running
from worker.cli.show import say, tell, write_json
from worker.summary.visible import visible

cli = typer.Typer(help="Show every setting: its value, default, where it came from and what it means.")

_MASK = "**********"


@cli.callback(invoke_without_command=True)
def settings(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Show every setting: its value, default, where it came from and what it means. Secrets are masked."""
    if context.invoked_subcommand is not None:
        return
    loaded = running.settings(context)
    rows = _rows(loaded.settings, loaded.origins)
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


def _rows(chosen: Any, origins: Any) -> list[dict[str, Any]]:
    from worker.settings import every_setting

    return [
        {
            "name": setting.name,
            "value": _shown(_value(chosen, setting.name), secret=setting.secret),
            "default": _shown(setting.default, secret=setting.secret),
            "origin": origins[setting.name],
            "variable": setting.variable,
            "help": setting.help,
        }
        for setting in every_setting()
    ]


def _value(chosen: Any, name: str) -> Any:
    for part in name.split("."):
        chosen = getattr(chosen, part)
    return chosen


def _shown(value: Any, *, secret: bool) -> Any:
    if secret and value is not None:
        return _MASK
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, list):
        return visible(", ".join(value)) or "nobody"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    return visible(str(value))
