"""What administrators look after: accounts with their credentials, and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.registry import CREDENTIALS
from worker.clock import Clock
from worker.intake.credentials import Credentials
from worker.review.chosen import SettingsBook
from worker.secrets_folder import Secrets
from worker.settings import Settings
from worker.store.session import Store
from worker.summary.account_states import AccountStates


@dataclass(frozen=True)
class BackOffice:
    """These stages, in one process."""

    account_states: AccountStates
    credentials: Credentials
    settings_book: SettingsBook


def make_back_office(
    store: Store, clock: Clock, settings: Settings, secrets: Secrets, origins: Mapping[str, str]
) -> BackOffice:
    """Put these stages together.

    Args:
        origins: where each setting came from, by its name.
    """
    return BackOffice(
        AccountStates(store, clock, settings.polling),
        Credentials(store, clock, secrets, CREDENTIALS),
        SettingsBook(store, clock, settings, origins),
    )
