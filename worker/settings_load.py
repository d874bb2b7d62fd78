"""Reading the settings, once: environment over secrets folder over file over default.

Everything that is wrong is reported together, with file and line or variable, and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from worker.errors import SettingsError
from worker.secrets_folder import CREDENTIAL_PREFIX, Secrets
from worker.settings import Setting, Settings, every_setting, groups
from worker.settings_yaml import KeyPath, read_settings_file

#: The folder that holds `config/`, where the program was not told of another.
PROJECT = Path(__file__).resolve().parent.parent
_FILE = Path("config") / "upstander.yaml"
_PREFIX = "UPSTANDER_"
_CONFIG = "UPSTANDER_CONFIG"
_ACTING = "UPSTANDER_AS"  # who is acting, for the command line alone


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and where each came from.

    Attributes:
        origins: by dotted name: "default", "file:line", "environment NAME" or "secret NAME".
        file: the settings file, or None where none was found.
    """

    settings: Settings
    origins: Mapping[str, str]
    secrets: Secrets
    file: Path | None


def load(config: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Read the settings.

    Args:
        config: the file to read; else UPSTANDER_CONFIG, ./config/upstander.yaml, or the project's own.
        environ: the environment, handed in. A variable that is empty counts as not set.

    Raises:
        SettingsError: with everything that is wrong.
    """
    path = _find(config, environ)
    return _Reading(path, {name: value for name, value in environ.items() if value}).load()


def _find(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = config or (Path(environ[_CONFIG]) if environ.get(_CONFIG) else None)
    if named is not None:
        if not named.is_file():
            raise SettingsError(
                f"There is no settings file {named}.", do=f"Name one with --config or {_CONFIG}."
            )
        return named.absolute()
    return next((each for each in (Path.cwd() / _FILE, PROJECT / _FILE) if each.is_file()), None)


class _NamedValues(EnvSettingsSource):
    """pydantic-settings' reader of `UPSTANDER_A__B` names, over a mapping instead of the process's own."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in values.items()}
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._given)


