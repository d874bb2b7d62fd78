"""Signing in, put together from the settings."""

from __future__ import annotations

from worker.clock import Clock
from worker.errors import SettingsError
from worker.keyring import SignInKey
from worker.settings import Settings
from worker.signin.ground import Ground
from worker.signin.stage import SignIns
from worker.store.people import ROLES
from worker.store.session import Store


def make_sign_ins(store: Store, clock: Clock, phones: Clock, settings: Settings) -> SignIns:
    """Put the stage together.

    Args:
        phones: the time that telephones show; it differs from the clock where training moves that.

    Raises:
        SettingsError: the settings name a role that there is not.
    """
    web = settings.web
    for name, roles in (
        ("web.second_factor_roles", web.second_factor_roles),
        ("web.oidc.roles", web.oidc.roles.values()),
    ):
        unknown = sorted(set(roles) - set(ROLES))
        if unknown:
            raise SettingsError(
                f"{name} names a role that there is not: {', '.join(unknown)}.",
                safe="Nothing was started.",
                do=f"The roles are {', '.join(ROLES)}.",
            )
    return SignIns(Ground(store, clock, phones, web, settings.trust_name, SignInKey(settings.keys_dir)))
