"""The rules of the house that no linter knows: sizes, reasons, docstrings, locks, and who may import what."""

from __future__ import annotations

import ast
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("connectors", "rules", "worker", "config", "tests", "docs", ".ci")
CODE = ("connectors", "rules", "worker", "tests")
LOCKS = sorted((ROOT / "config" / "requirements").glob("*.txt"))

MODULE_LINES = 300
FUNCTION_LINES = 60

# Joined here so that this file does not name what it looks for.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("deb", "debian", "org"),
    )
)


def python_files() -> list[Path]:
    """Every Python file of ours."""
    return sorted(path for room in CODE for path in (ROOT / room).rglob("*.py"))


def text_files() -> Iterator[tuple[Path, str]]:
    """Every text file of the repository with its text; secrets and caches are not the repository's."""
    top = [path for path in ROOT.iterdir() if path.is_file()]
    rooms = (path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file())
    for path in (*top, *rooms):
        if "__pycache__" in path.parts or path.is_relative_to(ROOT / "config" / "secrets"):
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@cache
def tree_of(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, methods and inner ones too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_migration(path: Path) -> bool:
    """Whether a file is one step of the database's history: as long as that step was, and frozen."""
    return path.is_relative_to(ROOT / "worker" / "store" / "migrations" / "versions")


def name(path: Path) -> str:
    """A file's path from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


def test_modules_stay_small() -> None:
    """A module of more than 300 lines holds two ideas; migrations are history and exempt."""
    too_long = {
        name(path): lines
        for path in python_files()
        if not is_migration(path)
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }
    assert not too_long


def test_functions_stay_small() -> None:
    """No function is longer than 60 lines, its docstring left out; under 40 is the aim."""
    too_long = {}
    for path in python_files():
        for function in functions_of(path):
            if is_migration(path) or function.end_lineno is None:
                continue
            first = function.body[0]
            docstring = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) else 0
            lines = function.end_lineno - function.lineno + 1 - docstring
            if lines > FUNCTION_LINES:
                too_long[f"{name(path)}:{function.name}"] = lines
    assert not too_long


def test_every_test_states_its_promise() -> None:
    """Each test function has a docstring that says what would be broken if it failed."""
    silent = [
        f"{name(path)}:{function.name}"
        for path in python_files()
        if path.name.startswith("test_")
        for function in functions_of(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert not silent


def test_every_opt_out_says_why() -> None:
    """A `noqa` or `type: ignore` names its rule and then, behind a dash or a second #, the reason."""
    opt_out = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b(?P<rest>.*)", re.IGNORECASE)
    reasoned = re.compile(r"\s*(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*+|\[[\w\-, ]+\])\W+\w+\W.*\w")
    bare = []
    for path in python_files():
        with tokenize.open(path) as source:
            for token in tokenize.generate_tokens(source.readline):
                found = opt_out.match(token.string) if token.type == tokenize.COMMENT else None
                if found and not reasoned.match(found["rest"]):
                    bare.append(f"{name(path)}:{token.start[0]}: {token.string}")
    assert not bare


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is each machine's own setting, so no file names a registry."""
    named = [
        f"{name(path)}: {host}"
        for path, text in text_files()
        for host in REGISTRY_HOSTS
        if host in text.lower()
    ]
    assert not named


def locked(path: Path) -> dict[str, str]:
    """Each package of a lock with its version."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", path.read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


def declared(group: str) -> list[Requirement]:
    """What pyproject.toml asks for: the runtime's dependencies ("run") or those of a group."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] if group == "run" else project["dependency-groups"][group]
    return [Requirement(line) for line in wanted]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_locks_hold_hashes_and_no_addresses(lock: Path) -> None:
    """Every locked package has a hash, and no lock says where to fetch it."""
    text = lock.read_text()
    assert not re.search(r"\w+://|--(?:extra-)?index|--find-links|^-", text, re.MULTILINE)
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    unhashed = [
        entry.split("\n", 1)[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry
    ]
    assert not unhashed


@pytest.mark.parametrize(
    ("lock", "group"),
    [("run", "run"), ("dev", "run"), ("dev", "dev"), ("train", "train"), ("tools", "tools")],
)
def test_locks_satisfy_pyproject(lock: str, group: str) -> None:
    """What pyproject.toml asks for is locked at a version it allows: else run `make lock`."""
    pins = locked(ROOT / "config" / "requirements" / f"{lock}.txt")
    for wanted in declared(group):
        assert canonicalize_name(wanted.name) in pins, f"{wanted} is not in {lock}.txt"
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)], prereleases=True), str(wanted)


def test_locks_agree() -> None:
    """What is tested is what runs: the same versions in the locks of runtime, development and training."""
    run, dev, train = (
        locked(ROOT / "config" / "requirements" / f"{lock}.txt") for lock in ("run", "dev", "train")
    )
    assert run.items() <= dev.items()
    assert all(run.get(package, version) == version for package, version in train.items())


def imports_of(path: Path) -> Iterator[str]:
    """The full name of every module that a file imports, at its top or inside a function."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("module", ["__init__", "contract", "errors"])
def test_the_contract_needs_only_the_standard_library(module: str) -> None:
    """Anybody can write a connector against the contract without installing anything of ours."""
    path = ROOT / "connectors" / f"{module}.py"
    ours = {"connectors.contract", "connectors.errors"}
    foreign = [
        imported
        for imported in imports_of(path)
        if imported not in ours and imported.split(".")[0] not in sys.stdlib_module_names
    ]
    assert not foreign


def test_rules_are_pure() -> None:
    """Rules reach no network, no database, no other process and no clock, so a verdict can be repeated."""
    outside = {
        *("asyncio", "ftplib", "http", "multiprocessing", "random", "secrets", "select", "smtplib", "socket"),
        *("socketserver", "sqlite3", "ssl", "subprocess", "time"),
        *(
            "alembic",
            "dramatiq",
            "facebook",
            "psycopg",
            "redis",
            "requests",
            "sqlalchemy",
            "tweepy",
            "urllib3",
        ),
    }
    reached = [
        f"{name(path)}: {imported}"
        for path in (ROOT / "rules").rglob("*.py")
        for imported in imports_of(path)
        if imported.split(".")[0] in outside or imported.startswith("urllib.request")
    ]
    assert not reached


def test_decisions_can_be_compared() -> None:
    """Each page in docs/decisions says what made a choice needed and what was chosen."""
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        headings = set(re.findall(r"^##\s+(\w+)", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert {"Context", "Choice"} <= headings, name(page)


def test_the_readme_names_chores_that_exist() -> None:
    """Every `make` command that the README or a decision shows is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        chore
        for page in pages
        for chore in re.findall(r"(?:^|`)make ([a-z]+)\b", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named <= targets