class _Reading:
    """One reading of the settings: collects values, where they came from, and what is wrong."""

    def __init__(self, path: Path | None, environ: Mapping[str, str]) -> None:
        self._path = path
        self._environ = environ
        self._known = {setting.name: setting for setting in every_setting()}
        self._groups = groups()
        self._problems: list[str] = []
        self._values: dict[str, Any] = {}
        self._places: dict[KeyPath, str] = {}
        self._root = PROJECT
        if path is not None:
            self._root = path.parent.parent if path.parent.name == "config" else path.parent

    def load(self) -> Loaded:
        self._read_file()
        named = self._named_in_environment()
        secrets = self._find_secrets(named)
        self._take(self._named_in_folder(secrets))
        self._take(named)
        self._place_paths()
        settings = self._validated()
        if self._problems or settings is None:
            raise SettingsError(
                "The settings cannot be used:\n" + "\n".join(f"  {problem}" for problem in self._problems),
                safe="\nNothing was started.",
                do="`upstander settings schema` lists every setting.",
            )
        return Loaded(settings, MappingProxyType(self._origins()), secrets, self._path)

    def _read_file(self) -> None:
        if self._path is None:
            return
        found = read_settings_file(self._path, _shown(self._path))
        self._problems += found.problems
        self._values = _without_empty_groups(found.values, self._groups)
        self._places = {path: f"{found.name}:{line}" for path, line in found.lines.items()}

    def _named_in_environment(self) -> dict[str, tuple[str, str]]:
        """Variables that set something: name to (value, where it is said to come from)."""
        named: dict[str, tuple[str, str]] = {}
        for name, value in self._environ.items():
            if not name.startswith(_PREFIX) or name in (_CONFIG, _ACTING):
                continue
            if name.startswith((f"{_PREFIX}TEST_", CREDENTIAL_PREFIX)):
                continue
            dotted = name.removeprefix(_PREFIX).lower().replace("__", ".")
            if self._is_known(dotted):
                named[name] = (value, f"environment {name}")
            else:
                near = get_close_matches(name, [each.variable for each in self._known.values()], n=1)
                hint = f"Did you mean {near[0]}?" if near else "Take it away."
                self._problems.append(f"environment {name}: there is no such setting. {hint}")
        return named

    def _is_known(self, dotted: str) -> bool:
        parent = self._known.get(dotted.rpartition(".")[0])
        return dotted in self._known or (parent is not None and isinstance(parent.default, dict))

    def _find_secrets(self, named: Mapping[str, tuple[str, str]]) -> Secrets:
        written = named.get(f"{_PREFIX}SECRETS_DIR", (self._values.get("secrets_dir"), ""))[0]
        folder = self._root / Path(written).expanduser() if isinstance(written, str) and written else None
        trouble = None if folder is None else _unusable(folder)
        if trouble is not None:
            self._problems.append(f"secrets_dir: {trouble}")
            folder = None
        given = {name: value for name, value in self._environ.items() if name.startswith(CREDENTIAL_PREFIX)}
        return Secrets(folder, MappingProxyType(given))

    def _named_in_folder(self, secrets: Secrets) -> dict[str, tuple[str, str]]:
        named: dict[str, tuple[str, str]] = {}
        for setting in self._known.values():
            file = setting.name.replace(".", "__")
            try:
                value = secrets.text(file)
            except SettingsError as error:
                self._problems.append(str(error))
                continue
            if value:
                named[setting.variable] = (value, f"secret {file}")
        return named

    def _take(self, named: Mapping[str, tuple[str, str]]) -> None:
        """Lay named values over those that are there."""
        nested = _NamedValues({name: value for name, (value, _) in named.items()})()
        for name, (_, place) in named.items():
            path = tuple(name.removeprefix(_PREFIX).lower().split("__"))
            self._places = {at: was for at, was in self._places.items() if at[: len(path)] != path}
            self._places[path] = place
        _lay_over(self._values, nested)

    def _place_paths(self) -> None:
        """Make every path absolute, defaults too."""
        for setting in self._known.values():
            *parents, last = setting.name.split(".")
            holder: Any = self._values
            for parent in parents:
                holder = holder.setdefault(parent, {}) if isinstance(holder, dict) else None
            if not setting.is_path or not isinstance(holder, dict):
                continue  # what is no mapping here is refused when the values are checked
            value = holder.get(last)
            if isinstance(value, str):
                holder[last] = self._root / Path(value).expanduser()
            elif value is None and isinstance(setting.default, Path):
                holder[last] = self._default_root(setting.default) / setting.default

    def _default_root(self, default: Path) -> Path:
        """What ships with the program (rules, reference data) is there even for a settings file elsewhere."""
        ships = default.parts[0] == "config"
        return PROJECT if ships and not (self._root / default).exists() else self._root

    def _validated(self) -> Settings | None:
        try:
            return Settings(**self._values)
        except ValidationError as error:
            # Never the input itself: a secret may stand there.
            found = error.errors(include_url=False, include_context=False)
            self._problems += dict.fromkeys(self._explain(each) for each in found)
            return None

    def _explain(self, error: ErrorDetails) -> str:
        path = tuple(str(part) for part in error["loc"] if part != "[key]")
        dotted = ".".join(path)
        place = next(
            (
                self._places[path[:length]]
                for length in range(len(path), 0, -1)
                if path[:length] in self._places
            ),
            "default",
        )
        if error["type"] == "extra_forbidden":
            return f'{place}: there is no setting "{dotted}". {self._suggest(dotted)}'
        setting = next((self._known[name] for name in _upwards(path) if name in self._known), None)
        wrong = error["msg"].removeprefix("Value error, ").replace("Input should", "it should")
        if error["type"] == "string_pattern_mismatch" and "@" in wrong:
            wrong = "this is no e-mail address"
        return f'{place}: "{dotted}" is not right: {wrong}. {_meaning(setting)}'.rstrip()

    def _suggest(self, dotted: str) -> str:
        names = [*self._known, *self._groups]
        ends = {name.rpartition(".")[2]: name for name in names}
        last = dotted.rpartition(".")[2]
        near = get_close_matches(dotted, names, n=1) or [
            ends[each] for each in get_close_matches(last, list(ends), n=1)
        ]
        return f'Did you mean "{near[0]}"?' if near else "`upstander settings schema` lists what there is."

    def _origins(self) -> dict[str, str]:
        return {name: self._origin(tuple(name.split("."))) for name in self._known}

    def _origin(self, path: KeyPath) -> str:
        if path in self._places:
            return self._places[path]
        inside = [place for at, place in self._places.items() if at[: len(path)] == path]
        return inside[-1] if inside else "default"


def _unusable(folder: Path) -> str | None:
    """Why a secrets folder cannot be used, in words; None where it can.

    A closed one is not passed over: where the database's address lies in it, another would be used instead.
    """
    try:
        (folder / "any").stat()
    except PermissionError:
        return (
            f"this user of the computer may not look into {folder}. Run this as Upstander's own user; a"
            " second person sets UPSTANDER_SECRETS_DIR to a folder of their own (docs/runbook.md)."
        )
    except OSError:
        pass  # no file of that name is there, and none need be
    return None if folder.is_dir() else f"there is no folder {folder}."


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _upwards(path: KeyPath) -> Iterator[str]:
    for length in range(len(path), 0, -1):
        yield ".".join(path[:length])


def _meaning(setting: Setting | None) -> str:
    return f"It means: {setting.help}" if setting is not None else ""


def _lay_over(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        below = under.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            _lay_over(below, value)
        else:
            under[key] = value


def _without_empty_groups(values: dict[str, Any], names: frozenset[str], prefix: str = "") -> dict[str, Any]:
    """A group whose lines are all commented out says nothing."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and name in names:
            kept[key] = _without_empty_groups(value, names, f"{name}.")
        elif value is not None or name not in names:
            kept[key] = value
    return kept
