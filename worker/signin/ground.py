"""What every part of signing in stands on."""

from __future__ import annotations

from dataclasses import dataclass

from worker.clock import Clock
from worker.keyring import SignInKey
from worker.settings_web import Web
from worker.store.session import Store

#: From where everything here is done, as the audit says it.
SOURCE = "web"


@dataclass(frozen=True, slots=True)
class Ground:
    """The database, the clocks, the settings and the key.

    Attributes:
        clock: the time of Upstander, which training may move.
        phones: the time that people's telephones show, which codes are made from.
    """

    store: Store
    clock: Clock
    phones: Clock
    web: Web
    trust_name: str
    key: SignInKey
