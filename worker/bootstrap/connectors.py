"""The accounts' connectors: made from settings and secrets, with the evidence stage's gate inside."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from connectors.contract import Account, Connector, Gate, Platform
from connectors.options import ConnectorOptions
from connectors.registry import make_connector
from worker.clock import Clock
from worker.errors import Conflict, NotFound, SettingsError
from worker.secrets_folder import Secrets
from worker.settings import Settings
from worker.store import tables as t
from worker.store.platform import HANDED_IN
from worker.store.session import Store

#: What a secret that is one bare token is for, on each platform.
_BARE_TOKEN = {Platform.X: "bearer_token", Platform.FACEBOOK: "access_token"}


class Connectors:
    """One connector an account, made when first asked for and kept: it remembers limits.

    The secret is looked at each time, so that a renewed token is used without a restart.
    """

    def __init__(self, store: Store, settings: Settings, secrets: Secrets, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._secrets = secrets
        self._gate = gate
        self._clock = clock
        self._made: dict[int, tuple[Mapping[str, str], Connector]] = {}
        self._lock = threading.Lock()

    def of(self, account_id: int) -> Connector:
        """The connector of an account, by row id.

        Raises:
            NotFound: there is no such account.
            Conflict: it is the one of hand-ins, which are on no platform.
            SettingsError: its credentials are missing or cannot be used.
        """
        row = self._row(account_id)
        given = dict(self._secrets.credentials(row.credential))
        with self._lock:
            made_with, connector = self._made.get(account_id, (None, None))
            if connector is None or made_with != given:
                connector = self._make(row, given)
                self._made[account_id] = (given, connector)
            return connector

    def _row(self, account_id: int) -> t.Account:
        with self._store.read() as session:
            row = session.get(t.Account, account_id)
        if row is None:
            raise NotFound(f"There is no account {account_id}.", do="`upstander accounts list` shows them.")
        if row.platform == HANDED_IN:
            raise Conflict(
                "What staff hand in is on no platform: there is nothing to ask.", safe="Nothing was asked."
            )
        return row

    def _make(self, row: t.Account, credentials: Mapping[str, str]) -> Connector:
        account = Account(Platform(row.platform), row.external_id, row.handle)
        given = dict(credentials)
        if "token" in given:
            given[_BARE_TOKEN[account.platform]] = given.pop("token")
        options = connector_options(self._settings, account.platform)
        try:
            return make_connector(account, given, options, self._gate, self._clock.now)
        except ValueError as error:
            raise SettingsError(
                f"The account {account.handle} cannot be opened: {error}.",
                safe="Nothing was asked of the platform.",
                do=f"Mend the secret named {row.credential!r}, or the settings under platforms.",
            ) from error


def connector_options(settings: Settings, platform: Platform) -> ConnectorOptions:
    """What the settings say about reaching one platform."""
    polling, x, facebook = settings.polling, settings.platforms.x, settings.platforms.facebook
    if platform is Platform.X:
        return ConnectorOptions(
            base_url=x.base_url,
            connect_timeout=polling.connect_seconds,
            read_timeout=polling.read_seconds,
            overlap_seconds=x.overlap_seconds,
        )
    return ConnectorOptions(
        base_url=facebook.base_url,
        connect_timeout=polling.connect_seconds,
        read_timeout=polling.read_seconds,
        graph_version=facebook.graph_version,
        token_in=facebook.token_in,
        overlap_seconds=facebook.overlap_seconds,
        post_window_days=facebook.post_window_days,
    )
