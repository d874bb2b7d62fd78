"""Reading YAML with the place of every key and value kept, and duplicate keys refused."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rules.errors import Problem


class Located:
    """A value with its place in a file: `value` is text, a list of Located, or a dict of names to Located.

    Text stands as written: `no` is the word no, `1` the digit; what reads it decides what it must be.
    """

    __slots__ = ("column", "file", "line", "value")

    def __init__(
        self, value: "str | list[Located] | dict[str, Located] | None", file: str, line: int, col: int
    ) -> None:
        self.value, self.file, self.line, self.column = value, file, line, col

    def problem(self, message: str, hint: str = "") -> Problem:
        """A problem at this place."""
        return Problem(self.file, self.line, self.column, message, hint)

    def describe(self) -> str:
        """What is written here, short enough for a message."""
        if isinstance(self.value, str):
            return f'"{self.value[:40]}"'
        return "a list" if isinstance(self.value, list) else "a mapping" if self.value else "nothing"


@dataclass(slots=True)
class Problems:
    """Collects everything that is wrong, so that it can all be reported at once."""

    found: list[Problem]

    def add(self, at: Located, message: str, hint: str = "") -> None:
        """Note one problem at a place."""
        self.found.append(at.problem(message, hint))


def read_yaml(path: Path, name: str, problems: Problems) -> Located | None:
    """Read one file; `name` is what problems call it. None (and a problem) when it is not usable YAML."""
    try:
        node = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problems.found.append(Problem(name, line, column, f"not valid YAML: {error.problem}", _YAML_HINT))
        return None
    except (YAMLError, UnicodeDecodeError) as error:
        problems.found.append(Problem(name, 1, 1, f"cannot be read: {type(error).__name__}", _UTF8_HINT))
        return None
    if node is None:
        problems.found.append(Problem(name, 1, 1, "the file is empty", "Write at least `rules: []`."))
        return None
    return _located(node, name, problems)


_YAML_HINT = "Check the indentation (spaces, not tabs) and put text with a colon, # or { in quotes."
_UTF8_HINT = "Save the file as UTF-8 text without control characters."


def suggestion(word: str, allowed: list[str]) -> str:
    """What to write instead of an unknown word: the nearest allowed one, else all of them."""
    near = get_close_matches(word, allowed, n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else f"Write one of: {', '.join(allowed)}."


def _located(node: Node, file: str, problems: Problems) -> Located:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if isinstance(node, MappingNode):
        return Located(_mapping(node, file, problems), file, line, column)
    if isinstance(node, SequenceNode):
        return Located([_located(item, file, problems) for item in node.value], file, line, column)
    empty = not isinstance(node, ScalarNode) or node.tag == "tag:yaml.org,2002:null"
    return Located(None if empty else str(node.value), file, line, column)


def _mapping(node: MappingNode, file: str, problems: Problems) -> dict[str, Located]:
    fields: dict[str, Located] = {}
    for key_node, value_node in node.value:
        key = _located(key_node, file, problems)
        if not isinstance(key.value, str):
            problems.add(key, "a key must be a word", "Write `name: value`.")
            continue
        if key.value in fields:
            first = fields[key.value].line
            problems.add(key, f'"{key.value}" is written twice', f"Keep one; the other is on line {first}.")
            continue
        fields[key.value] = _located(value_node, file, problems)
        if fields[key.value].value is None:
            fields[key.value] = Located(None, file, key.line, key.column)
    return fields
