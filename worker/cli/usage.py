"""What a command was not told, or told wrongly: said as every other error is, with where to find it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

# typer ships a click of its own, and names these of its errors nowhere else.
from typer._click.exceptions import BadParameter, MissingParameter, NoArgsIsHelpError, NoSuchOption
from typer.exceptions import TyperException

from worker.cli.plain import ACTING
from worker.cli.show import tell
from worker.review.pasting import pasteable

#: Where to find what is missing or wrong. A command's own place goes before the one for all.
PLACES = {
    "--as": '`upstander people list` shows every name. Write --as "Their Name", or once for this terminal:'
    f' export {ACTING}="Their Name"',
    "--revision": "`upstander queue show CASE` says which revision it is.",
    "appeal decide --revision": "`upstander appeal show APPEAL` says which revision it is.",
    "--supersedes": "`upstander queue show CASE` lists the decisions.",
    "--answer": "`upstander queue questions CASE` shows what is asked.",
    "--export": "`upstander evidence export list` shows the exports.",
    "--lead": "`upstander people list` shows every name.",
    "queue reassign --to": "`upstander people list` shows every name.",
    "CASE": "`upstander queue list` shows the cases.",
    "GROUP": "`upstander queue groups` shows the groups.",
    "ACTION": "`upstander act list` shows the actions.",
    "APPEAL": "`upstander appeal list` shows the appeals.",
    "REPORT": "`upstander report list` shows the reports.",
    "REFERRAL": "`upstander refer list` shows the referrals.",
    "REQUEST": "`upstander subject list` shows the requests.",
    "TASK": "`upstander tasks list` shows the tasks.",
    "TURN": "`upstander on-call list` shows the turns.",
    "EXPORT": "`upstander evidence export list` shows the exports.",
    "HAND-IN": "`upstander handin list` shows what was handed in.",
    "ACCOUNT": "`upstander accounts list` shows the accounts.",
    "PERSON": "`upstander people list` shows every name.",
    "NAME": "`upstander people list` shows every name.",
    "JOB": "`upstander status` shows the jobs that are stuck.",
}


def tell_usage(error: TyperException) -> None:
    """Say what is wrong with what was typed, that nothing was done, and where to look."""
    if isinstance(error, NoArgsIsHelpError):
        tell(error.format_message().rstrip())
        return
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "upstander"
    param = getattr(error, "param", None)
    for line in (_happened(error, command, param), "Nothing was done.", _place(error, command, param)):
        if line:
            tell(line)
    if isinstance(error, MissingParameter) and context is not None:
        tell(f"At least: {_least(context)}")
    tell(f"`{command} --help` says more.")


def _happened(error: TyperException, command: str, param: Any) -> str:
    if isinstance(error, MissingParameter) and param is not None:
        return f"`{command}` needs {_name(param)}: {_sentence(param.help)}"
    if isinstance(error, BadParameter) and param is not None:
        return _wrong(error, param)
    if isinstance(error, BadParameter) and error.param_hint:
        return f"{error.param_hint}: {_sentence(error.message)}"
    if isinstance(error, NoSuchOption):
        near = sorted(error.possibilities or ())
        return f"`{command}` has no option {error.option_name}.{_meant(near)}"
    message = error.message if isinstance(error, BadParameter) else error.format_message()
    return _sentence(message[:1].upper() + message[1:])


def _wrong(error: BadParameter, param: Any) -> str:
    message = error.message.removeprefix("Value error, ").replace("Input should be", "it should be")
    given = _given(error)
    known = [str(each) for each in param.type_descriptor.choices or ()]
    if given is None:
        return f"{_name(param)}: {_sentence(message)}"
    if known:
        near = [each for each in known if each.startswith(given)] or get_close_matches(given, known, n=2)
        return f'{_name(param)} cannot be "{given}".{_meant(near)} It is one of: {", ".join(known)}.'
    if param.type_descriptor.annotation is int and not given.lstrip("-").isdecimal():
        message = "write a whole number"
    return f'{_name(param)} cannot be "{given}": {_sentence(message)}'


def _given(error: BadParameter) -> str | None:
    """What was typed, where the library kept it."""
    listed = getattr(error.__cause__, "errors", None)
    found = listed() if listed is not None else ()
    return found[0]["input"] if found and isinstance(found[0].get("input"), str) else None


def _meant(near: list[str]) -> str:
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _place(error: TyperException, command: str, param: Any) -> str:
    name = _name(param) if param is not None else str(getattr(error, "param_hint", None) or "")
    own = f"{command.removeprefix('upstander ')} {name}"
    return PLACES.get(own) or PLACES.get(name, "")


def _least(context: Any) -> str:
    """The shortest way to write a command. What the environment says already is left out."""
    parts = [context.command_path]
    for param in sorted(context.command.params, key=lambda each: each.param_type_name):
        if not param.required or param.value_from_envvar(context):
            continue
        value = "" if param.param_type_name == "argument" else f" {param.metavar}"
        parts.append(pasteable(f"{_name(param)}{value}"))
    return " ".join(parts)


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.metavar or param.name).strip("[].")
    return str(param.opts[0])


def _sentence(text: str | None) -> str:
    told = (text or "").strip()
    return told if told.endswith((".", "?", "!")) else f"{told}."
