"""How --help reads: plain lines that fit a narrow window, with every name whole.

The library's own help draws boxes, and there it cuts the names of options and breaks their values in
the middle of a word. Its values are named for programmers, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from typer.core import TyperArgument, TyperGroup, TyperOption

#: Who is acting, said once for a terminal: a claim like --as, and no more than that.
ACTING = "UPSTANDER_AS"

_LONGEST = 40  # characters of values beside an option's name; more go into its help
_WORDS = {int: "NUMBER", float: "NUMBER", Path: "PATH", str: "TEXT"}


class PlainGroup(TyperGroup):
    """A group of commands whose help is plain, and whose --as may come from the environment."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for command in (self, *self.commands.values()):
            for each in command.params:
                _put_plainly(each)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands, each with the whole first sentence of its help."""
        rows = [
            (name, command.get_short_help_str(limit=1000))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _put_plainly(param: Any) -> None:
    if isinstance(param, TyperArgument) and param.metavar is None:
        param.metavar = param.name.upper()
    if not isinstance(param, TyperOption):
        return
    if "--as" in param.opts:
        param.envvar = ACTING
    if param.metavar is None and not param.is_flag:
        param.metavar = _values(param)


def _values(param: TyperOption) -> str:
    known = [str(each) for each in param.type_descriptor.choices or ()]
    if not known:
        kind = param.type_descriptor.annotation
        return _WORDS.get(next(iter(get_args(kind)), kind), "TEXT")
    if len("|".join(known)) <= _LONGEST:
        return "|".join(known)
    param.help = f"{param.help or ''} One of: {', '.join(known)}."
    return "ONE"
