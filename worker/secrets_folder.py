"""Secrets: settings and account credentials that lie in files of their own, never in the settings file."""

from __future__ import annotations

import errno
import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from worker.errors import SettingsError
from worker.keyring.files import write_whole

CREDENTIAL_PREFIX = "UPSTANDER_CREDENTIAL_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where secrets come from. Printing it shows none.

    Attributes:
        folder: the secrets folder, or None where there is none.
        given: credentials handed in by the environment, by variable name.
    """

    folder: Path | None = None
    given: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def text(self, name: str) -> str | None:
        """The secret in the file of that name, without the line end; None where there is no such file.

        Raises:
            SettingsError: the file is there and cannot be read.
        """
        if self.folder is None:
            return None
        path = self.folder / name
        try:
            if not path.is_file():
                return None
            content = path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"The secret {path} cannot be read: {error.strerror}.",
                do="Let the user that Upstander runs as read it.",
            ) from error
        try:
            if len(content) > _MOST_BYTES:
                raise SettingsError(f"The secret {path} is too long to be one.")
            return content.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise SettingsError(f"The secret {path} is not UTF-8 text.") from error

    def credentials(self, name: str) -> Mapping[str, str]:
        """What opens one account.

        Args:
            name: the account's `credential`: a file of the secrets folder, or the end of an environment
                variable UPSTANDER_CREDENTIAL_<NAME> in capitals, which goes first.

        Returns:
            The values by name; a bare token is `{"token": …}`.

        Raises:
            SettingsError: there is none, or it is not written as a token or as names and values.
        """
        variable = _variable(name)
        written = self.given.get(variable) or self.text(name)
        if not written:
            place = self.folder / name if self.folder is not None else "a file in the secrets folder"
            raise SettingsError(
                f'There are no credentials called "{name}".',
                safe="The account was not contacted.",
                do=f"Put them in {place}, or in the environment variable {variable}."
                + ("" if self.folder is not None else " The setting secrets_dir names the secrets folder."),
            )
        return MappingProxyType(_parse(written, name))

    def replace(self, name: str, values: Mapping[str, str]) -> None:
        """Put new credentials in the place of those of a name. The file is there whole or not at all.

        Args:
            name: the account's `credential`.
            values: the values by name.

        Raises:
            SettingsError: there is no secrets folder that this process may write to, or the environment names
                others, which would go first.
        """
        variable = _variable(name)
        if variable in self.given:
            raise SettingsError(
                f"The environment variable {variable} goes before any file.",
                safe="What was there stays in use.",
                do="Change it where Upstander is started.",
            )
        try:
            if self.folder is None:
                raise OSError(errno.ENOENT, "the setting secrets_dir names no folder")
            # JSON, in which no value can be taken for another; it is read as YAML like any other.
            write_whole(self.folder / name, json.dumps(dict(values), indent=2).encode("utf-8"))
        except OSError as error:
            raise SettingsError(
                f"The credentials cannot be written from here: {error.strerror}.",
                safe="What was there stays in use.",
                do=f"Put them into the file {name} of the secrets folder where the worker runs.",
            ) from error

    def open_to_all(self) -> tuple[Path, ...]:
        """The secrets that any user of this machine may read."""
        if self.folder is None or not self.folder.is_dir() or not self.folder.stat().st_mode & stat.S_IXOTH:
            return ()
        return tuple(
            path
            for path in sorted(self.folder.iterdir())
            if path.is_file() and path.stat().st_mode & stat.S_IROTH
        )


def _variable(name: str) -> str:
    """The environment variable of the credentials of a name.

    Raises:
        SettingsError: it cannot be a name.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot be the name of a secret.", do="Use letters, digits, dots, - and _ only."
        )
    return CREDENTIAL_PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _parse(written: str, name: str) -> dict[str, str]:
    """A bare token, or a mapping in YAML (and so in JSON). No message repeats what is written."""
    if not any(character.isspace() for character in written) and not written.startswith("{"):
        return {"token": written}
    try:
        # Every value stays the text that was written: a token of digits is not a number.
        value = YAML(typ="base", pure=True).load(written)
    except YAMLError:
        value = None
    if not isinstance(value, dict) or not value:
        raise SettingsError(
            f'The credentials "{name}" are neither one token nor names and values.',
            safe="The account was not contacted.",
            do="Write the token alone, or one `name: value` a line.",
        )
    return {str(key): str(each) for key, each in value.items()}
