"""Of every kind of thing in the audit somebody has said whether it has to do with cases."""

from __future__ import annotations

import ast

from worker.review.audit_links import ABOUT_NO_CASE, THINGS_OF
from worker.review.audit_reading import KINDS
from worker.settings_load import PROJECT


def _words(tree: ast.Module) -> dict[str, str]:
    """The texts that a module gives names to."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def test_every_kind_of_thing_that_the_worker_records_is_said_to_be_about_cases_or_not() -> None:
    """A kind that nobody decided on is shown to nobody: here it is noticed that one has not been."""
    places = {"record": 3, "record_many": 3, "permitted": 4, "require": 4}
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted((PROJECT / "worker").rglob("*.py"))}
    words = {path: _words(tree) for path, tree in trees.items()}
    everywhere = {name: value for path in trees for name, value in words[path].items() if name.isupper()}
    found: dict[str, str] = {}
    for path, tree in trees.items():
        for node in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if len(node.args) <= (place := places.get(name, len(node.args))):
                continue
            given = node.args[place]
            if isinstance(given, ast.Constant):
                found[str(given.value)] = str(path)
            elif isinstance(given, ast.Name | ast.Attribute):
                called = given.id if isinstance(given, ast.Name) else given.attr
                found[words[path].get(called) or everywhere.get(called, "case")] = str(path)
    assert {"case", "person", "platform_report", "major_incident", "signing_key"} <= set(found)
    assert {kind: where for kind, where in found.items() if kind not in KINDS} == {}
    assert not THINGS_OF.keys() & ABOUT_NO_CASE
