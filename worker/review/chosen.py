"""The settings as they are in use, for people: value, default, meaning, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.clock import Clock
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted
from worker.settings import Settings, every_setting
from worker.store.session import Store

#: Instead of a secret that is set.
MASK = "**********"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One setting.

    Attributes:
        value, default: plain values; of a secret only whether there is one.
        origin: default, file and line, or the name of a variable or secret; None where that is not known.
        variable: the environment variable that sets it.
    """

    name: str
    value: Any
    default: Any
    origin: str | None
    variable: str
    help: str


def chosen(settings: Settings, origins: Mapping[str, str]) -> tuple[Chosen, ...]:
    """Every setting, in the order of its file. Secrets are masked."""
    return tuple(
        Chosen(
            name=setting.name,
            value=_shown(_value(settings, setting.name), secret=setting.secret),
            default=_shown(setting.default, secret=setting.secret),
            origin=origins.get(setting.name),
            variable=setting.variable,
            help=setting.help,
        )
        for setting in every_setting()
    )


@dataclass(frozen=True)
class SettingsBook:
    """Shows the settings that this process runs with.

    Attributes:
        origins: where each came from, by its dotted name.
    """

    store: Store
    clock: Clock
    settings: Settings
    origins: Mapping[str, str]

    def show(self, actor: Actor) -> tuple[Chosen, ...]:
        """Every setting. The look is audited.

        Raises:
            NotAllowed: the actor may not manage accounts.
        """
        with permitted(self.store, self.clock, actor, Right.MANAGE_ACCOUNTS, "settings") as session:
            audit.record(session, actor, "settings_viewed", "settings", None, now=self.clock.now())
        return chosen(self.settings, self.origins)


def _value(settings: Any, name: str) -> Any:
    for part in name.split("."):
        settings = getattr(settings, part)
    return settings


def _shown(value: Any, *, secret: bool) -> Any:
    if secret and value is not None:
        return MASK
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
