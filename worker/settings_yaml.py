"""The settings file: YAML read with the line of every key, duplicate keys refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

#: Settings nest three deep at most. A deeper file is a mistake, or an alias that contains itself.
_DEEPEST = 5
_YAML_HINT = "Check the indentation (spaces, not tabs), and put text that holds a colon or # in quotes."

KeyPath = tuple[str, ...]


@dataclass(slots=True)
class SettingsFile:
    """What one file says.

    Attributes:
        name: what the file is called in messages.
        values: as written: every scalar is text, or None where nothing stands.
        lines: the line of every key, counted from 1.
        problems: everything that is wrong with it as YAML, each with file and line.
    """

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_settings_file(path: Path, name: str) -> SettingsFile:
    """Read a file. It may be empty. What is wrong is in `problems`; nothing is raised."""
    found = SettingsFile(name)
    try:
        node = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found.problems.append(f"{name}:{mark.line + 1 if mark else 1}: not valid YAML. {_YAML_HINT}")
        return found
    except (YAMLError, UnicodeDecodeError):
        found.problems.append(f"{name}:1: cannot be read. Save it as UTF-8 text.")
        return found
    except OSError as error:
        found.problems.append(f"{name}: cannot be read: {error.strerror}.")
        return found
    if node is None:
        return found
    if not isinstance(node, MappingNode):
        found.problems.append(f"{name}:{_line(node)}: settings are written as `name: value`.")
        return found
    found.values = _mapping(node, (), found)
    return found


def _mapping(node: MappingNode, path: KeyPath, found: SettingsFile) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = _line(key_node)
        if not isinstance(key_node, ScalarNode):
            found.problems.append(f"{found.name}:{line}: a name must be a word. Write `name: value`.")
            continue
        key = str(key_node.value)
        here = (*path, key)
        if key in values:
            found.problems.append(
                f'{found.name}:{line}: "{".".join(here)}" is written twice. '
                f"Keep one; the other is on line {found.lines[here]}."
            )
            continue
        found.lines[here] = line
        values[key] = _value(value_node, here, found)
    return values


def _value(node: Node, path: KeyPath, found: SettingsFile) -> Any:
    if len(path) > _DEEPEST:
        found.problems.append(f"{found.name}:{_line(node)}: nested too deep.")
        return None
    if isinstance(node, MappingNode):
        return _mapping(node, path, found)
    if isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            found.lines[*path, str(number)] = _line(item)
        return [_value(item, (*path, str(number)), found) for number, item in enumerate(node.value)]
    return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
